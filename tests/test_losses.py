"""Losses against PyTorch (figures of oracles/make_training.py), by hand, and what they refuse."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from mpmath import mp, mpf
from oracles.figures import same

from autograd import Value, grad, gradcheck, jacobian, losses
from autograd.losses import binary_cross_entropy, cross_entropy, hinge, huber, mae, mse

ROWS = json.loads(Path(__file__).with_name("oracles").joinpath("training.json").read_text())["losses"]
EVERY = [mse, mae, huber, hinge, binary_cross_entropy]

every_loss = pytest.mark.parametrize("loss", EVERY, ids=lambda loss: loss.__name__)


def described(row):
    shape = f"{len(row['predictions'])}" + (f"x{len(row['predictions'][0])}" if row["loss"] == "cross_entropy" else "")
    return f"{row['loss']}-{shape}"


def values(tree):
    return [values(branch) for branch in tree] if isinstance(tree, list) else Value(tree)


def ours(row):
    return lambda predictions: getattr(losses, row["loss"])(predictions, row["targets"], **row["options"])


# ---------------------------------------------------------------- PyTorch


@pytest.mark.parametrize("row", ROWS, ids=described)
def test_value_equals_that_of_pytorch(row):
    assert same(ours(row)(row["predictions"]), row["value"])


@pytest.mark.parametrize("row", ROWS, ids=described)
def test_gradient_equals_that_of_pytorch(row):
    assert same(grad(ours(row))(row["predictions"]), row["gradient"])


@pytest.mark.parametrize("row", ROWS, ids=described)
def test_a_loss_of_values_is_the_loss_of_their_numbers(row):
    assert ours(row)(values(row["predictions"])).data == ours(row)(row["predictions"])


def test_the_rows_hold_every_loss_that_pytorch_has():
    assert {row["loss"] for row in ROWS} == {"mse", "mae", "huber", "binary_cross_entropy", "cross_entropy"}


# ---------------------------------------------------------------- by hand


def test_hinge_by_hand():
    # 1 − 0.5, 1 + 2, 0 beyond the margin, 0 at the margin: (0.5 + 3 + 0 + 0) / 4
    scores = [0.5, 2.0, -3.0, 1.0]

    assert hinge(scores, [1, -1, -1, 1]) == 0.875
    assert grad(lambda scores: hinge(scores, [1, -1, -1, 1]))(scores) == [-0.25, 0.25, 0.0, 0.0]


def test_huber_is_half_the_square_inside_and_straight_outside():
    assert huber(0.5, 0.0) == 0.125
    assert huber(10.0, 0.0, delta=2.0) == 18.0  # 2 · (10 − 1)
    assert grad(lambda p: huber(p, 0.0, delta=2.0))(-10.0) == -2.0


def test_huber_has_no_jump_at_delta():
    below, above = math.nextafter(0.75, 0.0), math.nextafter(0.75, 1.0)

    assert huber(below, 0.0, delta=0.75) == pytest.approx(huber(above, 0.0, delta=0.75), rel=1e-15)
    assert grad(lambda p: huber(p, 0.0, delta=0.75))(below) == pytest.approx(0.75, rel=1e-15)


def test_a_coin_costs_the_logarithm_of_the_number_of_classes():
    assert binary_cross_entropy(0.0, 1) == pytest.approx(math.log(2.0), rel=1e-15)
    assert cross_entropy([[7.0] * 10], [3]) == pytest.approx(math.log(10.0), rel=1e-15)


@pytest.mark.parametrize(("logit", "target"), [(40.0, 1), (-40.0, 0), (700.0, 1), (-700.0, 0), (3.0, 1), (-3.0, 0.25)])
def test_a_sure_and_right_logit_keeps_the_digits_of_its_tiny_loss(logit, target):
    with mp.workdps(400):
        p = 1 / (1 + mp.exp(-mpf(logit)))
        exact = float(-target * mp.log(p) - (1 - target) * mp.log(1 - p))
        slope = float(p - target)

    assert binary_cross_entropy(logit, target) == pytest.approx(exact, rel=1e-12, abs=0.0)
    assert grad(lambda z: binary_cross_entropy(z, target))(logit) == pytest.approx(slope, rel=1e-12, abs=0.0)


def test_gradients_of_cross_entropy_add_up_to_zero_in_each_row():
    rows = jacobian(lambda logits: cross_entropy(logits, [2, 0]))([[1.0, -2.0, 0.5], [3.0, 3.0, -1.0]])

    assert [sum(row) for row in rows] == pytest.approx([0.0, 0.0], abs=1e-16)


def test_every_loss_passes_the_check_by_nudging():
    assert gradcheck(lambda p: mse(p, [0.1, -0.7]), [1.0, 2.0])
    assert gradcheck(lambda p: mae(p, [0.1, -0.7]), [1.0, 2.0])
    assert gradcheck(lambda p: huber(p, [0.1, -0.7]), [0.6, 2.0])
    assert gradcheck(lambda p: hinge(p, [1, -1]), [0.5, 0.5])
    assert gradcheck(lambda p: binary_cross_entropy(p, [1, 0.3]), [0.5, -2.0])
    assert gradcheck(lambda p: cross_entropy(p, [1, 0]), [[0.5, -2.0], [1.0, 1.5]])


@pytest.mark.parametrize("loss", [mse, mae, huber], ids=lambda loss: loss.__name__)
def test_targets_may_be_values_and_get_the_opposite_gradient(loss):
    predictions, targets = [1.0, -2.0, 0.3], [0.5, 0.5, 0.5]
    slopes = grad(loss)(predictions, targets)

    assert grad(loss, wrt=1)(predictions, targets) == [-slope for slope in slopes]


def test_a_learned_target_of_binary_cross_entropy_gets_minus_the_logit():
    assert grad(binary_cross_entropy, wrt=1)(2.5, 0.25) == -2.5


@every_loss
def test_one_number_is_a_list_of_one(loss):
    assert loss(0.25, 1) == loss([0.25], [1])
    assert loss(Value(0.25), 1).data == loss([0.25], [1])


def test_one_sample_of_cross_entropy_needs_no_outer_list():
    assert cross_entropy([2.0, 0.5], 0) == cross_entropy([[2.0, 0.5]], [0])
    assert cross_entropy([2.0, 0.5], [1, 0]) == cross_entropy([[2.0, 0.5]], [[1, 0]])
    assert cross_entropy([Value(2.0), Value(0.5)], 0).data == cross_entropy([[2.0, 0.5]], [0])


@every_loss
def test_tuples_and_arrays_will_do(loss):
    expected = loss([0.25, -1.5], [1, 1])

    assert loss((0.25, -1.5), (1, 1)) == expected
    assert loss(np.array([0.25, -1.5]), np.array([1.0, 1.0])) == expected


def test_each_loss_is_the_mean_over_the_samples():
    for loss in EVERY:
        assert loss([0.25, -1.5], [1, 1]) == (loss(0.25, 1) + loss(-1.5, 1)) / 2.0, loss
    apart = cross_entropy([[1.0, 2.0]], [0]) + cross_entropy([[0.0, 5.0]], [1])

    assert cross_entropy([[1.0, 2.0], [0.0, 5.0]], [0, 1]) == apart / 2.0


def test_a_square_too_large_for_a_float_is_infinite_for_numbers_as_it_is_for_values():
    assert mse([Value(1e200)], [0.0]).data == math.inf
    assert mse([1e200], [0.0]) == math.inf


@every_loss
def test_nan_is_not_hidden(loss):
    assert math.isnan(loss([math.nan, 0.0], [1, 1]))


def test_nan_among_logits_is_not_hidden():
    assert math.isnan(cross_entropy([[math.nan, 0.0]], [1]))


# ---------------------------------------------------------------- bad input


@every_loss
def test_lists_of_different_lengths_are_refused_and_never_cut(loss):
    with pytest.raises(ValueError, match="3 predictions and 2 targets: each prediction needs one target"):
        loss([0.0, 1.0, 2.0], [1, 1])
    with pytest.raises(ValueError, match="1 predictions and 2 targets"):
        loss(Value(0.0), [1, 1])


@every_loss
def test_an_empty_list_is_refused(loss):
    with pytest.raises(ValueError, match="a loss needs at least one prediction, got an empty list"):
        loss([], [])


def test_an_empty_batch_or_a_sample_without_classes_is_refused():
    with pytest.raises(ValueError, match="a loss needs at least one prediction, got an empty list"):
        cross_entropy([], [])
    with pytest.raises(ValueError, match="softmax_cross_entropy needs at least one number, got an empty list"):
        cross_entropy([[]], [0])


def test_batches_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="2 predictions and 1 targets"):
        cross_entropy([[0.0, 1.0], [0.0, 1.0]], [1])


@pytest.mark.parametrize("label", [0, 2, 0.5, math.nan, None])
def test_hinge_refuses_a_label_that_is_not_one_or_minus_one(label):
    with pytest.raises(ValueError, match=f"hinge needs labels -1 and 1, got {label!r}"):
        hinge([0.5, 0.5], [1, label])


@pytest.mark.parametrize("target", [-0.1, 1.1, -1, 2, math.nan, math.inf])
def test_binary_cross_entropy_refuses_a_target_that_is_no_probability(target):
    with pytest.raises(ValueError, match=f"binary cross-entropy needs targets between 0 and 1, got {target}"):
        binary_cross_entropy([0.5, 0.5], [1, target])


@pytest.mark.parametrize("delta", [0.0, -1.0, math.nan])
def test_huber_refuses_a_delta_that_is_not_above_zero(delta):
    with pytest.raises(ValueError, match=f"delta must be above 0, got {delta}"):
        huber([0.5], [0.0], delta=delta)


@pytest.mark.parametrize("target", [3, -1, 10**6])
def test_cross_entropy_refuses_a_class_that_is_not_there(target):
    with pytest.raises(IndexError, match=rf"target {target} is outside 0\.\.2"):
        cross_entropy([[0.0, 1.0, 2.0]], [target])


@pytest.mark.parametrize("target", [1.5, "1", None, Value(0.5)])
def test_cross_entropy_refuses_a_class_that_is_no_integer(target):
    with pytest.raises((TypeError, ValueError)):
        cross_entropy([[0.0, 1.0, 2.0]], [target])


@pytest.mark.parametrize("target", [True, False])
def test_cross_entropy_refuses_a_boolean_as_a_class(target):
    with pytest.raises(TypeError, match=rf"a class is an index from 0, got {target}: write int\({target}\)"):
        cross_entropy([[0.0, 1.0]], [target])


@pytest.mark.parametrize(
    "target", [[0, 0, 0], [1, 1, 0], [0.5, 0.5, 0], [2, 0, 0], [1, 0], [0, 0, 0, 1], [1, math.nan, 0], []]
)
def test_cross_entropy_refuses_a_list_that_is_not_one_hot(target):
    with pytest.raises(ValueError, match="a one-hot target holds 3 numbers, one of them 1 and the others 0, got"):
        cross_entropy([[0.0, 1.0, 2.0]], [target])


@every_loss
@pytest.mark.parametrize("bad", [[[1.0]], ["1"], [None]], ids=repr)
def test_predictions_that_are_no_numbers_are_refused(loss, bad):
    with pytest.raises(TypeError):
        loss(bad, [1])


# ---------------------------------------------------------------- arrays of two dimensions


def test_cross_entropy_of_a_matrix_is_that_of_its_rows():
    logits, targets = [[0.0, 0.0], [2.0, 0.0]], [1, 0]

    assert cross_entropy(np.array(logits), targets) == cross_entropy(logits, targets)


def test_cross_entropy_of_a_list_of_arrays_is_that_of_lists():
    logits, targets = [[0.0, 0.0, 1.0], [2.0, 0.0, -1.0]], [1, 0]

    assert cross_entropy([np.array(row) for row in logits], targets) == cross_entropy(logits, targets)


def test_a_one_hot_matrix_is_a_list_of_one_hot_lists():
    logits = [[0.0, 0.0, 1.0], [2.0, 0.0, -1.0]]

    assert cross_entropy(logits, np.array([[0, 1, 0], [1, 0, 0]])) == cross_entropy(logits, [1, 0])


@every_loss
def test_a_matrix_of_predictions_is_refused_rather_than_half_averaged(loss):
    with pytest.raises((TypeError, ValueError)):
        loss(np.array([[0.5, 1.0]]), np.array([[1.0, 1.0]]))
