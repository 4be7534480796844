"""The graph: its order, the chain rule at any depth, how it is freed, copied and stored."""

import copy
import gc
import io
import math
import pickle
import random
import re
import sys
import threading
import tracemalloc
import weakref

import pytest

import autograd
from autograd import Value, dot, op
from autograd.errors import GraphError, UnknownOpError
from autograd.graph import Node, topological_order

LONG = 1_000_000


def chain(length, x):
    """x + 1 + 1 …: as many nodes as told, each of which uses the one before."""
    for _ in range(length):
        x = x + 1.0
    return x


def is_topological(order):
    place = {node: i for i, node in enumerate(order)}
    return len(place) == len(order) and all(place[p] < place[node] for node in order for p in node.parents)


# ---------------------------------------------------------------- order


def test_operands_stand_before_results_and_each_node_once():
    a, b = Value(2.0), Value(3.0)
    c = a * b
    d = c + a
    e = d * c

    assert topological_order(e) == [a, b, c, d, e]


def test_several_roots_share_one_order():
    a, b = Value(2.0), Value(3.0)
    c, d = a * b, a + b

    assert topological_order(c, d) == [a, b, c, d]
    assert topological_order(d, c, d) == [a, b, d, c]
    assert topological_order() == []


def test_a_node_used_at_different_depths_stands_before_all_its_users():
    x = Value(1.5)
    shared = x * x
    deep = chain(10, shared)

    for root in (shared + deep, deep + shared, autograd.sum([deep, shared, deep]), dot([shared, deep], [deep, shared])):
        assert is_topological(topological_order(root))


@pytest.mark.parametrize("seed", range(20))
def test_a_random_graph_is_ordered_and_complete(seed):
    draw = random.Random(seed)
    nodes = [Value(draw.uniform(-1.0, 1.0)) for _ in range(3)]
    for _ in range(200):
        a, b = draw.choices(nodes, k=2)
        nodes.append(
            draw.choice([Value.__add__, lambda a, b: autograd.sum([a, b, a, 1.0]), lambda a, _: a.tanh()])(a, b)
        )
    order = topological_order(nodes[-1])

    reached, pending = {nodes[-1]}, [nodes[-1]]
    while pending:
        new = set(pending.pop().parents) - reached
        reached |= new
        pending += new
    assert is_topological(order)
    assert set(order) == reached


# ---------------------------------------------------------------- gradients


def test_leaves_accumulate_over_calls_and_inner_nodes_begin_afresh():
    x = Value(3.0)
    square = x * x
    y = square * x
    y.backward()
    first = (x.grad, square.grad, y.grad)
    y.backward()

    assert first == (27.0, 3.0, 1.0)
    assert (x.grad, square.grad, y.grad) == (54.0, 3.0, 1.0)


def test_a_leaf_as_root_counts_one_each_time():
    x = Value(3.0)
    x.backward()
    x.backward()

    assert x.grad == 2.0


def test_two_roots_over_a_shared_part_add_up_in_the_leaves():
    x = Value(2.0)
    shared = x * x
    (shared * 3.0).backward()
    (shared * 5.0).backward()

    assert x.grad == 3.0 * 4.0 + 5.0 * 4.0


def test_a_gradient_is_the_sum_over_all_paths():
    x = Value(2.0)
    a, b = x * 3.0, x * x
    (a * b + b / a + a).backward()

    # f = 3x³ + x/3 + 3x
    assert x.grad == pytest.approx(9.0 * 4.0 + 1.0 / 3.0 + 3.0, rel=1e-15)


def test_an_operand_in_every_slot_of_one_op_counts_each_time():
    x = Value(3.0)
    (x * x + x / x + x**x + (x - x) + x.maximum(x) + x.clamp(x, x)).backward()

    # 2x + 0 + xˣ(1 + log x) + 0 + 1 + 1
    assert x.grad == pytest.approx(6.0 + 27.0 * (1.0 + math.log(3.0)) + 2.0, rel=1e-15)


def test_a_graph_that_changes_with_the_data_is_differentiated_as_it_ran():
    def collatz_like(x):
        while x < 100.0:
            x = x * 3.0 if x > 10.0 else x * x
        return x

    x = Value(2.0)
    collatz_like(x).backward()

    assert x.grad == 9.0 * 4.0 * 2.0**3  # 2 → 4 → 16 → 48 → 144: 9·x⁴


