"""Make the pictures of the gallery: one of everything that `autograd.draw` draws.

    python site/gallery.py        (about fifteen seconds; needs the extras `plot` and `images`)

The files go to `pictures/` beside this one, with a contact sheet of all of them, `pictures/index.html`, on which the
drawings that set the look stand beside what is made today. Every run gives the same ones, up to the fonts of a machine.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import autograd
from autograd import Value, demo, draw, losses, nn, optim, sigmoid, tanh
from autograd.datasets import digits, moons
from autograd.draw import engine
from autograd.program import Program

HERE = Path(__file__).resolve().parent / "pictures"


def leaf(number: float, label: str) -> Value:
    """A named number."""
    return Value(number, label=label)


def named(label: str, value: Value) -> Value:
    """The value, with a name."""
    value.label = label
    return value


# ---------------------------------------------------------------- graphs


def before() -> Value:
    """The neuron of the demo, before any backward pass."""
    root = demo.neuron()
    root.zero_grad()
    return root


def layer() -> Value:
    """Two tanh neurons on two inputs, and the sum of what they give."""
    outputs = nn.MLP(2, [2], activation=[tanh], rng=1)([leaf(1.0, "x0"), leaf(-2.0, "x1")])
    root = named("y", outputs[0] + outputs[1])
    root.backward()
    return root


def network(inputs: int, widths: list[int], seed: int) -> Value:
    """The output of a tanh MLP for one sample, after the backward pass of its squared error."""
    rng = random.Random(seed)
    model = nn.MLP(inputs, widths, activation=[tanh] * len(widths), init=nn.xavier, rng=rng)
    out: Value = model([leaf(rng.gauss(0, 1), f"x{i}") for i in range(inputs)])
    ((out - 1.0) ** 2).backward()
    return out


def first() -> Value:
    """The guide's first gradient: w used twice, so that its gradient is a sum of two."""
    w, x = leaf(2.0, "w"), leaf(0.5, "x")
    root = named("y", w * x + w)
    root.backward()
    return root


def neuron() -> Value:
    """The neuron of the landing page and of the guide to drawing."""
    root = named("out", (leaf(2.0, "w") * leaf(0.5, "x") + leaf(-1.0, "b")).tanh())
    root.backward()
    return root


def cube() -> Value:
    """x used three times, so that its gradient is a sum of three."""
    x = leaf(3.0, "x")
    root = named("x³", x * x * x)
    root.backward()
    return root


def shared() -> Value:
    """Two nodes that two others use."""
    a, b = leaf(2.0, "a"), leaf(-3.0, "b")
    total, product = named("s", a + b), named("p", a * b)
    root = named("L", (total * product).tanh() + total / product)
    root.backward()
    return root


def attention() -> Value:
    """One query on three keys: scores, softmax, and the mix of three values."""
    rng = random.Random(2)

    def vector(name: str, length: int = 2) -> list[Value]:
        return [leaf(round(rng.gauss(0, 1), 2), f"{name}{i}") for i in range(length)]

    query, keys, values = vector("q"), [vector(f"k{k}") for k in "abc"], vector("v", 3)
    with autograd.scope("scores"):
        scores = [autograd.dot(query, key) / 2**0.5 for key in keys]
    with autograd.scope("softmax"):
        powers = [score.exp() for score in scores]
        total = autograd.sum(powers)
        shares = [power / total for power in powers]
    with autograd.scope("mix"):
        root = named("out", autograd.dot(shares, values))
    root.backward()
    return root


def chain() -> Value:
    """Eight sigmoids in a row: each passes on less than a quarter of the gradient."""
    x = leaf(0.5, "x")
    for k in range(8):
        x = named(f"h{k + 1}", sigmoid(x))
    x.backward()
    return x


def wide_sum() -> Value:
    """Sixteen operands of one op."""
    rng = random.Random(4)
    root = named("mean", autograd.sum([leaf(round(rng.gauss(0, 1), 2), f"x{i}") ** 2 for i in range(8)]) / 8)
    root.backward()
    return root


