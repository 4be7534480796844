"""Networks: the same numbers as micrograd, parameters and their names, how weights begin, what is refused."""

import copy
import json
import math
import pickle
import random
import statistics
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from oracles import make_micrograd_mlp

from autograd import Value, identity, leaky_relu, losses, no_grad, optim, relu, sigmoid, silu, tanh
from autograd.errors import StateError
from autograd.nn import MLP, Layer, Module, Neuron, he, lecun, uniform, xavier

MICROGRAD = json.loads(Path(__file__).with_name("oracles").joinpath("micrograd_mlp.json").read_text())


def data_of(values):
    return [value.data for value in values]


def line():
    """Two parameters by their names."""
    module = Module()
    module.slope, module.offset = Value(2.0), Value(1.0)
    return module


# ---------------------------------------------------------------- micrograd's network


@pytest.fixture
def network():
    random.seed(1337)
    return MLP(2, make_micrograd_mlp.WIDTHS)


def test_the_demo_network_begins_as_micrograd_s(network):
    assert data_of(network.parameters()) == MICROGRAD["begin"]
    assert repr(network) == MICROGRAD["repr"]


def test_the_first_forward_pass_gives_micrograd_s_bits(network):
    loss, scores = make_micrograd_mlp.demo_loss(network)

    assert loss.data == MICROGRAD["rows"][0]["loss"]
    assert data_of(scores) == MICROGRAD["rows"][0]["scores"]


def test_twenty_training_steps_give_micrograd_s_numbers(network):
    # Not its bits: micrograd adds up gradients in the order of a set, which differs from run to run.
    for mine, theirs in zip(make_micrograd_mlp.train(network), MICROGRAD["rows"], strict=True):
        assert mine["loss"] == pytest.approx(theirs["loss"], rel=1e-12)
        assert mine["scores"] == pytest.approx(theirs["scores"], rel=1e-12)
        assert mine.get("parameters", []) == pytest.approx(theirs.get("parameters", []), rel=1e-12)


def test_training_gives_the_same_bits_under_any_hash_seed(run_python):
    program = (
        "import random; random.seed(1337)\n"
        "from autograd import losses, nn, optim\n"
        "model = nn.MLP(2, [4, 1]); optimizer = optim.SGD(model.parameters(), lr=0.1)\n"
        "for _ in range(5):\n"
        "    loss = losses.hinge([model(x) for x in ([1, 2], [0.5, -1], [-2, 1])], [1, -1, 1])\n"
        "    optimizer.zero_grad(); loss.backward(); optimizer.step()\n"
        "print(loss.data.hex(), *(p.data.hex() for p in model.parameters()))"
    )

    assert len({run_python(program, PYTHONHASHSEED=str(seed)) for seed in (0, 1, 2)}) == 1


# ---------------------------------------------------------------- neuron, layer, MLP


def by_hand(weights, bias, **options):
    neuron = Neuron(len(weights), **options)
    for parameter, number in zip(neuron.parameters(), [*weights, bias], strict=True):
        parameter.data = number
    return neuron


def test_a_neuron_is_the_activation_of_its_weighted_sum():
    neuron = by_hand([2.0, -3.0], 0.5, activation=tanh)
    out = neuron([1.0, 0.25])
    out.backward()
    slope = 1.0 - math.tanh(1.75) ** 2

    assert out.data == math.tanh(1.75)
    assert [p.grad for p in neuron.parameters()] == [slope, 0.25 * slope, slope]


def test_a_neuron_without_nonlinearity_gives_the_bare_sum():
    assert by_hand([2.0, -3.0], 0.5, nonlin=False)([1.0, 2.0]).data == -3.5
    assert by_hand([2.0, -3.0], 0.5)([1.0, 2.0]).data == 0.0


def test_inputs_may_be_numbers_values_or_an_array():
    neuron = by_hand([2.0, -3.0], 0.5, activation=identity)
    x = [Value(1.0), Value(2.0)]
    out = neuron(x)
    out.backward()

    assert out.data == neuron([1, 2]).data == neuron((1.0, 2.0)).data == neuron(np.array([1.0, 2.0])).data == -3.5
    assert [value.grad for value in x] == [2.0, -3.0]


