"""Training a task's model: epoch by epoch, until the validation rows say stop; it can be killed after any of them.

`Training.state` is all that the rest of a training depends on. It goes to a file after every epoch, whole or not at
all, so that a training that is taken up again ends with the same numbers, to the last bit, as one that ran through.

`autograd.fit` takes any loss of a batch and records the whole batch. Here the loss is that of one sample: it is
recorded once, however long a sample is, and run for training batches, the last one of an epoch and the validation rows.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd import losses, optim
from autograd.datasets import Dataset
from autograd.datasets.dataset import batches, seeded, shuffled
from autograd.errors import StateError
from autograd.nn.storage import read_whole, write_whole
from autograd.program import batch
from autograd.tasks.task import Split
from autograd.value import Value

FORMAT = "stepgrad training"
VERSION = 1
AT_ONCE = 250  # samples that are computed together where nothing is learned

# The optimisers by name, and the rate of each as a multiple of the one that Adam takes.
OPTIMIZERS: dict[str, tuple[Any, float]] = {
    "adam": (optim.Adam, 1.0),
    "adamw": (optim.AdamW, 1.0),
    "rmsprop": (optim.RMSProp, 0.3),
    "adagrad": (optim.Adagrad, 3.0),
    "momentum": (partial(optim.SGD, momentum=0.9), 3.0),
    "sgd": (optim.SGD, 20.0),
}


class Training:
    """A model that is being trained on a split.

    Args:
        settings: `epochs`, `patience` and `batch`, as a recipe has them, and the `seed` of the order of the rows.
            Whatever else stands there, names and numbers, must be the same when the training is taken up again.

    Attributes:
        epoch: how many are done.
        losses: for each the mean loss over the training rows.
        scores: for each the share of the validation rows that was decided rightly afterwards.
        best: the epoch with the best score; of equals the one with the smaller loss on the validation rows.
        outputs: the model for many samples at once.
    """

    def __init__(self, model: Any, split: Split, optimizer: optim.Optimizer, settings: dict[str, Any]) -> None:
        self.model, self.optimizer, self.settings = model, optimizer, settings
        self.epoch = 0
        self.losses: list[float] = []
        self.scores: list[float] = []
        self.best = 0
        self._best_loss = math.inf
        self._kept = model.state_dict()
        self._random = seeded(settings["seed"])
        self._train, self._validation = arrays(split.train), arrays(split.validation)
        self.outputs = batch(model)
        self._loss = batch(lambda x, y: loss(model(x), y))

    @property
    def is_over(self) -> bool:
        """Whether all epochs are done, or `patience` of them have brought nothing better."""
        waited = self.epoch - self.best
        return bool(self.epoch == self.settings["epochs"] or waited >= self.settings["patience"])

    def run_epoch(self) -> None:
        """Go through the training rows once, in random order, and see how good the model is then.

        Raises:
            ArithmeticError: a loss or a gradient is nan or infinite.
        """
        inputs, targets = self._train
        total = 0.0
        for rows in batches(len(targets), self.settings["batch"], self._random):
            try:
                total += self._loss.step(self.optimizer, inputs[rows], targets[rows]) * len(rows)
            except ArithmeticError as error:
                error.add_note(f"in epoch {self.epoch + 1}; --rate takes a smaller one")
                raise
        self._loss.sync()
        self.epoch += 1
        self.losses.append(total / len(targets))
        self._judge()

    def finish(self) -> None:
        """Give the model the numbers of its best epoch."""
        self.model.load_state_dict(self._kept)

    def decide(self, data: Dataset) -> NDArray[Any]:
        """What the model decides for each row, as `decisions` has it."""
        return decisions(self.outputs, arrays(data)[0])

    def share_right(self, data: Dataset) -> float:
        """The share of rows that the model decides rightly."""
        return share_right(self.decide(data), arrays(data)[1])

    def _judge(self) -> None:
        inputs, targets = self._validation
        score = share_right(decisions(self.outputs, inputs), targets)
        found = float(np.mean(in_parts(self._loss, inputs, targets)))
        if not math.isfinite(found):
            raise ArithmeticError(f"the loss on the validation rows is {found}: take a smaller --rate")
        best_score = self.scores[self.best - 1] if self.best else -1.0
        if (score, -found) > (best_score, -self._best_loss):
            self.best, self._best_loss, self._kept = self.epoch, found, self.model.state_dict()
        self.scores.append(score)

    # ------------------------------------------------------------ files

    def state(self) -> dict[str, Any]:
        """All that the rest of the training depends on, but for what it was begun with."""
        memory = self.optimizer.memory
        return {
            "epoch": self.epoch,
            "losses": self.losses,
            "scores": self.scores,
            "best": self.best,
            "best_loss": self._best_loss if self.best else None,
            "kept": list(self._kept.values()),
            "parameters": list(self.model.state_dict().values()),
            "steps": self.optimizer.steps,
            "memory": {key: [entry[key] for entry in memory] for key in memory[0]},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from a state of a training that was begun alike.

        Raises:
            StateError: it has another number of parameters.
        """
        names = list(self.model.state_dict())
        if len(state["parameters"]) != len(names):
            raise StateError(f"the model has {len(names)} parameters, and {len(state['parameters'])} were stored")
        self.model.load_state_dict(dict(zip(names, state["parameters"], strict=True)))
        self._kept = dict(zip(names, state["kept"], strict=True))
        self.epoch, self.best = state["epoch"], state["best"]
        self.losses, self.scores = list(state["losses"]), list(state["scores"])
        self._best_loss = math.inf if state["best_loss"] is None else state["best_loss"]
        self.optimizer.steps = state["steps"]
        for k, memory in enumerate(self.optimizer.memory):
            memory.update({key: entries[k] for key, entries in state["memory"].items()})
        for _ in range(self.epoch):  # the orders that were used up
            shuffled(len(self._train[1]), self._random)

    def save(self, path: Path) -> None:
        """Write the settings and the state to a file, whole or not at all."""
        content = {"format": FORMAT, "version": VERSION, "settings": self.settings, "is_over": self.is_over}
        write_whole(path, {**content, **self.state()})

    @staticmethod
    def ended(path: Path) -> bool:
        """Whether the training in a file is over. Errors as in `resume`."""
        return bool(read_whole(path, FORMAT, VERSION).get("is_over"))

    def resume(self, path: Path) -> None:
        """Go on from a file.

        Raises:
            StateError: it is damaged, foreign or newer, or the training was begun with other settings.
        """
        stored = read_whole(path, FORMAT, VERSION)
        begun = stored.get("settings") or {}
        if begun != self.settings:
            other = ", ".join(f"{key} {begun.get(key)}" for key in begun if begun[key] != self.settings.get(key))
            raise StateError(f"{path} was begun with {other}: give the same, or begin anew in another folder")
        try:
            self.restore(stored)
        except StateError:
            raise
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise StateError(f"{path} is damaged: {error!r}") from None