def test_inf_and_nan_reach_the_leaves():
    x, y = Value(0.0), Value(1.0)
    (x.log() + y * math.nan).backward()

    assert x.grad == math.inf
    assert math.isnan(y.grad)


# ---------------------------------------------------------------- size


@pytest.fixture
def no_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="module")
def long_chain():
    """A chain of a million ops, what it weighs with its gradients, and its leaf."""
    tracemalloc.start()
    x = Value(1.0)
    root = chain(LONG, x)
    forward = tracemalloc.get_traced_memory()[0]
    root.backward()
    backward, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return x, root, (forward, backward, peak)


def test_a_chain_of_a_million_ops_is_computed_and_differentiated(long_chain):
    x, root, _ = long_chain

    assert (root.data, x.grad) == (1.0 + LONG, 1.0)


def test_a_node_takes_at_most_400_bytes_also_while_the_gradient_is_computed(long_chain):
    _, _, sizes = long_chain

    assert max(sizes) <= 400 * LONG


@pytest.mark.usefixtures("no_collector")  # for speed
def test_a_chain_of_a_million_ops_is_pickled_and_read_back(long_chain):
    _, root, _ = long_chain
    stored = pickle.dumps(root)
    back = pickle.loads(stored)
    leaf = topological_order(back)[0]

    assert back.data == root.data
    assert (leaf.data, leaf.grad) == (1.0, 1.0)
    assert len(stored) <= 400 * LONG


@pytest.mark.usefixtures("no_collector")  # for speed
def test_a_chain_of_a_million_ops_is_copied(long_chain):
    x, root, _ = long_chain
    twin = copy.deepcopy(root)
    order = topological_order(twin)
    order[0].grad = 0.0
    twin.backward()

    assert len(order) == LONG + 1
    assert (order[0].grad, x.grad) == (1.0, 1.0)
    assert order[0] is not x


def test_a_chain_of_a_million_ops_is_freed_without_recursion():
    x = Value(1.0)
    root = chain(LONG, x)
    inner = weakref.ref(root.operands[0].operands[0])
    del root

    assert inner() is None


def test_a_sum_of_100_000_operands_is_one_node():
    xs = [Value(1.0) for _ in range(100_000)]
    total = autograd.sum(xs)
    total.backward()

    assert total.data == 100_000.0
    assert len(total.operands) == 100_000
    assert all(x.grad == 1.0 for x in xs)


def test_a_wide_chain_of_plain_additions_is_differentiated_too():
    xs = [Value(1.0) for _ in range(100_000)]
    total = sum(xs)
    total.backward()

    assert total.data == 100_000.0
    assert all(x.grad == 1.0 for x in xs)


@pytest.mark.parametrize("rung", [lambda x: x + x, lambda x: autograd.sum([x, x])], ids=["add", "sum"])
def test_a_ladder_of_2_to_the_60_paths_costs_what_its_nodes_cost(rung, monkeypatch):
    x = Value(1.0)
    root = x
    for _ in range(60):
        root = rung(root)
    visits = []
    pass_on = Node.pass_on
    monkeypatch.setattr(Node, "pass_on", lambda node: visits.append(node) or pass_on(node))
    root.backward()

    assert len(topological_order(root)) == 61
    assert len(visits) <= 61
    assert x.grad == 2.0**60


def test_a_ladder_of_2_to_the_60_paths_is_copied_and_pickled_node_by_node():
    root = Value(1.0)
    for _ in range(60):
        root = root + root

    assert len(topological_order(copy.deepcopy(root))) == 61
    assert len(topological_order(pickle.loads(pickle.dumps(root)))) == 61


# ---------------------------------------------------------------- freed by reference counting


def count_values():
    return sum(type(thing) is Value for thing in gc.get_objects())


@pytest.mark.usefixtures("no_collector")
def test_an_inner_node_dies_at_once_when_the_root_does():
    x = Value(2.0)
    root = dot([x * x, x], [x, x.tanh()]) + 1.0
    inner = [weakref.ref(node) for node in topological_order(root) if node is not x]
    root.backward()
    del root

    assert [ref() for ref in inner] == [None] * len(inner)
    assert x.grad != 0.0


@pytest.mark.usefixtures("no_collector")
def test_copies_and_pickles_leave_nothing_behind():
    x = Value(2.0)
    root = x.tanh() * x
    twins = [copy.deepcopy(root), copy.copy(root), pickle.loads(pickle.dumps([x, root]))[1]]
    pickle.dumps([root.operands[0], root])
    references = [weakref.ref(node) for node in (x, root, *twins)]
    del x, root, twins

    assert [ref() for ref in references] == [None] * 5


