"""What the tasks' pictures share: a sheet of several, and which samples to show."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.datasets import Dataset
from autograd.errors import MissingPackageError
from autograd.program import batch
from autograd.tasks.training import arrays, in_parts


def sheet(down: int, across: int, wide: float, high: float) -> tuple[Any, Any]:
    """A figure with rows of axes on it, each so many inches wide and high.

    Raises:
        MissingPackageError: matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError:
        raise MissingPackageError("pictures need matplotlib: pip install 'stepgrad[plot]'") from None
    figure, axes = plt.subplots(down, across, figsize=(wide * across, high * down), squeeze=False, layout="constrained")
    return figure, axes


def best_first(model: Any, data: Dataset) -> list[tuple[int, int, float]]:
    """Each row with the class that the model decides for and the lead of the true class before the next, largest first.

    The lead is negative where the decision is wrong.
    """
    inputs, targets = arrays(data)
    scores = in_parts(batch(model), inputs)
    if scores.ndim == 1:
        scores = np.stack([np.zeros_like(scores), scores], axis=1)
    true = scores[np.arange(len(targets)), targets]
    others = scores.copy()
    others[np.arange(len(targets)), targets] = -np.inf
    leads = true - others.max(axis=1)
    order = np.argsort(-leads, kind="stable").tolist()
    return [(row, int(scores[row].argmax()), float(leads[row])) for row in order]
