"""Training: `fit` moves a model's parameters over shuffled batches, `accuracy` says how well it then decides."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from autograd.datasets.dataset import Dataset, batches, seeded
from autograd.errors import EagerWarning, MissingPackageError, RecordingError
from autograd.graph import leaves, mapped
from autograd.optim import Optimizer
from autograd.value import Value
from autograd.watching import Rehearsal, no_grad, watch

if TYPE_CHECKING:
    from autograd.program import Program, Recorded

ENOUGH = 8  # recordings, before it is asked whether programs are run again at all


@dataclass
class History:
    """How a training went.

    Attributes:
        losses: for each epoch the mean loss over its rows, each from before the step that it led to.
        steps: the loss of every step, as `draw.plots.loss_curve` takes them.
        program: what was recorded of the first batch; None if training went node by node.
    """

    losses: list[float] = field(default_factory=list)
    steps: list[float] = field(default_factory=list)
    program: Program | None = field(default=None, repr=False, compare=False)


def fit(
    model: Callable[[Any], Any],
    data: Dataset | tuple[Any, Any],
    loss: Callable[[list[Any], Any], Value],
    optimizer: Optimizer,
    *,
    epochs: int,
    batch_size: int = 32,
    seed: int = 0,
    recorded: bool = True,
    progress: bool = True,
    after_epoch: Callable[[History], object] | None = None,
) -> History:
    """Train a model on shuffled batches; afterwards its Values have the numbers that it learned.

    The first batch is recorded as a program, which then takes every step. What cannot be recorded is trained node by
    node, which is slower and gives the same numbers; a warning says why. The same seed gives the same run, bit by bit.

    >>> from autograd import losses, nn, optim
    >>> model = nn.MLP(1, [1], rng=0)
    >>> line = [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0]
    >>> history = fit(model, line, losses.mse, optim.Adam(model.parameters(), lr=0.1), epochs=200, progress=False)
    >>> history.losses[-1] < 1e-4, round(model([4.0]).data, 1)
    (True, 9.0)

    Args:
        model: gives its outputs for one input: a Module, or any function of Values. One that `takes_batch`, as those
            with BatchNorm do, is called with a list of inputs, which may not be only one while it trains.
        data: a Dataset, or a pair (inputs, targets), row by row.
        loss: of a batch, from its outputs and targets, as in `autograd.losses`.
        optimizer: of the parameters that are to move.
        epochs: how often all rows are gone through, each time in another order.
        batch_size: rows in a step; the last batch of an epoch has those that are left.
        recorded: False computes with Values from the start, as `debug.trace` and `detect_anomaly` need it.
        progress: whether to show a bar, with the mean loss of the epoch so far, on stderr.
        after_epoch: called with the history so far; training ends when it returns something true.

    Raises:
        ArithmeticError: a loss or a gradient is nan or infinite; the step that it would have led to is not taken.
        ValueError: no rows, more inputs than targets, an epoch or batch size that is no count.
        MissingPackageError: tqdm, which draws the bar, is not installed.
    """
    data = _checked(data)
    for name, given in (("model", model), ("loss", loss)):
        if not callable(given):
            raise TypeError(
                f"the {name} must be a function, got {given!r:.60}: losses.mse is a loss, nn.MLP(2, [8, 1]) a model"
            )
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"fit needs an optimizer, got {optimizer!r:.60}: write optim.Adam(model.parameters(), lr=0.01)")
    if (Value(1.0) * 1.0).is_leaf:
        raise TypeError("fit within no_grad could learn nothing: call it outside of the block")
    for name, number, least in (("epochs", epochs, 0), ("batch_size", batch_size, 1)):
        if not isinstance(number, int) or number < least:
            raise ValueError(f"{name} must be a whole number, {least} or more, got {number!r}")
    random = seeded(seed)

    def batch_loss(inputs: Any, targets: Any) -> Value:
        return loss(_outputs(model, inputs), targets)

    history = History()
    with _bar(epochs * len(data), progress) as show, ExitStack() as at_the_end:
        step = _Step(batch_loss, optimizer, recorded)
        at_the_end.callback(step.sync)
        inputs, targets = step.column(data.inputs), step.column(data.targets)
        for epoch in range(1, epochs + 1):
            seen, total = 0, 0.0
            for rows in batches(len(data), batch_size, random):
                try:
                    found = step(_chosen(inputs, rows), _chosen(targets, rows))
                except ArithmeticError as error:
                    error.add_note(f"in epoch {epoch} of fit, after {len(history.steps)} steps")
                    raise
                history.steps.append(found)
                seen, total = seen + len(rows), total + found * len(rows)
                show(len(rows), f"epoch {epoch}/{epochs}", total / seen)
            history.losses.append(total / seen)
            history.program = step.program
            step.sync()
            if after_epoch is not None and after_epoch(history):
                break
    return history


def accuracy(model: Callable[[Any], Any], data: Dataset | tuple[Any, Any], *, threshold: float = 0.0) -> float:
    """The share of rows that a model decides rightly.

    Of one score per class the largest decides, and a target is the index of a class or a one-hot list. A single score
    says yes above the threshold, and a target does above 0, so that labels may be 1 and 0 or 1 and −1.

    Args:
        model: gives the scores of one input; one that `takes_batch` is called with all. It is asked as it is: call
            `model.eval()` before, so that BatchNorm and Dropout behave as in use, and `model.train()` afterwards.
        data: a Dataset, or a pair (inputs, targets).
        threshold: for a single score: 0 is right for a logit, 0.5 for a probability.

    Raises:
        ValueError: there are no rows, or more inputs than targets.
        IndexError: a target is none of the classes.
        ArithmeticError: a score is nan.

    >>> accuracy(lambda x: [x, 1.0 - x], ([0.9, 0.2, 0.4], [0, 1, 0])), accuracy(lambda x: x, ([3.0, -1.0], [1, 0]))
    (0.6666666666666666, 1.0)
    """
    data = _checked(data)
    scores = _scores(model, data.inputs)
    right = [_is_right(row, target, threshold) for row, target in zip(scores, data.targets, strict=True)]
    return sum(right) / len(right)


def _scores(model: Callable[[Any], Any], inputs: Any) -> list[Any]:
    """The numbers that a model gives for each row, computed at once if it can be recorded.

    Whole numbers go row by row: on an index a model may decide with ==, which recording does not see.
    """
    with suppress(Exception):  # whatever hinders it: without a program come the same numbers, or the same mistake
        import numpy as np

        from autograd.program import batch

        if (array := np.asarray(inputs)).dtype.kind == "f":
            at_once = batch((lambda x: model([x])[0]) if _takes_batch(model) else model)
            with watch(Rehearsal()), no_grad():  # two rows show whether one depends on others
                first = mapped(_number, _outputs(model, inputs[:2]))
                is_same = all(map(math.isclose, leaves(first), leaves(at_once(array[:2]).tolist())))
            if is_same:
                found: list[Any] = at_once(array).tolist()
                return found
    with no_grad():
        return [mapped(_number, row) for row in _outputs(model, inputs)]


def _outputs(model: Callable[[Any], Any], inputs: Any) -> Any:
    return model(inputs) if _takes_batch(model) else [model(x) for x in inputs]


def _takes_batch(model: Callable[[Any], Any]) -> bool:
    return getattr(model, "takes_batch", False)


def _is_right(scores: Any, target: Any, threshold: float) -> bool:
    several = hasattr(scores, "__len__")
    numbers = list(scores) if several else [scores]
    if any(math.isnan(x) for x in numbers):
        raise ArithmeticError(f"a score is nan, in {numbers!r:.60}: has a training diverged?")
    if not several:
        return bool((numbers[0] > threshold) == (target > 0.0))
    index = target
    if hasattr(target, "__len__"):
        ones = [k for k, share in enumerate(target) if share == 1]
        index = ones[0] if len(ones) == 1 else None
    if index not in range(len(numbers)):
        raise IndexError(f"the target {target!r} is none of the classes 0 to {len(numbers) - 1} that have a score")
    return bool(numbers.index(max(numbers)) == index)


def _number(score: Any) -> float:
    return score.data if isinstance(score, Value) else score


def _checked(data: Any) -> Dataset:
    """The data as a Dataset that has rows."""
    if isinstance(data, tuple) and len(data) == 2:
        data = Dataset(*data)
    if not isinstance(data, Dataset):
        raise TypeError(
            f"data must be a Dataset or a pair (inputs, targets), got {type(data).__name__}:"
            " of a list of pairs make them with inputs, targets = zip(*pairs)"
        )
    if not len(data):
        raise ValueError("the data have no rows")
    return data


def _chosen(column: Any, rows: list[int]) -> Any:
    return column[rows] if hasattr(column, "dtype") else [column[row] for row in rows]


@contextmanager
def _bar(rows: int, wanted: bool) -> Iterator[Callable[[int, str, float], None]]:
    """Something to tell how many more rows are done, in which epoch, and the mean loss."""
    if not wanted:
        yield lambda more, epoch, loss: None
        return
    try:
        from tqdm import tqdm
    except ImportError as error:
        raise MissingPackageError("the progress bar needs tqdm: pip install tqdm, or progress=False") from error
    with tqdm(total=rows, unit=" rows", ncols=80) as bar:

        def show(more: int, epoch: str, loss: float) -> None:
            bar.set_description_str(epoch, refresh=False)
            bar.set_postfix_str(f"loss={loss:.3g}", refresh=False)
            bar.update(more)

        yield show


class _Step:
    """A step on one batch: by a recorded program, or with Values where that cannot be.

    Attributes:
        program: the first that was recorded; None while steps go with Values.
    """

    def __init__(self, batch_loss: Callable[[Any, Any], Value], optimizer: Optimizer, recorded: bool) -> None:
        self.batch_loss = batch_loss
        self.optimizer = optimizer
        self.recorded: Recorded | None = None
        self.program: Program | None = None
        self.count = 0
        if recorded:
            try:
                from autograd.program import record

                self.recorded = record(batch_loss)
            except MissingPackageError as error:
                _warn(error)

    def __call__(self, *batch: Any) -> float:
        """Move the parameters once and give the loss from before."""
        self.count += 1
        if self.recorded is None:
            return self._with_values(batch)
        try:
            self._prepare(self.recorded, batch)
            return self.recorded.step(self.optimizer, *batch)
        except RecordingError as error:
            reason = error
        self.sync()
        self.recorded = self.program = None
        found = self._with_values(batch)  # first, as a mistake of the model's own needs no warning about recording
        _warn(reason)
        return found

    def sync(self) -> None:
        """Let the Values have the numbers that were learned."""
        if self.recorded is not None:
            self.recorded.sync()

    def column(self, rows: Any) -> Any:
        """Rows from which batches are taken: an array where that can be, as programs run on arrays."""
        if self.recorded is None:
            return rows.tolist() if hasattr(rows, "tolist") else list(rows)
        import numpy as np

        try:
            array = np.asarray(rows)
        except ValueError:  # rows of different lengths
            return list(rows)
        return array if array.dtype.kind in "fiu" else list(rows)

    def _prepare(self, recorded: Recorded, batch: tuple[Any, ...]) -> None:
        """Have a program for batches of this structure, and see that it computes what the model does.

        Raises:
            RecordingError: there is none that does.
        """
        before = recorded.recordings
        try:
            program = recorded.program(*batch)
        except RecordingError:
            raise
        except Exception as error:
            raise RecordingError(f"{type(error).__name__}: {error}") from error
        if recorded.recordings == before:
            return
        if recorded.recordings > ENOUGH and 2 * recorded.recordings > self.count:
            raise RecordingError(
                "most batches have a structure of their own (rows of other lengths, or other numbers where the"
                " structure depends on them), and recording takes longer than a step with Values"
            )
        with watch(Rehearsal()):
            found = recorded(*batch)
        with watch(Rehearsal()), no_grad():
            expected = _number(self.batch_loss(*_plain(batch)))
        if not math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-12) and not math.isnan(found - expected):
            raise RecordingError(
                f"the recorded loss of a batch is {found}, and computed again with Values it is {expected}:"
                " does the model or the loss draw random numbers, or compare targets with == ?"
            )
        self.program = self.program or program

    def _with_values(self, batch: tuple[Any, ...]) -> float:
        loss = self.batch_loss(*_plain(batch))
        if not isinstance(loss, Value) or loss.is_leaf:
            raise TypeError(f"a loss is a Value that was computed from parameters, got {loss!r:.60}")
        self.optimizer.zero_grad()
        loss.backward()
        if not all(math.isfinite(x) for x in (loss.data, *(p.grad for p in self.optimizer.parameters))):
            what = "a gradient is nan or infinite" if math.isfinite(loss.data) else f"the loss is {loss.data}"
            raise ArithmeticError(
                f"{what}: no parameter was moved. Look for nan in the inputs, or take a smaller learning rate;"
                " within autograd.debug.detect_anomaly() the line is named where a nan begins"
            )
        self.optimizer.step()
        return loss.data


def _plain(batch: tuple[Any, ...]) -> list[Any]:
    return [x.tolist() if hasattr(x, "tolist") else x for x in batch]


def _warn(reason: Exception) -> None:
    warnings.warn(f"training goes node by node, which is slow: {reason}", EagerWarning, stacklevel=4)