def test_parameters_come_in_micrograd_s_order():
    neuron, layer, model = Neuron(3), Layer(2, 3), MLP(2, [3, 1])

    assert neuron.parameters() == [*neuron.w, neuron.b]
    assert layer.parameters() == [p for neuron in layer.neurons for p in [*neuron.w, neuron.b]]
    assert model.parameters() == [p for layer in model.layers for p in layer.parameters()]


@pytest.mark.parametrize(("nin", "nouts", "count"), [(2, [16, 16, 1], 337), (64, [32, 10], 2410), (1, [1], 2)])
def test_the_number_of_parameters_is_known(nin, nouts, count):
    assert len(MLP(nin, nouts).parameters()) == count


def test_repr_is_micrograd_s():
    assert repr(Neuron(3)) == "ReLUNeuron(3)"
    assert repr(Neuron(3, nonlin=False)) == "LinearNeuron(3)"
    assert repr(Layer(2, 2)) == "Layer of [ReLUNeuron(2), ReLUNeuron(2)]"
    assert repr(MLP(2, [2, 1])) == "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(2)]]"


def test_repr_names_other_activations():
    assert repr(Neuron(3, activation=tanh)) == "tanhNeuron(3)"
    assert "leaky_relu" in repr(Layer(1, 1, activation=leaky_relu))


def test_a_layer_of_width_one_gives_one_value():
    model = MLP(2, [3, 1])

    assert isinstance(model([0.5, 0.5]), Value)
    assert isinstance(Layer(2, 1)([0.5, 0.5]), Value)
    assert [type(out) for out in Layer(2, 2)([0.5, 0.5])] == [Value, Value]


def test_a_layer_of_width_one_in_the_middle_feeds_the_next():
    model = MLP(1, [1, 3, 1, 2], rng=0)
    out = model([0.7])

    assert len(out) == 2
    assert data_of(model(0.7)) == data_of(model(Value(0.7))) == data_of(out)


def test_all_layers_but_the_last_are_activated():
    model = MLP(2, [3, 4, 2], activation=tanh)

    assert [neuron.activation for layer in model.layers for neuron in layer.neurons] == [tanh] * 7 + [identity] * 2


def test_each_layer_may_have_its_own_activation():
    model = MLP(2, [3, 1, 2], activation=[tanh, relu, sigmoid])

    assert [layer.neurons[-1].activation for layer in model.layers] == [tanh, relu, sigmoid]


def test_any_function_of_a_value_is_an_activation():
    def squash(x):
        return x * x / (1.0 + x * x)

    model = MLP(2, [3, 1], activation=squash, rng=0)
    model([1.0, -2.0]).backward()

    assert any(p.grad != 0.0 for p in model.layers[0].parameters())
    assert "squashNeuron(2)" in repr(model)


def test_an_activation_with_a_slope_of_its_own_learns():
    class PReLU(Module):
        def __init__(self):
            self.slope = Value(0.25)

        def __call__(self, x):
            return leaky_relu(x, self.slope)

    model = MLP(1, [3, 1], activation=PReLU(), init=lambda rng, fan_in, fan_out: -1.0)
    before = dict(model.named_parameters())["layers.0.neurons.0.activation.slope"]
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    model([1.0]).backward()
    optimizer.step()

    assert len(model.parameters()) == 11  # 6 + 4 + the slope, which three neurons share
    assert before.data == pytest.approx(0.25 - 0.1 * 3.0)  # d/d slope of −1 · (−1 · slope), three times


def test_a_network_within_no_grad_keeps_no_graph():
    model = MLP(2, [3, 1], rng=0)
    with no_grad():
        out = model([1.0, 2.0])

    assert out.operands == ()
    assert out.data == model([1.0, 2.0]).data


