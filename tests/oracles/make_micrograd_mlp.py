"""Write micrograd_mlp.json: twenty training steps of micrograd's demo network, by micrograd itself.

micrograd adds gradients in the order of a set, so the last bits of what follows the first update differ from
run to run. Run it with an interpreter that has micrograd:

pip install micrograd
python tests/oracles/make_micrograd_mlp.py
"""

import json
import random
from pathlib import Path
from typing import Any

WIDTHS = [16, 16, 1]
STEPS = 20
KEPT = (1, 10, 20)  # the steps whose parameters are stored
POINTS = [[1.0, 0.0], [0.5, 0.9], [-0.4, 0.9], [-1.0, 0.1], [0.0, 0.4], [0.4, -0.4], [1.3, -0.45], [2.0, 0.3]]
LABELS = [-1, -1, -1, -1, 1, 1, 1, 1]


def demo_loss(model: Any) -> tuple[Any, list[Any]]:
    """The loss of the demo notebook, and the scores: max-margin plus a penalty on large parameters."""
    scores = [model(point) for point in POINTS]
    losses = [(1 + -label * score).relu() for label, score in zip(LABELS, scores, strict=True)]
    penalty = 1e-4 * sum(p * p for p in model.parameters())
    return sum(losses) * (1.0 / len(losses)) + penalty, scores


def train(model: Any) -> list[dict[str, Any]]:
    """The loop of the demo notebook; each row is a step: its loss and scores, and some keep the new parameters."""
    rows = []
    for step in range(STEPS):
        loss, scores = demo_loss(model)
        model.zero_grad()
        loss.backward()
        rate = 1.0 - 0.9 * step / 100
        for p in model.parameters():
            p.data -= rate * p.grad
        row = {"loss": loss.data, "scores": [score.data for score in scores]}
        kept = {"parameters": [p.data for p in model.parameters()]} if step + 1 in KEPT else {}
        rows.append(row | kept)
    return rows


def main() -> None:
    from micrograd.nn import MLP

    random.seed(1337)
    model = MLP(2, WIDTHS)
    begin = [p.data for p in model.parameters()]
    rows = ",\n".join(json.dumps(row) for row in train(model))
    text = f'{{"repr": {json.dumps(repr(model))},\n"begin": {json.dumps(begin)},\n"rows": [\n{rows}\n]}}\n'
    Path(__file__).with_name("micrograd_mlp.json").write_text(text)


if __name__ == "__main__":
    main()
