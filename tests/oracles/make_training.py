"""Write training.json: what PyTorch's optimisers, schedules, clipping and losses give in float64.

The problem that the optimisers work on stands here once, for PyTorch and for the tests. Run it with an
interpreter that has PyTorch:

    python tests/oracles/make_training.py
"""

import json
import math
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

STEPS = 50
START = (-0.7, 1.3, 0.4)
OPTIMISERS: list[tuple[str, float, dict[str, Any]]] = [
    ("SGD", 0.03, {}),
    ("SGD", 0.03, {"momentum": 0.9}),
    ("SGD", 0.03, {"momentum": 0.9, "nesterov": True}),
    ("SGD", 0.03, {"weight_decay": 0.1}),
    ("SGD", 0.03, {"momentum": 0.5, "weight_decay": 0.1}),
    ("SGD", 0.03, {"momentum": 0.5, "nesterov": True, "weight_decay": 0.1}),
    ("Adagrad", 0.3, {}),
    ("Adagrad", 0.3, {"eps": 0.01}),
    ("RMSProp", 0.01, {}),
    ("RMSProp", 0.01, {"alpha": 0.5, "eps": 0.001}),
    ("Adam", 0.05, {}),
    ("Adam", 0.05, {"betas": (0.5, 0.9), "eps": 0.01}),
    ("AdamW", 0.05, {}),
    ("AdamW", 0.05, {"betas": (0.5, 0.9), "eps": 0.01, "weight_decay": 0.3}),
]
SCHEDULES: list[tuple[str, float, dict[str, Any]]] = [
    ("step", 0.3, {"every": 3}),
    ("step", 0.3, {"every": 4, "factor": 0.5}),
    ("exponential", 0.3, {"factor": 0.9}),
    ("cosine", 0.3, {"steps": 20}),
    ("cosine", 0.3, {"steps": 20, "final": 0.1}),
    ("warm_up", 0.3, {"steps": 5}),
    ("warm_up_then_cosine", 0.3, {"steps": 5, "then": 15}),
]
RATES = 21  # PyTorch's cosine goes up again after its last step


def problem(parameters: Sequence[Any], step: int) -> Any:
    """A curved valley whose floor moves from step to step, so that no gradient is like the one before."""
    x, y, z = parameters
    target = ((step * 7) % 11 - 5) / 10.0
    valley = (1.0 - x) * (1.0 - x) + 3.0 * (y - x * x) * (y - x * x)
    return valley + (z * y - target) * (z * y - target) + 0.5 * (z - target) * (z - target)


def loss_rows() -> list[tuple[str, Any, Any, dict[str, Any]]]:
    rng = random.Random(0)

    def numbers(count: int, size: float = 1.0) -> list[float]:
        return [rng.gauss(0.0, size) for _ in range(count)]

    rows: list[tuple[str, Any, Any, dict[str, Any]]] = []
    for name in ("mse", "mae", "huber"):
        rows += [(name, numbers(count), numbers(count), {}) for count in (1, 2, 7)]
        rows += [(name, [1.0, 1e8, -3.0, math.inf], [1.0, -1e8, -3.0, 0.0], {})]
    for delta in (0.25, 1.0, 2.0):
        rows.append(("huber", numbers(7, size=2.0), numbers(7), {"delta": delta}))
        rows.append(("huber", [delta, -delta, 0.0, 1e8], [0.0, 0.0, 0.0, 0.0], {"delta": delta}))
    sure = [40.0, -40.0, 1000.0, -1000.0, 0.0]
    for target in (0.0, 1.0, 0.3):
        rows += [("binary_cross_entropy", [logit], [target], {}) for logit in sure]
    rows.append(("binary_cross_entropy", sure, [1.0, 0.0, 1.0, 0.0, 0.5], {}))
    rows.append(("binary_cross_entropy", numbers(6, size=3.0), [0.0, 1.0, 0.25, 1.0, 0.0, 0.75], {}))
    for samples, classes, size in ((1, 2, 1.0), (4, 3, 1.0), (5, 10, 5.0), (3, 4, 1e3), (2, 3, 1e6), (2, 1, 1.0)):
        indices = [rng.randrange(classes) for _ in range(samples)]
        logits = [numbers(classes, size) for _ in range(samples)]
        one_hot = [[float(k == index) for k in range(classes)] for index in indices]
        rows += [("cross_entropy", logits, indices, {}), ("cross_entropy", logits, one_hot, {})]
    rows.append(("cross_entropy", [[1000.0, 1001.0], [-1000.0, 1000.0], [40.0, 0.0]], [0, 0, 0], {}))
    return rows


