"""`record`: a program from a loss that was computed, or from a function that computes one."""

from __future__ import annotations

import gc
import inspect
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from numbers import Real
from types import CodeType
from typing import Any, overload

from numpy.typing import NDArray

from autograd.errors import RecordingError
from autograd.graph import leaves, mapped, topological_order
from autograd.nn import Module
from autograd.optim import Optimizer
from autograd.program.inputs import Inputs, as_lists, shape_of
from autograd.program.program import Program, check_optimizer
from autograd.program.watch import Recorder, refuse_within_recording
from autograd.value import Value
from autograd.watching import recording, watch

LIMIT = 8  # structures that a recorded function keeps programs for


@overload
def record(
    loss: Value, /, *, inputs: Any = (), parameters: Iterable[Value] | Module, dtype: str = "float64"
) -> Program: ...
@overload
def record(function: Callable[..., Value], /, *, fixed: bool = False, dtype: str = "float64") -> Recorded: ...
def record(
    loss: Any,
    /,
    *,
    inputs: Any = (),
    parameters: Iterable[Value] | Module = (),
    fixed: bool = False,
    dtype: str = "float64",
) -> Program | Recorded:
    """Make a program of a loss: the same computation in array steps, for new inputs and parameters that move.

    Args:
        loss: a Value that was computed, or a function that computes one.
        inputs: with a Value: the leaves that get new numbers in every run, in nested lists.
        parameters: with a Value: the leaves that learn; or the model, so that a change of its shape is noticed.
            A leaf that is neither input nor parameter is a constant, with the number that it has now; so are the
            numbers that Dropout drew, while a function is recorded with new ones in each run.
        fixed: with a function: let it read the numbers of Values, as no run would decide differently.
        dtype: what it computes in: "float64", or "float32" for half the memory and up to twice the speed, with
            relative errors of about 1e-6 in place of 1e-15.

    Returns:
        A `Program`; for a function one that calls like the function, a `Recorded`.

    Raises:
        GraphError: a node was made by hand, so that its formula is not known.
        TypeError, ValueError: inputs or parameters that are no leaf Values, or one is given twice; another dtype.

    >>> w, x = Value(2.0), Value(3.0)
    >>> program = record((w * x - 1.0) ** 2, inputs=[x], parameters=[w])
    >>> program([1.0])
    1.0
    """
    if not isinstance(loss, Value):
        if not callable(loss):
            raise TypeError(f"record needs a Value that was computed, or a function, got {type(loss).__name__}")
        return Recorded(loss, fixed=fixed, dtype=dtype)
    models = [parameters] if isinstance(parameters, Module) else []
    learned = parameters.parameters() if isinstance(parameters, Module) else list(parameters)
    with _collector_off():
        return Program(loss, Inputs(inputs, dtype=dtype), learned, models)


