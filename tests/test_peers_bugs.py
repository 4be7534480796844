"""The bugs and surprises that learners met in other small engines: here each has a test that is named after it.

`#n` is an issue of karpathy/micrograd.
"""

import copy
import gc
import math
import pickle
import weakref

import pytest

import autograd
from autograd import Value, nn

# ---------------------------------------------------------------- what learners stumble over


def test_a_gradient_is_passed_on_only_when_it_is_complete():  # #2 #21 #23 #34 #64 #67 #68 #91 #96
    a = Value(2.0)
    b = a * 3.0
    c = b + a  # b is used here …
    d = b * c  # … and here: breadth-first order would pass b on too early
    d.backward()

    assert (b.grad, a.grad) == (c.data + b.data, 3.0 * (c.data + b.data) + b.data)


def test_a_long_way_round_does_not_overtake_the_short_one():
    x = Value(3.0)
    way = x * 2.0
    long_way = ((way + 1.0) + 1.0) * 1.0 + 0.0
    (way * long_way).backward()

    assert x.grad == 2.0 * (8.0 + 6.0)  # f = 2x(2x + 2)


def test_backward_twice_clears_the_inner_gradients():  # #8 #25 #32 #53 #54 #63 #102
    x = Value(3.0)
    y = x * x
    z = y * x
    z.backward()
    z.backward()

    assert x.grad == 27.0 + 27.0
    assert (y.grad, z.grad) == (3.0, 1.0)


def test_backward_from_a_second_root_over_the_same_inner_node():
    x = Value(3.0)
    y = x * x
    (y + 1.0).backward()
    x.grad = 0.0
    (y * 2.0).backward()

    assert (y.grad, x.grad) == (2.0, 12.0)


def test_more_than_a_thousand_ops_raise_no_recursion_error():  # #90 #91
    x = Value(1.0)
    y = x
    for _ in range(5000):
        y = y * 1.0 + 0.001
    y.backward()

    assert x.grad == 1.0


def test_a_value_to_the_power_of_a_value():  # #17 #35 #36 #41 #42 #70 #122
    x, n = Value(2.0), Value(3.0)
    y = x**n
    y.backward()

    assert (y.data, x.grad, n.grad) == (8.0, 12.0, pytest.approx(8.0 * math.log(2.0), rel=1e-15))


def test_a_number_to_the_power_of_a_value():
    x = Value(3.0)
    y = 2**x
    y.backward()

    assert (y.data, x.grad) == (8.0, pytest.approx(8.0 * math.log(2.0), rel=1e-15))


def test_exp_log_and_tanh_are_there():  # #10 #15 #88 #93 #114
    x = Value(0.5)
    (x.exp() + x.log() + x.tanh()).backward()

    assert x.grad == pytest.approx(math.exp(0.5) + 2.0 + 1.0 - math.tanh(0.5) ** 2, rel=1e-15)


@pytest.mark.parametrize(
    ("expression", "slope"),
    [
        (lambda x: x - 3, 1.0),
        (lambda x: 3 - x, -1.0),
        (lambda x: x / 4, 0.25),
        (lambda x: 4 / x, -1.0),
        (lambda x: 3 + x, 1.0),
        (lambda x: 3 * x, 3.0),
    ],
)
def test_subtraction_division_and_reflected_ops_are_one_node(expression, slope):  # #4 #39 #57 #58 #76 #82
    x = Value(2.0)
    y = expression(x)
    y.backward()

    assert x.grad == slope
    assert y.parents == (x,)


def test_a_value_of_a_value_is_refused():  # #16
    with pytest.raises(TypeError, match=r"write x\.data for its number, or use it as it is"):
        Value(Value(2.0))


def test_a_square_has_two_edges_to_its_one_operand():  # #77
    x = Value(2.0)
    y = x * x

    assert y.parents == y.operands == (x, x)
    assert y.partials == (2.0, 2.0)


def test_a_layer_of_width_1_gives_one_value():  # #13 #111
    assert isinstance(nn.Layer(3, 1)([1.0, 2.0, 3.0]), Value)


def test_a_graph_is_saved_and_loaded():  # #95
    x = Value(2.0)
    y = x.tanh()
    y.backward()
    loaded = pickle.loads(pickle.dumps(y))

    assert (loaded.data, loaded.operands[0].grad) == (y.data, x.grad)


def test_the_order_is_that_of_the_graph_as_it_is_now():  # a cached order goes stale: #92
    x = Value(2.0)
    y = x * x
    y.backward()
    z = y * x
    z.backward()
    w = z + y
    w.backward()

    assert x.grad == 4.0 + 12.0 + 16.0


