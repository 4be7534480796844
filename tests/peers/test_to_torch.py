"""PyTorch computes what a converted network computes, and the other way round."""

import networks
import numpy as np
import pytest
import torch
from torch.nn import ELU, GELU, Dropout, Hardsigmoid, Identity, LeakyReLU, Linear, ReLU, Sequential, Softplus, Tanh

from autograd import hard_sigmoid, identity, relu, softplus, tanh
from autograd.nn import MLP, from_torch, to_torch
from autograd.nn.counterparts import COUNTERPARTS

ACTIVATIONS = [op for op, row in COUNTERPARTS.items() if row.torch]
by_name = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda op: op.name)


def numbers(tensors):
    return [tensor.detach().double().numpy() for tensor in tensors]


def theirs(module, loss):
    """The loss and its gradients in PyTorch, as `networks.loss_and_gradients` gives ours."""
    answers = module(torch.tensor(networks.SAMPLES, dtype=torch.float64))
    if loss == "mse":
        value = torch.nn.functional.mse_loss(answers, torch.tensor(networks.TARGETS, dtype=torch.float64))
    else:
        value = torch.nn.functional.cross_entropy(answers, torch.tensor(networks.CLASSES))
    value.backward()
    return value.item(), numbers(parameter.grad for parameter in module.parameters())


@by_name
def test_a_converted_network_gives_the_same_outputs(activation):
    model = networks.network(activation)
    given = to_torch(model)(torch.tensor(networks.SAMPLES, dtype=torch.float64))

    networks.assert_same(given.detach().numpy(), networks.outputs(model))


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@by_name
def test_a_converted_network_gives_the_same_gradients(activation, loss):
    model = networks.network(activation)
    value, gradients = theirs(to_torch(model), loss)
    our_value, our_gradients = networks.loss_and_gradients(model, loss)

    networks.assert_same(value, our_value)
    for their_own, our_own in zip(gradients, our_gradients, strict=True):
        networks.assert_same(their_own, our_own)


@by_name
def test_each_activation_agrees_around_and_at_its_kinks(activation):
    points = np.array([*activation.kinks, *np.linspace(-45.0, 45.0, 361), -1e3, 1e3])
    x = torch.tensor(points, requires_grad=True)
    y = COUNTERPARTS[activation].torch(torch.nn)(x)
    y.sum().backward()

    networks.assert_same(y.detach().numpy(), activation(points))
    networks.assert_same(x.grad.numpy(), activation.derivative(points))


@by_name
def test_there_and_back_is_the_same_network(activation):
    model = networks.network(activation)
    back = from_torch(to_torch(model))

    assert back.state_dict() == model.state_dict()
    assert [layer.neurons[0].activation for layer in back.layers] == [activation, activation, identity]


def test_the_parameters_are_named_and_shaped_as_pytorch_s_are():
    module = to_torch(MLP(2, [3, 1], activation=[tanh, tanh], rng=0))

    assert {name: tuple(x.shape) for name, x in module.state_dict().items()} == {
        "0.weight": (3, 2),
        "0.bias": (3,),
        "2.weight": (1, 3),
        "2.bias": (1,),
    }
    assert all(parameter.requires_grad for parameter in module.parameters())


def test_a_conversion_leaves_all_sources_of_chance_alone():
    torch.manual_seed(1)
    expected = torch.rand(1)
    torch.manual_seed(1)
    to_torch(networks.network())

    assert torch.rand(1) == expected


def test_training_the_converted_network_leaves_the_model_alone():
    model = networks.network()
    before = model.state_dict()
    with torch.no_grad():
        for parameter in to_torch(model).parameters():
            parameter.zero_()

    assert model.state_dict() == before


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64], ids=str)
def test_weights_of_any_precision_keep_their_numbers(dtype):
    torch.manual_seed(0)
    module = Sequential(Linear(3, 4), ReLU(), Linear(4, 2)).to(dtype)
    back = numbers(to_torch(from_torch(module)).parameters())

    for there, here in zip(numbers(module.parameters()), back, strict=True):
        assert there.tolist() == here.tolist()