class Programs:
    """A function and its programs, one for each structure of arguments, recorded when it is first met.

    This is what `Recorded` and `Batched` share. Threads may share one: they take turns.
    """

    lanes = False

    def __init__(self, function: Callable[..., Any], *, fixed: bool = False, dtype: str = "float64") -> None:
        self.function = function
        self.fixed = fixed
        self.dtype = dtype
        self.calls = 0
        self.recordings = 0
        self._programs: list[tuple[Any, Program]] = []  # each with its structure; that of the latest run comes last
        self._latest: Program | None = None
        self._turn = threading.RLock()
        self._parameters = _parameters(function)

    def value_and_gradients(self, /, *arguments: Any, **named: Any) -> tuple[float, NDArray[Any]]:
        """The loss and its gradients, one for each of the program's `parameters`."""
        with self._turn:
            program, inputs = self._program(arguments, named)
            return program.value_and_gradients(inputs)

    def step(self, optimizer: Optimizer, /, *arguments: Any, **named: Any) -> float:
        """Move the parameters once and give the loss from before; the Values stay as they are until `sync`."""
        check_optimizer(optimizer)
        with self._turn:
            program, inputs = self._program(arguments, named)
            return program.step(optimizer, inputs)

    def sync(self) -> None:
        """Write the numbers to which `step` has moved the parameters to their Values."""
        with self._turn:
            if self._latest is not None:
                self._latest.sync()

    def program(self, /, *arguments: Any, **named: Any) -> Program:
        """The program for arguments of this structure, to be printed or explained."""
        with self._turn:
            return self._program(arguments, named)[0]

    def __repr__(self) -> str:
        count = len(self._programs)
        name = getattr(self.function, "__name__", type(self.function).__name__)
        return (
            f"<{type(self).__name__} {name}: {count} structure{'s' * (count != 1)},"
            f" recorded {self.recordings} time{'s' * (self.recordings != 1)} in {self.calls} calls>"
        )

    def _read(self, name: str, argument: Any) -> tuple[Any, Any]:
        """What must be equal for two arguments to share a program, and the numbers that are given in every run."""
        raise NotImplementedError

    def _sample(self, numbers: Any) -> Any:
        """The numbers that a function is recorded with."""
        return numbers

    def _checked(self, result: Any) -> Any:
        """What the function gave, if it can be computed by a program."""
        if not isinstance(result, Value):
            kind = type(result).__name__
            raise RecordingError(
                f"a recorded function gives one Value, its loss; this one gave {kind}:"
                " autograd.batch takes functions that give lists of Values"
            )
        return result

    def _program(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Program, list[Any]]:
        refuse_within_recording()
        self.calls += 1
        count = len(arguments)
        names = [*self._parameters[:count], *(f"x{i}" for i in range(len(self._parameters), count)), *named]
        given = [*arguments, *named.values()]
        read = [self._read(name, x) for name, x in zip(names, given, strict=True)]
        numbers = [x for _, x in read if x is not None]
        structure = count, *named, *(key for key, _ in read)
        # A model that is switched between training and use has a program for each.
        found = (x for known, x in reversed(self._programs) if known == structure and x.is_in_mode())
        program: Program | None = next(found, None)
        if self._latest is not None and program is not self._latest:
            self._latest.sync()  # all programs go on from the numbers of the Values
        if program is None:
            values = [
                x if numbers is None else mapped(Value, as_lists(self._sample(numbers)))
                for x, (_, numbers) in zip(given, read, strict=True)
            ]
            inputs = [(name, tree) for name, tree, (_, x) in zip(names, values, read, strict=True) if x is not None]
            with _collector_off():
                program = self._record(values[:count], dict(zip(names[count:], values[count:], strict=True)), inputs)
            self.recordings += 1
        if program is not self._latest:
            others = [entry for entry in self._programs if entry[1] is not program]
            self._programs = [*others, (structure, program)][-LIMIT:]
            self._latest = program
        return program, numbers

    def _record(self, arguments: list[Any], named: dict[str, Any], inputs: list[tuple[str, Any]]) -> Program:
        recorder = Recorder(self.fixed)
        with recording(), watch(recorder):
            result = self._checked(self.function(*arguments, **named))
        if self.lanes:  # what is many vectors is called as matrices are
            inputs = [
                (name.upper() if len(name) == 1 and isinstance(tree, list) else name, tree) for name, tree in inputs
            ]
        shapes = Inputs([tree for _, tree in inputs], [name for name, _ in inputs], self.lanes, self.dtype)
        if recorder.notes and self.lanes:
            raise RecordingError(
                "numbers of a sample are to be noted, as BatchNorm does in training, and these are of a whole batch:"
                " record a function of the batch with autograd.record, or switch the model to use with model.eval()"
            )
        noted = [x for _, values in recorder.notes for x in values if isinstance(x, Value)]
        found = [x for x in topological_order(*leaves(result), *noted) if x.is_leaf]
        recorder.refuse_lost(found)
        models = _models(self.function, (*arguments, *named.values()))
        learned = dict.fromkeys(parameter for model in models for parameter in model.parameters())
        known = {*shapes.values, *recorder.places}
        learned.update(dict.fromkeys(x for x in found if x not in known))
        return Program(result, shapes, list(learned), models, recorder)


