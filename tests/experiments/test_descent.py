"""Optimisers on landscapes: steps counted elsewhere, and what can be shown by algebra."""

import math

import pytest

from autograd import Value
from autograd.experiments.descent import descend, find_rate, race, ravine, rosenbrock, saddle, turn, turned
from autograd.optim import SGD, Adagrad, Adam, RMSProp

START = (-4.0, 1.0)


def steps(landscape, start, recipe, **options):
    return len(descend(landscape, start, recipe, **options)) - 1


@pytest.mark.parametrize(
    ("recipe", "count"),
    [
        (lambda x: SGD(x, lr=0.03), 148),
        (lambda x: SGD(x, lr=0.03, momentum=0.9), 66),
        (lambda x: SGD(x, lr=0.03, momentum=0.9, nesterov=True), 29),
    ],
)
def test_memory_helps_in_a_ravine(recipe, count):
    assert steps(ravine, START, recipe) == count


def test_plain_descent_shrinks_each_side_by_its_own_factor():
    path = descend(ravine, START, lambda x: SGD(x, lr=0.03), limit=10)

    assert path[10] == pytest.approx((-4.0 * 0.97**10, (1 - 0.03 * 25) ** 10))


def test_plain_descent_diverges_above_two_over_the_steepest_curvature():
    def farthest(rate):
        return max(abs(y) for _, y in descend(ravine, START, lambda x: SGD(x, lr=rate), limit=100))

    assert farthest(0.079) <= 1.0
    assert farthest(0.081) > 5.0


@pytest.mark.parametrize(
    ("recipe", "notices"),
    [
        (lambda x: SGD(x, lr=0.03), False),
        (lambda x: SGD(x, lr=0.03, momentum=0.9), False),
        (lambda x: Adagrad(x, lr=2.0), True),
        (lambda x: RMSProp(x, lr=0.5), True),
    ],
)
def test_only_what_scales_each_number_notices_that_the_ravine_is_turned(recipe, notices):
    straight = steps(ravine, START, recipe)
    aslant = steps(turned(ravine), turn(START), recipe)

    assert (straight != aslant) == notices


@pytest.mark.parametrize(
    ("recipe", "count"),
    [
        (lambda x: SGD(x, lr=0.03), 246),
        (lambda x: SGD(x, lr=0.03, momentum=0.9), 58),
        (lambda x: Adam(x, lr=0.03), 42),
    ],
)
def test_steps_to_leave_a_saddle(recipe, count):
    assert steps(saddle, (1.0, 0.001), recipe, below=-1.0) == count


@pytest.mark.parametrize(
    ("recipe", "count"),
    [
        (lambda x: SGD(x, lr=0.002), 3232),
        (lambda x: SGD(x, lr=0.003, momentum=0.9), 205),
        (lambda x: Adam(x, lr=0.1), 715),
    ],
)
def test_steps_along_the_bent_valley(recipe, count):
    assert steps(rosenbrock, (-1.2, 1.0), recipe) == count


def test_a_descent_that_leaves_all_numbers_stops():
    path = descend(rosenbrock, (-1.2, 1.0), lambda x: SGD(x, lr=1.0))

    assert len(path) < 20


def test_each_runner_starts_anew():
    recipes = {"a": lambda x: SGD(x, lr=0.03), "b": lambda x: SGD(x, lr=0.03)}
    paths = race(ravine, START, recipes)

    assert paths["a"] == paths["b"]
    assert paths["a"][0] == START


def test_the_rate_finder_ends_where_the_loss_has_turned_up():
    x, y = Value(-4.0), Value(1.0)
    curve = find_rate(lambda: ravine([x, y]), [x, y], low=1e-3, high=1.0, steps=100)
    least = min(range(len(curve)), key=lambda i: curve[i][1])

    assert 0 < least < len(curve) - 1 < 99
    assert curve[-1][0] > 2 / 25
    assert curve[-1][1] > 4 * curve[least][1]


def test_the_rate_finder_puts_every_number_back():
    x, y = Value(-4.0), Value(1.0)
    find_rate(lambda: ravine([x, y]), [x, y])

    assert (x.data, y.data, x.grad, y.grad) == (-4.0, 1.0, 0.0, 0.0)


def test_the_rate_finder_stops_at_nan():
    x = Value(1.0)
    curve = find_rate(lambda: (x - 2.0).log(), [x])

    assert len(curve) == 1
    assert math.isnan(curve[0][1])
