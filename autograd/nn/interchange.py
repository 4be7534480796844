"""An MLP as PyTorch, Keras and ONNX write it, and one that PyTorch wrote.

What is converted computes the same: outputs and gradients agree to 1e-12 in float64. The other packages are
imported when they are asked for.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from autograd.activations import identity
from autograd.errors import MissingPackageError, PrecisionWarning
from autograd.nn.counterparts import COUNTERPARTS
from autograd.nn.dense import MLP, Layer, Neuron
from autograd.value import Value

if TYPE_CHECKING:
    import keras
    import onnx
    import torch


def to_torch(model: MLP) -> torch.nn.Sequential:
    """The model as a PyTorch module: `Linear` layers and activations, in float64 on the CPU.

    It takes a tensor of shape (samples, inputs) and gives one of shape (samples, outputs), even for a single output.

    Raises:
        TypeError: the model is no `MLP` of plain layers.
        ValueError: two places share a parameter, one of them does not learn, or an activation has no counterpart.
        MissingPackageError: PyTorch is not installed.

    >>> import torch
    >>> from autograd import nn, tanh
    >>> model = nn.MLP(2, [3, 1], activation=tanh, rng=0)
    >>> module = nn.to_torch(model)
    >>> module
    Sequential(
      (0): Linear(in_features=2, out_features=3, bias=True)
      (1): Tanh()
      (2): Linear(in_features=3, out_features=1, bias=True)
    )
    >>> abs(module(torch.tensor([[1.0, -1.0]]).double()).item() - model([1.0, -1.0]).data) < 1e-12
    True
    """
    layers = _layers(model, "torch")
    try:
        import torch
    except ImportError:
        raise MissingPackageError("to_torch needs PyTorch: pip install 'stepgrad[torch]'") from None
    modules: list[torch.nn.Module] = []
    for weights, biases, _, counterpart in layers:
        # First weights are not drawn: that would move PyTorch's source of chance on.
        linear = torch.nn.utils.skip_init(torch.nn.Linear, len(weights[0]), len(weights), dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(weights, dtype=torch.float64))
            linear.bias.copy_(torch.tensor(biases, dtype=torch.float64))
        modules.append(linear)
        if counterpart:
            modules.append(counterpart(torch.nn))
    return torch.nn.Sequential(*modules)


def from_torch(module: torch.nn.Module) -> MLP:
    """An MLP from a PyTorch `Sequential` of `Linear` layers, each followed by one activation or none.

    Weights of less than double precision keep their numbers, as each of those is also a float. All of them learn.

    Raises:
        TypeError: there is something else inside, or an activation that has no exact counterpart here.
        ValueError: what is inside makes no MLP, or computes otherwise than it looks: a layer without bias, weights
            that two layers share, widths that do not fit, two activations in a row, a hook.
        MissingPackageError: PyTorch is not installed.

    >>> import torch
    >>> from autograd import nn
    >>> nn.from_torch(torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.ReLU(), torch.nn.Linear(3, 1)))
    MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(3)]]
    """
    try:
        import torch
    except ImportError:
        raise MissingPackageError("from_torch needs PyTorch: pip install 'stepgrad[torch]'") from None
    known = {activation: row.torch(torch.nn) for activation, row in COUNTERPARTS.items() if row.torch}
    known[identity] = torch.nn.Identity()
    linears: list[torch.nn.Linear] = []
    activations: list[Any] = []
    for place, part in _parts("module", module, torch.nn):
        if type(part) is torch.nn.Linear:
            _check_linear(place, part, linears)
            linears.append(part)
            activations.append(identity)
            continue
        activation = next((ours for ours, theirs in known.items() if _settings(theirs) == _settings(part)), None)
        if activation is None:
            choices = ", ".join(map(str, known.values()))
            raise TypeError(f"{place} is {part}, which has no exact counterpart here: write it with Linear, {choices}")
        if activation is identity:
            continue
        if not linears or activations[-1] is not identity:
            raise ValueError(f"{place} is {part} and does not follow a Linear: an MLP has nothing else between layers")
        activations[-1] = activation
    if not linears:
        raise ValueError("the module holds no Linear: an MLP needs at least one layer")
    outputs, inputs = zip(*(linear.weight.shape for linear in linears), strict=True)
    model = MLP(inputs[0], outputs, activation=activations, init=lambda rng, fan_in, fan_out: 0.0)
    for layer, linear in zip(model.layers, linears, strict=True):
        numbers = (tensor.detach().double().tolist() for tensor in (linear.weight, linear.bias))
        for neuron, weights, bias in zip(layer.neurons, *numbers, strict=True):
            neuron.b.data = bias
            for parameter, weight in zip(neuron.w, weights, strict=True):
                parameter.data = weight
    return model


def to_keras(model: MLP) -> keras.Sequential:
    """The model as a Keras 3 `Sequential` in float64, for the backend that Keras runs on (`KERAS_BACKEND`).

    It takes an array of shape (samples, inputs) and gives one of shape (samples, outputs), even for a single output.
    Calling it keeps float64; `fit` and `predict` do so after `keras.config.set_floatx("float64")`. At a kink the
    gradient is the backend's choice.

    Raises:
        TypeError, ValueError: as in `to_torch`.
        MissingPackageError: Keras or its backend is not installed.

    Warns:
        PrecisionWarning: Keras computes in float32 on this backend, so that only about 7 digits agree. JAX does
            unless `JAX_ENABLE_X64=1` is set before it starts; on PyTorch, Keras always does (3.15).

    >>> import numpy as np
    >>> from autograd import nn
    >>> model = nn.MLP(2, [3, 1], rng=0)
    >>> network = nn.to_keras(model)
    >>> [layer.name for layer in network.layers]
    ['dense_0', 'relu_0', 'dense_1']
    >>> abs(float(network(np.array([[1.0, -1.0]]))[0, 0]) - model([1.0, -1.0]).data) < 1e-12
    True
    """
    layers = _layers(model, "keras")
    try:
        import keras
    except ImportError as error:
        raise MissingPackageError(
            f"to_keras needs the package {error.name}: pip install 'stepgrad[keras]' and one of tensorflow, jax,"
            " torch, named by the variable KERAS_BACKEND"
        ) from None
    import numpy as np

    network = keras.Sequential([keras.Input((len(layers[0][0][0]),), dtype="float64", name="inputs")])
    for i, (weights, biases, activation, counterpart) in enumerate(layers):
        # As in `to_torch`, nothing is drawn.
        dense = keras.layers.Dense(len(weights), kernel_initializer="zeros", dtype="float64", name=f"dense_{i}")
        network.add(dense)
        dense.set_weights([np.array(weights).T, np.array(biases)])
        if counterpart:
            network.add(counterpart(keras, dtype="float64", name=f"{activation.name}_{i}"))
    computed = keras.ops.matmul(np.ones((1, 1)), np.ones((1, 1)))
    if keras.backend.standardize_dtype(computed.dtype) != "float64":
        backend = keras.backend.backend()
        remedy = {"jax": "set JAX_ENABLE_X64=1 before it starts", "torch": "use nn.to_torch"}
        warnings.warn(
            f"Keras computes in float32 on {backend}: {remedy.get(backend, 'choose another backend')} for all digits",
            PrecisionWarning,
            stacklevel=2,
        )
    return network


def to_onnx(model: MLP) -> onnx.ModelProto:
    """The model in ONNX, in float64, of standard operators (opset 18). `onnx.save` writes it to a file.

    Its input `inputs` has the shape (samples, inputs), its output `outputs` the shape (samples, outputs).

    Raises:
        TypeError, ValueError: as in `to_torch`.
        MissingPackageError: the package onnx is not installed.

    >>> from autograd import nn
    >>> exported = nn.to_onnx(nn.MLP(2, [3, 1], rng=0))
    >>> [node.op_type for node in exported.graph.node]
    ['Gemm', 'Relu', 'Gemm']
    """
    layers = _layers(model, "onnx")
    try:
        from onnx import TensorProto, helper, inliner, numpy_helper, parser
    except ImportError:
        raise MissingPackageError("to_onnx needs the package onnx: pip install 'stepgrad[onnx]'") from None
    import numpy as np

    nodes: list[onnx.NodeProto] = []
    numbers: list[onnx.TensorProto] = []
    functions: dict[str, onnx.FunctionProto] = {}
    x = "inputs"
    for i, (weights, biases, activation, body) in enumerate(layers):
        names = [f"layers.{i}.weight", f"layers.{i}.bias"]
        numbers += map(numpy_helper.from_array, (np.array(weights), np.array(biases)), names)
        out = "outputs" if i == len(layers) - 1 else f"layers.{i}.out"
        weighted_sum = f"layers.{i}.sum" if body else out
        nodes.append(helper.make_node("Gemm", [x, *names], [weighted_sum], transB=1))
        if body:
            nodes.append(helper.make_node(activation.name, [weighted_sum], [out], domain="stepgrad"))
            head = f'<domain: "stepgrad", opset_import: ["" : 18]> {activation.name} (x) => (y)'
            functions[activation.name] = parser.parse_function(f"{head} {{ {body} }}")
        x = out
    graph = helper.make_graph(
        nodes,
        "MLP",
        [helper.make_tensor_value_info("inputs", TensorProto.DOUBLE, ["samples", len(layers[0][0][0])])],
        [helper.make_tensor_value_info("outputs", TensorProto.DOUBLE, ["samples", len(layers[-1][0])])],
        numbers,
    )
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid("stepgrad", 1)]
    written = helper.make_model(
        graph, functions=functions.values(), opset_imports=opsets, ir_version=8, producer_name="stepgrad"
    )
    exported = inliner.inline_local_functions(written)
    del exported.opset_import[1]  # nothing of ours is left in it
    return exported


def _layers(model: MLP, package: str) -> list[tuple[list[list[float]], list[float], Any, Any]]:
    """For each layer: the weights of each neuron, the biases, the activation and its counterpart in a package."""
    found, met = [], set()
    for i, layer in enumerate(_plain(model, MLP).layers):
        neurons = [_plain(neuron, Neuron) for neuron in _plain(layer, Layer).neurons]
        for parameter in (parameter for neuron in neurons for parameter in (*neuron.w, neuron.b)):
            if not (isinstance(parameter, Value) and parameter.is_leaf):
                raise ValueError(f"layer {i} has {parameter!r}, which is no leaf Value: elsewhere all weights learn")
            if parameter in met:
                raise ValueError(f"layer {i} has {parameter!r}, which stands elsewhere too: share no parameter")
            met.add(parameter)
        activation = neurons[0].activation
        if any(neuron.activation is not activation for neuron in neurons):
            raise ValueError(f"layer {i} has neurons of several activations: elsewhere a layer has one")
        counterpart = None
        if activation is not identity:
            counterpart = getattr(COUNTERPARTS.get(activation), package, None)
            if counterpart is None:
                name = getattr(activation, "__name__", activation)
                choices = ", ".join(op.name for op, row in COUNTERPARTS.items() if getattr(row, package))
                raise ValueError(f"layer {i}: {name} has no exact counterpart in {package}, use {choices} or identity")
        weights = [[parameter.data for parameter in neuron.w] for neuron in neurons]
        found.append((weights, [neuron.b.data for neuron in neurons], activation, counterpart))
    return found


def _plain(part: Any, kind: type) -> Any:
    """The part itself, if it computes as its kind does."""
    if type(part) is not kind:
        raise TypeError(f"only an MLP of plain Layers can be converted: {type(part).__name__} is no {kind.__name__}")
    return part


def _parts(place: str, module: Any, nn: Any) -> Iterator[tuple[str, Any]]:
    """The modules in their order with their places, those of a Sequential in a Sequential too."""
    if not isinstance(module, nn.Module):
        raise TypeError(f"from_torch needs a torch.nn.Module, got {type(module).__name__}")
    if module._forward_hooks or module._forward_pre_hooks:
        raise ValueError(f"{place} has a hook, which may compute anything: remove the hook")
    if type(module) is not nn.Sequential:
        yield place, module
        return
    for i, part in enumerate(module):
        yield from _parts(f"{place}[{i}]", part, nn)


def _check_linear(place: str, linear: torch.nn.Linear, before: list[torch.nn.Linear]) -> None:
    """Refuse a Linear that no layer of Neurons can stand for."""
    if linear.bias is None:
        raise ValueError(f"{place} has no bias, and a Neuron has one that learns: give it a bias of zeros")
    if not linear.weight.is_floating_point():
        raise TypeError(f"{place} has weights of {linear.weight.dtype}: the engine is for real numbers")
    if any(linear.weight is other.weight or linear.bias is other.bias for other in before):
        raise ValueError(f"{place} shares weights with a layer before it: a Layer has its own, write Linear twice")
    if before and before[-1].weight.shape[0] != linear.weight.shape[1]:
        raise ValueError(
            f"{place} takes {linear.weight.shape[1]} numbers and the layer before it gives {before[-1].weight.shape[0]}"
        )


def _settings(module: torch.nn.Module) -> tuple[type, dict[str, Any]]:
    """What makes an activation the one it is; to write its result in place changes no number."""
    public = {name: x for name, x in vars(module).items() if not name.startswith("_")}
    return type(module), {name: x for name, x in public.items() if name not in ("training", "inplace")}
