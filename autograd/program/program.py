"""Program: the array code of one recorded loss, with numbers to run it on."""

from __future__ import annotations

import itertools
import linecache
import math
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.draw import Shown
from autograd.errors import RecordingError
from autograd.graph import leaves, mapped
from autograd.nn import Module
from autograd.optim import Optimizer, State
from autograd.program.arrange import arranged
from autograd.program.as_jax import jax_function
from autograd.program.beside import Beside
from autograd.program.even import with_even_rows
from autograd.program.explain import explained, origins, summary
from autograd.program.inputs import Inputs
from autograd.program.picture import drawn, scene_of
from autograd.program.scalar import scalar_code
from autograd.program.simplify import simplified, without_copies
from autograd.program.tape import Tape, evaluate, flatten
from autograd.program.watch import ModelShape, Recorder, refuse_within_recording
from autograd.program.write import numpy_code
from autograd.value import Value

Array = NDArray[Any]  # in float64 or, on request, float32

SHOWN = 3  # samples of a batch that stand in a source
TOLERANCES = {"float64": (1e-9, 1e-12), "float32": (1e-3, 1e-5)}  # of the first run: relative, absolute

_numbers = itertools.count(1)


class Program:
    """The computation of one loss, and of its gradients, in array steps. `autograd.record` makes it.

    The Values keep their meaning: a program starts from their numbers. While `step` trains, it moves numbers of its
    own; `sync` writes them to the Values. Threads may share a program: they take turns.

    A program that `autograd.batch` makes is for many samples: its inputs have an axis of samples in front, a call
    gives an array with one loss for each, and value, gradients and step are those of their mean.

    Layers may work beside the graph: `nn.Dropout` draws anew in every run, whether for a call, for gradients or for a
    step, and `nn.BatchNorm` moves its running statistics at once, as it does with Values.

    Attributes:
        parameters: the Values that it learns, in the order of its gradients.

    >>> from autograd import record
    >>> w, x = Value(2.0), Value(3.0)
    >>> program = record((w * x - 1.0) ** 2, inputs=[x], parameters=[w])
    >>> program([3.0]), program([1.0])
    (25.0, 1.0)
    >>> program.value_and_gradients([1.0])
    (1.0, array([2.]))
    """

    def __init__(
        self,
        result: Any,
        inputs: Inputs,
        parameters: Sequence[Value],
        models: Sequence[Module] = (),
        recorder: Recorder | None = None,
    ) -> None:
        recorder = recorder or Recorder()
        results = list(leaves(result))
        if all(x.is_leaf for x in results):
            raise ValueError(f"{result!r} was not computed from anything: was it made within no_grad, or detached?")
        self.parameters = list(parameters)
        _check_leaves(inputs.values, self.parameters)
        self._inputs = inputs
        self._models = ModelShape(models)
        self._modes = recorder.modes
        self._beside = beside = Beside(recorder.draws, recorder.notes, inputs.lanes, inputs.dtype)
        self._names = [*inputs.names, *beside.names]
        is_loss = isinstance(result, Value)
        whole, made = flatten(
            result if is_loss else results,
            [*inputs.values, *beside.leaves],
            self.parameters,
            [x for _, values in recorder.notes for x in values],
        )
        self._tape = simplified(whole)
        shapes = [*inputs.shapes, *beside.shapes]
        self._arranged = arranged(without_copies(with_even_rows(self._tape)), shapes, inputs.lanes)
        shape = () if is_loss else np.shape(mapped(id, result))
        self._code = numpy_code(self._arranged, self._names, len(self.parameters), shape, inputs.dtype)
        self._operations = len(made)
        self._origins = origins(self._arranged.tape, made, recorder.places)
        self._arrays = inputs.arrays([value.data for value in inputs.values])
        self._order = self._code.order
        self._place = {self.parameters[index]: k for k, index in enumerate(self._order.tolist())}
        self._p: Array = self._of_values()
        self._loaded = self._p  # what the Values held when they were looked at last
        functions = self._compiled()
        self._value: Callable[..., Any] = functions["value"]
        self._value_and_gradient: Callable[..., tuple[float, Array]] | None = functions.get("value_and_gradient")
        self._ahead = False  # whether `step` has moved the numbers and `sync` has not yet written them
        self._optimizer: Optimizer | None = None
        self._memory: State = {}
        self._turn = threading.RLock()
        self._verify(whole)

    # ------------------------------------------------------------ run

    def __call__(self, inputs: Any = None) -> Any:
        """The loss for new inputs, nested as those that were recorded; for the latest ones if none are given.

        Raises:
            ValueError: inputs of another shape.
            TypeError: inputs that are no numbers.
            RecordingError: the model has changed its shape since it was recorded, or was switched by train() or eval().
        """
        return self._run(self._value, inputs)

    def value_and_gradients(self, inputs: Any = None) -> tuple[float, Array]:
        """The loss and its gradients, one for each of `parameters`, in their order. Errors as in a call.

        Raises:
            TypeError: the program computes several numbers: only of one loss there are gradients.
        """
        value, gradient = self._with_gradient(inputs)
        ordered = np.empty_like(gradient)
        ordered[self._order] = gradient
        return value, ordered

    def gradients(self) -> Array:
        """The gradients at the latest inputs, one for each of `parameters`, in their order: a run of its own."""
        return self.value_and_gradients()[1]

    def step(self, optimizer: Optimizer, inputs: Any = None) -> float:
        """Move the parameters once, as `optimizer.step()` does, and give the loss from before.

        The Values stay as they are until `sync`.

        Raises:
            ValueError: the optimiser moves Values that are no parameters of this program.
            ArithmeticError: the loss or a gradient is nan or infinite; no parameter has moved. Running statistics
                have, as they do in a forward pass.
            RecordingError: the optimiser's formula does not work on arrays; or as in a call.
        """
        check_optimizer(optimizer)
        with self._turn:
            value, gradient = self._with_gradient(inputs)
            if not (math.isfinite(value) and np.isfinite(gradient).all()):
                what = "a gradient is nan or infinite" if math.isfinite(value) else f"the loss is {value}"
                raise ArithmeticError(
                    f"{what}: no parameter was moved. Look for nan in the inputs, or take a smaller learning rate"
                )
            if optimizer is not self._optimizer:
                self._adopt(optimizer)
            rate = optimizer.lr(optimizer.steps) if callable(optimizer.lr) else optimizer.lr
            before, p = dict(self._memory), self._p.copy()
            optimizer.steps += 1
            try:
                with np.errstate(all="ignore"):
                    moved = optimizer.update(self._p[self._moves], gradient[self._moves], rate, self._memory)
                if np.shape(moved) != (len(optimizer.parameters),):
                    raise TypeError(f"it gives the shape {np.shape(moved)} for {len(optimizer.parameters)} parameters")
            except BaseException as error:  # an interrupt too leaves the optimiser as it was
                optimizer.steps -= 1
                self._memory = before
                if not isinstance(error, TypeError | ValueError):
                    raise
                raise RecordingError(
                    f"{type(optimizer).__name__}.update must work on arrays to be used in a program: {error}"
                ) from error
            # From here to the return nothing is called, so that an interrupt cannot come between.
            p[self._moves] = moved
            self._p = p
            self._ahead = True
            return value

    def sync(self) -> None:
        """Write the program's numbers to the Values, and the optimiser's memory to the optimiser.

        Raises:
            RecordingError: a Value was moved elsewhere since; nothing is written. `reload` takes its number.
        """
        with self._turn:
            if not self._ahead:
                return
            self._models.check()
            held = self._of_values()  # after an interrupt some hold their new number already
            if not (_same(held, self._loaded) | _same(held, self._p)).all():
                raise RecordingError(
                    "a parameter was moved outside the program after the program had trained: its number would be"
                    " lost. Call program.reload() to go on from the Values, and program.sync() before you move them"
                )
            moved = self._p != self._loaded  # what has not moved keeps the digits that float32 does not have
            for index, number in zip(self._order[moved].tolist(), self._p[moved].tolist(), strict=True):
                self.parameters[index].data = number
            self._release()
            self._loaded = self._p
            self._ahead = False

    def reload(self) -> None:
        """Go on from the numbers of the Values, and forget what `step` has made of them."""
        with self._turn:
            self._ahead = False
            self._optimizer = None
            self._load()

    def is_in_mode(self) -> bool:
        """Whether the model trains, or is in use, as it did when it was recorded: `train` and `eval` switch it."""
        return all(part.training == mode for part, mode in self._modes.items())

    # ------------------------------------------------------------ show

    def source(self, language: str = "numpy") -> str:
        """The program as Python code that runs in an empty file, with the numbers of now.

        Of a batch it has the first few samples as array code, and the first one as scalar code. What was drawn stands
        in it as a further input. The array code also gives the numbers that layers note, such as the mean of a batch.

        Args:
            language: "numpy" for array code, where a layer is one line; "python" for straight-line scalar code.

        >>> from autograd import record
        >>> w, x = Value(2.0), Value(3.0)
        >>> print(record(w * x, inputs=[x], parameters=[w]).source())
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def value(x, p):
            w0 = p[:1]
            loss = w0 * x
            return loss.item()
        <BLANKLINE>
        <BLANKLINE>
        def value_and_gradient(x, p):
            w0 = p[:1]
            loss = w0 * x
            d_loss = np.ones(1)
            d_w0 = d_loss * x
            return loss.item(), np.concatenate([d_w0])
        <BLANKLINE>
        <BLANKLINE>
        x = np.array([3.0])
        p = np.array([2.0])
        <BLANKLINE>
        print(*value_and_gradient(x, p))
        <BLANKLINE>

        Raises:
            ValueError: another language.
        """
        with self._turn:
            self._prepare(None)
            given, p = dict(zip(self._names, self._given(), strict=True)), self._p
        if self._inputs.lanes:
            given = {name: batch[:SHOWN] for name, batch in given.items()}
        if language == "python":
            if self._value_and_gradient is None:
                raise ValueError("source('python') is both passes of one loss, and this program gives several numbers")
            flat = [x for array in given.values() for x in (array[0] if self._inputs.lanes else array).ravel().tolist()]
            parameters = np.empty_like(p)
            parameters[self._order] = p
            tape = without_copies(Tape(self._tape.code, self._tape.loss))
            return scalar_code(tape, flat, parameters.tolist())
        if language != "numpy":
            raise ValueError(f"there is no source in {language!r}: use 'numpy' or 'python'")
        numbers = {**self._code.constants, **given, "p": p}
        arrays = [f"{name} = {_literal(array)}" for name, array in numbers.items()]
        function = "value" if self._value_and_gradient is None else "*value_and_gradient"
        call = f"print({function}({', '.join([*given, 'p'])}))"
        return "\n".join([self._code.header, "", self._code.functions, "", *arrays, "", call, ""])

    def to_jax(self) -> Callable[..., Any]:
        """The program as a pure function of JAX: `function(p, *inputs)`, for jit, grad, vmap and sharded arrays.

        `p` holds the parameters, in the order of `parameters`; the inputs are arrays in the shapes that were recorded,
        each an argument. The result is the loss, of a batch one for each sample. Gradients follow the rules of the ops.
        It computes in the dtype of `p`: for float64 call `jax.config.update("jax_enable_x64", True)` before all else.
        An index outside of its table is no error there: what it looks up is nan.

            loss = program.to_jax()
            step = jax.jit(jax.value_and_grad(loss))
            value, gradient = step(np.array([v.data for v in program.parameters]), xs, ys)

        Raises:
            MissingPackageError: JAX is not installed.
            RecordingError: the program draws or notes numbers beside the graph.
        """
        if self._beside:
            raise RecordingError(
                f"this program has {self._beside}, as Dropout and BatchNorm do in training, and a pure function has"
                " neither chance nor memory: record the model after model.eval()"
            )
        return jax_function(self._code, self._inputs)

    def explain(self) -> str:
        """For each array step the scalar operations that it stands for, and where in the user's code they were made."""
        return explained(self._arranged, self._code, self._origins)

    def draw(self, path: str | Path | None = None, *, direction: str = "LR", theme: str = "light") -> Shown:
        """The forward pass as a picture, for a notebook to show: a card for each array, with the code of its step.

        Args:
            path: a file to write it to as well, *.svg, or *.mmd for Mermaid.
            direction, theme: as for `autograd.draw.svg`.

        Raises:
            ValueError: the path ends otherwise, an option is not known, or there are more arrays than can be shown.
        """
        scene = scene_of(self._arranged, self._code, self._origins, direction=direction, theme=theme)
        return drawn(scene, path)

    def __str__(self) -> str:
        text = summary(self._arranged, self._code, self._operations, len(self.parameters), self._p.itemsize)
        return f"{text}\nbeside      {self._beside}" if self._beside else text

    def __repr__(self) -> str:
        return f"<Program: {self._operations:,} operations in {len(self._code.forward)} array steps>"

    # ------------------------------------------------------------ inside

    def _compiled(self) -> dict[str, Any]:
        text = f"{self._code.header}\n\n{self._code.functions}"
        file = f"<stepgrad program {next(_numbers)}>"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)  # for debuggers and tracebacks
        scope = dict(self._code.constants)
        exec(compile(text, file, "exec"), scope)  # our own text: names are identifiers, numbers are literals
        return scope

    def _verify(self, tape: Tape) -> None:
        """Hold the first run against the scalar operations, one after another; a batch as one of two equal samples."""
        parameters = np.empty_like(self._p)
        parameters[self._order] = self._p
        given = self._given()
        numbers = [x for array in given for x in array.ravel().tolist()]
        expected = evaluate(tape, numbers, parameters.tolist())[tape.root]
        arrays = [np.concatenate([x, x]) for x in given] if self._inputs.lanes else given
        try:
            with np.errstate(all="ignore"):
                found = self._value(*arrays, self._p)
        except (TypeError, ValueError, AttributeError) as error:
            raise RecordingError(
                f"an op of this graph does not work on arrays ({error}): write choices with autograd.where,"
                " and functions as ops, as autograd.exp"
            ) from error
        relative, absolute = TOLERANCES[self._inputs.dtype]
        whole = np.hstack(found) if self._beside.noted else np.ravel(found)
        if not np.allclose(whole, np.resize(expected, whole.size), rtol=relative, atol=absolute, equal_nan=True):
            raise RecordingError(
                f"the array program gives {found} in {self._inputs.dtype} and the scalar operations {expected}:"
                " is an op of this graph different on numbers and on arrays, or is it not the same in every call?"
            )

    def _prepare(self, inputs: Any) -> None:
        refuse_within_recording()
        self._models.check()
        if not self.is_in_mode():
            raise RecordingError(
                "the model was recorded in training and is in use now, or the other way round, as train() and eval()"
                " switch it: record it again, or switch it back"
            )
        if inputs is not None:
            self._arrays = self._inputs.checked(inputs)
        if not self._ahead:
            self._load()

    def _with_gradient(self, inputs: Any) -> tuple[float, Array]:
        if self._value_and_gradient is None:
            raise TypeError("this program gives several numbers for a sample: gradients are those of one loss")
        value, gradient = self._run(self._value_and_gradient, inputs)
        return value, gradient

    def _run(self, function: Callable[..., Any], inputs: Any) -> Any:
        """What a function of the program gives, with chance drawn before and numbers noted after it."""
        with self._turn:
            self._prepare(inputs)
            self._beside.draw(len(self._arrays[0]) if self._inputs.lanes else 1)
            with np.errstate(all="ignore"):  # inf and nan are answers here, as they are for Values
                found = function(*self._given(), self._p)
            numbers = []
            if self._beside.noted:
                *results, array = found
                found, numbers = results[0] if len(results) == 1 else results, array.tolist()
            for value in self._beside.note(numbers):
                if value in self._place:  # a layer may also compute with what it keeps count in
                    self._p[self._place[value]] = self._loaded[self._place[value]] = value.data
            return found

    def _given(self) -> list[Array]:
        """All inputs of the latest run."""
        return [*self._arrays, *self._beside.arrays]

    def _of_values(self) -> Array:
        return np.array([value.data for value in self.parameters], dtype=self._inputs.dtype)[self._order]

    def _load(self) -> None:
        self._p = self._loaded = self._of_values()

    def _adopt(self, optimizer: Optimizer) -> None:
        """Take over an optimiser's memory, as one array for each of its entries."""
        strangers = sum(value not in self._place for value in optimizer.parameters)
        if strangers:
            raise ValueError(
                f"{strangers} of the optimiser's {len(optimizer.parameters)} parameters are not in this program:"
                " has the model changed since it was recorded? Record it again, and make the optimiser anew"
            )
        self._release()
        moves = np.array([self._place[value] for value in optimizer.parameters])
        self._rank = np.argsort(moves)
        self._moves: Any = slice(None) if len(moves) == len(self._p) else moves[self._rank]
        remembered = [optimizer.memory[k] for k in self._rank]
        self._memory = {key: np.array([entry[key] for entry in remembered]) for key in remembered[0]}
        self._optimizer = optimizer

    def _release(self) -> None:
        """Give the optimiser's memory back to it."""
        if self._optimizer is not None:
            for key, entries in self._memory.items():
                for k, entry in zip(
                    self._rank.tolist(), np.broadcast_to(entries, len(self._rank)).tolist(), strict=True
                ):
                    self._optimizer.memory[k][key] = entry
            self._optimizer = None


