"""What the tasks' pictures share: a sheet of several, and which samples to show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from autograd import interpret
from autograd.datasets import Dataset
from autograd.draw import maps
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


def frames_with_gradient(model: Callable[[Any], Any], decided: int, frames: Any, *, title: str, ax: Any) -> None:
    """The frames of a sound, a column each, and over them how much a nudge of each moves the decided class.

    The grey of each coefficient, a row, goes from its least to its largest.
    """
    bands = [list(band) for band in zip(*frames, strict=True)]

    def score(bands: Any) -> Any:
        return model([list(frame) for frame in zip(*bands, strict=True)])[decided]

    gradient = interpret.saliency(score, bands)
    greys = [[(x - min(band)) / (max(band) - min(band) or 1.0) for x in band] for band in bands]
    maps.heat(greys, gradient, title=title, across=f"{len(frames)} frames", up=f"{len(bands)} coefficients", ax=ax)