def test_a_network_from_pytorch_gives_its_outputs_and_gradients():
    torch.manual_seed(0)
    module = Sequential(
        Linear(3, 6), Tanh(), Sequential(Linear(6, 5), Identity(), ReLU(inplace=True), Identity()), Linear(5, 4)
    )
    module.double()
    value, gradients = theirs(module, "cross_entropy")
    our_value, our_gradients = networks.loss_and_gradients(from_torch(module), "cross_entropy")

    networks.assert_same(value, our_value)
    for their_own, our_own in zip(gradients, our_gradients, strict=True):
        networks.assert_same(their_own, our_own)


def test_one_module_may_activate_several_layers():
    act = ReLU()
    model = from_torch(Sequential(Linear(2, 2), act, Linear(2, 2), act))

    assert [layer.neurons[0].activation for layer in model.layers] == [relu, relu]


def test_a_bare_linear_is_a_network_of_one_layer():
    assert repr(from_torch(Linear(2, 1))) == "MLP of [Layer of [LinearNeuron(2)]]"


def tied(name):
    first, second = Linear(2, 2), Linear(2, 2)
    setattr(second, name, getattr(first, name))
    return Sequential(first, ReLU(), second)


def hooked():
    linear = Linear(2, 2)
    linear.register_forward_hook(lambda module, given, out: 2 * out)
    return Sequential(linear)


class Doubling(Sequential):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize(
    ("module", "error", "advice"),
    [
        (Sequential(Linear(2, 2), Dropout(0.5)), TypeError, r"module\[1\] is Dropout\(p=0.5, .*write it with Linear"),
        (Sequential(Linear(2, 2), LeakyReLU(0.2)), TypeError, r"LeakyReLU\(negative_slope=0.2\), which has no exact"),
        (Sequential(Linear(2, 2), ELU(2.0)), TypeError, r"ELU\(alpha=2.0\), which has no exact counterpart"),
        (Sequential(Linear(2, 2), Softplus()), TypeError, r"Softplus\(beta=1.0, threshold=40.0\)"),
        (Sequential(Linear(2, 2), Sequential(ReLU(), GELU("none"))), ValueError, r"module\[1\]\[1\] is GELU"),
        (Sequential(ReLU(), Linear(2, 2)), ValueError, r"module\[0\] is ReLU\(\) and does not follow a Linear"),
        (Sequential(Linear(2, 2, bias=False)), ValueError, r"module\[0\] has no bias.*bias of zeros"),
        (Sequential(Linear(2, 3), ReLU(), Linear(2, 1)), ValueError, r"module\[2\] takes 2 .* before it gives 3"),
        (Sequential(Linear(2, 2, dtype=torch.complex64)), TypeError, r"complex64: the engine is for real numbers"),
        (tied("weight"), ValueError, r"module\[2\] shares weights"),
        (tied("bias"), ValueError, r"module\[2\] shares weights"),
        (hooked(), ValueError, r"module\[0\] has a hook"),
        (Doubling(Linear(2, 2)), TypeError, r"module is Doubling"),
        (Sequential(), ValueError, "holds no Linear"),
        (torch.nn.utils.parametrizations.weight_norm(Linear(2, 2)), TypeError, "module is ParametrizedLinear"),
        ([Linear(2, 2)], TypeError, "from_torch needs a torch.nn.Module, got list"),
    ],
)
def test_what_is_no_mlp_is_refused_with_its_place(module, error, advice):
    with pytest.raises(error, match=f"(?s){advice}"):
        from_torch(module)


@pytest.mark.parametrize(
    ("module", "ours"), [(Softplus(), softplus), (Hardsigmoid(), hard_sigmoid)], ids=["softplus", "hard_sigmoid"]
)
def test_pytorch_s_own_form_is_still_not_exact(module, ours):
    points = np.linspace(-2.875, 21.125, 97)
    x = torch.tensor(points, requires_grad=True)
    module(x).sum().backward()

    assert abs(x.grad.numpy() - ours.derivative(points)).max() > 1e-10  # else convert it as it is