# ---------------------------------------------------------------- one sample, many samples


def loss(outputs: Any, target: Any) -> Value:
    """Cross-entropy of one sample: of one score for yes, of one for each class, or the mean over several decisions."""
    if not isinstance(outputs, list):
        return losses.binary_cross_entropy(outputs, target)  # type: ignore[no-any-return]
    return losses.cross_entropy(outputs, target)  # type: ignore[no-any-return]


def arrays(data: Dataset) -> tuple[NDArray[Any], NDArray[Any]]:
    """Inputs and targets, one row for each sample."""
    return np.array(data.inputs, dtype=float), np.array(data.targets)


def in_parts(function: Any, *columns: NDArray[Any]) -> NDArray[Any]:
    """What a batched function gives, without more than `AT_ONCE` samples in memory."""
    starts = range(0, len(columns[0]), AT_ONCE)
    return np.concatenate([function(*(column[i : i + AT_ONCE] for column in columns)) for i in starts])


def decisions(outputs: Any, inputs: NDArray[Any]) -> NDArray[Any]:
    """What a model decides for each sample: 1 or 0 by a score's sign, or the class with the largest one.

    Args:
        outputs: the model, batched.

    Raises:
        ArithmeticError: a score is nan.
    """
    scores = in_parts(outputs, inputs)
    if np.isnan(scores).any():
        raise ArithmeticError("a score is nan: the training has diverged, take a smaller rate")
    return scores.argmax(axis=-1) if scores.ndim > 1 else (scores > 0.0).astype(int)


def share_right(decided: NDArray[Any], targets: NDArray[Any]) -> float:
    """The share of samples of which all is decided rightly."""
    return float(np.mean((decided == targets).reshape(len(targets), -1).all(axis=1)))


def confusion(decided: NDArray[Any], targets: NDArray[Any], classes: int) -> NDArray[Any]:
    """How often what is one class, a row, was taken for which, a column."""
    counts = np.zeros((classes, classes), dtype=int)
    np.add.at(counts, (targets.ravel(), decided.ravel()), 1)
    return counts
