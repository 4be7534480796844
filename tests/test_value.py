"""Value: how it is made, its operators, what it refuses, and where recording can be switched off."""

import asyncio
import contextvars
import copy
import decimal
import fractions
import inspect
import math
import operator
import pickle
import sys
import threading
import weakref
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import Value, no_grad
from autograd.op import REGISTRY
from autograd.watching import Watcher, scope, watch

# ---------------------------------------------------------------- making one


@pytest.mark.parametrize(
    "number", [3, 3.0, True, fractions.Fraction(1, 3), np.float64(3), np.float32(0.1), np.int8(-3), math.inf, -0.0]
)
def test_any_real_number_becomes_a_float(number):
    value = Value(number)

    assert type(value.data) is float
    assert value.data == float(number)


def test_a_fresh_value_is_a_leaf_without_gradient():
    x = Value(2.0, label="x")

    assert (x.data, x.grad, x.label, x.op, x._op) == (2.0, 0.0, "x", None, "")
    assert x.operands == x.partials == x.parents == x._prev == ()


def test_the_signature_is_that_of_micrograd():
    assert [*inspect.signature(Value).parameters] == ["data", "_children", "_op", "label"]


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (Value(1.0), "write x.data for its number"),
        ("3", "write float('3')"),
        (b"3", "real number"),
        (None, "a float or an int will do"),
        (1j, "the engine is for real numbers"),
        ([1], "write [Value(x) for x in xs]"),
        ((1.0, 2.0), "write [Value(x) for x in xs]"),
        (np.array([1.0, 2.0]), "write [Value(x) for x in xs]"),
        (np.array(3.0), "real number"),
        (np.complex128(1.0), "the engine is for real numbers"),
        (decimal.Decimal("0.5"), "real number"),
        (object(), "a float or an int will do"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_what_is_no_real_number_is_refused_wherever_a_number_is_set(given, advice):
    value = Value(1.0)
    with pytest.raises(TypeError) as made:
        Value(given)
    with pytest.raises(TypeError, match="data must be a real number"):
        value.data = given
    with pytest.raises(TypeError, match="grad must be a real number"):
        value.grad = given

    assert str(made.value).startswith(f"Value needs a real number, got {type(given).__name__} ")
    assert advice in str(made.value)
    assert (value.data, value.grad) == (1.0, 0.0)


def test_text_that_is_no_number_is_not_advised_to_be_turned_into_one():
    with pytest.raises(TypeError) as refused:
        Value("abc")

    assert "float('abc')" not in str(refused.value)


def test_an_array_of_one_number_is_answered_with_advice_that_works():
    with pytest.raises(TypeError) as refused:
        Value(np.array(3.0))

    assert "for x in xs" not in str(refused.value)  # a 0-d array cannot be iterated


@pytest.mark.parametrize("huge", [10**400, -(10**400), fractions.Fraction(10**400)])
def test_a_whole_number_beyond_the_floats_is_refused(huge):
    with pytest.raises(OverflowError, match="too large"):
        Value(huge)
    with pytest.raises(OverflowError, match="too large"):
        Value(1.0) + huge


@pytest.mark.parametrize("child", [1.0, None, "x"])
def test_children_that_are_no_values_are_refused(child):
    with pytest.raises(TypeError, match="the children of a Value are Values, got"):
        Value(1.0, (Value(2.0), child), "+")


def test_only_the_slots_of_a_node_can_be_set():
    with pytest.raises(AttributeError):
        Value(1.0).gradient = 2.0


def test_no_value_has_a_dictionary_and_every_one_can_be_referred_to_weakly():
    value = Value(1.0)

    assert not hasattr(value, "__dict__")
    assert weakref.ref(value)() is value


# ---------------------------------------------------------------- operators

BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv, "**": operator.pow}
DERIVATIVES = {  # of x ∘ y by x and by y, by hand
    "+": lambda x, y: (1.0, 1.0),
    "-": lambda x, y: (1.0, -1.0),
    "*": lambda x, y: (y, x),
    "/": lambda x, y: (1.0 / y, -x / y**2),
    "**": lambda x, y: (y * x ** (y - 1.0), x**y * math.log(x)),
}


