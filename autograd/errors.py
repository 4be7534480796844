"""Every exception and warning of ours, so that `except` clauses have one place to look.

Plain mistakes raise plain Python errors (TypeError, ValueError, IndexError); the classes here are for
what Python has no word for.
"""


class OpDeclarationError(TypeError):
    """An op was declared in a way that could not work: a rule is missing or belongs to no operand."""


class OpReplacedWarning(UserWarning):
    """An op was registered under a name that another op had; the newer one counts from now on."""


class UnknownOpError(LookupError):
    """No op of that name is registered."""


class GraphvizError(RuntimeError):
    """Graphviz refuses a picture, or takes too long for it."""


class GraphError(RuntimeError):
    """A graph that cannot be differentiated as it stands."""


class AnomalyError(ArithmeticError):
    """A nan was made while somebody was looking for one."""


class RecordingError(RuntimeError):
    """Something that a recorded program could not repeat faithfully, so that it is refused."""


class EagerWarning(UserWarning):
    """Training could not be recorded: it goes node by node, with the same numbers, slower."""


class GradcheckError(AssertionError):
    """A gradient differs from what was measured by nudging the operand."""


class ExpressionError(ValueError):
    """An expression given in words that is not arithmetic on names, numbers and known functions."""


class TraceError(ValueError):
    """A trace that is damaged, foreign or newer, or in which an event is false."""


class StateError(ValueError):
    """Stored parameters that are damaged, foreign, or belong to another model."""


class MissingPackageError(ImportError):
    """An optional package is needed for this one feature and is not installed."""


class ImportNameWarning(UserWarning):
    """Another installed distribution also calls itself `autograd` and may have overwritten our files."""


class PrecisionWarning(UserWarning):
    """Numbers went to where they are computed with fewer digits than here."""
