"""`batch`: a function of one sample, run for many at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from autograd.errors import RecordingError
from autograd.graph import leaves, mapped
from autograd.program.inputs import shape_of
from autograd.program.recorded import Programs
from autograd.value import Value


def batch(function: Callable[..., Any], /, *, fixed: bool = False, dtype: str = "float64") -> Batched:
    """Run a function of one sample for any number of samples at once.

    The function is recorded with the first sample. In the program all that depends on a sample has one axis more, in
    front, so that the neurons of a layer become `X @ W0.T + b0` for samples of any number.

    Args:
        function: gives one Value for a sample, or a list or nested list of Values; `model` itself, say, or the loss
            of one sample. All its arguments are numbers, or lists of numbers; `functools.partial` fixes others.
        fixed, dtype: as in `record`.

    Returns:
        A function of batches: each argument is a list or an array with one entry for each sample, all of one shape.
        The batch is computed as a whole: it takes the memory that `print(scores.program(images))` names for each
        sample, so give large ones in parts.

    >>> from autograd import nn
    >>> model = nn.MLP(2, [4, 3], rng=0)
    >>> scores = batch(model)
    >>> scores([[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.5, 0.5]]).shape
    (4, 3)
    """
    if not callable(function):
        raise TypeError(f"batch needs a function of one sample, got {type(function).__name__}")
    return Batched(function, fixed=fixed, dtype=dtype)


class Batched(Programs):
    """A function of one sample, vectorised. `autograd.batch` makes it.

    A call gives an array with one row for each sample. Of a loss, `value_and_gradients` and `step` take the mean over
    the samples: the gradients are those of the mean loss.

    >>> from autograd import optim
    >>> w = Value(0.0)
    >>> @batch
    ... def loss(x, y):
    ...     return (w * x - y) ** 2
    >>> loss([1.0, 2.0, 3.0], [2.0, 4.0, 6.0])
    array([ 4., 16., 36.])
    >>> loss.value_and_gradients([1.0, 2.0], [2.0, 4.0])
    (10.0, array([-10.]))
    >>> loss.step(optim.SGD([w], lr=0.2), [1.0, 2.0], [2.0, 4.0])
    10.0
    >>> loss.sync()
    >>> w.data
    2.0
    >>> print(loss.program([1.0], [2.0]).source().partition("def value_and")[0])
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def value(x, y, p):
        w0 = p[:1]
        v0 = w0 * x
        v1 = v0 - y
        loss = v1 ** 2.0
        return loss[:, 0]
    <BLANKLINE>
    <BLANKLINE>
    <BLANKLINE>
    """

    lanes = True

    def __call__(self, /, *arguments: Any, **named: Any) -> NDArray[Any]:
        """What the function gives for each sample: an array of shape (samples, *shape of one result).

        Raises:
            RecordingError: the function decides by the number of a Value, or gives no Values.
            ValueError: an empty batch, samples of different shapes, or not as many in all arguments.
            TypeError: an argument that holds no numbers, too many arguments or too few.
        """
        with self._turn:
            program, inputs = self._program(arguments, named)
            return np.array(program(inputs))

    def _program(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        if not (arguments or named):
            raise TypeError("a batch has samples: give at least one list or array, with one entry for each")
        return super()._program(arguments, named)

    def _read(self, name: str, argument: Any) -> tuple[Any, Any]:
        try:
            array = np.asarray(argument)
        except ValueError:
            raise ValueError(f"the samples of {name} have different shapes: all are computed in one array") from None
        if array.dtype.kind not in "fiu" or not array.ndim:
            raise TypeError(
                f"{name} must be a list or an array with numbers for each sample, got {argument!r:.60}:"
                " fix an argument that is the same for all samples with functools.partial"
            )
        return array.shape[1:], array

    def _sample(self, numbers: Any) -> Any:
        if not len(numbers):
            raise ValueError("an empty batch cannot be recorded: give at least one sample")
        return numbers[0]

    def _checked(self, result: Any) -> Any:
        if isinstance(result, Value):
            return result
        found = list(leaves(result))
        if not found or not all(isinstance(x, Value) for x in found):
            kind = type(result).__name__ if found in ([], [result]) else f"{type(result).__name__} with other things"
            raise RecordingError(f"a function of a sample gives a Value or a list of Values; this one gave a {kind}")
        if shape_of(mapped(lambda _: 0, result)) is None:
            raise RecordingError(
                "a function of a sample gives equal rows of Values; those of this one differ in length"
            )
        return result