@pytest.mark.parametrize("symbol", BINARY)
def test_an_operator_on_two_values_gives_both_partials(symbol):
    apply = BINARY[symbol]
    x, y = Value(1.5), Value(2.5)
    out = apply(x, y)
    out.backward()

    assert out.data == apply(1.5, 2.5)
    assert (x.grad, y.grad) == pytest.approx(DERIVATIVES[symbol](1.5, 2.5), rel=1e-15)
    assert (out.operands, out.parents, out._op) == ((x, y), (x, y), symbol)
    assert out.partials == (x.grad, y.grad)


@pytest.mark.parametrize("number", [2, 2.0, True, np.float64(2), np.float32(2), np.int64(2), fractions.Fraction(2)])
@pytest.mark.parametrize("symbol", BINARY)
def test_a_plain_number_on_either_side_is_a_constant_and_no_node(symbol, number):
    apply = BINARY[symbol]
    x, y = Value(1.5), Value(2.5)
    right, left = apply(x, number), apply(number, y)
    (right + left).backward()

    assert (right.data, left.data) == (apply(1.5, float(number)), apply(float(number), 2.5))
    assert x.grad == pytest.approx(DERIVATIVES[symbol](1.5, float(number))[0], rel=1e-15)
    assert y.grad == pytest.approx(DERIVATIVES[symbol](float(number), 2.5)[1] if number != 0 else 0.0, rel=1e-15)
    assert (right.operands, left.operands) == ((x, float(number)), (float(number), y))
    assert (right.parents, left.parents) == ((x,), (y,))
    assert type(right) is type(left) is Value


@pytest.mark.parametrize("symbol", BINARY)
def test_subtraction_and_division_are_nodes_of_their_own_also_reflected(symbol):
    x = Value(2.0)

    assert BINARY[symbol](x, 3.0).op is BINARY[symbol](3.0, x).op
    assert BINARY[symbol](x, 3.0).op.infix == symbol


@pytest.mark.parametrize("symbol", BINARY)
def test_assignment_with_an_operator_makes_a_new_node(symbol):
    x = Value(2.0)
    y = x
    y = {"+": operator.iadd, "-": operator.isub, "*": operator.imul, "/": operator.itruediv, "**": operator.ipow}[
        symbol
    ](y, 3.0)

    assert y is not x
    assert (x.data, y.operands) == (2.0, (x, 3.0))


def test_signs_and_the_built_in_abs_and_sum_are_understood():
    x = Value(-2.0)
    total = sum([x, -x, +x, abs(x)])
    total.backward()

    assert total.data == 0.0
    assert x.grad == 1.0 - 1.0 + 1.0 - 1.0
    assert +x is x


@pytest.mark.parametrize(
    "other", ["a", None, 1j, [1.0], {}, object(), decimal.Decimal(1)], ids=lambda x: type(x).__name__
)
@pytest.mark.parametrize("symbol", BINARY)
def test_an_operator_with_anything_but_a_number_is_refused(symbol, other):
    with pytest.raises(TypeError):
        BINARY[symbol](Value(1.0), other)
    with pytest.raises(TypeError):
        BINARY[symbol](other, Value(1.0))


@pytest.mark.parametrize("array", [np.array([1.0, 2.0]), np.array(2.0), np.zeros(0)], ids=str)
@pytest.mark.parametrize("symbol", BINARY)
def test_an_operator_with_an_array_is_refused(symbol, array):
    with pytest.raises(TypeError):
        BINARY[symbol](Value(1.0), array)
    with pytest.raises(TypeError):
        BINARY[symbol](array, Value(1.0))


def test_an_array_of_values_computes_element_by_element():
    x, y = Value(1.0), Value(2.0)
    total = (np.array([x, y]) * np.array([3.0, 4.0])).sum() + np.tanh(np.array([x]))[0]
    total.backward()

    assert total.data == 11.0 + math.tanh(1.0)
    assert (x.grad, y.grad) == (3.0 + 1.0 - math.tanh(1.0) ** 2, 4.0)


@pytest.mark.parametrize(
    "operation", [divmod, operator.floordiv, operator.mod, operator.matmul, operator.and_, operator.xor]
)
def test_an_operation_without_a_derivative_is_refused(operation):
    with pytest.raises(TypeError):
        operation(Value(5.0), 2.0)
    with pytest.raises(TypeError):
        operation(Value(5.0), Value(2.0))