@pytest.mark.usefixtures("no_collector")
def test_memory_is_flat_over_a_thousand_training_steps():
    draw = random.Random(1)
    hidden = [[Value(draw.uniform(-1.0, 1.0)) for _ in range(3)] for _ in range(4)]
    last = [Value(draw.uniform(-1.0, 1.0)) for _ in range(4)]
    parameters = [w for row in (*hidden, last) for w in row]

    def train():
        x = [draw.uniform(-1.0, 1.0) for _ in range(2)]
        out = dot(last, [(row[0] * x[0] + row[1] * x[1] + row[2]).tanh() for row in hidden])
        loss = (out - x[0] * x[1]) ** 2
        for w in parameters:
            w.grad = 0.0
        loss.backward()
        for w in parameters:
            w.data -= 0.05 * w.grad

    for _ in range(20):
        train()
    tracemalloc.start()
    train()
    before = tracemalloc.get_traced_memory()[0], count_values()
    for _ in range(1000):
        train()
    after = tracemalloc.get_traced_memory()[0], count_values()
    tracemalloc.stop()

    # One step makes 30 nodes of some 200 bytes: a single node kept per step would be 200,000.
    assert after[0] - before[0] < 10_000
    assert after[1] == before[1]


# ---------------------------------------------------------------- copied and pickled


def facts(root):
    """All that a graph holds, with nodes named by their place in the order."""
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    return [
        (
            n.data,
            n.grad,
            n.label,
            n.op,
            tuple(place.get(x, x) if isinstance(x, Node) else x for x in n.operands),
            n.partials,
        )
        for n in order
    ]


@pytest.fixture
def graph():
    x, y = Value(1.5, label="x"), Value(-2.0, label="y")
    root = dot([x, y * x, 3.0], [x, 2.0, y], y) + (2.0**x).tanh() * y.leaky_relu(Value(0.1)) + autograd.sum([x])
    root.backward()
    return root


PICKLERS = {
    "C": pickle.dumps,
    "Python": lambda thing, protocol: _with_pickler(pickle._Pickler, thing, protocol),
}


def _with_pickler(pickler, thing, protocol):
    stored = io.BytesIO()
    pickler(stored, protocol).dump(thing)
    return stored.getvalue()


@pytest.mark.parametrize("pickler", PICKLERS)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickled_graph_comes_back_whole(graph, pickler, protocol):
    back = pickle.loads(PICKLERS[pickler](graph, protocol))

    assert facts(back) == facts(graph)
    assert type(back) is Value


def test_a_graph_that_came_back_is_differentiated_as_the_first(graph):
    for twin in (pickle.loads(pickle.dumps(graph)), copy.deepcopy(graph)):
        twin.zero_grad()
        twin.backward()

        assert facts(twin) == facts(graph)


def test_a_deep_copy_is_whole_and_independent(graph):
    twin = copy.deepcopy(graph)

    assert facts(twin) == facts(graph)
    assert not set(topological_order(twin)) & set(topological_order(graph))


def test_a_shallow_copy_shares_its_operands(graph):
    twin = copy.copy(graph)

    assert twin is not graph
    assert facts(twin) == facts(graph)
    assert twin.operands == graph.operands


@pytest.mark.parametrize("special", [math.inf, -math.inf, -0.0, 5e-324, 0.1])
def test_numbers_are_kept_to_the_last_bit(special):
    back = pickle.loads(pickle.dumps(Value(special) * 1.0))

    assert back.data.hex() == special.hex()
    assert back.operands[0].data.hex() == special.hex()


def roots_in_every_order():
    x = Value(2.0)
    y = x * x
    z = y.tanh() + x
    return [[z, y, x], [x, y, z], [y, z, x], [y, x, z, y], [x, z, x, y]]


@pytest.mark.parametrize("copier", ["C", "Python", "deepcopy"])
@pytest.mark.parametrize("roots", roots_in_every_order(), ids=lambda roots: str(len(roots)))
def test_shared_nodes_stay_shared_over_several_roots_of_one_pickle(copier, roots):
    back = copy.deepcopy(roots) if copier == "deepcopy" else pickle.loads(PICKLERS[copier](roots, 5))

    everything = topological_order(*roots)
    assert len(topological_order(*back)) == len(everything)
    assert [facts(b) for b in back] == [facts(r) for r in roots]
    assert [back.index(b) for b in back] == [roots.index(r) for r in roots]


