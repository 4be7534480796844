"""Attributions: closed forms, completeness on a network, and inputs that have no answer."""

import math

import pytest

from autograd import Value, exp, interpret, minimum, nn, relu, step, tanh

MODEL = nn.MLP(3, [6, 1], activation=tanh, rng=0)
X = [0.5, -1.0, 2.0]


def test_a_number_past_its_say_has_no_saliency_and_yet_contributed():
    def score(x):
        return minimum(x, 1.0)

    assert interpret.saliency(score, 3.0) == 0.0
    assert interpret.integrated_gradients(score, 3.0) == pytest.approx(1.0, rel=2e-3)


def test_gradient_times_input_credits_more_than_there_is():
    def score(x):
        return relu(x - 1.0)

    assert interpret.gradient_times_input(score, 3.0) == 3.0
    assert interpret.integrated_gradients(score, 3.0) == pytest.approx(2.0, rel=2e-3)


def test_integrated_gradients_of_a_product_share_it_evenly():
    assert interpret.integrated_gradients(lambda x: x[0] * x[1], [4.0, 0.5]) == pytest.approx([1.0, 1.0], abs=1e-12)


@pytest.mark.parametrize("baseline", [0.0, 1.0, [0.1, 0.2, 0.3]])
def test_integrated_gradients_are_complete(baseline):
    start = baseline if isinstance(baseline, list) else [baseline] * 3
    found = interpret.integrated_gradients(MODEL, X, baseline)

    assert sum(found) == pytest.approx(MODEL(X).data - MODEL(start).data, abs=1e-3 * sum(map(abs, found)))


def test_a_score_that_jumps_is_refused():
    with pytest.raises(ArithmeticError, match=r"add up to 0 and the score rises by 1: it jumps"):
        interpret.integrated_gradients(lambda x: step(x - 0.25), 1.0)


def test_a_score_that_is_not_finite_is_refused():
    with pytest.raises(ArithmeticError, match="not finite"):
        interpret.integrated_gradients(lambda x: exp(1000.0 * x), 1.0)


def test_a_baseline_of_another_length_is_refused():
    with pytest.raises(ValueError, match="the baseline has 2 numbers and the input 3"):
        interpret.integrated_gradients(MODEL, X, [0.0, 0.0])


def test_shapes_are_kept_and_no_gradient_is_touched():
    image = [[1.0, 2.0], [3.0, 4.0]]
    weight = Value(2.0)

    def score(rows):
        return weight * rows[0][1] * rows[1][0]

    assert interpret.saliency(score, image) == [[0.0, 6.0], [4.0, 0.0]]
    assert interpret.gradient_times_input(score, image) == [[0.0, 12.0], [12.0, 0.0]]
    assert weight.grad == 0.0


def test_covering_a_pixel_that_counts_lowers_the_score_by_its_share():
    image = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]

    def score(rows):
        return Value(1.0) * rows[0][0] + 2 * rows[1][2]

    assert interpret.occlusion(score, image, size=1) == [[1.0, 0.0, 0.0], [0.0, 0.0, 12.0]]
    assert interpret.occlusion(score, image, size=3) == [[1.0, 13.0, 12.0], [1.0, 13.0, 12.0]]
    assert interpret.occlusion(score, image, size=1, fill=1.0)[1][2] == 10.0


@pytest.mark.parametrize("size", [0, 2, -1])
def test_a_square_without_a_middle_is_refused(size):
    with pytest.raises(ValueError, match=f"odd, got {size}"):
        interpret.occlusion(lambda rows: rows[0][0], [[1.0]], size=size)


@pytest.mark.parametrize("image", [[], [[]]])
def test_an_image_without_pixels_is_refused(image):
    with pytest.raises(ValueError, match="no pixels"):
        interpret.occlusion(lambda rows: rows[0][0], image)


def test_uneven_rows_are_refused():
    with pytest.raises(ValueError, match="one length"):
        interpret.occlusion(lambda rows: rows[0][0], [[1.0, 2.0], [3.0]])


def test_uphill_ends_at_the_top_of_a_hill_within_reach():
    def score(x):
        return -((x[0] - 0.3) ** 2) - (x[1] + 0.2) ** 2

    top = interpret.activation_maximisation(score, [0.9, 0.9], steps=200, lr=0.01, decay=0.0, low=-1.0, high=1.0)

    assert math.dist(top, [0.3, -0.2]) < 0.011  # a step's length


def test_uphill_scores_higher_and_keeps_its_range():
    start = [0.0, 0.0, 0.0]
    best = interpret.activation_maximisation(MODEL, start, low=-1.0, high=1.0)

    assert MODEL(best).data > MODEL(start).data
    assert all(-1.0 <= x <= 1.0 for x in best)


def test_where_it_is_flat_uphill_stays():
    assert interpret.activation_maximisation(lambda x: relu(x), -1.0, decay=0.0, low=-2.0, high=2.0) == -1.0


def test_uphill_from_where_the_score_is_not_finite_is_refused():
    with pytest.raises(ArithmeticError, match="start where the score is finite"):
        interpret.activation_maximisation(lambda x: (x - 1.0).log(), 1.0, low=-2.0, high=2.0)