class Recorded(Programs):
    """A function of numbers whose loss is computed by a program. `autograd.record` makes it.

    The first call records what the function does. Calls with arguments of the same structure run the program; another
    structure is recorded again. Floats are inputs, and so are all numbers in lists and arrays, integers too: tokens and
    classes may differ in each run, and look tables up with `autograd.take`. Structure is the shape of those lists and
    arrays, and every other argument: a bare integer such as a number of steps, a string, None, a model; and whether
    the model trains. Leaf Values that the function finds outside are parameters.

    What a layer does beside the graph, each run does anew: `nn.Dropout` draws, the running statistics of
    `nn.BatchNorm` move. Recording itself draws nothing and moves nothing.

    >>> from autograd import optim
    >>> w = Value(0.0)
    >>> @record
    ... def loss(xs, ys):
    ...     return sum((w * x - y) ** 2 for x, y in zip(xs, ys))
    >>> loss([1.0, 2.0], [2.0, 4.0])
    20.0
    >>> optimizer = optim.SGD([w], lr=0.1)
    >>> loss.step(optimizer, [1.0, 2.0], [2.0, 4.0])
    20.0
    >>> loss.sync()
    >>> w.data
    2.0
    >>> loss
    <Recorded loss: 1 structure, recorded 1 time in 2 calls>
    """

    def __call__(self, /, *arguments: Any, **named: Any) -> float:
        """The loss for these arguments.

        Raises:
            RecordingError: the function decides by the number of a Value, or gives no Value.
            TypeError: it is called with too many or too few arguments.
        """
        with self._turn:
            program, inputs = self._program(arguments, named)
            return float(program(inputs))

    def _read(self, name: str, argument: Any) -> tuple[Any, Any]:
        if not _is_input(argument):
            return _structure(name, argument), None
        return argument.shape if hasattr(argument, "shape") else shape_of(as_lists(argument)), argument


@contextmanager
def _collector_off() -> Iterator[None]:
    """Within the block Python's cyclic collector rests.

    It would look again and again through the objects that are being made, some dozens for each operation, and find
    no garbage: half of the time of a recording would be its.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _is_input(argument: Any) -> bool:
    """Whether an argument is data, not structure: a float, or a list or an array with a number in it."""
    if hasattr(argument, "dtype"):
        return bool(argument.dtype.kind == "f" or (argument.dtype.kind in "iu" and argument.ndim))
    if isinstance(argument, list | tuple):
        return any(_is_input(x) or (isinstance(x, Real) and not isinstance(x, bool)) for x in argument)
    return isinstance(argument, float)


def _structure(name: str, argument: Any) -> Any:
    """What two arguments that are no inputs have in common if one program serves both."""
    if hasattr(argument, "dtype"):
        return argument.dtype.str, argument.shape, argument.tobytes()
    if isinstance(argument, list | tuple):
        return type(argument), *(_structure(name, x) for x in argument)
    if isinstance(argument, dict):
        return dict, *((key, _structure(name, x)) for key, x in argument.items())
    if not isinstance(argument, Hashable):
        raise TypeError(
            f"{name} is a {type(argument).__name__}, which may change without being seen: give lists, numbers or text"
        )
    return type(argument), argument


def _parameters(function: Callable[..., Any]) -> list[str]:
    """The names of the arguments that can be given by position."""
    try:
        found = inspect.signature(function).parameters.values()
    except ValueError:  # a function of C that does not tell
        return []
    return [x.name for x in found if x.kind in (x.POSITIONAL_ONLY, x.POSITIONAL_OR_KEYWORD)]


def _models(function: Any, arguments: Iterable[Any]) -> list[Module]:
    """The models among the arguments, and those that a function knows by name, or is itself, or has as attributes."""
    if isinstance(function, partial):
        return _models(function.func, (*function.args, *function.keywords.values(), *arguments))
    bare = inspect.unwrap(function)
    owner = getattr(bare, "__self__", bare)
    known = [*arguments, owner]
    if not isinstance(owner, Module):
        known += getattr(owner, "__dict__", {}).values()
    bare = getattr(bare, "__func__", bare)
    if inspect.isfunction(bare):
        known += inspect.getclosurevars(bare).nonlocals.values()
        known += [bare.__globals__[name] for name in _names(bare.__code__) if name in bare.__globals__]
    return list(dict.fromkeys(x for x in known if isinstance(x, Module)))


def _names(code: CodeType) -> list[str]:
    """The names that a function uses, and those that its inner functions use: until 3.11 a comprehension is one."""
    inner = [x for x in code.co_consts if isinstance(x, CodeType)]
    return list(dict.fromkeys([*code.co_names, *(name for x in inner for name in _names(x))]))