def test_a_power_with_a_modulus_is_refused():
    with pytest.raises(TypeError):
        pow(Value(2.0), 2, 3)


METHODS = [op for op in REGISTRY.values() if not op.lists and hasattr(Value, op.name)]


def test_every_function_of_one_number_is_a_method():
    unary = {op.name for op in REGISTRY.values() if op.forward.__module__.startswith("autograd.") and not op.lists}

    assert unary - {op.name for op in METHODS} == {"add", "sub", "mul", "div", "neg", "pow", "where"}


@pytest.mark.parametrize("op", METHODS, ids=lambda op: op.name)
def test_a_method_is_the_function(op):
    others = [0.25, 0.75][: sum(p.default is p.empty for p in op.signature.parameters.values()) - 1]
    x, y = Value(0.5), Value(0.5)
    by_method, by_function = getattr(x, op.name)(*others), op(y, *others)
    by_method.backward()
    by_function.backward()

    assert (by_method.op, by_method.data, x.grad) == (op, by_function.data, y.grad)
    assert by_method.operands[1:] == by_function.operands[1:]
    assert getattr(Value, op.name).__doc__ == op.__doc__.partition("\n")[0]


# ---------------------------------------------------------------- nothing cuts the graph silently


@pytest.mark.parametrize(
    ("leave", "advice"),
    [
        (float, r"x\.exp\(\)"),
        (int, r"int\(x\.data\)"),
        (math.exp, r"x\.exp\(\)"),
        (math.sqrt, r"autograd\.exp\(x\)"),
        (math.isnan, r"x\.data"),
        (complex, r"x\.data"),
        (lambda x: np.array([x], dtype=float), r"x\.data"),
        (lambda x: float.__format__(float(x), ".2f"), r"x\.data"),
    ],
)
def test_leaving_the_graph_is_refused_with_the_way_out(leave, advice):
    with pytest.raises(TypeError, match=advice):
        leave(Value(1.0))


@pytest.mark.parametrize(
    "leave", [np.exp, np.sqrt, np.add.reduce, math.trunc, math.floor, round, operator.index, range]
)
def test_leaving_the_graph_is_refused(leave):
    with pytest.raises(TypeError):
        leave(Value(1.0))


def test_an_array_with_a_value_as_parameter_is_refused():
    with pytest.raises(TypeError):
        autograd.leaky_relu(np.array([1.0]), Value(0.1))
    with pytest.raises(TypeError):
        autograd.mul(Value(1.0), np.array([1.0, 2.0]))


def test_a_formatted_value_shows_its_number():
    x = Value(2.5, label="x")

    assert f"{x:.3f}" == "2.500"
    assert f"{x:+.1e}" == "+2.5e+00"
    assert f"{x}" == str(x) == repr(x) == "Value(data=2.5, grad=0.0, label='x')"
    assert repr(Value(-1)) == "Value(data=-1.0, grad=0.0)"
    with pytest.raises(ValueError, match="format"):
        f"{x:d}"


# ---------------------------------------------------------------- comparison


def test_comparison_is_of_numbers_and_equality_of_identity():
    one, two, other_two = Value(1.0), Value(2.0), Value(2.0)

    assert (one < two, one <= two, one > two, one >= two) == (True, True, False, False)
    assert (one < 2, operator.lt(1.5, two), two >= 2, np.float64(1) < two) == (True, True, True, True)
    assert two != other_two
    assert two == two
    assert two != 2.0
    assert len({two, other_two, two}) == 2
    assert max([one, two]) is two
    assert sorted([two, one]) == [one, two]


def test_a_value_is_true_as_its_number_is():
    assert Value(0.5)
    assert Value(math.nan)
    assert not Value(0.0)
    assert not Value(-0.0)


def test_comparison_with_nan_is_false():
    assert not any(f(Value(math.nan), 1.0) for f in (operator.lt, operator.le, operator.gt, operator.ge))


@pytest.mark.parametrize("other", ["a", None, [1.0], 1j])
def test_comparison_with_anything_but_a_number_is_refused(other):
    with pytest.raises(TypeError):
        assert Value(1.0) < other
    with pytest.raises(TypeError):
        assert other >= Value(1.0)


# ---------------------------------------------------------------- numbers that are moved


