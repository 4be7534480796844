"""What is not converted to other packages, and why; what is converted is tried with the real ones in tests/peers."""

import sys

import pytest

from autograd import Value, gelu, hard_sigmoid, identity, nn, relu, step, tanh
from autograd.activations import Activation
from autograd.errors import MissingPackageError
from autograd.nn.counterparts import COUNTERPARTS
from autograd.op import REGISTRY

conversions = [nn.to_torch, nn.to_keras, nn.to_onnx]
every_way = pytest.mark.parametrize("convert", conversions, ids=lambda function: function.__name__)


class Doubled(nn.MLP):
    def __call__(self, x):
        return [2 * y for y in super().__call__(x)]


class Noisy(nn.Layer):
    pass


def model_with(**changed):
    """A network whose first neuron has other attributes."""
    model = nn.MLP(2, [2, 2], rng=0)
    vars(model.layers[0].neurons[0]).update(changed)
    return model


def with_a_layer_of_another_class():
    model = nn.MLP(2, [2, 2], rng=0)
    model.layers[1] = Noisy(2, 2, rng=0)
    return model


def with_tied_weights():
    model = nn.MLP(2, [2, 2], rng=0)
    model.layers[1].neurons[0].w = model.layers[0].neurons[0].w
    return model


def my_relu(x):
    return relu(x)


REFUSED = {
    "a layer": (nn.Layer(2, 2), TypeError, "only an MLP of plain Layers can be converted: Layer is no MLP"),
    "a subclass": (Doubled(2, [1]), TypeError, "Doubled is no MLP"),
    "another layer": (with_a_layer_of_another_class(), TypeError, "Noisy is no Layer"),
    "nothing": (None, TypeError, "NoneType is no MLP"),
    "tied": (with_tied_weights(), ValueError, "layer 1 has .*w0.*, which stands elsewhere too: share no parameter"),
    "constant": (model_with(b=0.0), ValueError, "layer 0 has 0.0, which is no leaf Value: elsewhere all weights learn"),
    "computed": (model_with(b=2 * Value(1.0)), ValueError, "layer 0 has .*data=2.0.*, which is no leaf Value"),
    "two at once": (model_with(activation=tanh), ValueError, "layer 0 has neurons of several activations"),
    "a function": (nn.MLP(2, [2, 2], activation=my_relu), ValueError, "layer 0: my_relu has no exact counterpart"),
    "step": (nn.MLP(2, [2, 2], activation=step), ValueError, r"<op step\(x\)> has .*, use .*relu, .* or identity"),
}


@every_way
@pytest.mark.parametrize(("model", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_what_another_package_could_not_hold_is_refused(convert, model, error, message):
    with pytest.raises(error, match=message):
        convert(model)


@pytest.mark.parametrize(
    ("convert", "activation"), [(nn.to_torch, hard_sigmoid), (nn.to_keras, gelu), (nn.to_onnx, gelu)]
)
def test_an_activation_that_is_not_exact_elsewhere_is_refused(convert, activation):
    with pytest.raises(ValueError, match=f"layer 0: <op {activation.name}.* has no exact counterpart in"):
        convert(nn.MLP(2, [2, 2], activation=activation))


@pytest.mark.parametrize(
    ("convert", "given", "package", "advice"),
    [
        (nn.to_torch, nn.MLP(1, [1]), "torch", r"to_torch needs PyTorch: pip install 'stepgrad\[torch\]'"),
        (nn.from_torch, None, "torch", r"from_torch needs PyTorch: pip install 'stepgrad\[torch\]'"),
        (nn.to_keras, nn.MLP(1, [1]), "keras", r"the package keras: pip install 'stepgrad\[keras\]' and one of tens"),
        (nn.to_onnx, nn.MLP(1, [1]), "onnx", r"to_onnx needs the package onnx: pip install 'stepgrad\[onnx\]'"),
    ],
    ids=["to_torch", "from_torch", "to_keras", "to_onnx"],
)
def test_a_missing_package_is_named_with_the_way_to_get_it(monkeypatch, convert, given, package, advice):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed

    with pytest.raises(MissingPackageError, match=advice):
        convert(given)


def test_every_activation_but_the_step_goes_somewhere():
    declared_here = {op for op in REGISTRY.values() if type(op) is Activation and "autograd" in op.forward.__module__}

    assert declared_here - set(COUNTERPARTS) == {identity, step}