def test_a_copy_of_a_network_is_independent():
    model = MLP(2, [3, 1], activation=silu, rng=0)
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert twin([1.0, 2.0]).data == model([1.0, 2.0]).data
        assert not set(twin.parameters()) & set(model.parameters())
        assert repr(twin) == repr(model)


# ---------------------------------------------------------------- how weights begin


def test_a_seed_gives_the_same_network_and_leaves_the_global_generator_alone():
    random.seed(5)
    expected = random.random()
    random.seed(5)
    first, second, other = MLP(2, [3, 1], rng=7), MLP(2, [3, 1], rng=random.Random(7)), MLP(2, [3, 1], rng=8)

    assert data_of(first.parameters()) == data_of(second.parameters())
    assert data_of(first.parameters()) != data_of(other.parameters())
    assert random.random() == expected


def test_biases_begin_at_zero():
    for init in (uniform, xavier, he, lecun):
        model = MLP(2, [3, 1], init=init, rng=0)

        assert [neuron.b.data for layer in model.layers for neuron in layer.neurons] == [0.0] * 4


def test_weights_are_told_both_widths_of_their_layer():
    fans = []
    MLP(2, [3, 1], init=lambda rng, fan_in, fan_out: fans.append((fan_in, fan_out)) or 0.5)

    assert fans == [(2, 3)] * 6 + [(3, 1)] * 3


@pytest.mark.parametrize(
    ("init", "variance"),
    [(xavier, 2.0 / (30 + 10)), (he, 2.0 / 30), (lecun, 1.0 / 30), (uniform, 1.0 / 3.0)],
    ids=["xavier", "he", "lecun", "uniform"],
)
def test_weights_have_the_mean_and_variance_of_their_source(init, variance):
    count = 20_000
    rng = random.Random(0)
    weights = [init(rng, 30, 10) for _ in range(count)]

    # Four standard errors; that of a variance is √(2/n) of it for normal numbers, less for even ones.
    assert statistics.fmean(weights) == pytest.approx(0.0, abs=4.0 * math.sqrt(variance / count))
    assert statistics.pvariance(weights) == pytest.approx(variance, rel=4.0 * math.sqrt(2.0 / count))


@pytest.mark.parametrize("init", [xavier, he, lecun], ids=lambda init: init.__name__)
def test_weights_are_normal(init):
    rng = random.Random(1)
    weights = [init(rng, 8, 8) for _ in range(20_000)]
    size = statistics.pstdev(weights)

    assert statistics.fmean(abs(w) < size for w in weights) == pytest.approx(0.6827, abs=0.015)
    assert statistics.fmean(abs(w) < 2.0 * size for w in weights) == pytest.approx(0.9545, abs=0.007)


def test_uniform_weights_lie_between_minus_one_and_one():
    rng = random.Random(0)
    weights = [uniform(rng, 1000, 1000) for _ in range(10_000)]

    assert -1.0 <= min(weights) < -0.99
    assert 0.99 < max(weights) <= 1.0


# ---------------------------------------------------------------- modules and the names of their parameters


class Block(Module):
    """Parameters in every kind of place."""

    def __init__(self):
        self.scale = Value(1.0)
        self.table = {"a": Value(2.0), "b": [Value(3.0), (Value(4.0),)]}
        self.parts = [Neuron(1, rng=random.Random(0)), {"inner": line()}]
        self.name = "block"
        self.count = 7
        self.nothing = None
        self.derived = self.scale * 2.0


def test_parameters_are_found_in_lists_tuples_dicts_and_modules():
    assert [name for name, _ in Block().named_parameters()] == [
        "scale",
        "table.a",
        "table.b.0",
        "table.b.1.0",
        "parts.0.w.0",
        "parts.0.b",
        "parts.1.inner.slope",
        "parts.1.inner.offset",
    ]


def test_a_computed_value_is_no_parameter():
    block = Block()

    assert block.derived not in block.parameters()


