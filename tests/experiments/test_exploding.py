"""Long products: figures from algebra, and what is measured on nets with its conditions."""

import pytest

from autograd import nn, relu, sigmoid
from autograd.experiments.exploding import chain, descent, scaled, sizes

# ---------------------------------------------------------------- chains


@pytest.mark.parametrize("w", [0.5, 0.9, 1.1, 1.5])
def test_the_slope_of_thirty_products_is_a_power(w):
    assert chain(lambda x: w * x, 30, 1.0) == pytest.approx((w**30, w**30))


def test_twenty_sigmoids_leave_less_than_their_steepest_would():
    out, slope = chain(sigmoid, 20, 0.5)
    settled = 0.659046068407  # x = sigmoid(x), from a table

    assert out == pytest.approx(settled, abs=1e-9)
    assert slope == pytest.approx(1.143e-13, rel=1e-3)
    assert slope < 0.25**20


# ---------------------------------------------------------------- sizes in a deep net


@pytest.mark.parametrize("seed", range(3))
def test_through_twenty_sigmoid_layers_with_xavier_a_millionth_arrives(seed):
    layers = sizes(sigmoid, nn.xavier, points=20, seed=seed)

    assert len(layers) == 21
    assert layers[0].weights < 1e-6 * layers[19].weights  # measured: 1e-11 to 1e-13
    assert layers[0].upstream < 1e-6 * layers[19].upstream


def test_weights_between_minus_1_and_1_hide_it_in_a_wide_net():
    narrow, wide = (sizes(sigmoid, nn.uniform, width=width, points=10) for width in (8, 32))

    assert narrow[0].weights < 1e-7 * narrow[19].weights
    assert wide[0].weights > 1e-6 * wide[19].weights  # so the claim above is one about Xavier's init


def test_where_signal_and_gradient_shrink_alike_the_gradients_of_weights_are_blind():
    layers = sizes(relu, scaled(nn.he, 0.02), depth=12, points=20)
    first, last = layers[0], layers[11]

    assert 1e-3 < first.weights / last.weights < 1e3
    assert max(layer.weights for layer in layers) < 1e-12  # all as good as none
    assert last.signal < 1e-12 * first.signal
    assert first.upstream < 1e-12 * last.upstream


# ---------------------------------------------------------------- descents


def test_a_net_with_weights_of_one_and_a_half_times_he_leaves_all_numbers():
    made = descent(seed=0, steps=20)

    assert made.diverged
    assert len(made.losses) < 10
    assert made.norms[0] > 100.0
    assert made.accuracy == 0.5


def test_clipped_to_norm_1_the_same_net_keeps_finite_and_learns():
    made = descent(seed=4, steps=30, clip=1.0)

    assert not made.diverged
    assert len(made.losses) == 30
    assert max(made.norms) > 100.0  # the gradient explodes as before, the step does not
    assert made.losses[-1] < made.losses[0]


def test_with_he_itself_nothing_explodes():
    made = descent(factor=1.0, depth=10, width=8, steps=5)

    assert not made.diverged
    assert max(made.norms) < 50.0