def test_local_derivatives_are_stored_as_numbers():  # #115
    x, y = Value(2.0), Value(5.0)

    assert (x * y).partials == (5.0, 2.0)
    assert (x * 3.0).partials == (3.0, None)
    assert (3.0 - x).partials == (None, -1.0)
    assert autograd.dot([x, 1.0], [y, y]).partials == (5.0, None, 2.0, 1.0, None)


# ---------------------------------------------------------------- the battery over fifteen peers


def test_chain_of_5000_ops():
    x = Value(1.0)
    y = x
    for _ in range(5000):
        y = y + 1
    y.backward()
    twin = copy.deepcopy(y)
    del y

    assert (twin.data, x.grad) == (5001.0, 1.0)


def test_second_backward_of_x_times_x_times_x():
    x = Value(3.0)
    y = x * x * x
    y.backward()
    first = x.grad
    y.backward()

    assert (first, x.grad - first) == (27.0, 27.0)


def test_parents_of_a_plus_a():
    a = Value(2.0)
    b = a + a
    b.backward()

    assert b.parents == (a, a)
    assert a.grad == 2.0


def test_data_changed_after_the_forward_pass():
    x, w = Value(3.0), Value(4.0)
    loss = x * w
    x.data, w.data = -100.0, -100.0
    loss.backward()

    assert (x.grad, w.grad) == (4.0, 3.0)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(protocol):
    x = Value(2.0, label="x")
    loaded = pickle.loads(pickle.dumps((x * x).tanh() + x, protocol))
    loaded.backward()
    loaded_x = loaded.operands[1]

    assert loaded.data == math.tanh(4.0) + 2.0
    assert (loaded_x.label, loaded_x.grad) == ("x", pytest.approx(4.0 * (1.0 - math.tanh(4.0) ** 2) + 1.0, rel=1e-12))


def test_a_graph_is_freed_without_the_cycle_collector():
    gc.collect()
    gc.disable()
    try:
        x = Value(2.0)
        root = (x * x).tanh()
        inner = weakref.ref(root.operands[0])
        root.backward()
        del root
        freed = inner() is None
    finally:
        gc.enable()

    assert freed


def test_0_to_the_power_0():
    x = Value(0)
    y = x**0
    y.backward()

    assert (y.data, x.grad) == (1.0, 0.0)


def test_the_root_of_minus_4():
    y = Value(-4) ** 0.5

    assert type(y.data) is float
    assert math.isnan(y.data)


def test_2_to_the_power_of_a_value():
    x = Value(10)
    y = 2**x
    y.backward()

    assert (y.data, x.grad) == (1024.0, pytest.approx(1024.0 * math.log(2.0), rel=1e-15))


@pytest.mark.parametrize(
    ("function", "x", "expected"),
    [
        (Value.tanh, 1000.0, 1.0),
        (Value.tanh, -1000.0, -1.0),
        (Value.sigmoid, 1000.0, 1.0),
        (Value.sigmoid, -1000.0, 0.0),
    ],
)
def test_tanh_of_1000_and_sigmoid_of_minus_1000(function, x, expected):
    leaf = Value(x)
    y = function(leaf)
    y.backward()

    assert (y.data, leaf.grad) == (expected, 0.0)


def test_relu_of_nan():
    assert math.isnan(Value(math.nan).relu().data)
    assert math.isnan((Value(0.0) * math.inf).relu().data)


TRAINING = """
import random
from autograd import Value
draw = random.Random(7)
w = [Value(draw.gauss(0, 1)) for _ in range(6)]
for _ in range(20):
    x = [draw.gauss(0, 1) for _ in range(3)]
    hidden = (w[0] * x[0] + w[1] * x[1] + w[2] * x[2]).tanh()
    loss = (hidden * w[3] + hidden * hidden * w[4] + w[5] * (w[0] + w[1]) - x[0]) ** 2 + sum(p * p for p in w) * 0.01
    for p in w:
        p.grad = 0.0
    loss.backward()
    for p in w:
        p.data -= 0.05 * p.grad
print(loss.data.hex(), *(p.grad.hex() for p in w))
"""


def test_the_same_seed_in_six_processes_gives_the_same_loss(run_python):
    assert len({run_python(TRAINING, PYTHONHASHSEED=str(seed)) for seed in range(6)}) == 1


def test_stepping_one_node_at_a_time():
    x = Value(2.0)
    square = x * x
    root = square + x
    root.grad = 1.0
    root.pass_on()
    after_one_step = (square.grad, x.grad)
    square.pass_on()

    assert after_one_step == (1.0, 1.0)
    assert x.grad == 5.0
