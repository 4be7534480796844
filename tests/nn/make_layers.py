"""Write layers.json: what PyTorch's layers give in float64, forward and backward, from numbers drawn with a seed.

A row names a layer as one makes it here, the numbers of its parameters by our paths, its inputs, and PyTorch's
answers: the outputs, and the gradients of their sum, each weighted with a number of its own. Run it with an
interpreter that has PyTorch:

    python tests/nn/make_layers.py
"""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional

Read = Callable[[Any], Any]  # a parameter's numbers, or its gradients
Names = Callable[[Any, Read], dict[str, Any]]  # our paths of what a layer of PyTorch holds


def row(made: str, layer: Any, names: Names, *inputs: Any, forward: Any = None) -> dict[str, Any]:
    """What a layer answers; `forward(layer, *inputs)` is the call, where it is not that of the layer itself."""
    with torch.no_grad():
        for p in layer.parameters():
            p.copy_(torch.randn(*p.shape))  # many begin with ones and zeros
        if isinstance(layer, nn.RNN | nn.GRU):  # they have two biases where one would do
            layer.bias_hh_l0[: layer.hidden_size * (2 if isinstance(layer, nn.GRU) else 1)] = 0.0
    state = flat(names(layer, lambda p: p.detach()))
    given = [x.requires_grad_() if x.is_floating_point() else x for x in inputs]
    out = forward(layer, *given) if forward else layer(*given)
    weights = torch.randn(*out.shape)
    layer.zero_grad()
    (out * weights).sum().backward()
    return {
        "layer": made,
        "state": state,
        "inputs": [x.tolist() for x in given],
        "weights": weights.tolist(),
        "out": out.tolist(),
        "gradients": [x.grad.tolist() if x.is_floating_point() else None for x in given],
        "state_gradients": flat(names(layer, lambda p: p.grad)),
    }


def flat(tensors: dict[str, Any]) -> dict[str, float]:
    """Each number with a path of its own."""
    found: dict[str, float] = {}

    def put(path: str, numbers: Any) -> None:
        if not isinstance(numbers, list):
            found[path] = numbers
            return
        for i, item in enumerate(numbers):
            put(f"{path}.{i}", item)

    for path, tensor in tensors.items():
        put(path, tensor.tolist())
    return found


def neurons(path: str, weight: Any, bias: Any) -> dict[str, Any]:
    """A matrix and a bias, as neurons with weights and a bias each."""
    found = {}
    for k, (numbers, number) in enumerate(zip(weight.reshape(len(weight), -1), bias, strict=True)):
        found |= {f"{path}.{k}.w": numbers, f"{path}.{k}.b": number}
    return found


# ---------------------------------------------------------------- where each layer keeps its parameters


def nothing(layer: Any, read: Read) -> dict[str, Any]:
    return {}


def norm(layer: Any, read: Read) -> dict[str, Any]:
    bias = {} if isinstance(layer, nn.RMSNorm) else {"bias": read(layer.bias)}
    return {"gain": read(layer.weight), **bias}


def embedding(layer: Any, read: Read) -> dict[str, Any]:
    return {"rows": read(layer.weight)}


def convolution(layer: Any, read: Read) -> dict[str, Any]:
    return neurons("filters", read(layer.weight), read(layer.bias))


def heads(layer: Any, read: Read) -> dict[str, Any]:
    weights, biases = read(layer.in_proj_weight).chunk(3), read(layer.in_proj_bias).chunk(3)
    found = neurons("output.neurons", read(layer.out_proj.weight), read(layer.out_proj.bias))
    for name, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
        found |= neurons(f"{name}.neurons", weight, bias)
    return found


def score(layer: Any, read: Read) -> dict[str, Any]:
    """An MLP of two layers."""
    return {
        path: numbers
        for i, linear in enumerate((layer[0], layer[2]))
        for path, numbers in neurons(f"score.layers.{i}.neurons", read(linear.weight), read(linear.bias)).items()
    }


def elman(layer: Any, read: Read) -> dict[str, Any]:
    both = torch.cat([read(layer.weight_ih_l0), read(layer.weight_hh_l0)], dim=1)
    return neurons("layer.neurons", both, read(layer.bias_ih_l0))


def gru(layer: Any, read: Read) -> dict[str, Any]:
    of_input, of_state = read(layer.weight_ih_l0).chunk(3), read(layer.weight_hh_l0).chunk(3)
    biases, state_biases = read(layer.bias_ih_l0).chunk(3), read(layer.bias_hh_l0).chunk(3)
    return {
        **neurons("reset.neurons", torch.cat([of_input[0], of_state[0]], dim=1), biases[0]),
        **neurons("update.neurons", torch.cat([of_input[1], of_state[1]], dim=1), biases[1]),
        **neurons("of_input.neurons", of_input[2], biases[2]),
        **neurons("of_state.neurons", of_state[2], state_biases[2]),
    }