@autograd.activation(d_x=lambda x, out: sigmoid(x) + out * (1 - sigmoid(x)))
def swoosh(x: Value) -> Value:
    """Not among ours."""
    return x * sigmoid(x)


def custom() -> Value:
    """An activation that the reader has declared."""
    root = named("y", swoosh(leaf(0.8, "w") * leaf(-1.5, "x") + leaf(0.2, "b")))
    root.backward()
    return root


def states() -> Value:
    """A dead ReLU, a saturated tanh, and nan that spreads."""
    x = leaf(-2.0, "x")
    dead, flat, bad = named("dead", x.relu()), named("flat", (x * 1.5).tanh()), named("bad", x.log())
    root = named("L", dead + flat + bad)
    root.backward()
    return root


def heat() -> Value:
    """Gradients of very different sizes; with a locked scale some go beyond it."""
    root = leaf(0.0, "start")
    for k, factor in enumerate((4000.0, -700.0, 60.0, -5.0, 0.4, -0.03)):
        root = root + factor * leaf(1.0 + k, f"x{k}")
    root = named("L", root)
    root.backward()
    return root


def training_step() -> Value:
    """Two moons, 100 samples, MLP 2-16-16-1, max-margin loss and L2."""
    points, labels = moons(100, noise=0.1, seed=0)
    model = nn.MLP(2, [16, 16, 1], rng=0)
    scores = [model([Value(number) for number in point]) for point in points]
    data_loss = losses.hinge(scores, labels)
    total: Value = named("L", data_loss + 1e-4 * autograd.sum([p * p for p in model.parameters()]))
    total.backward()
    return total


def recorded() -> Program:
    """The loss of a batch of two moons as array steps."""
    points, labels = moons(100, noise=0.1, seed=0)
    model = nn.MLP(2, [16, 1], activation=tanh, rng=0)

    def loss(inputs: Any, targets: Any) -> Value:
        total: Value = losses.mse([model(x) for x in inputs], targets)
        return total

    return autograd.record(loss).program(points, labels)


# ---------------------------------------------------------------- plots


def small() -> nn.MLP:
    """A network that can learn two moons."""
    return nn.MLP(2, [8, 8, 1], activation=[tanh, tanh, autograd.identity], init=nn.xavier, rng=0)


