"""What `stepgrad demo` shows: a network that learns to read digits, a neuron as a picture, a pass step by step."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from autograd import debug, draw, losses, nn, optim
from autograd.datasets import digits
from autograd.training import accuracy, fit
from autograd.value import Value

if TYPE_CHECKING:
    from autograd.program import Program

WIDTHS = [64, 10]
EPOCHS = 20
BATCH = 32


def demo(folder: Path) -> None:
    """Train on digits, write `graph.svg` and `steps.html` into the folder, print one pass: a few seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    train, test = digits().split(0.2, seed=0)
    model = nn.MLP(64, WIDTHS, init=nn.he, rng=0)
    print(
        f"Handwritten digits, 8×8 pixels: {len(train)} to learn from, {len(test)} held out.\n"
        f"The network: 64 pixels → {WIDTHS[0]} ReLU neurons → {WIDTHS[1]} classes,"
        f" {len(model.parameters())} parameters, each a Value; Adam, batches of {BATCH}.\n"
    )
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    history = fit(model, train, losses.cross_entropy, optimizer, epochs=EPOCHS, batch_size=BATCH, seed=0)
    if history.program is not None:
        print(f"\n{recorded(history.program)}")
    print(f"Test accuracy on the {len(test)} held-out digits: {accuracy(model, test):.3f}\n")

    picture, page = folder / "graph.svg", folder / "steps.html"
    loss = neuron()
    draw.save(loss, picture)
    print(f"The graph of one neuron, with every value and gradient, is drawn in {picture} by the built-in layout.")
    debug.save(loss, page)
    print(f"Its forward and backward pass can be stepped through in {page}, in any browser.\n")

    print("One training step of a network of three neurons, number by number:\n")
    print(debug.passes(by_hand(), [1.0, 2.0], 4.0, losses.mse, lr=0.01))
    print(
        "\nNext:"
        f"\n  open {page} in a browser, and press n"
        '\n  stepgrad step "tanh(w*x + b)" w=2 x=0.5 b=-1      the chain rule, line by line'
        '\n  stepgrad draw "tanh(w*x + b)" w=2 x=0.5 b=-1 -o tanh.svg'
    )


def recorded(program: Program) -> str:
    """What became of the scalar code of one batch."""
    layer = next(line.strip() for line in program.source().splitlines() if "@" in line)
    return (
        f"Recorded, the scalar code of a batch is {str(program).splitlines()[0]}.\n"
        f"All neurons of the first layer, for all images, are one line:\n\n    {layer}\n"
    )


def neuron() -> Value:
    """One tanh neuron and its squared error, after a backward pass: small enough to draw whole."""
    w1, x1 = Value(-1.5, label="w1"), Value(2.0, label="x1")
    w2, x2 = Value(2.0, label="w2"), Value(0.5, label="x2")
    b, y = Value(2.4, label="b"), Value(1.0, label="y")
    p, q = w1 * x1, w2 * x2
    s = p + q
    n = s + b
    h = n.tanh()
    e = h - y
    loss = e * e
    for node, name in zip((p, q, s, n, h, e, loss), "pqsnheL", strict=True):
        node.label = name
    loss.backward()
    return loss


def by_hand() -> nn.MLP:
    """A network of 2, 2 and 1 whose numbers come out round, so that each line can be checked in the head."""
    model = nn.MLP(2, [2, 1])
    for parameter, number in zip(model.parameters(), [2, 1, -1, 1, -2, 1, 2, 3, -1], strict=True):
        parameter.data = number
    return model
