"""Swish that learns its beta: the fit by a formula of its own, and where it goes in networks."""

import math

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from autograd.experiments.adaptive import fitted, on_digits, on_moons, picture

mpl.use("Agg")


def by_hand(beta, target=3.0, rate=5.0):
    """One step on the mean square, from d/dβ of x·σ(βx) = x²·σ·(1 − σ)."""

    def sigmoid(z):
        return 1.0 / (1.0 + math.exp(-z))

    places = [k / 10.0 for k in range(-30, 31)]
    slope = sum(
        2.0 * x * (sigmoid(beta * x) - sigmoid(target * x)) * x * x * sigmoid(beta * x) * (1.0 - sigmoid(beta * x))
        for x in places
    ) / len(places)
    return beta - rate * slope


def test_a_step_of_the_fit_is_that_of_the_formula():
    path = [beta for [beta] in fitted(1.0, steps=3)]

    assert path[1:] == [pytest.approx(by_hand(beta)) for beta in path[:-1]]


def test_from_1_beta_nears_the_one_that_made_the_data():
    path = [beta for [beta] in fitted(1.0)]

    assert [round(beta, 2) for beta in path[:3]] == [1.0, 1.58, 1.68]
    assert (round(path[50], 2), round(path[300], 3)) == (2.53, 2.945)
    assert path == sorted(path)


def test_from_0_it_leaps_too_far_and_creeps_back():
    path = [beta for [beta] in fitted(0.0)]

    assert path[1] > 8.0
    assert 8.0 < path[300] < path[1]  # where sigmoid is nearly a step, a slope is hardly left


def test_each_layer_learns_a_beta_and_no_value_is_universal():
    ends = [on_moons(seed=seed)[-1] for seed in range(3)]

    assert all(len(betas) == 2 for betas in ends)
    assert len({round(beta, 1) for betas in ends for beta in betas}) > 3
    assert max(beta for betas in ends for beta in betas) > 3.0 * min(beta for betas in ends for beta in betas)


def test_a_path_has_a_beta_before_the_first_step_and_after_each():
    path = on_moons(steps=4)

    assert len(path) == 5
    assert path[0] == [1.0, 1.0]
    assert len({betas[0] for betas in path}) == 5


def test_on_digits_beta_moves_in_the_first_epoch():
    assert on_digits(epochs=1)[1][0] > 1.1


def test_the_picture_has_a_curve_for_each_layer():
    plot = picture([[1.0, 1.0], [2.0, 0.5]])

    assert [text.get_text() for text in plot.texts] == ["layer 1  2", "layer 2  0.5"]
    plt.close("all")
