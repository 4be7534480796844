"""Value: a number that remembers how it was computed.

Every operator below is made from an op's declaration by one of three small factories, which apply the op to the
numbers and record a node. No formula stands here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from numbers import Real
from types import NoneType
from typing import Any

from autograd import activations as act
from autograd import functions as fn
from autograd import graph, watching
from autograd.core import has_twin, introduced
from autograd.op import Op, by_hand

new = object.__new__
METHODS: dict[Op, Callable[[Value], Value]] = {}  # so that relu(v) is as fast as v.relu()


def _binary(op: Op) -> Callable[[Value, Any], Value]:
    """The operator `value ∘ other` of an op of two operands."""
    forward = op.forward
    d_x, d_y = op.partials

    def operator(self: Value, other: Any) -> Any:
        x = self._data
        node = new(Value)
        node._grad = 0.0
        node.label = ""
        node.op = op
        node._a = self
        if isinstance(other, Value):
            y = other._data
            node._data = out = forward(x, y)
            node._b = other
            node._d_a = d_x(x, y, out)
            node._d_b = d_y(x, y, out)
        else:
            if type(other) is not float:
                if not isinstance(other, Real):
                    return NotImplemented
                other = float(other)
            node._data = out = forward(x, other)
            node._b = other
            node._d_a = d_x(x, other, out)
            node._d_b = None
        return node if not watching.blocks else watching.watched(node)

    return _described(operator, op)


def _reflected(op: Op) -> Callable[[Value, Any], Value]:
    """The operator `number ∘ value` of an op of two operands."""
    forward = op.forward
    _, d_y = op.partials

    def operator(self: Value, other: Any) -> Any:
        if not isinstance(other, Real):
            return NotImplemented
        x = float(other)
        y = self._data
        node = new(Value)
        node._data = out = forward(x, y)
        node._grad = 0.0
        node.label = ""
        node.op = op
        node._a = x
        node._b = self
        node._d_a = None
        node._d_b = d_y(x, y, out)
        return node if not watching.blocks else watching.watched(node)

    return _described(operator, op)


def _unary(op: Op) -> Callable[[Value], Value]:
    """The method of an op of one operand."""
    forward = op.forward
    (d_x,) = op.partials

    def method(self: Value) -> Value:
        x = self._data
        out = forward(x)
        node = Value.filled(out, op, (self,), (d_x(x, out),))
        return node if not watching.blocks else watching.watched(node)

    METHODS[op] = method
    return _described(method, op)


def _method(op: Op) -> Callable[..., Value]:
    """The method of an op with parameters: `v.leaky_relu(slope=0.1)` is `leaky_relu(v, slope=0.1)`."""

    def method(self: Value, *operands: Any, **named: Any) -> Any:
        return op(self, *operands, **named)

    return _described(method, op)


def _described(method: Callable[..., Any], op: Op) -> Callable[..., Any]:
    method.__name__ = method.__qualname__ = op.name
    method.__doc__ = (op.__doc__ or "").partition("\n")[0]
    return method


@has_twin
class Value(graph.Node):
    """A number and how it was computed: one node of the graph.

    Arithmetic on Values records nodes; `backward()` then fills in `grad` for every node on the way.

    Args:
        data: any real number; it is kept as a float.
        _children, _op: as in micrograd, for a node made by hand; set `_backward` on it.
        label: a name for pictures and tables.

    Attributes:
        data: the number.
        grad: the accumulated gradient; 0.0 until a backward pass reaches the node.
        op: the Op that made the node; None for a leaf.
        operands, partials, parents: see `Node`.

    Raises:
        TypeError: data is not a real number.

    >>> x = Value(3.0)
    >>> y = x * x + 2 * x
    >>> y.backward()
    >>> y.data, x.grad
    (15.0, 8.0)
    """

    __slots__ = ()
    __array_ufunc__ = None  # so that np.float64(2) * v asks v and becomes a Value

    def __init__(self, data: Any, _children: Sequence[Value] = (), _op: str = "", label: str = "") -> None:
        self._data = data if type(data) is float else _real(data, "Value needs")
        self._grad = 0.0
        self.label = label
        if not _children:
            self.fill(by_hand(_op) if _op else None, (), ())
            watching.watched(self)
            return
        if isinstance(_children, set | frozenset):
            raise TypeError("the children of a Value have an order: give a tuple, not a set")
        for child in _children:
            if not isinstance(child, Value):
                raise TypeError(f"the children of a Value are Values, got {type(child).__name__} {child!r}")
        self.fill(by_hand(_op), tuple(_children), None)
        watching.watched(self)

    @property
    def data(self) -> float:
        """The number. Set it to move a parameter; local derivatives of earlier forward passes stay as they were."""
        if watching.blocks:
            watching.asked(self)
        return self._data

    @data.setter
    def data(self, number: Any) -> None:
        before, self._data = self._data, _real(number, "data must be")
        for watcher in watching.present():
            watcher.moved(self, before)

    @property
    def grad(self) -> float:
        """The gradient of the root with respect to this value, added up over backward passes for a leaf."""
        return self._grad

    @grad.setter
    def grad(self, number: Any) -> None:
        self._grad = _real(number, "grad must be")

    def backward(self) -> None:
        """Fill in `grad` of every value that this one was computed from: d self / d value.

        Leaves add to what they have; inner values begin afresh.

        Raises:
            GraphError: a node made by hand has no `_backward`.
        """
        watchers = watching.present()
        for watcher in watchers:
            watcher.passing(self)
        graph.backward(self)
        for watcher in watchers:
            watcher.passed(self)

    def zero_grad(self) -> None:
        """Set `grad` to 0 here and in every value that this one was computed from."""
        for node in graph.topological_order(self):
            node._grad = 0.0

    def detach(self) -> Value:
        """A new leaf with the same number: nothing flows back through it. Recording refuses it: it reads the number."""
        return Value(self.data)

    # Names that micrograd's readers know.

    @property
    def _prev(self) -> tuple[Value, ...]:
        return tuple(dict.fromkeys(self.parents))

    @property
    def _op(self) -> str:
        return "" if self.op is None else self.op.infix or self.op.name

    @property
    def _backward(self) -> Callable[[], None]:
        if self.is_by_hand:
            return self.own_backward or (lambda: None)
        return self.pass_on

    @_backward.setter
    def _backward(self, function: Callable[[], None]) -> None:
        if self.is_leaf:
            return  # it has nothing to pass its gradient to
        self.fill(self.op, self.operands, function)

    # Arithmetic.

    __add__, __radd__ = _binary(fn.add), _reflected(fn.add)
    __sub__, __rsub__ = _binary(fn.sub), _reflected(fn.sub)
    __mul__, __rmul__ = _binary(fn.mul), _reflected(fn.mul)
    __truediv__, __rtruediv__ = _binary(fn.div), _reflected(fn.div)
    __pow__, __rpow__ = _binary(fn.pow), _reflected(fn.pow)
    __neg__ = _unary(fn.neg)
    __abs__ = _unary(fn.abs)

    def __pos__(self) -> Value:
        return self

    # Elementary functions.

    exp = _unary(fn.exp)
    expm1 = _unary(fn.expm1)
    log = _unary(fn.log)
    log1p = _unary(fn.log1p)
    sqrt = _unary(fn.sqrt)
    sin = _unary(fn.sin)
    cos = _unary(fn.cos)
    tan = _unary(fn.tan)
    atan = _unary(fn.atan)
    erf = _unary(fn.erf)
    erfc = _unary(fn.erfc)
    abs = _unary(fn.abs)
    minimum = _method(fn.minimum)
    maximum = _method(fn.maximum)
    clamp = _method(fn.clamp)
    greater = _method(fn.greater)

    # Activations.

    sigmoid = _unary(act.sigmoid)
    tanh = _unary(act.tanh)
    relu = _unary(act.relu)
    selu = _unary(act.selu)
    softplus = _unary(act.softplus)
    gelu = _unary(act.gelu)
    gelu_tanh = _unary(act.gelu_tanh)
    mish = _unary(act.mish)
    relu6 = _unary(act.relu6)
    hard_sigmoid = _unary(act.hard_sigmoid)
    hard_tanh = _unary(act.hard_tanh)
    softsign = _unary(act.softsign)
    identity = _unary(act.identity)
    step = _unary(act.step)
    leaky_relu = _method(act.leaky_relu)
    elu = _method(act.elu)
    silu = _method(act.silu)

    # Comparison is of numbers; equality and hash are of identity, so that Values can stand in sets and dicts.

    def __lt__(self, other: Any) -> bool:
        return bool(self.data < _comparable(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.data <= _comparable(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.data > _comparable(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.data >= _comparable(other))

    def __bool__(self) -> bool:
        return self.data != 0.0

    def __float__(self) -> float:
        raise TypeError(
            "float(x), math.exp(x) and their like would leave the graph, and x would get no gradient:"
            " write x.exp() or autograd.exp(x); for the bare number write x.data"
        )

    def __int__(self) -> int:
        raise TypeError("int(x) would leave the graph, and x would get no gradient: write int(x.data)")

    def __index__(self) -> int:
        raise TypeError(
            "a Value is no index or count of Python's: write autograd.take(xs, i) or take_row(rows, i) to look up,"
            " which a recorded program does anew in every run; for the bare number write int(i.data)"
        )

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def __repr__(self) -> str:
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data}, grad={self._grad}{label})"

    # What an op asks of the class of nodes.

    @staticmethod
    def record(op: Op, row: Sequence[Any]) -> Value:
        """Apply an op to Values and numbers and record the node; the operands stand in one row."""
        if op in METHODS:
            return METHODS[op](row[0])
        wanted = [isinstance(x, Value) for x in row]
        numbers = op.numbers(row)
        arguments = op.grouped(numbers)
        out = op.forward(*arguments)
        if type(out) is not float:
            out = _real(out, f"the formula of op {op.name!r} must return")
        partials = op.local_derivatives(arguments, out, wanted)
        if not {*map(type, partials)} <= {float, NoneType}:
            partials = tuple(d if d is None else _real(d, f"a rule of op {op.name!r} must return") for d in partials)
        if False in wanted:
            row = [x if is_value else number for x, is_value, number in zip(row, wanted, numbers, strict=True)]
        node = Value.filled(out, op, tuple(row), partials)
        return node if not watching.blocks else watching.watched(node)

    @staticmethod
    def differentiate(formula: Callable[..., Any], operands: Sequence[Any], index: int) -> Any:
        """∂ formula / ∂ operands[index], for a formula that came without a rule.

        Numbers give a number, Values a Value, a list operand a list, arrays an array.
        """
        flat = list(graph.leaves(operands))
        if any(hasattr(x, "shape") for x in flat):
            import numpy as np

            arrays = np.broadcast_arrays(*flat)
            found = [
                Value.differentiate(formula, graph.refilled(operands, numbers), index)
                for numbers in zip(*(array.ravel().tolist() for array in arrays), strict=True)
            ]
            count = len(operands[index]) if isinstance(operands[index], list) else 1
            columns = np.array(found, dtype=float).reshape(-1, count).T.reshape(count, *arrays[0].shape)
            return list(columns) if isinstance(operands[index], list) else columns[0]
        as_graph = any(isinstance(x, Value) for x in flat)
        with watching.watched_by():  # what a formula computes inside is nobody's business
            # Wrapped, so that a Value that stands in two places is told apart.
            asked = graph.mapped(lambda x: act.identity(x if isinstance(x, Value) else Value(x)), operands[index])
            out = formula(*operands[:index], asked, *operands[index + 1 :])
            gradients = graph.gradients(out, as_graph=as_graph) if isinstance(out, Value) else {}
        return graph.mapped(lambda x: gradients.get(x, 0.0), asked)


Op.node = Value

introduced(fn.add, fn.sub, fn.mul, fn.div, fn.pow, fn.neg)
METHODS |= introduced(fn.exp, fn.log, act.tanh, act.sigmoid, act.relu)
Op.fused |= introduced(fn.sum, fn.dot)


def _real(number: Any, wish: str) -> float:
    """The number as a float, or an error that says what to write instead."""
    if isinstance(number, Real):
        return float(number)
    given = f"got {type(number).__name__} {number!r:.60}"
    if isinstance(number, Value):
        hint = "write x.data for its number, or use it as it is"
    elif isinstance(number, str) and _reads_as_number(number):
        hint = f"write float({number!r})"
    elif isinstance(number, complex):
        hint = "the engine is for real numbers"
    elif getattr(number, "size", None) == 1:
        hint = "write x.item()"
    elif hasattr(number, "__len__") and not isinstance(number, str):
        hint = "write [Value(x) for x in xs]"
    else:
        hint = "a float or an int will do"
    raise TypeError(f"{wish} a real number, {given}: {hint}")


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _comparable(other: Any) -> Any:
    return other.data if isinstance(other, Value) else other
