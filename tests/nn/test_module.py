"""Modules: training and use, numbers that are kept and do not learn, the tree that is printed."""

import copy
import pickle
from typing import ClassVar

import pytest

from autograd import Value, nn, tanh
from autograd.errors import StateError
from autograd.nn import MLP, BatchNorm, Dropout, Layer, Module, Neuron, PReLU, Residual, Sequential, load, save


class Counted(Module):
    """One number that learns and two that are kept beside it."""

    buffers: ClassVar[tuple[str, ...]] = ("seen", "counts")

    def __init__(self):
        self.weight = Value(2.0)
        self.seen = Value(3.0)
        self.counts = {"a": [Value(4.0)]}
        self._last = Value(5.0)


def holding(**parts):
    module = Module()
    for name, part in parts.items():
        setattr(module, name, part)
    return module


# ---------------------------------------------------------------- training and use


def test_a_module_begins_in_training():
    assert Module().training
    assert BatchNorm(2).training


def test_train_and_eval_reach_every_module_below_and_return_the_whole():
    model = holding(parts=[{"a": (Dropout(0.5), Counted())}], whole=Sequential(Residual(Dropout(0.5)), BatchNorm(2)))
    below = model.modules()

    assert [type(part).__name__ for part in below] == [
        *["Module", "Dropout", "Counted", "Sequential", "Residual", "Dropout", "BatchNorm"]
    ]
    assert model.eval() is model
    assert not any(part.training for part in below)
    assert model.train() is model
    assert all(part.training for part in below)


def test_modules_that_know_each_other_are_met_once():
    parent, child = Module(), Module()
    parent.children, child.parent = [child, child], parent

    assert parent.modules() == [parent, child]
    parent.eval()
    assert not child.training


def test_one_part_can_be_in_use_while_the_rest_trains():
    model = Sequential(BatchNorm(2), BatchNorm(2))
    model.parts[0].eval()

    assert [part.training for part in model.parts] == [False, True]


# ---------------------------------------------------------------- buffers


def test_a_buffer_is_kept_and_does_not_learn():
    module = holding(part=Counted())

    assert [name for name, _ in module.named_parameters()] == ["part.weight"]
    assert module.state_dict() == {"part.weight": 2.0, "part.seen": 3.0, "part.counts.a.0": 4.0}


def test_a_name_with_an_underscore_is_not_looked_into():
    module = Counted()
    module._part = Counted()

    assert module.modules() == [module]
    assert not any("_" in name for name in module.state_dict())


def test_buffers_are_loaded_and_written_with_the_parameters(tmp_path):
    module, twin = Counted(), Counted()
    module.seen.data, module.counts["a"][0].data = 0.1, -7.0
    twin.load_state_dict(module.state_dict())
    save(module, tmp_path / "model.json")
    third = Counted()
    load(third, tmp_path / "model.json")

    assert twin.state_dict() == third.state_dict() == {"weight": 2.0, "seen": 0.1, "counts.a.0": -7.0}


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ({"weight": 1.0}, "3 parameters and buffers and 1 are given: seen, counts.a.0 missing, none unknown; nothing"),
        ({"weight": 1.0, "seen": None, "counts.a.0": 1.0}, "seen must be a number, got None; nothing was changed"),
    ],
)
def test_a_state_without_the_buffers_is_refused_whole(state, message):
    module = Counted()
    with pytest.raises(StateError, match=message):
        module.load_state_dict(state)

    assert module.state_dict() == {"weight": 2.0, "seen": 3.0, "counts.a.0": 4.0}


def test_zero_grad_reaches_buffers_too():
    module = Counted()
    (module.weight * module.seen).backward()
    module.zero_grad()

    assert (module.weight.grad, module.seen.grad) == (0.0, 0.0)


# ---------------------------------------------------------------- what is printed


def test_a_network_is_printed_as_a_tree_with_counts():
    assert str(MLP(2, [3, 3, 1], activation=tanh)) == "\n".join(
        [
            "MLP                                   25 parameters",
            "├─ layers.0: Layer(2 → 3)             9",
            "│  └─ neurons.0…2: Neuron(2, tanh)    3 × 3",
            "├─ layers.1: Layer(3 → 3)             12",
            "│  └─ neurons.0…2: Neuron(3, tanh)    3 × 4",
            "└─ layers.2: Layer(3 → 1)             4",
            "   └─ neurons.0: Neuron(3, identity)  4",
        ]
    )


def test_neighbours_share_a_line_only_if_they_look_alike_and_are_numbered_in_one_list():
    model = holding(a=[Neuron(2), Neuron(2), Neuron(3), Neuron(2)], b=[Neuron(2)], c=Neuron(2), d=Neuron(2))
    model.e = {"x": Neuron(2), "y": Neuron(2)}

    assert str(model) == "\n".join(
        [
            "Module                     28 parameters",
            "├─ a.0…1: Neuron(2, relu)  2 × 3",
            "├─ a.2: Neuron(3, relu)    4",
            "├─ a.3: Neuron(2, relu)    3",
            "├─ b.0: Neuron(2, relu)    3",
            "├─ c: Neuron(2, relu)      3",
            "├─ d: Neuron(2, relu)      3",
            "├─ e.x: Neuron(2, relu)    3",
            "└─ e.y: Neuron(2, relu)    3",
        ]
    )


def test_parts_that_look_alike_inside_too_are_told_once():
    model = Sequential(*(Residual(Layer(2, 2)) for _ in range(3)))

    assert str(model) == "\n".join(
        [
            "Sequential                             18 parameters",
            "└─ parts.0…2: Residual                 3 × 6",
            "   └─ part: Layer(2 → 2)               6",
            "      └─ neurons.0…1: Neuron(2, relu)  2 × 3",
        ]
    )


def test_a_part_that_stands_in_two_places_is_told_once():
    layer = Layer(1, 1)
    layer.self = layer

    assert str(holding(a=layer, b=layer)).count("Layer") == 1


def test_large_counts_are_grouped_by_thousands():
    assert str(MLP(64, [32, 10])).splitlines()[0].split() == ["MLP", "2,410", "parameters"]


def test_buffers_are_not_counted():
    assert str(BatchNorm(3)) == "BatchNorm(3)  6 parameters"


def test_repr_stays_on_one_line():
    parts = [MLP(2, [3, 1]), BatchNorm(3), Sequential(tanh, PReLU(2), Layer(2, 1)), nn.GRU(3, 4), Counted()]

    assert [repr(part) for part in parts[1:]] == [
        "BatchNorm(3)",
        "Sequential(5 parameters)",
        "GRU(3 → 4)",
        "Counted(1 parameters)",
    ]
    assert not any("\n" in repr(part) for part in parts)


def test_an_activation_that_is_a_module_gives_its_name():
    assert repr(Neuron(2, activation=PReLU())) == "PReLUNeuron(2)"


# ---------------------------------------------------------------- copies


@pytest.mark.parametrize("twin_of", [copy.deepcopy, lambda model: pickle.loads(pickle.dumps(model))])
def test_a_copy_keeps_the_mode_the_buffers_and_the_source_of_chance(twin_of):
    model = Sequential(BatchNorm(2), Dropout(0.5), tanh)
    model([[1.0, 2.0], [3.0, 5.0]])
    twin = twin_of(model)
    batch = [[0.3, 0.1], [0.5, 0.2], [0.7, -1.0]]

    assert twin.state_dict() == model.state_dict()
    assert [[x.data for x in row] for row in twin(batch)] == [[x.data for x in row] for row in model(batch)]
    assert not twin_of(model.eval()).parts[0].training