def test_names_and_parameters_of_a_network_stand_in_one_order():
    model = MLP(2, [2, 1])

    assert [parameter for _, parameter in model.named_parameters()] == model.parameters()
    assert list(model.state_dict()) == [
        *[f"layers.0.neurons.{k}.{name}" for k in (0, 1) for name in ("w.0", "w.1", "b")],
        *[f"layers.1.neurons.0.{name}" for name in ("w.0", "w.1", "b")],
    ]


def test_a_shared_parameter_counts_once_and_under_its_first_name():
    module = Module()
    module.encoder, module.decoder = Neuron(2), Neuron(2)
    module.decoder.w = module.encoder.w

    assert [name for name, _ in module.named_parameters()] == ["encoder.w.0", "encoder.w.1", "encoder.b", "decoder.b"]
    optim.SGD(module.parameters(), lr=0.1)  # which refuses a parameter that is given twice


def test_a_shared_module_counts_once():
    model = MLP(2, [2, 2])
    model.layers.append(model.layers[0])

    assert len(model.parameters()) == 12


def test_a_module_that_knows_its_parent_is_walked_once():
    parent = line()
    parent.child = line()
    parent.child.parent = parent

    assert len(parent.parameters()) == 4


def test_a_module_without_parameters_is_empty():
    assert Module().parameters() == []
    assert Module().state_dict() == {}
    Module().zero_grad()


def test_zero_grad_reaches_every_parameter_and_nothing_else():
    model = MLP(2, [2, 1], rng=0)
    x = [Value(1.0), Value(2.0)]
    model(x).backward()
    given = [value.grad for value in x]
    model.zero_grad()

    assert [p.grad for p in model.parameters()] == [0.0] * 9
    assert [value.grad for value in x] == given


def test_a_module_of_ones_own_trains():
    module = line()
    optimizer = optim.SGD(module.parameters(), lr=0.1)
    for _ in range(200):
        loss = losses.mse([module.slope * x + module.offset for x in (-1.0, 0.0, 1.0)], [5.0, 2.0, -1.0])
        module.zero_grad()
        loss.backward()
        optimizer.step()

    assert module.state_dict() == pytest.approx({"slope": -3.0, "offset": 2.0}, rel=1e-6)


# ---------------------------------------------------------------- numbers out and in again


def test_state_goes_from_one_model_to_another_to_the_bit():
    model, other = MLP(2, [3, 1], rng=0), MLP(2, [3, 1], rng=1)
    other.load_state_dict(model.state_dict())

    assert data_of(other.parameters()) == data_of(model.parameters())
    assert other([0.3, -0.7]).data == model([0.3, -0.7]).data


def test_a_state_is_a_picture_of_its_moment():
    module = line()
    state = module.state_dict()
    module.slope.data = 99.0

    assert state == {"slope": 2.0, "offset": 1.0}


def test_loading_keeps_the_same_values_and_their_gradients():
    module = line()
    slope = module.slope
    slope.grad = 3.0
    module.load_state_dict({"slope": 5, "offset": Fraction(1, 2)})

    assert module.slope is slope
    assert (slope.data, slope.grad, module.offset.data) == (5.0, 3.0, 0.5)


def test_the_order_of_a_state_does_not_matter():
    module = line()
    module.load_state_dict({"offset": 7.0, "slope": 8.0})

    assert module.state_dict() == {"slope": 8.0, "offset": 7.0}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({}, "2 parameters and 0 are given: slope, offset missing, none unknown; nothing was changed"),
        ({"slope": 5.0}, "2 parameters and 1 are given: offset missing, none unknown; nothing was changed"),
        ({"slope": 5.0, "offset": 6.0, "curve": 7.0}, "2 parameters and 3 are given: none missing, curve unknown"),
        ({"slope": 5.0, "Offset": 6.0}, "offset missing, Offset unknown; nothing was changed"),
        ({"slope": 5.0, "offset": "6.0"}, "offset must be a number, got '6.0'; nothing was changed"),
        ({"slope": 5.0, "offset": None}, "offset must be a number, got None; nothing was changed"),
        ({"slope": 5.0, "offset": True}, "offset must be a number, got True; nothing was changed"),
        ({"slope": 5.0, "offset": 1j}, "offset must be a number, got 1j; nothing was changed"),
        ({"slope": 5.0, "offset": [6.0]}, r"offset must be a number, got \[6.0\]; nothing was changed"),
        ({"slope": 5.0, "offset": Value(6.0)}, "offset must be a number, got Value"),
        ({"slope": 5.0, "offset": 10**400}, "offset must be .*; nothing was changed"),
        ({0: 5.0, 1: 6.0}, "slope, offset missing"),
    ],
    ids=lambda part: "" if isinstance(part, str) else repr(part)[:40],
)
def test_a_state_that_does_not_fit_is_refused_and_nothing_changed(state, message):
    module = line()

    with pytest.raises(StateError, match=message):
        module.load_state_dict(state)
    assert module.state_dict() == {"slope": 2.0, "offset": 1.0}


