"""The built-in layout: nothing overlaps, edges run rightwards and around boxes, clusters hold what is theirs."""

from itertools import combinations, pairwise

import pytest
from drawn_graphs import expression, network, put, random_graphs
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd
from autograd import Value
from autograd.draw.layout import Link, layered
from autograd.draw.picture import picture
from autograd.draw.scene import scene

quick = settings(max_examples=40, deadline=None, derandomize=True)


def overlap(a, b, gap=0.0):
    """Whether two areas (left, top, width, height) come nearer than the gap."""
    return (
        a[0] < b[0] + b[2] + gap and b[0] < a[0] + a[2] + gap and a[1] < b[1] + b[3] + gap and b[1] < a[1] + a[3] + gap
    )


def area(box):
    return box.x, box.y, box.width, box.height


def points_along(route, steps=12):
    """Points on the cubics of a route."""
    for i in range(0, len(route) - 1, 3):
        p = route[i : i + 4]
        for k in range(steps + 1):
            t = k / steps
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
            yield tuple(sum(w * q[axis] for w, q in zip(weights, p, strict=True)) for axis in (0, 1))


def assert_readable(shown, placed):
    assert not [(a.card.id, b.card.id) for a, b in combinations(placed.boxes, 2) if overlap(area(a), area(b), gap=9.0)]
    for wire in placed.wires:
        ends = {wire.edge.source, wire.edge.target}
        others = [area(box) for box in placed.boxes if box.card.id not in ends]
        hit = [p for p in points_along(wire.route) for box in others if overlap((*p, 0.0, 0.0), box)]
        assert not hit, wire.edge
    for box in placed.boxes:
        assert box.x >= 0
        assert box.y >= 0
        assert box.x + box.width <= placed.size[0] + 0.1
        assert box.y + box.height <= placed.size[1] + 0.1


@quick
@given(random_graphs(), st.sampled_from(["LR", "TB"]), st.booleans())
def test_no_boxes_overlap_and_no_edge_runs_through_a_box(root, direction, merge):
    shown = scene(root, direction=direction, merge=merge)

    assert_readable(shown, picture(shown))


@quick
@given(random_graphs(), st.data())
def test_the_same_holds_with_clusters_drawn_anyhow(root, data):
    inner = autograd.graph.topological_order(root)
    names = st.lists(st.sampled_from("abc"), max_size=2)
    for node in inner:
        put([node], *data.draw(names))
    shown = scene(root, detail="values")
    placed = picture(shown)

    assert_readable(shown, placed)
    for box in placed.boxes:
        for path, frame in placed.areas.items():
            inside = box.card.path[: len(path)] == path
            left, top, w, h = frame
            assert not inside or (
                left <= box.x and top <= box.y and box.x + box.width <= left + w and box.y + box.height <= top + h
            )
            assert inside or not overlap(area(box), frame)


@quick
@given(random_graphs())
def test_edges_begin_on_the_right_of_their_source_and_end_on_the_left_of_their_target(root):
    placed = picture(scene(root))
    boxes = {box.card.id: box for box in placed.boxes}

    for wire in placed.wires:
        source, target = boxes[wire.edge.source], boxes[wire.edge.target]
        (x0, y0), (x1, y1) = wire.route[0], wire.route[-1]
        assert x0 == pytest.approx(source.x + source.width, abs=0.2)
        assert source.y < y0 < source.y + source.height
        assert x1 == pytest.approx(target.x, abs=0.2)
        assert target.y < y1 < target.y + target.height
        assert x0 < x1


def test_inlets_stand_in_operand_order():
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    placed = picture(scene(b - a))
    into = sorted(placed.wires, key=lambda wire: wire.edge.slot)
    ends = [wire.route[-1][1] for wire in into]

    assert ends == sorted(ends)


def test_outlets_are_spread_and_ordered_so_that_edges_do_not_cross_at_once():
    x = Value(3.0)
    placed = picture(scene(x * x * x))
    leaving = [wire.route for wire in placed.wires if wire.edge.source == "v0"]
    starts = [route[0][1] for route in sorted(leaving, key=lambda route: route[3][1])]

    assert len(set(starts)) == 3
    assert starts == sorted(starts)


def test_a_tree_is_drawn_without_crossings_and_leaves_stand_next_to_their_use():
    placed = picture(scene(expression()))
    left = {box.name: box.x for box in placed.boxes}
    top = {box.name: box.y for box in placed.boxes}

    assert top["w1"] < top["x1"] < top["w2"] < top["x2"]
    assert left["p"] == left["q"]
    assert left["p"] < left["b"] < left["n"]
    assert left["n"] < left["y"] < left["e"]


def test_a_chain_is_one_straight_line():
    x = Value(0.5)
    for _ in range(30):
        x = x.tanh()
    placed = picture(scene(x))

    assert len({box.y for box in placed.boxes}) == 1
    assert {y for wire in placed.wires for _, y in wire.route} == {placed.boxes[0].y + placed.boxes[0].height / 2}


def test_the_pass_moves_nothing():
    before, after = (picture(scene(expression(backward))) for backward in (False, True))

    assert [area(box) for box in before.boxes] == [area(box) for box in after.boxes]
    assert [wire.route for wire in before.wires] == [wire.route for wire in after.wires]


def test_pills_stand_on_their_wires_and_apart():
    placed = picture(scene(expression()))
    pills = [(wire.pill[0] - wire.pill_width / 2, wire.pill[1] - 11, wire.pill_width, 22) for wire in placed.wires]

    assert not [pair for pair in combinations(pills, 2) if overlap(*pair)]
    for wire in placed.wires:
        assert min(abs(x - wire.pill[0]) + abs(y - wire.pill[1]) for x, y in points_along(wire.route, 100)) < 3


def test_layers_and_neurons_are_boxes_in_boxes():
    root = network((2, 3, 1))
    areas = picture(scene(root, detail="values")).areas
    layers = [areas["layer 0",], areas["layer 1",]]
    neurons = [areas["layer 0", f"neuron {i}"] for i in range(3)]

    assert layers[0][0] + layers[0][2] < layers[1][0]
    assert all(upper[1] + upper[3] < lower[1] for upper, lower in pairwise(neurons))
    assert len({neuron[0] for neuron in neurons}) == 1


def test_a_cluster_that_an_edge_leaves_and_enters_again_is_drawn_without_a_frame():
    x = Value(0.5)
    inside = x.tanh()
    outside = inside.exp()
    root = outside * inside
    put([inside, root], "a")
    put([outside], "b")
    placed = picture(scene(root))

    assert set(placed.areas) == set()


def test_a_wide_op_grows_so_that_its_inlets_can_be_told_apart():
    placed = picture(scene(autograd.sum([Value(float(i)) for i in range(12)])))
    ends = sorted(wire.route[-1][1] for wire in placed.wires)

    assert min(b - a for a, b in pairwise(ends)) > 7


def test_a_box_joins_its_operands_where_that_shortens_the_edges():
    sizes = dict.fromkeys(["p", "use", "late", "square", "root"], (10.0, 10.0))
    pairs = [("p", "use"), ("use", "late"), ("late", "root"), ("p", "square"), ("p", "square"), ("square", "root")]
    plan = layered(sizes, [Link(i, a, b) for i, (a, b) in enumerate(pairs)], 10)

    assert plan.boxes["square"][0] == plan.boxes["use"][0]