def test_one_pickler_keeps_identity_over_several_dumps():
    x = Value(2.0)
    y = x * x
    stored = io.BytesIO()
    pickler = pickle.Pickler(stored)
    pickler.dump(y)
    pickler.dump(y + x)
    stored.seek(0)
    unpickler = pickle.Unpickler(stored)
    first = unpickler.load()
    second = unpickler.load()

    assert second.operands[0] is first
    assert second.operands[1] is first.operands[0]


def test_values_inside_other_objects_are_pickled_with_them():
    x = Value(2.0)
    y = x * x
    back = pickle.loads(pickle.dumps({"loss": y, "names": {x: "x"}, "rows": [[x], (y, x)]}))

    [key] = back["names"]
    assert back["rows"][0][0] is key is back["loss"].operands[0]
    assert back["rows"][1] == (back["loss"], key)


def test_a_deep_graph_is_pickled_again_after_it_was_pickled_with_a_later_one():
    deep = chain(10_000, Value(1.0))
    later = deep * 2.0
    pickle.dumps([deep, later])

    assert pickle.loads(pickle.dumps(deep)).data == deep.data


def test_a_deep_graph_is_pickled_after_a_pickle_that_failed():
    deep = chain(10_000, Value(1.0))
    middle = deep
    for _ in range(5_000):
        middle = middle.operands[0]
    middle.label = lambda: "no pickle knows me"
    with pytest.raises((AttributeError, pickle.PicklingError)):
        pickle.dumps(deep)
    middle.label = ""

    assert pickle.loads(pickle.dumps(deep.operands[0])).data == deep.data - 1.0
    assert pickle.loads(pickle.dumps(deep)).data == deep.data


def test_threads_pickle_at_the_same_time():
    roots = [chain(2_000, Value(float(i))) for i in range(4)]
    shared = Value(1.0)
    roots = [root * shared for root in roots]
    stored = [b""] * 4

    def store(i):
        stored[i] = pickle.dumps(roots[i])

    threads = [threading.Thread(target=store, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [pickle.loads(s).data for s in stored] == [r.data for r in roots]


class Weight(Value):
    """A user's own kind of Value, with something to remember."""


def test_a_value_of_an_own_class_is_copied_with_its_attributes():
    weight = Weight(2.0, label="w")
    weight.frozen = True

    for twin in (copy.copy(weight), copy.deepcopy(weight), pickle.loads(pickle.dumps(weight * 1.0)).operands[0]):
        assert (type(twin), twin.data, twin.label) == (Weight, 2.0, "w")
        assert twin.frozen


def test_a_node_made_by_hand_is_not_copied_and_not_pickled():
    x = Value(2.0)
    out = Value(4.0, (x,), "square")
    out._backward = lambda: None
    root = out + 1.0

    for store in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError, match="the node 'square' made by hand cannot be copied or pickled"):
            store(root)
    with pytest.raises(TypeError, match="the node 'square' made by hand cannot be copied or pickled"):
        copy.copy(out)
    assert pickle.loads(pickle.dumps(x)).data == 2.0


def test_an_op_that_is_not_declared_where_it_is_unpickled_is_named(registry, run_python):
    @op(d_x=lambda x, out: 1.0)
    def only_here(x):
        return x

    stored = pickle.dumps(only_here(Value(1.0)))
    program = (
        "import pickle, autograd\n"
        "try:\n"
        f"    pickle.loads({stored!r})\n"
        "except autograd.errors.UnknownOpError as error:\n"
        "    print(error)"
    )

    assert run_python(program) == "no op is called 'only_here': declare it with @autograd.op first\n"
    del registry["only_here"]
    with pytest.raises(UnknownOpError, match="'only_here'"):
        pickle.loads(stored)


def test_a_pickle_is_read_in_another_process(run_python):
    x = Value(2.0)
    root = dot([x, 3.0], [x, x]).tanh() + 2.0**x
    program = (
        f"import pickle\nroot = pickle.loads({pickle.dumps([root, x])!r})\n"
        "root[0].backward()\nprint(root[0].data.hex(), root[1].grad.hex())"
    )
    root.backward()

    assert run_python(program).split() == [root.data.hex(), x.grad.hex()]


# ---------------------------------------------------------------- interrupted, and in threads


class InterruptError(BaseException):
    """Stands for Ctrl-C."""


def interrupted_after(lines, function):
    """Run a function, interrupted before a certain line of graph.py is executed; say whether it came to that."""
    count = 0

    def trace(frame, event, _):
        nonlocal count
        if frame.f_code.co_filename != autograd.graph.__file__:
            return None
        if event == "line":
            count += 1
            if count == lines:
                raise InterruptError
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        function()
    except InterruptError:
        return True
    finally:
        sys.settrace(before)
    return False


def test_a_backward_pass_after_an_interrupted_one_is_right():
    def expression(x, y):
        a = x * y
        return (a + x).tanh() * a + autograd.sum([a, x, y])

    fresh = [Value(0.5), Value(-1.5)]
    expression(*fresh).backward()
    x, y = Value(0.5), Value(-1.5)
    root = expression(x, y)
    interruptions = 0
    while interrupted_after(interruptions + 1, root.backward):
        interruptions += 1
        x.grad = y.grad = 0.0  # as before every step of training
        root.backward()

        assert (x.grad, y.grad) == (fresh[0].grad, fresh[1].grad)
        x.grad = y.grad = 0.0
    # Nothing interrupts the compiled core: Python looks for signals between its own instructions.
    assert autograd.compiled or interruptions > 100


def test_a_pickle_after_an_interrupted_one_is_right():
    root = chain(30, Value(1.0)).tanh()
    expected = facts(root)
    interruptions = 0
    while interrupted_after(interruptions + 1, lambda: pickle.dumps(root)):
        interruptions += 7

        assert facts(pickle.loads(pickle.dumps(root))) == expected
    assert interruptions > 100


def test_threads_add_to_a_shared_leaf_without_losing_anything():
    weight = Value(3.0)
    interval = sys.getswitchinterval()

    def work(number):
        for _ in range(500):
            (weight * number + weight).backward()

    threads = [threading.Thread(target=work, args=(float(i),)) for i in range(1, 5)]
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)

    assert weight.grad == 500.0 * (1.0 + 2.0 + 3.0 + 4.0 + 4.0)  # whole numbers add up exactly in any order