def check_optimizer(optimizer: Any) -> None:
    """Refuse inputs that stand in the place of the optimiser.

    Raises:
        TypeError: it is no optimiser.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"step takes the optimiser first and then the inputs, got {optimizer!r:.60}")


def _same(x: Array, y: Array) -> NDArray[np.bool_]:
    return np.isclose(x, y, rtol=0.0, atol=0.0, equal_nan=True)


def _check_leaves(inputs: Sequence[Value], parameters: Sequence[Value]) -> None:
    for kind, values in (("an input", inputs), ("a parameter", parameters)):
        for value in values:
            if not isinstance(value, Value):
                raise TypeError(
                    f"{kind} of a program is a Value that the loss was computed from, got {value!r:.60}:"
                    " make Values of the numbers before the loss is computed, or record a function"
                )
            if not value.is_leaf:
                raise ValueError(f"{value!r} was computed by {value.op and value.op.name}: {kind} must be a leaf")
    if len({*inputs, *parameters}) < len(inputs) + len(parameters):
        raise ValueError("a Value is given twice among the inputs and parameters of a program")


def _literal(array: Any) -> str:
    """An array as code."""
    text = repr(array.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
    return f"np.array({text}{'' if array.dtype.kind != 'f' or array.dtype == float else ', np.float32'})"