def trained() -> tuple[nn.MLP, dict[str, list[float]]]:
    """A network that has learned two moons; its losses and those of another way to learn."""
    points, labels = moons(100, noise=0.1, seed=0)
    curves: dict[str, list[float]] = {}
    for name, make in (("SGD", optim.SGD), ("Adam", optim.Adam)):
        model = small()
        optimizer = make(model.parameters(), lr=0.05)
        curve = curves[name] = []
        for _ in range(40):
            loss = losses.hinge([model(point) for point in points], labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            curve.append(loss.data)
    return model, curves


def vanishing() -> list[dict[str, float]]:
    """The gradients of a deep sigmoid network that learns one sample after another."""
    from autograd.draw.plots import layer_gradients

    points, labels = moons(60, noise=0.1, seed=0)
    model = nn.MLP(2, [6] * 5 + [1], activation=[sigmoid] * 5 + [autograd.identity], init=nn.xavier, rng=0)
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    history = []
    for point, label in zip(points, labels, strict=True):
        optimizer.zero_grad()
        ((model(point) - label) ** 2).backward()
        history.append(layer_gradients(model))
        optimizer.step()
    return history


def reader() -> tuple[nn.MLP, Any]:
    """A network that has begun to read digits, and the digits."""
    data = digits()
    model = nn.MLP(64, [16, 10], init=nn.he, rng=0)
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    for start in [*range(0, 800, 20)] * 2:
        batch = slice(start, start + 20)
        loss = losses.cross_entropy([model(x) for x in data.inputs[batch]], data.targets[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model, data


def plots() -> dict[str, tuple[str, Callable[[], Any]]]:
    """For the file of each plot its caption and what draws it."""
    from autograd.draw import plots as plot

    model, curves = trained()
    points, labels = moons(100, noise=0.1, seed=0)
    read, data = reader()
    fired = [[unit.data for unit in read.layers[0](x)] for x in data.inputs[:100]]
    deep = nn.MLP(2, [8, 8, 8], activation=[tanh] * 3, init=lambda *shape: 2.0 * nn.xavier(*shape), rng=0)
    sums: dict[str, list[float]] = {}
    for point in points:
        for number, layer in enumerate(deep.layers):
            point = layer(point)
            sums.setdefault(f"layer {number}", []).extend(unit.operands[0].data for unit in point)
    return {
        "activations.png": ("The classical four activations with their derivatives", plot.activation),
        "activations-sigmoid-tanh.png": (
            "Two activations side by side",
            lambda: plot.activation("sigmoid", "tanh", low=-6, high=6),
        ),
        "activations-dark.png": (
            "The same on a dark background",
            lambda: plot.activation("sigmoid", "tanh", low=-6, high=6, theme="dark"),
        ),
        "loss.png": ("The loss of two runs", lambda: plot.loss_curve(curves)),
        "boundary.png": (
            "What a network has learned of two moons",
            lambda: plot.decision_boundary(model, points, labels),
        ),
        "gradients.png": ("Gradients that vanish from layer to layer", lambda: plot.gradient_magnitudes(vanishing())),
        "gradient-flow.png": ("Every gradient of each layer", lambda: plot.gradient_flow(read)),
        "pre-activations.png": (
            "Where the pre-activations lie that weights twice too large make",
            lambda: plot.pre_activations(sums, "tanh"),
        ),
        "dead-units.png": ("On how much of a batch each unit fires", lambda: plot.dead_units(fired)),
        "weights.png": ("The weights into each unit as an image", lambda: plot.weights_as_images(read)),
    }


# ---------------------------------------------------------------- the gallery

GRAPHS: dict[str, tuple[str, Callable[[], Value], dict[str, Any]]] = {
    "neuron-before.svg": ("A tanh neuron and its squared error, before backward()", before, {}),
    "neuron.svg": ("The same after backward()", demo.neuron, {}),
    "neuron-dark.svg": ("On a dark background", demo.neuron, {"theme": "dark"}),
    "mlp-neurons.svg": ("An MLP 3-4-4-1, its neurons closed", lambda: network(3, [4, 4, 1], 3), {}),
    "mlp-layers.svg": ("An MLP 8-16-16-1, its layers closed", lambda: network(8, [16, 16, 1], 5), {}),
    "neuron-opened.svg": (
        "One neuron of an MLP opened",
        lambda: network(3, [4, 1], 3),
        {"expand": "layer 0/neuron 1"},
    ),
    "layer.svg": ("A layer of two neurons, every value", layer, {"detail": "values"}),
    "mlp-values.svg": ("An MLP 2-3-1, every value", lambda: network(2, [3, 1], 3), {"detail": "values"}),
    "training-step.svg": (
        "A training step: two moons, 100 samples, MLP 2-16-16-1, max-margin loss and L2; 7,679 values",
        training_step,
        {},
    ),
    "attention.svg": ("Attention: softmax over three scores", attention, {}),
    "first.svg": ("w · x + w: the gradient of w is the sum of two", first, {}),
    "tanh.svg": ("tanh(w · x + b): a neuron", neuron, {}),
    "cube.svg": ("x · x · x: three uses, a sum of three contributions", cube, {}),
    "shared.svg": ("Nodes that are used twice", shared, {}),
    "chain.svg": ("Eight sigmoids in a row: the gradient vanishes", chain, {}),
    "wide-sum.svg": ("A mean of eight squares", wide_sum, {}),
    "custom.svg": ("An activation of one's own", custom, {}),
    "states.svg": ("A dead ReLU, a saturated tanh, the first nan", states, {}),
    "states-dark.svg": ("The same on a dark background", states, {"theme": "dark"}),
    "heat.svg": ("Gradients of many sizes, on a symmetric logarithmic scale", heat, {"heat": "symlog"}),
    "heat-locked.svg": ("The same on a scale locked at 100: chevrons go beyond it", heat, {"scale": 100.0}),
    "mlp.mmd": ("The layers of an MLP as Mermaid text", lambda: network(3, [4, 4, 1], 3), {"detail": "layers"}),
}

# What PNG looks like, where the wheel graphviz-pure makes it.
THROUGH_GRAPHVIZ = ("neuron-before", "neuron", "neuron-dark", "mlp-neurons", "mlp-layers", "states")

# For each drawing of `references/` what rebuilds it.
REFERENCES = {
    "expression-before-after-dark.png": [
        f"{name}{ending}" for name in ("neuron-before", "neuron", "neuron-dark") for ending in (".svg", "-graphviz.png")
    ],
    "mlp-neurons-and-layers.png": [
        f"{name}{ending}" for name in ("mlp-neurons", "mlp-layers") for ending in (".svg", "-graphviz.png")
    ],
    "states-light-dark.png": ["states.svg", "states-graphviz.png", "states-dark.svg", "heat-locked.svg"],
    "terminal-plots-colour-vision.png": ["activations-sigmoid-tanh.png", "activations-dark.png"],
}

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>stepgrad: pictures</title>
<style>
  body {{ margin: 2rem auto; max-width: 1500px; padding: 0 1rem; font-family: system-ui, sans-serif; color: #15181E }}
  figure {{ margin: 0 0 3rem; overflow-x: auto }}
  figcaption {{ margin-bottom: .5rem; font-weight: 600 }}
  img {{ max-width: 100%; height: auto }}
  .reference {{ display: grid; grid-template-columns: 1fr 1fr; gap: 1rem; padding: 1rem; background: #F4F5F7;
    margin-bottom: 1rem }}
  .reference img {{ display: block; margin-bottom: 1rem }}
  pre {{ background: #F4F5F7; padding: 1rem; overflow-x: auto }}
</style>
<h1>Pictures</h1>
<p>Made by <code>python site/gallery.py</code>. Open a picture and hover over a card for all digits.</p>
{figures}
<h2>Beside the references</h2>
<p>Left the drawing that set the look, right what is made today: the SVG, and the PNG through Graphviz.</p>
{references}
</html>
"""


def make(folder: Path) -> list[Path]:
    """Write all pictures and the contact sheet into the folder."""
    import matplotlib

    matplotlib.use("Agg")
    folder.mkdir(parents=True, exist_ok=True)
    figures, written = [], []
    for name, (caption, build, options) in GRAPHS.items():
        written.append(draw.save(build(), folder / name, **options))
        text = f"<pre>{escape(written[-1].read_text('utf-8'))}</pre>" if name.endswith(".mmd") else ""
        figures.append(figure(name, caption, text))
    recorded().draw(folder / "program.svg")
    written.append(folder / "program.svg")
    figures.append(figure("program.svg", "A recorded program: a card for each array"))
    for name in THROUGH_GRAPHVIZ:
        _, build, options = GRAPHS[f"{name}.svg"]
        made = draw.png(build(), dpi=72, graphviz=engine.PURE, **options)
        written.append(folder / f"{name}-graphviz.png")
        written[-1].write_bytes(made)
    for name, (caption, build_plot) in plots().items():
        axes = build_plot()
        drawn = (axes[0] if isinstance(axes, list) else axes).figure
        drawn.savefig(folder / name, dpi=100, metadata={"Software": None})
        written.append(folder / name)
        figures.append(figure(name, caption))
    sheet = folder / "index.html"
    beside = [
        f'<div class="reference">\n{image(f"references/{name}")}\n<div>{"".join(map(image, ours))}</div>\n</div>'
        for name, ours in REFERENCES.items()
    ]
    sheet.write_text(PAGE.format(figures="\n".join(figures), references="\n".join(beside)), encoding="utf-8")
    return [*written, sheet]


def figure(name: str, caption: str, text: str = "") -> str:
    """A picture of the contact sheet."""
    shown = text or image(name, caption)
    return f"<figure>\n<figcaption>{escape(caption)}</figcaption>\n{shown}\n</figure>"


def image(name: str, caption: str = "") -> str:
    return f'<a href="{name}"><img src="{name}" alt="{escape(caption or name)}"></a>'


if __name__ == "__main__":
    for path in make(HERE):
        print(f"{path.stat().st_size / 1000:7.1f} kB  {path.name}")
