"""What `stepgrad train` does: trains a task for each split and seed, says what came of it, and draws why."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from random import Random
from typing import Any, cast

from autograd.activations import Activation
from autograd.draw import maps
from autograd.errors import MissingPackageError
from autograd.nn import save
from autograd.op import find
from autograd.tasks.prepare import checked
from autograd.tasks.task import Recipe, Split, Task
from autograd.tasks.training import OPTIMIZERS, Training, arrays, confusion, share_right


def train(
    task: Task,
    *,
    model: str | None = None,
    activation: str | None = None,
    optimizer: str | None = None,
    rate: float | None = None,
    epochs: int | None = None,
    seeds: Sequence[int] = (0,),
    folder: Path = Path("runs"),
    resume: bool = False,
) -> dict[str, list[float]]:
    """Train a task, printing how it goes; each training has a folder of its own within `folder`.

    There it leaves `checkpoint.json` after every epoch, `model.json`, which `nn.load` reads, and for the first seed
    the pictures, if matplotlib is installed.

    Args:
        model: the name of one of the task's recipes; the first unless given.
        activation, optimizer, rate, epochs: in place of the recipe's.
        seeds: each shares out the rows, begins the weights and orders the samples in its own way.
        resume: go on with trainings that were stopped; those that are done are not repeated.

    Returns:
        For each split the share of test rows decided rightly, one for each seed.

    Raises:
        ValueError: a number out of range, bad data, or an unfinished training lies in the folder.
        UnknownOpError: there is no such activation.
        StateError: the training that is to go on is damaged, or was begun with other settings.
        ArithmeticError: the training diverged.
    """
    name = model or next(iter(task.recipes))
    recipe = chosen(task, name, activation=activation, optimizer=optimizer, rate=rate, epochs=epochs)
    print(task.about)
    scores: dict[str, list[float]] = {split: [] for split in task.splits}
    for seed in seeds:
        for way in task.splits:
            started = time.process_time()
            training, split = begin(task, name, recipe, way, seed)
            place = folder / f"{task.name}-{name}-{way.replace(' ', '-')}-{seed}"
            _run(training, split, place, resume)
            seconds = time.process_time() - started
            decided, targets = training.decide(split.test), arrays(split.test)[1]
            scores[way].append(share_right(decided, targets))
            common = max(Counter(map(str, split.test.targets)).values()) / len(split.test)
            print(
                f"  test {scores[way][-1]:.3f}   (the commonest answer always: {common:.3f})   {seconds:.1f} s of CPU"
            )
            if seed == seeds[0]:
                _look(task, training, split, confusion(decided, targets, len(split.test.classes)), place)
    if len(seeds) > 1:
        print(f"\n{task.name}, {name}: mean of {len(seeds)} seeds ± their standard deviation, least to most")
        for way, found in scores.items():
            mean, spread = statistics.fmean(found), statistics.stdev(found)
            print(f"  {way:24} {mean:.3f} ± {spread:.3f}   {min(found):.3f} to {max(found):.3f}")
    return scores


def chosen(
    task: Task,
    name: str,
    *,
    activation: str | None = None,
    optimizer: str | None = None,
    rate: float | None = None,
    epochs: int | None = None,
) -> Recipe:
    """A recipe of the task, with what was asked for in its place. Without a rate, another optimiser has a usual one.

    Raises:
        ValueError, UnknownOpError: a name that is not known, or fewer epochs than 1.
    """
    if name not in task.recipes:
        raise ValueError(f"{task.name} has no model {name!r}: there are {', '.join(task.recipes)}")
    usual = task.recipes[name]
    optimizer = optimizer or usual.optimizer
    if optimizer not in OPTIMIZERS:
        raise ValueError(f"there is no optimizer {optimizer!r}: use {', '.join(OPTIMIZERS)}")
    if epochs is not None and epochs < 1:
        raise ValueError(f"a training has 1 epoch or more, got {epochs}")
    if activation and usual.activation == "identity":
        raise ValueError(f"the {name} of {task.name} has no activation that could be another")
    activation = activation or usual.activation
    if not isinstance(find(activation), Activation):
        raise ValueError(f"{activation} is no activation: use relu, tanh, sigmoid, leaky_relu, gelu ...")
    if rate is None:
        rate = usual.rate * OPTIMIZERS[optimizer][1] / OPTIMIZERS[usual.optimizer][1]
    decay = usual.decay if optimizer == "adamw" else 0.0
    epochs = usual.epochs if epochs is None else epochs
    return replace(usual, activation=activation, optimizer=optimizer, rate=rate, decay=decay, epochs=epochs)


def begin(task: Task, name: str, recipe: Recipe, way: str, seed: int) -> tuple[Training, Split]:
    """A training that has not begun, and the rows that it is for.

    Args:
        name, recipe: which of the task's models, and its settings.
        way: how the rows are shared out, one of the task's splits.

    Raises:
        ValueError, TypeError: the data are bad, or a setting is out of range.
    """
    split = task.splits[way](seed)
    for part in (split.train, split.validation, split.test):
        checked(part)
    model = recipe.build(split.train, cast(Activation, find(recipe.activation)), Random(seed))
    options = {"weight_decay": recipe.decay} if recipe.optimizer == "adamw" else {}
    optimizer = OPTIMIZERS[recipe.optimizer][0](model.parameters(), lr=recipe.rate, **options)
    settings = {key: setting for key, setting in asdict(recipe).items() if key != "build"}
    settings = {"task": task.name, "model": name, "split": way, "seed": seed, **settings}
    return Training(model, split, optimizer, settings), split


def trained(task: Task, model: str, way: str, seed: int = 0, **instead: Any) -> tuple[Training, Split]:
    """Train one of the task's models, without a word and without files, and give it the numbers of its best epoch.

    Args:
        model, way: the names of a recipe and of a split.
        instead: in place of the recipe's settings, as in `chosen`.

    Returns:
        The training, which has the model, its losses and its scores, and the rows that it was for.

    Raises:
        ValueError, TypeError, UnknownOpError: as in `chosen` and `begin`.
        ArithmeticError: the training diverged.

    >>> from autograd.tasks import TASKS
    >>> training, split = trained(TASKS["vowels"], "flat", "by file", epochs=5)
    >>> training.share_right(split.test) > 0.8
    True
    """
    training, split = begin(task, model, chosen(task, model, **instead), way, seed)
    while not training.is_over:
        training.run_epoch()
    training.finish()
    return training, split


def _run(training: Training, split: Split, place: Path, resume: bool) -> None:
    """Train to the end, from the beginning or from where it was stopped, and save the model."""
    begun, file = training.settings, place / "checkpoint.json"
    activation = f", {begun['activation']}" if begun["activation"] != "identity" else ""
    print(
        f"\n{begun['split']}, seed {begun['seed']}: {len(split.train):,} rows to learn from,"
        f" {len(split.validation):,} to stop by, {len(split.test):,} to test on"
        f"\n  {begun['model']}, {len(training.model.parameters()):,} parameters{activation};"
        f" {begun['optimizer']}, rate {begun['rate']:g}, batches of {begun['batch']}"
    )
    if resume and file.exists():
        training.resume(file)
        print(f"  goes on after epoch {training.epoch}")
    elif file.exists() and not Training.ended(file):
        raise ValueError(f"{file} is of a training that was stopped: --resume goes on with it, or else delete it")
    place.mkdir(parents=True, exist_ok=True)
    while not training.is_over:
        training.run_epoch()
        training.save(file)
        loss, score = training.losses[-1], training.scores[-1]
        best = "   best" if training.best == training.epoch else ""
        print(f"  epoch {training.epoch:3}   loss {loss:.4f}   validation {score:.3f}{best}", flush=True)
    training.finish()
    save(training.model, place / "model.json")


def _look(task: Task, training: Training, split: Split, counts: Any, place: Path) -> None:
    """Print what was taken for what, and draw what the model looked at."""
    print(table(counts, split.test.classes))
    if found := task.findings(training.model, split):
        print(found)
    try:
        figures = {
            "confusion": maps.confusion(counts, split.test.classes).figure,
            **task.pictures(training.model, split),
        }
    except MissingPackageError as error:
        print(f"wrote model.json in {place}; there are no pictures: {error}")
        return
    from matplotlib.pyplot import close

    for name, figure in figures.items():
        figure.savefig(place / f"{name}.png", dpi=144)
        close(figure)
    print(f"wrote model.json, {', '.join(f'{name}.png' for name in figures)} in {place}")


def table(counts: Any, classes: Sequence[str]) -> str:
    """How often what is one class, a row, was taken for which, a column; a column has the last word of its name.

    >>> print(table([[3, 1], [0, 2]], ["says no", "says yes"]))
    taken for   no  yes
    says no      3    1
    says yes     ·    2
    """
    heads = [name.split()[-1] for name in classes]
    wide = 2 + max(len(str(text)) for row in [heads, *counts] for text in row)
    first = max(9, *map(len, classes))
    rows = [[str(count) if count else "·" for count in row] for row in counts]
    return "\n".join(
        f"{name:{first}}" + "".join(f"{text:>{wide}}" for text in row)
        for name, row in zip(["taken for", *classes], [heads, *rows], strict=True)
    )