# ---------------------------------------------------------------- nodes made by hand


def square_by_hand(x):
    out = Value(x.data**2, (x,), "square")

    def backward():
        x.grad += 2.0 * x.data * out.grad

    out._backward = backward
    return out


def test_a_node_made_by_hand_takes_part():
    x = Value(3.0)
    (square_by_hand(x * 2.0) + x).backward()

    assert x.grad == 2.0 * 6.0 * 2.0 + 1.0


def test_a_node_made_by_hand_without_a_backward_is_refused_and_nothing_has_changed():
    x = Value(3.0)
    y = x * 2.0
    y.backward()
    root = Value(36.0, (y,), "square") + x

    with pytest.raises(GraphError, match="'square' was made by hand and has no _backward"):
        root.backward()
    assert (x.grad, y.grad, root.grad) == (2.0, 1.0, 0.0)


def test_the_op_of_a_node_made_by_hand_has_a_name_and_no_formula():
    x = Value(3.0)
    out = Value(9.0, (x,), "square")
    out._backward()  # does nothing until it is set

    assert (out.op.name, out.partials, x.grad) == ("square", (None,), 0.0)
    with pytest.raises(TypeError, match=r"'square' was made by hand: its formula is not known, declare it with @op"):
        out.op.forward(3.0)


def test_a_leaf_that_was_given_an_op_for_its_picture_is_a_leaf():
    x = Value(3.0, (), "input")
    (x * x).backward()
    (x * x).backward()

    assert x.grad == 12.0


def test_a_leaf_that_was_given_a_backward_accumulates_like_any_leaf():
    x = Value(3.0)
    x._backward = lambda: None
    y = x * x
    y.backward()
    y.backward()

    assert x.grad == 12.0


def test_an_exception_in_a_backward_made_by_hand_reaches_the_caller():
    x = Value(3.0)
    out = Value(9.0, (x,), "square")
    out._backward = lambda: 1 / 0

    with pytest.raises(ZeroDivisionError):
        out.backward()


def test_a_second_derivative_through_a_node_made_by_hand_is_refused():
    with pytest.raises(GraphError, match=re.escape("'square' was made by hand")):
        autograd.grad(autograd.grad(square_by_hand))(3.0)
