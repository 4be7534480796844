"""The health of a model: every figure by hand on a net whose numbers come out round, every warning once."""

import math

import pytest

from autograd import Value, datasets, debug, losses, nn, optim, sigmoid
from autograd.activations import Activation
from autograd.debug.health import BOUNDED
from autograd.demo import by_hand
from autograd.op import REGISTRY


def tiny():
    """The course's network: z = (3, −2), h = (3, 0), y = 5, loss (5 − 4)² = 1."""
    model = by_hand()
    loss = (model([1.0, 2.0]) - 4.0) ** 2
    loss.backward()
    return model, loss


def layer(**given):
    healthy = {"gradient": 0.1, "largest": 0.2, "signal": 1.0, "upstream": 0.1, "dead": 0.0, "saturated": 0.0}
    return debug.LayerHealth(**{"name": "layer", "parameters": 1, **healthy, **given})


def warned(*layers, activations=("relu",)):
    return debug.Health(list(layers), frozenset(activations)).warnings()


def test_sizes_are_those_one_finds_by_hand():
    first, last = debug.health(*tiny()).layers

    assert (first.name, first.parameters) == ("layer 0", 6)
    assert first.gradient == (4 + 8 + 4) / 6  # the second unit is off
    assert first.largest == 8.0
    assert first.signal == math.hypot(3.0, 0.0) / math.sqrt(2)
    assert first.upstream == pytest.approx(math.hypot(4.0, 6.0) / math.sqrt(2))
    assert first.dead == 0.5
    assert last.gradient == (6 + 0 + 2) / 3
    assert (last.signal, last.upstream) == (5.0, 2.0)
    assert math.isnan(last.dead)


def test_a_unit_that_wakes_for_one_sample_is_not_dead():
    model = by_hand()
    outputs = [model(x) for x in ([1.0, 2.0], [2.0, 0.0])]  # z2 = −2, then 3
    losses.mse(outputs, [4.0, 4.0]).backward()
    loss = losses.mse([model(x) for x in ([1.0, 2.0], [2.0, 0.0])], [4.0, 4.0])
    loss.backward()

    assert debug.health(model, loss).layers[0].dead == 0.0


def test_saturated_counts_flat_slopes_and_not_units_that_are_off():
    model = nn.MLP(1, [2, 1], activation=sigmoid)
    for parameter, number in zip(model.parameters(), [8.0, 0.0, 0.5, 0.0, 1.0, 1.0, 0.0], strict=True):
        parameter.data = number
    loss = model([1.0]) ** 2
    loss.backward()

    assert debug.health(model, loss).layers[0].saturated == 0.5  # σ'(8) = .0003, σ'(.5) = .235
    assert debug.health(*tiny()).layers[0].saturated == 0.0


def test_a_step_is_measured_against_the_weights_it_moved():
    model, loss = tiny()
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    with debug.monitor(model) as history:
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    first, last = history[0].layers
    assert first.update == pytest.approx(0.01 * (4 + 8 + 4) / (2 + 1 + 1 + 1 + 2 + 1))
    assert last.update == pytest.approx(0.01 * (6 + 0 + 2) / (2 + 3 + 1))


def test_each_pass_is_kept_and_a_pass_without_a_step_has_no_update():
    model, loss = tiny()
    optimizer = optim.SGD(model.parameters(), lr=0.01)

    with debug.monitor(model) as history:
        for step in range(3):
            optimizer.zero_grad()
            loss.backward()
            if step < 2:
                optimizer.step()

    assert [math.isnan(entry.layers[0].update) for entry in history] == [False, False, True]
    assert history[0].gradients == {"layer 0": 16 / 6, "layer 1": 8 / 3}


def test_a_deep_sigmoid_net_is_told_that_its_gradient_vanishes():
    points, labels = datasets.moons(20, noise=0.1, seed=0)
    model = nn.MLP(2, [8] * 12 + [1], activation=sigmoid, init=nn.xavier, rng=0)
    loss = losses.hinge([model(x) for x in points], labels)
    loss.backward()

    [warning] = debug.health(model, loss).warnings()
    assert warning.startswith("the gradient vanishes on its way down: 0.0")
    assert warning.endswith("at layer 0. BatchNorm, or relu with He init, lets it through.")


@pytest.mark.parametrize(
    ("layers", "beginning", "remedy"),
    [
        ([layer(), layer(), layer(largest=math.nan)], "a gradient is not finite", "debug.explain"),
        ([layer(upstream=1e-6), layer(), layer()], "the gradient vanishes", "He init"),
        ([layer(), layer(signal=1e-5), layer()], "the signal vanishes", "He init"),
        ([layer(largest=1e5)], "layer: a gradient of 1e5", "clip_grad_norm"),
        ([layer(dead=0.75, saturated=0.75)], "layer: 75% of its units are dead", "leaky_relu"),
        ([layer(saturated=0.75)], "layer: 75% of its activations are saturated", "BatchNorm"),
        ([layer(update=0.2)], "layer: one step moved its weights by 20%", "Lower"),
        ([layer(update=1e-8)], "layer: one step moved its weights by 1e−8", "Raise"),
    ],
)
def test_what_stands_out_is_told_once_with_a_remedy(layers, beginning, remedy):
    [warning] = warned(*layers)

    assert warning.startswith(beginning)
    assert remedy in warning


def test_activations_that_are_bounded_on_both_sides_are_known_as_such():
    bounded = {
        op.name
        for op in REGISTRY.values()
        if isinstance(op, Activation) and math.isfinite(op.range[0]) and math.isfinite(op.range[1])
    }

    assert bounded - {"step", "relu6"} == BOUNDED  # these two have no slope to lose on both sides


def test_a_healthy_model_is_left_in_peace():
    assert warned(layer(), layer(), layer(update=1e-3)) == []


def test_before_a_pass_health_asks_for_one():
    model = by_hand()
    loss = (model([1.0, 2.0]) - 4.0) ** 2

    with pytest.raises(ValueError, match=r"call loss\.backward\(\) first"):
        debug.health(model, loss)


def test_the_loss_of_another_model_is_refused():
    _, loss = tiny()

    with pytest.raises(ValueError, match="does not depend on this model"):
        debug.health(nn.MLP(2, [1]), loss)


def test_layers_without_a_scope_are_called_by_their_path():
    class Line(nn.Module):
        def __init__(self):
            self.slope = Value(2.0)

    model = Line()
    loss = (model.slope * 3.0 - 5.0) ** 2
    loss.backward()

    [only] = debug.health(model, loss).layers
    assert (only.name, only.gradient) == ("slope", 6.0)
    assert math.isnan(only.signal)
