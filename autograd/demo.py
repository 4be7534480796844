"""What `stepgrad demo` shows: a network that learns to read digits, a neuron as a picture, a pass step by step."""

from __future__ import annotations

import random
from pathlib import Path

from autograd import debug, draw, losses, nn, optim
from autograd.datasets import Dataset, digits
from autograd.errors import MissingPackageError
from autograd.value import Value
from autograd.watching import no_grad

WIDTHS = [32, 10]
EPOCHS = 5
BATCH = 32


def demo(folder: Path) -> None:
    """Train on digits, write `graph.svg` and `steps.html` into the folder, print one pass: a quarter of a minute."""
    folder.mkdir(parents=True, exist_ok=True)
    train, test = digits().split(0.2, seed=0)
    model = nn.MLP(64, WIDTHS, init=nn.he, rng=0)
    print(
        f"Handwritten digits, 8×8 pixels: {len(train)} to learn from, {len(test)} held out.\n"
        f"The network: 64 pixels → {WIDTHS[0]} ReLU neurons → {WIDTHS[1]} classes,"
        f" {len(model.parameters())} parameters, each a Value; Adam, batches of {BATCH}.\n"
    )
    fit(model, train, epochs=EPOCHS, lr=0.01, seed=0)
    print(f"\nTest accuracy on the {len(test)} held-out digits: {accuracy(model, test):.3f}\n")

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


def fit(model: nn.MLP, data: Dataset, *, epochs: int, lr: float, seed: int) -> None:
    """Train a classifier with Adam on shuffled batches, showing a progress bar with the loss.

    Raises:
        MissingPackageError: tqdm, which draws the bar, is not installed.
    """
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise MissingPackageError("the progress bar needs tqdm: pip install tqdm") from error
    optimizer = optim.Adam(model.parameters(), lr=lr)
    rng = random.Random(seed)
    rows = list(range(len(data)))
    for epoch in range(1, epochs + 1):
        rng.shuffle(rows)
        total = 0.0
        with tqdm(total=len(rows), desc=f"epoch {epoch}/{epochs}", unit=" digits", ncols=80) as bar:
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                loss = losses.cross_entropy([model(data.inputs[i]) for i in batch], [data.targets[i] for i in batch])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                total += loss.data * len(batch)
                bar.update(len(batch))
                bar.set_postfix(loss=f"{total / bar.n:.3f}")


def accuracy(model: nn.MLP, data: Dataset) -> float:
    """The share of rows whose largest output is that of their class."""
    right = 0
    with no_grad():
        for x, target in zip(data.inputs, data.targets, strict=True):
            scores = [score.data for score in model(x)]
            right += scores.index(max(scores)) == target
    return right / len(data)


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
