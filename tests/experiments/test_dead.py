"""Dead units: the zero is exact, a leak brings them back as far as a line, and too large a rate kills."""

import math

import matplotlib as mpl
import pytest
from matplotlib import pyplot as plt

from autograd import leaky_relu, nn, relu
from autograd.datasets import Dataset, digits
from autograd.experiments.dead import (
    Trained,
    dead_share,
    last_fifth,
    picture,
    revival,
    straight_line,
    sweep,
    trained_at,
)
from autograd.optim import SGD, Adam

mpl.use("Agg")


def descent(parameters):
    return SGD(parameters, lr=0.5)


def adam(parameters):
    return Adam(parameters, lr=0.01)


# ---------------------------------------------------------------- a net that is dead from the start


@pytest.mark.parametrize("recipe", [descent, adam])
def test_what_is_dead_has_a_gradient_of_exactly_0_and_stays_a_coin(recipe):
    found = revival(relu, recipe, steps=300)

    assert found.gradient == 0.0
    assert found.loss == pytest.approx(math.log(2.0), abs=1e-12)
    assert (found.accuracy, found.below) == (0.5, 1.0)


@pytest.mark.parametrize("recipe", [descent, adam])
def test_a_leak_of_a_tenth_brings_it_back_and_no_further_than_a_line(recipe):
    loss, accuracy = straight_line()
    found = revival(lambda x: leaky_relu(x, 0.1), recipe)

    assert found.gradient > 0.01
    assert found.below == 1.0  # every unit is on its lower leg at every point: the net is linear
    assert found.loss == pytest.approx(loss, abs=1e-3)
    assert found.accuracy == accuracy == 0.88


def test_a_bias_that_buries_nobody_leaves_a_net_that_bends():
    found = revival(relu, adam, bias=0.0, steps=500)

    assert found.loss < 0.5 * straight_line()[0]
    assert 0.0 < found.below < 1.0


# ---------------------------------------------------------------- units that die while they learn


@pytest.fixture(scope="module")
def some_digits():
    """A fifth of the digits: 288 to learn from and 72 to test on."""
    return last_fifth(Dataset(digits().inputs[::5], digits().targets[::5]))


def test_a_rate_of_2_kills_every_unit_and_one_of_a_quarter_hardly_any(some_digits):
    kind, cruel = (trained_at(rate, epochs=5, data=some_digits) for rate in (0.25, 2.0))

    assert kind.dead < 0.2
    assert kind.accuracy > 0.6
    assert cruel.dead > 0.9
    assert cruel.accuracy < 0.3


def test_a_leaky_unit_is_never_dead(some_digits):
    assert trained_at(2.0, activation=leaky_relu, epochs=2, data=some_digits).dead == 0.0


def test_a_sweep_trains_at_each_rate_from_each_seed(some_digits):
    found = sweep([0.5, 1.0], seeds=[0, 1], epochs=0, data=some_digits)

    assert list(found) == [0.5, 1.0]
    assert found[0.5] == found[1.0]  # nobody has moved yet
    assert found[0.5][0] != found[0.5][1]


def test_a_unit_is_dead_when_no_row_wakes_it():
    layer = nn.Layer(1, 2, rng=0)
    for neuron, (weight, bias) in zip(layer.neurons, [(1.0, 0.0), (1.0, -5.0)], strict=True):
        neuron.w[0].data, neuron.b.data = weight, bias

    assert dead_share([layer], [[1.0], [4.0]]) == 0.5
    assert dead_share([layer], [[1.0], [6.0]]) == 0.0
    assert dead_share([layer], [[-1.0], [0.0]]) == 1.0


def test_units_of_all_layers_count():
    first, second = nn.Layer(1, 1, rng=0), nn.Layer(1, 2, rng=0)
    first.neurons[0].w[0].data = 1.0
    for neuron, weight in zip(second.neurons, (1.0, -1.0), strict=True):
        neuron.w[0].data = weight

    assert dead_share([first, second], [[1.0]]) == pytest.approx(1 / 3)


def test_the_last_fifth_is_that_of_the_file():
    train, test = last_fifth(digits())

    assert (len(train), len(test)) == (1438, 359)
    assert [*train.targets, *test.targets] == digits().targets


def test_the_picture_has_both_curves_over_the_rates():
    plot = picture({0.5: [Trained(0.0, 0.9), Trained(0.5, 0.8)], 2.0: [Trained(1.0, 0.1), Trained(1.0, 0.1)]})
    accuracy, dead = (
        line.get_xydata().tolist() for line in plot.lines if len(line.get_xdata()) == 2 and line.get_linewidth() > 2
    )

    assert accuracy == [[0.5, pytest.approx(0.85)], [2.0, 0.1]]
    assert dead == [[0.5, 0.25], [2.0, 1.0]]
    plt.close("all")
