"""Deep networks: what comes out by itself, with the conditions under which it does and a margin."""

import itertools
import math
from statistics import fmean

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from autograd import nn, sigmoid
from autograd.datasets import moons
from autograd.errors import UnknownOpError
from autograd.experiments.choice import activation_called, init_for
from autograd.experiments.depth import (
    ACTIVATIONS,
    REMEDIES,
    Run,
    cell,
    deep,
    grid,
    loss_of,
    mean_squares,
    picture,
    report,
    typical,
)

mpl.use("Agg")


# ---------------------------------------------------------------- what is known


def test_the_slope_of_sigmoid_is_never_above_a_quarter():
    slopes = [sigmoid.derivative(x / 100.0) for x in range(-1000, 1001)]

    assert max(slopes) == sigmoid.derivative(0.0) == 0.25


def test_twenty_sigmoid_layers_let_no_gradient_through_and_learn_nothing():
    runs = cell("sigmoid", "init", 20, points=20, steps=50)

    assert all(run.first < 1e-6 * run.last for run in runs)  # measured: below 1e-10
    assert all(run.loss == pytest.approx(math.log(2.0), abs=1e-3) for run in runs)
    assert [run.accuracy for run in runs] == [0.5] * 3


def test_batch_norm_mends_twenty_sigmoid_layers():
    [run] = cell("sigmoid", "batch norm", 20, seeds=[0], points=40)

    assert run.first > 1e-3  # measured: 0.02
    assert run.accuracy > 0.9  # measured: .95


def test_batch_norm_harms_thirty_relu_layers_that_learn_without_it():
    [plain], [normed] = (cell("relu", remedy, 30, seeds=[2], points=100) for remedy in ("init", "batch norm"))

    assert normed.first > 10.0 * normed.last  # measured: about 1,000 times; it explodes on its way down
    assert plain.first < 0.1
    # Where gradients explode the last bit decides: data moved by 1e-9 gave 0.60 to 0.88, and 0.92 to 0.97 without.
    assert normed.accuracy < plain.accuracy - 0.02


def test_a_short_cut_brings_sigmoid_a_gradient_and_no_bend():
    [run] = cell("sigmoid", "residual", 20, seeds=[0], points=60)

    assert 0.01 < run.first / run.last < 100.0
    assert 0.8 < run.accuracy < 0.92  # what a straight line reaches
    assert run.loss > 0.15


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_with_short_cuts_first_and_last_gradient_lie_within_a_factor_of_100_over_several_nets(activation):
    runs = cell(activation, "residual", 20, points=10, steps=0, seeds=range(5))

    assert 0.01 < typical([run.first for run in runs]) / typical([run.last for run in runs]) < 100.0
    if activation in ("sigmoid", "tanh"):
        assert all(0.01 < run.first / run.last < 100.0 for run in runs)


def test_with_short_cuts_around_relu_a_single_net_may_lie_farther_apart():
    [run] = cell("relu", "residual", 20, points=20, steps=0, seeds=[0])

    assert run.first / run.last < 0.01  # the signal grows by half in each layer, and the last weights see all of it


def test_he_keeps_the_mean_square_within_a_factor_of_2_in_the_mean_of_50_nets():
    nets = [mean_squares(256, depth=20, seed=seed) for seed in range(50)]
    means = [fmean(sizes) for sizes in zip(*nets, strict=True)]

    assert len(means) == 20
    assert min(means) > 0.5  # measured: .91
    assert max(means) < 2.0  # measured: 1.01


def test_he_does_not_keep_it_in_a_single_narrow_net():
    drifts = [max(max(sizes), 1.0 / min(sizes)) for sizes in (mean_squares(16, seed=seed) for seed in range(10))]

    assert max(drifts) > 10.0


# ---------------------------------------------------------------- how it is measured


def test_the_loss_of_a_coin_is_ln_2():
    model = deep("tanh", 1)
    for parameter in model.parameters():
        parameter.data = 0.0

    assert loss_of(model, [[1.0, 2.0], [3.0, 4.0]], [-1, 1]).data == pytest.approx(math.log(2.0))


def test_every_seed_starts_from_its_own_weights_and_again_from_the_same():
    together = cell("tanh", "init", 3, seeds=[1, 2], points=10, steps=5)

    assert together == [cell("tanh", "init", 3, seeds=[seed], points=10, steps=5)[0] for seed in (1, 2)]
    assert together[0] != together[1]


def test_gradients_are_those_before_the_first_step():
    model = deep("tanh", 3, seed=0)
    loss_of(model, *moons(10, noise=0.15, seed=0)).backward()
    first = model.parts[0]
    [run] = cell("tanh", "init", 3, seeds=[0], points=10, steps=5)

    assert run.first == pytest.approx(fmean(abs(w.grad) for neuron in first.neurons for w in neuron.w))


@pytest.mark.parametrize("remedy", REMEDIES)
def test_depth_counts_hidden_layers_and_each_has_its_remedy(remedy):
    parts = deep("relu", 4, remedy).modules()
    count = {kind: sum(isinstance(part, kind) for part in parts) for kind in (nn.Layer, nn.BatchNorm, nn.Residual)}

    assert count[nn.Layer] == 5
    assert count[nn.BatchNorm] == (4 if remedy == "batch norm" else 0)
    assert count[nn.Residual] == (3 if remedy == "residual" else 0)  # the first layer changes the width


def test_good_init_is_xavier_between_two_bounds_and_he_elsewhere():
    chosen = {name: init_for(activation_called(name)) for name in (*ACTIVATIONS, "softsign", "relu6")}

    assert [name for name, init in chosen.items() if init is nn.xavier] == ["sigmoid", "tanh", "softsign"]
    assert {chosen["relu"], chosen["relu6"]} == {nn.he}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("rellu", 2), UnknownOpError, "did you mean relu"),
        (("add", 2), ValueError, "add is no activation: there are sigmoid, tanh"),
        (("relu", 2, "prayer"), ValueError, "unknown remedy 'prayer': use 'plain', 'init'"),
        (("relu", 0), ValueError, "at least 1, got 0"),
    ],
)
def test_what_cannot_be_built_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        deep(*arguments)


def test_the_typical_size_is_the_geometric_mean_and_0_if_one_is():
    assert typical([1e-4, 1e-2]) == pytest.approx(1e-3)
    assert typical([1.0, 0.0]) == 0.0


# ---------------------------------------------------------------- how it is shown


def test_the_picture_has_a_cell_for_each_net_in_both_maps():
    found = {
        (activation, remedy, depth): [Run(1e-3, 1e-2, 0.1, 0.9), Run(1e-5, 1e-2, 0.1, 1.0)]
        for activation, remedy, depth in itertools.product(("sigmoid", "relu"), ("plain", "init"), (2, 5, 10))
    }
    gradient, accuracy = picture(found)

    assert [text.get_text() for text in gradient.texts] == ["1e−4"] * 12
    assert [text.get_text() for text in accuracy.texts] == [".95"] * 12
    assert [label.get_text() for label in gradient.get_yticklabels()][:2] == ["sigmoid  plain", "sigmoid  init"]
    plt.close("all")


def test_the_report_has_a_line_for_each_cell():
    found = grid(["tanh"], ["init", "residual"], [1], seeds=[0], points=10, steps=2)
    lines = report(found).splitlines()

    assert [line.split()[:3] for line in lines] == [["tanh", "init", "1"], ["tanh", "residual", "1"]]
    assert all(f"{runs[0].loss:.4f}" in line for line, runs in zip(lines, found.values(), strict=True))
