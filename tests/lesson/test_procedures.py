"""The wrong backward passes are wrong in the way that each is named after: figures by hand."""

import pytest

from autograd.expression import evaluate
from autograd.lesson import procedures, tiny_network
from autograd.lesson.procedures import gradient
from autograd.losses import mse

# L = b + c and L = c + b, with b = 3a, c = 2b, a = 2: what each loop finds for a; 9 is right.
DIAMOND = {
    "right": (9, 9),
    "breadth_first": (3, 9),
    "recursive": (12, 18),
    "leaves_first": (0, 0),
    "overwritten": (6, 6),
    "local_only": (3, 3),
}


@pytest.mark.parametrize(("procedure", "found"), DIAMOND.items(), ids=DIAMOND)
@pytest.mark.parametrize("turned", [False, True])
def test_the_diamond_shows_each_loop_its_way(procedure, found, turned):
    root = evaluate(f"b = 3*a; c = 2*b; {'c + b' if turned else 'b + c'}", {"a": 2})

    assert gradient(root, "a", getattr(procedures, procedure)) == found[turned]
    assert root.grad == 0.0


@pytest.mark.parametrize(
    ("procedure", "label", "found"),
    [
        ("right", "a", 12),
        ("right", "b", -18),
        ("right", "c", -6),
        ("local_only", "a", -2),
        ("added", "a", -8),
        ("own_factor", "a", -18),
        ("without_two", "v", -3),
        ("without_two", "a", 6),
    ],
)
def test_a_wrong_rule_is_followed_in_the_square_of_a_sum(procedure, label, found):
    root = evaluate("v = a*b + c; v**2", {"a": 3, "b": -2, "c": 3})

    assert gradient(root, label, getattr(procedures, procedure)) == found


def test_the_tiny_network_has_the_gradients_of_the_hand_calculation():
    numbers = tiny_network()
    numbers["L"].backward()

    assert {name: value.grad for name, value in numbers.items()} == {
        **{"x1": 8, "x2": 4, "w11": 4, "w12": 8, "b1": 4, "w21": 0, "w22": 0, "b2": 0, "v1": 6, "v2": 0, "c": 2},
        **{"z1": 4, "h1": 4, "z2": 0, "h2": 6, "y": 2, "L": 1},
    }


def test_the_tiny_network_takes_other_weights_and_refuses_unknown_ones():
    assert tiny_network(v1=0)["y"].data == -1.0
    with pytest.raises(TypeError, match="no weight 'w13': it has w11"):
        tiny_network(w13=1.0)


def test_a_procedure_handles_an_op_of_many_operands():
    root = mse([evaluate("x*w", {"x": 2, "w": 3}), evaluate("x*w", {"x": 4, "w": 3})], [5.0, 11.0])

    assert gradient(root, "w") == pytest.approx((2 * (6 - 5) * 2) / 2)  # the first of the two leaves called w