def slopes(layer: Any, read: Read) -> dict[str, Any]:
    return {"slopes": read(layer.weight)}


class Learned(nn.Module):
    """A parameter for a formula that PyTorch has no layer for."""

    def __init__(self, *sizes: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(*sizes))


def betas(layer: Any, read: Read) -> dict[str, Any]:
    return {"betas": read(layer.weight)}


def scores(layer: Any, read: Read) -> dict[str, Any]:
    return {"scores": read(layer.weight)}


def units(layer: Any, read: Read) -> dict[str, Any]:
    """A linear layer of three units with two pieces each."""
    found = {}
    for k, (weight, bias) in enumerate(zip(read(layer.weight).chunk(3), read(layer.bias).chunk(3), strict=True)):
        found |= neurons(f"units.{k}.neurons", weight, bias)
    return found


def image_net(layer: Any, read: Read) -> dict[str, Any]:
    """Convolution, BatchNorm, PReLU, pooling, a dense layer."""
    parts = {
        0: convolution(layer[0], read),
        1: norm(layer[1], read),
        2: slopes(layer[2], read),
        5: neurons("neurons", read(layer[5].weight), read(layer[5].bias)),
    }
    return {f"parts.{i}.{path}": numbers for i, held in parts.items() for path, numbers in held.items()}


# ---------------------------------------------------------------- calls that are not those of the layer itself


def attended(causal: bool, layer: Any, queries: Any, keys: Any, values: Any) -> Any:
    return functional.scaled_dot_product_attention(queries, keys, values, is_causal=causal)


def self_attended(causal: bool, layer: Any, x: Any) -> Any:
    mask = nn.Transformer.generate_square_subsequent_mask(len(x)) if causal else None
    return layer(x, x, x, attn_mask=mask, need_weights=False)[0]


def pooled(layer: Any, x: Any, keys: Any = None) -> Any:
    return layer(x if keys is None else keys).softmax(0).T[0] @ x


def states(layer: Any, x: Any, state: Any = None) -> Any:
    return layer(x, None if state is None else state[None])[0]


def of_a_batch(layer: Any, x: Any) -> Any:
    return layer(x[None])[0]


def swish(layer: Any, x: Any) -> Any:
    return x * (layer.weight * x).sigmoid()


def mixed(layer: Any, x: Any) -> Any:
    shapes = torch.stack([x.tanh(), x.relu(), functional.silu(x)], dim=-1)
    return (shapes * layer.weight.softmax(-1)).sum(-1)


def largest(layer: Any, x: Any) -> Any:
    return layer(x).reshape(3, 2).amax(1)


# ---------------------------------------------------------------- the rows