def path_of(name: str, lr: float, options: dict[str, Any], schedule: Any = None) -> list[list[float]]:
    """The parameters after each of fifty steps."""
    import torch

    parameters = [torch.tensor(number, dtype=torch.float64, requires_grad=True) for number in START]
    kind = getattr(torch.optim, {"RMSProp": "RMSprop"}.get(name, name))
    optimiser = kind(parameters, lr=lr, foreach=False, **options)
    scheduler = schedule and schedule(optimiser)
    path = []
    for step in range(STEPS):
        optimiser.zero_grad()
        problem(parameters, step).backward()
        optimiser.step()
        if scheduler:
            scheduler.step()
        path.append([parameter.item() for parameter in parameters])
    return path


def rates_of(name: str, lr: float, options: dict[str, Any]) -> list[float]:
    """The learning rate of each step."""
    import torch
    from torch.optim import lr_scheduler

    optimiser = torch.optim.SGD([torch.tensor(0.0, dtype=torch.float64, requires_grad=True)], lr=lr)
    steps = options.get("steps", 1)

    def ramp() -> Any:
        return lr_scheduler.LinearLR(optimiser, start_factor=1.0 / steps, total_iters=steps - 1)

    if name == "step":
        factor = options.get("factor", 0.1)
        scheduler: Any = lr_scheduler.StepLR(optimiser, step_size=options["every"], gamma=factor)
    elif name == "exponential":
        scheduler = lr_scheduler.ExponentialLR(optimiser, gamma=options["factor"])
    elif name == "cosine":
        final = options.get("final", 0.0)
        scheduler = lr_scheduler.CosineAnnealingLR(optimiser, T_max=steps, eta_min=final)
    elif name == "warm_up":
        scheduler = ramp()
    else:
        parts = [ramp(), lr_scheduler.CosineAnnealingLR(optimiser, T_max=options["then"])]
        scheduler = lr_scheduler.SequentialLR(optimiser, parts, milestones=[steps])
    rates = []
    for _ in range(RATES):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        scheduler.step()
    return rates


def clipped(gradients: Sequence[float], limit: float) -> dict[str, Any]:
    """The gradients after clipping by norm and by value, and the norm before."""
    import torch
    from torch.nn import utils

    def parameters() -> list[Any]:
        leaves = [torch.tensor(0.0, dtype=torch.float64, requires_grad=True) for _ in gradients]
        for leaf, gradient in zip(leaves, gradients, strict=True):
            leaf.grad = torch.tensor(gradient, dtype=torch.float64)
        return leaves

    by_norm, by_value = parameters(), parameters()
    norm = utils.clip_grad_norm_(by_norm, limit).item()
    utils.clip_grad_value_(by_value, limit)
    return {
        "gradients": gradients,
        "limit": limit,
        "norm": norm,
        "by_norm": [leaf.grad.item() for leaf in by_norm],
        "by_value": [leaf.grad.item() for leaf in by_value],
    }


def loss_of(name: str, predictions: Any, targets: Any, options: dict[str, Any]) -> dict[str, Any]:
    """The loss, and its gradient with respect to each prediction."""
    import torch
    from torch.nn import functional

    def given(numbers: Any) -> Any:
        is_index = isinstance(numbers[0], int)
        return torch.tensor(numbers, dtype=torch.long if is_index else torch.float64)

    function = {
        "mse": functional.mse_loss,
        "mae": functional.l1_loss,
        "huber": functional.huber_loss,
        "binary_cross_entropy": functional.binary_cross_entropy_with_logits,
        "cross_entropy": functional.cross_entropy,
    }[name]
    leaf = given(predictions).requires_grad_()
    loss = function(leaf, given(targets), **options)
    loss.backward()
    answer = {"value": loss.item(), "gradient": leaf.grad.tolist()}
    return {"loss": name, "predictions": predictions, "targets": targets, "options": options, **answer}


def main() -> None:
    import torch

    def cosine(optimiser: Any) -> Any:
        return torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=STEPS)

    figures = {
        "optimisers": [
            {"optimiser": name, "lr": lr, "options": options, "path": path_of(name, lr, options)}
            for name, lr, options in OPTIMISERS
        ],
        "scheduled": path_of("Adam", 0.05, {}, cosine),
        "schedules": [
            {"schedule": name, "lr": lr, "options": options, "rates": rates_of(name, lr, options)}
            for name, lr, options in SCHEDULES
        ],
        "clipping": [
            clipped([3.0, 4.0], 1.0),
            clipped([3.0, 4.0], 5.5),
            clipped([-0.1, 2.0, -30.0, 0.0], 0.5),
            clipped([1e-3, -1e9], 2.0),
        ],
        "losses": [loss_of(*row) for row in loss_rows()],
    }
    groups = []
    for name, entry in figures.items():
        lines = ",\n".join(map(json.dumps, entry))
        groups.append(f'"{name}": [\n{lines}\n]')
    text = ",\n".join([f'"torch": "{torch.__version__}"', *groups])
    Path(__file__).with_name("training.json").write_text(f"{{{text}}}\n")


if __name__ == "__main__":
    main()