def test_data_and_grad_can_be_moved_as_an_optimiser_does():
    p = Value(1.0)
    p.grad += 2
    p.data -= 0.25 * p.grad
    p.data += np.float64(0.5)

    assert (p.data, p.grad) == (1.0, 2.0)
    assert type(p.data) is type(p.grad) is float


def test_moving_data_after_the_forward_pass_does_not_falsify_the_gradient():
    x, w = Value(2.0), Value(3.0)
    loss = (w * x) ** 2
    w.data, x.data = 100.0, 100.0
    loss.backward()

    assert (w.grad, x.grad) == (24.0, 36.0)  # 2wx², 2w²x at the old numbers


def test_detach_gives_a_leaf_with_the_same_number():
    x = Value(2.0, label="x")
    y = (x * x).detach()
    (y * x).backward()

    assert (y.data, y.op, y.operands) == (4.0, None, ())
    assert x.grad == 4.0


def test_zero_grad_clears_the_whole_graph():
    x = Value(2.0)
    square = x * x
    y = square + x
    y.backward()
    y.zero_grad()

    assert (x.grad, square.grad, y.grad) == (0.0, 0.0, 0.0)


# ---------------------------------------------------------------- no_grad


def is_leaf(value):
    return value.op is None and value.operands == ()


def test_no_grad_records_nothing_and_computes_the_same():
    x = Value(2.0)
    with no_grad():
        results = [x + 1, 1 - x, x * x, x / 3, 2**x, -x, abs(x), x.tanh(), autograd.sum([x, x]), x.leaky_relu(0.1)]
    outside = [x + 1, 1 - x, x * x, x / 3, 2**x, -x, abs(x), x.tanh(), autograd.sum([x, x]), x.leaky_relu(0.1)]

    assert all(map(is_leaf, results))
    assert [r.data for r in results] == [o.data for o in outside]
    assert not any(map(is_leaf, outside))


def test_no_grad_holds_for_nodes_made_by_hand_too():
    x = Value(2.0)
    with no_grad():
        out = Value(math.tanh(2.0), (x,), "tanh")

    assert out.parents == ()


def test_no_grad_may_be_nested():
    x = Value(2.0)
    with no_grad():
        with no_grad():
            assert is_leaf(x * x)
        assert is_leaf(x * x)

    assert not is_leaf(x * x)


def test_no_grad_ends_with_an_exception():
    x = Value(2.0)
    with pytest.raises(KeyError), no_grad():
        raise KeyError

    assert not is_leaf(x * x)


def test_no_grad_decorates_a_function():
    @no_grad()
    def predict(x, fail=False):
        if fail:
            raise ValueError("bad input")
        return x * x

    x = Value(2.0)
    with pytest.raises(ValueError, match="bad input"):
        predict(x, fail=True)

    assert is_leaf(predict(x))
    assert is_leaf(predict(x))
    assert not is_leaf(x * x)
    assert predict.__name__ == "predict"


def test_no_grad_in_one_thread_leaves_the_others_alone():
    x = Value(2.0)
    entered, looked = threading.Event(), threading.Event()
    inside = []

    def without_grad():
        with no_grad():
            entered.set()
            looked.wait(10)
            inside.append(x * x)

    thread = threading.Thread(target=without_grad)
    thread.start()
    entered.wait(10)
    outside = x * x
    looked.set()
    thread.join()

    assert not is_leaf(outside)
    assert is_leaf(inside[0])


def test_a_thread_started_under_no_grad_records():
    x = Value(2.0)
    made = []
    with no_grad():
        thread = threading.Thread(target=lambda: made.append(x * x))
        thread.start()
        thread.join()

    assert not is_leaf(made[0])


def test_no_grad_in_one_task_leaves_the_others_alone():
    x = Value(2.0)

    async def without_grad(started, proceed):
        with no_grad():
            started.set()
            await proceed.wait()
            return x * x

    async def with_grad(started, proceed):
        await started.wait()
        result = x * x
        proceed.set()
        return result

    async def both():
        started, proceed = asyncio.Event(), asyncio.Event()
        return await asyncio.gather(without_grad(started, proceed), with_grad(started, proceed))

    inside, outside = asyncio.run(both())

    assert is_leaf(inside)
    assert not is_leaf(outside)


