"""Programs: scalar code recorded once, run at array speed.

>>> from autograd import nn
>>> model = nn.MLP(2, [4, 1], rng=0)
>>> @record
... def loss(points, targets):
...     errors = [model(point) - target for point, target in zip(points, targets)]
...     return sum(error * error for error in errors) / len(errors)
>>> round(loss([[0.0, 1.0], [1.0, 0.0]], [1.0, -1.0]), 4)
1.016

`record` keeps what the operations were; the passes of `simplify` and `arrange` find the matrix products in them, and
`write` writes the NumPy code that runs. `tape` is the form that the passes share.
"""

from autograd.errors import MissingPackageError

try:
    import numpy  # noqa: F401  the rest needs it throughout
except ImportError as error:
    raise MissingPackageError("recorded programs run on NumPy: pip install numpy") from error

from autograd.program.batch import Batched, batch
from autograd.program.program import Program
from autograd.program.recorded import Recorded, record

__all__ = ["Batched", "Program", "Recorded", "batch", "record"]