def test_the_message_names_a_few_of_many_missing_parameters():
    with pytest.raises(StateError, match=r"neurons\.0\.w\.0, .* and 334 more missing, none unknown"):
        MLP(2, [16, 16, 1]).load_state_dict({})


def test_two_parameters_of_one_name_are_refused_rather_than_one_of_them_lost():
    module = Module()
    module.table = {"a.b": Value(1.0), "a": {"b": Value(2.0)}}

    with pytest.raises(ValueError, match=r"two parameters are called 'table\.a\.b'"):
        module.state_dict()


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("x", [[], [1.0], [1.0, 2.0, 3.0], np.array([1.0]), 1.0, Value(1.0)], ids=repr)
@pytest.mark.parametrize("made", [Neuron(2), Layer(2, 3), MLP(2, [3, 1])], ids=["neuron", "layer", "mlp"])
def test_a_sample_of_the_wrong_length_is_refused_and_never_cut(made, x):
    length = len(x) if hasattr(x, "__len__") else 1

    with pytest.raises(ValueError, match=f"a neuron with 2 weights got {length} inputs: one for each is needed"):
        made(x)


@pytest.mark.parametrize("x", [["1", "2"], "12", [None, None], [[1.0], [2.0]], {"a": 1.0, "b": 2.0}, None], ids=repr)
def test_a_sample_that_holds_no_numbers_is_refused(x):
    with pytest.raises(TypeError):
        MLP(2, [3, 1])(x)


@pytest.mark.parametrize("nin", [0, -1])
def test_a_network_needs_an_input(nin):
    for make in (lambda: Neuron(nin), lambda: Layer(nin, 2), lambda: MLP(nin, [2])):
        with pytest.raises(ValueError, match=f"a neuron needs at least 1 input, got nin={nin}"):
            make()


@pytest.mark.parametrize("nout", [0, -1])
def test_a_layer_needs_a_neuron(nout):
    for make in (lambda: Layer(2, nout), lambda: MLP(2, [nout, 1]), lambda: MLP(2, [2, nout])):
        with pytest.raises(ValueError, match=f"a layer needs at least 1 neuron, got nout={nout}"):
            make()


def test_a_network_needs_a_layer():
    with pytest.raises(ValueError, match=r"an MLP needs at least one layer: MLP\(2, \[16, 1\]\) has two"):
        MLP(2, [])


@pytest.mark.parametrize("activations", [[], [tanh], [tanh, tanh, tanh]])
def test_a_list_of_activations_of_another_length_is_refused(activations):
    with pytest.raises(ValueError, match=f"2 layers need 2 activations, got {len(activations)}"):
        MLP(2, [2, 1], activation=activations)


@pytest.mark.parametrize("nouts", ["31", [2.0, 1], ["2", "1"]], ids=repr)
def test_widths_that_are_no_integers_are_refused(nouts):
    with pytest.raises(TypeError):
        MLP(2, nouts)


def test_one_width_without_a_list_is_answered_with_what_to_write():
    with pytest.raises(TypeError, match=r"\[3\]"):
        MLP(2, 3)