def test_many_threads_switching_no_grad_do_not_disturb_each_other():
    x, y = Value(2.0), Value(2.0)
    wrong = []
    interval = sys.getswitchinterval()

    def work():
        for _ in range(300):
            with no_grad():
                if not is_leaf(x * y):
                    wrong.append("recorded inside")
            if is_leaf(x * y):
                wrong.append("not recorded outside")

    threads = [threading.Thread(target=work) for _ in range(6)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert not wrong
    assert not is_leaf(x * y)


# ---------------------------------------------------------------- watchers and scopes


class Diary(Watcher):
    """Writes down what it is told."""

    def __init__(self, name=""):
        self.name = name
        self.pages = []

    def made(self, node):
        self.pages.append(("made", node))

    def moved(self, value, before):
        self.pages.append(("moved", value, before))

    def passing(self, root):
        self.pages.append(("passing", root, root.grad))

    def passed(self, root):
        self.pages.append(("passed", root, root.grad))


def test_a_watcher_is_told_of_every_new_value_in_order():
    diary = Diary()
    x = Value(2.0)
    with watch(diary):
        y = 1 - x * x
        leaf = Value(3.0)
        z = autograd.sum([y, leaf])
        hand_made = Value(4.0, (z,), "own")
    x * x

    assert [page[1] for page in diary.pages] == [y.operands[1], y, leaf, z, hand_made]


def test_a_watcher_is_told_of_moves_and_of_backward_passes():
    diary = Diary()
    x = Value(2.0)
    root = x * x
    with watch(diary):
        root.backward()
        x.data -= 0.5
    x.data = 7.0
    root.backward()

    assert diary.pages == [("passing", root, 0.0), ("passed", root, 1.0), ("moved", x, 2.0)]


def test_watchers_are_told_from_the_outside_in():
    told = []

    class Named(Diary):
        def made(self, node):
            told.append((self.name, node))

    x = Value(1.0)
    with watch(Named("outer")), watch(Named("inner")):
        y = x + x

    assert told == [("outer", y), ("inner", y)]


def test_a_failing_watcher_reaches_the_caller_and_is_gone_afterwards():
    class Refusing(Watcher):
        def made(self, node):
            raise ValueError("seen enough")

    x = Value(2.0)
    with pytest.raises(ValueError, match="seen enough"), watch(Refusing()):
        x * x

    assert (x * x).data == 4.0


def test_a_watcher_is_told_nothing_of_other_threads():
    diary = Diary()
    x = Value(2.0)
    with watch(diary):
        thread = threading.Thread(target=lambda: x * x)
        thread.start()
        thread.join()

    assert diary.pages == []


def test_a_copied_context_keeps_its_watchers():
    x = Value(2.0)
    with no_grad():
        context = contextvars.copy_context()

        assert is_leaf(context.run(lambda: x * x))


def test_scopes_nest_and_end():
    x = Value(2.0)
    with scope("network"):
        with scope("layer 0"):
            inner = x * x
        outer = inner + 1

    assert inner.scope == ("network", "layer 0")
    assert outer.scope == ("network",)
    assert x.scope == (x * x).scope == ()


def test_a_scope_ends_with_an_exception():
    with pytest.raises(KeyError), scope("network"):
        raise KeyError

    assert (Value(2.0) * 2.0).scope == ()


def test_a_scope_is_kept_by_copies_and_pickles():
    x = Value(2.0)
    with scope("network"):
        y = x * x

    for twin in (copy.copy(y), copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert (twin.scope, twin.operands[0].scope) == (("network",), ())


# ---------------------------------------------------------------- alone


def test_the_engine_runs_on_a_bare_interpreter(run_python):
    # -S leaves site-packages out: no NumPy, no graphviz, no tqdm.
    root = str(Path(autograd.__file__).parents[1])
    program = (
        f"import sys; sys.path.insert(0, {root!r})\n"
        "from autograd import Value, dot, gelu, sigmoid\n"
        "x = Value(0.5); (dot([x], [2.0]).tanh() + gelu(x) * sigmoid(x).log()).backward()\n"
        "assert 'numpy' not in sys.modules\n"
        "print(x.grad)"
    )
    x = Value(0.5)
    (autograd.dot([x], [2.0]).tanh() + autograd.gelu(x) * autograd.sigmoid(x).log()).backward()

    assert float(run_python(program, "-S")) == x.grad