def rows() -> list[dict[str, Any]]:
    random = torch.randn
    found = [
        row("LayerNorm(4)", nn.LayerNorm(4), norm, random(4)),
        row("LayerNorm(3, eps=0.1)", nn.LayerNorm(3, eps=0.1), norm, random(3)),
        row("LayerNorm(1)", nn.LayerNorm(1), norm, random(1)),
        row("RMSNorm(4)", nn.RMSNorm(4, eps=1e-5), norm, random(4)),
        row("RMSNorm(3, eps=0.1)", nn.RMSNorm(3, eps=0.1), norm, random(3)),
        row("Embedding(5, 3)", nn.Embedding(5, 3), embedding, torch.tensor([3, 0, 3])),
        row("Embedding(5, 3)", nn.Embedding(5, 3), embedding, torch.tensor(4)),
        row("Embedding(5, 3)", nn.Embedding(5, 3), embedding, torch.tensor([[1, 2], [2, 2]])),
    ]
    for causal in (False, True):
        attend = partial(attended, causal)
        made = f"partial(attention, causal={causal})"
        found.append(row(made, nn.Identity(), nothing, random(3, 2), random(3, 2), random(3, 4), forward=attend))
        if not causal:
            found.append(row(made, nn.Identity(), nothing, random(1, 2), random(4, 2), random(4, 1), forward=attend))
    for size, count, causal in ((4, 2, False), (4, 2, True), (3, 1, False), (2, 2, True), (1, 1, False)):
        layer = nn.MultiheadAttention(size, count, batch_first=True)
        made = f"MultiHeadAttention({size}, {count}, causal={causal})"
        found.append(row(made, layer, heads, random(3, size), forward=partial(self_attended, causal)))
    for places in (1, 5):
        layer = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1))
        made = "AttentionPooling(MLP(3, [4, 1], activation=tanh))"
        found.append(row(made, layer, score, random(places, 3), forward=pooled))
        found.append(row(made, layer, score, random(places, 2), random(places, 3), forward=pooled))
    for channels, filters, window, options, size in (
        (1, 1, 1, {}, (2, 3)),
        (1, 2, 3, {}, (5, 4)),
        (2, 3, 2, {"stride": 2}, (5, 6)),
        (2, 1, 3, {"padding": 1}, (3, 4)),
        (2, 2, 3, {"stride": 2, "padding": 2}, (4, 3)),
    ):
        layer = nn.Conv2d(channels, filters, window, **options)
        told = "".join(f", {name}={number}" for name, number in options.items())
        made = f"Conv2d({channels}, {filters}, {window}{told}, nonlin=False)"
        found.append(row(made, layer, convolution, random(channels, *size)))
    for ours, theirs in (("MaxPool", nn.MaxPool2d), ("AveragePool", nn.AvgPool2d)):
        found += [
            row(f"{ours}(2)", theirs(2), nothing, random(2, 4, 6)),
            row(f"{ours}(2)", theirs(2), nothing, random(1, 5, 3)),
            row(f"{ours}(3, stride=1)", theirs(3, stride=1), nothing, random(2, 4, 5)),
            row(f"{ours}(2, stride=3)", theirs(2, stride=3), nothing, random(1, 6, 5)),
        ]
    for places, nin, size in ((1, 2, 3), (4, 3, 2), (3, 1, 1)):
        for made, layer, names in (
            (f"Elman({nin}, {size})", nn.RNN(nin, size), elman),
            (f"GRU({nin}, {size})", nn.GRU(nin, size), gru),
        ):
            found.append(row(made, layer, names, random(places, nin), forward=states))
            found.append(row(made, layer, names, random(places, nin), random(size), forward=states))
    layer = nn.RNN(2, 3, nonlinearity="relu")
    found.append(row("Elman(2, 3, activation=relu)", layer, elman, random(4, 2), forward=states))
    found += [
        row("PReLU()", nn.PReLU(), slopes, random(6)),
        row("PReLU(4)", nn.PReLU(4), slopes, random(4), forward=of_a_batch),
        row("PReLU(2)", nn.PReLU(2), slopes, random(2, 3, 3), forward=of_a_batch),
        row("Swish()", Learned(1), betas, random(2, 3), forward=swish),
        row("Swish(4)", Learned(4), betas, random(4), forward=swish),
        row("Mixture(size=4)", Learned(4, 3), scores, random(4), forward=mixed),
        row("Mixture()", Learned(1, 3), scores, random(2, 3), forward=mixed),
        row("Maxout(4, 3, 2)", nn.Linear(4, 6), units, random(4), forward=largest),
        row(
            "Sequential(Conv2d(1, 2, 3, nonlin=False), BatchNorm(2), PReLU(2), MaxPool(2), flatten,"
            " Layer(8, 3, nonlin=False))",
            nn.Sequential(
                nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.PReLU(2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 3)
            ),
            image_net,
            random(3, 1, 6, 6),
        ),
    ]
    return found


def batch_norm(made: str, layer: Any, *batches: Any) -> dict[str, Any]:
    """What a layer answers to some batches in training, what it remembers after each, and what it answers in use."""
    found = [row(made, layer, norm, batches[0])]
    found[0]["after"] = remembered(layer)
    for batch in batches[1:]:
        found.append({**row(made, layer, norm, batch), "after": remembered(layer)})
    layer.eval()
    return {"training": found, "use": row(made, layer, norm, batches[0].detach().clone())}


def remembered(layer: Any) -> dict[str, float]:
    return flat({"running_mean": layer.running_mean, "running_variance": layer.running_var})


def main() -> None:
    torch.set_default_dtype(torch.float64)
    torch.manual_seed(0)
    random = torch.randn
    norms = [
        batch_norm("BatchNorm(3)", nn.BatchNorm1d(3), random(4, 3), 2.0 * random(2, 3) - 3.0, random(5, 3)),
        batch_norm(
            "BatchNorm(2, momentum=0.4, eps=0.01)",
            nn.BatchNorm1d(2, momentum=0.4, eps=0.01),
            10.0 + random(3, 2),
            random(4, 2),
        ),
        batch_norm("BatchNorm(2)", nn.BatchNorm2d(2), random(2, 2, 3, 2), random(1, 2, 2, 2)),
    ]
    groups = {"rows": rows(), "batch_norm": norms}
    parts = [f'"torch": "{torch.__version__}"']
    for name, entry in groups.items():
        lines = ",\n".join(map(json.dumps, entry))
        parts.append(f'"{name}": [\n{lines}\n]')
    text = ",\n".join(parts)
    Path(__file__).with_name("layers.json").write_text(f"{{{text}}}\n")


if __name__ == "__main__":
    main()
