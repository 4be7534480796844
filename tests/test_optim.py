"""Optimisers, clipping and schedules against PyTorch, and what they refuse; figures of oracles/make_training.py."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from oracles.make_training import START, STEPS, problem

from autograd import Value, losses, nn, optim, tanh
from autograd.optim import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    RMSProp,
    clip_grad_norm,
    clip_grad_value,
    cosine_decay,
    exponential_decay,
    step_decay,
    warm_up,
)

FIGURES = json.loads(Path(__file__).with_name("oracles").joinpath("training.json").read_text())
BY_NAME = {kind.__name__: kind for kind in (SGD, Adagrad, RMSProp, Adam, AdamW)}


def described(row):
    options = ", ".join(f"{name}={value}" for name, value in row["options"].items())
    return f"{row.get('optimiser') or row['schedule']}({options})"


def path_of(make):
    parameters = [Value(number) for number in START]
    optimiser = make(parameters)
    path = []
    for step in range(STEPS):
        optimiser.zero_grad()
        problem(parameters, step).backward()
        optimiser.step()
        path.append([parameter.data for parameter in parameters])
    return path


def with_gradients(*gradients):
    values = [Value(0.0) for _ in gradients]
    for value, gradient in zip(values, gradients, strict=True):
        value.grad = gradient
    return values


def gradients_of(values):
    return [value.grad for value in values]


# ---------------------------------------------------------------- fifty steps, as PyTorch makes them


@pytest.mark.parametrize("row", FIGURES["optimisers"], ids=described)
def test_fifty_steps_equal_those_of_pytorch(row):
    path = path_of(lambda parameters: BY_NAME[row["optimiser"]](parameters, row["lr"], **row["options"]))

    np.testing.assert_allclose(path, row["path"], rtol=1e-12, atol=1e-12)


def test_fifty_steps_with_a_falling_rate_equal_those_of_pytorch():
    path = path_of(lambda parameters: Adam(parameters, cosine_decay(0.05, STEPS)))

    np.testing.assert_allclose(path, FIGURES["scheduled"], rtol=1e-12, atol=1e-12)


def test_the_problem_asks_for_another_step_each_time():
    for row in FIGURES["optimisers"]:
        moves = np.diff([START, *row["path"]], axis=0)

        assert all(len(set(column)) == STEPS for column in moves.T), described(row)


# ---------------------------------------------------------------- by hand


def test_gradient_descent_on_a_parabola_shrinks_the_error_by_one_factor():
    x = Value(0.0)
    optimiser = SGD([x], lr=0.1)
    for _ in range(10):
        optimiser.zero_grad()
        ((x - 3.0) ** 2).backward()
        optimiser.step()

    assert x.data == pytest.approx(3.0 - 3.0 * 0.8**10, rel=1e-14)  # error × (1 − 2·rate)


@pytest.mark.parametrize("gradient", [0.001, 1000.0, -1000.0])
def test_the_first_step_of_adam_is_as_long_as_the_rate(gradient):
    [x] = with_gradients(gradient)
    Adam([x], lr=0.1).step()

    assert x.data == pytest.approx(-math.copysign(0.1, gradient), rel=1e-4)


def test_momentum_without_friction_adds_up_to_a_geometric_sum():
    [x] = with_gradients(1.0)
    optimiser = SGD([x], lr=1.0, momentum=0.9)
    for _ in range(10):
        before = x.data
        optimiser.step()

    assert before - x.data == pytest.approx(6.513215599, rel=1e-9)  # (1 − 0.9¹⁰) / 0.1


def test_a_gradient_of_zero_moves_nothing_and_breaks_nothing():
    for kind in BY_NAME.values():
        x = Value(2.0)
        options = {"weight_decay": 0.0} if kind is AdamW else {}
        kind([x], lr=0.1, **options).step()

        assert x.data == 2.0, kind


def test_a_gradient_of_nan_is_seen_in_the_parameter():
    for kind in BY_NAME.values():
        [x] = with_gradients(math.nan)
        kind([x], lr=0.1).step()

        assert math.isnan(x.data), kind


def test_a_step_leaves_the_gradients_as_they_are():
    for kind in BY_NAME.values():
        values = with_gradients(1.5, -2.5)
        kind(values, lr=0.1).step()

        assert gradients_of(values) == [1.5, -2.5]


def test_zero_grad_reaches_every_parameter():
    values = with_gradients(1.0, -2.0)
    SGD(values, lr=0.1).zero_grad()

    assert gradients_of(values) == [0.0, 0.0]


def test_parameters_may_come_from_a_generator():
    optimiser = SGD((value for value in with_gradients(1.0, 2.0)), lr=0.5)
    optimiser.step()

    assert [value.data for value in optimiser.parameters] == [-0.5, -1.0]


def test_two_optimisers_of_one_kind_share_no_memory():
    [x], [y] = with_gradients(1.0), with_gradients(1.0)
    first, second = SGD([x], lr=1.0, momentum=0.9), SGD([y], lr=1.0, momentum=0.9)
    first.step()
    first.step()
    second.step()

    assert y.data == -1.0


def test_the_same_update_serves_arrays():
    rows = np.array([[1.0, 2.0], [3.0, -4.0]])
    for kind in BY_NAME.values():
        optimiser = kind([Value(0.0)], lr=0.1)
        optimiser.steps = 1
        moved = optimiser.update(rows, 2.0 * rows, 0.1, {})
        alone = [[optimiser.update(x, 2.0 * x, 0.1, {}) for x in row] for row in rows.tolist()]

        np.testing.assert_allclose(moved, alone, rtol=1e-15)


def test_an_optimiser_of_ones_own_is_one_method():
    class SignDescent(optim.Optimizer):
        def update(self, p, g, rate, memory):
            return p - math.copysign(rate, g)

    values = with_gradients(5.0, -0.1)
    SignDescent(values, lr=0.25).step()

    assert [value.data for value in values] == [-0.25, 0.25]


def test_an_optimiser_without_a_formula_says_what_to_write():
    with pytest.raises(TypeError, match=r"Optimizer has no formula: write its update\(p, g, rate, memory\)"):
        optim.Optimizer([Value(0.0)], lr=0.1).step()


def test_each_optimiser_teaches_a_network_the_logical_or():
    points, labels = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 1]
    for kind in BY_NAME.values():
        model = nn.MLP(2, [4, 1], activation=tanh, rng=0)
        optimiser = kind(model.parameters(), lr=0.3)
        for _ in range(60):
            loss = losses.binary_cross_entropy([model(point) for point in points], labels)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()

        assert [model(point).data > 0.0 for point in points] == [False, True, True, True], kind
        assert loss.data < math.log(2.0) / 2.0, kind  # a coin has log 2


# ---------------------------------------------------------------- clipping


@pytest.mark.parametrize("row", FIGURES["clipping"], ids=lambda row: str(row["gradients"]))
def test_clipping_equals_that_of_pytorch(row):
    by_norm, by_value = with_gradients(*row["gradients"]), with_gradients(*row["gradients"])
    norm = clip_grad_norm(by_norm, row["limit"])
    clip_grad_value(by_value, row["limit"])

    assert norm == pytest.approx(row["norm"], rel=1e-15)
    # PyTorch divides by norm + 1e-6, so that it stays a millionth part below the limit.
    np.testing.assert_allclose(gradients_of(by_norm), row["by_norm"], rtol=1e-6 / row["limit"])
    assert gradients_of(by_value) == row["by_value"]


def test_clipping_by_norm_keeps_the_direction():
    values = with_gradients(3.0, 4.0)

    assert clip_grad_norm(values, 1.0) == 5.0
    assert gradients_of(values) == pytest.approx([0.6, 0.8], rel=1e-15)


def test_clipping_leaves_gradients_below_the_limit_alone():
    values = with_gradients(0.3, -0.4)
    clip_grad_norm(values, 0.5)
    clip_grad_value(values, 0.4)

    assert gradients_of(values) == [0.3, -0.4]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_clipping_by_norm_refuses_a_gradient_without_size_and_changes_nothing(bad):
    values = with_gradients(30.0, bad, 40.0)

    with pytest.raises(ValueError, match=f"parameter 1 has the gradient {bad}: find where it comes from first"):
        clip_grad_norm(values, 1.0)
    assert gradients_of(values)[::2] == [30.0, 40.0]


def test_clipping_by_norm_survives_squares_that_overflow():
    values = with_gradients(3e200, 4e200)
    clip_grad_norm(values, 1.0)

    assert gradients_of(values) == pytest.approx([0.6, 0.8], rel=1e-15)


def test_clipping_by_norm_keeps_the_direction_where_even_the_norm_overflows():
    values = with_gradients(1.5e308, 1.5e308)
    clip_grad_norm(values, 1.0)

    assert gradients_of(values) == pytest.approx([math.sqrt(0.5), math.sqrt(0.5)], rel=1e-12)


def test_clipping_by_value_holds_infinities_and_passes_nan_on():
    values = with_gradients(math.inf, -math.inf, math.nan)
    clip_grad_value(values, 2.0)

    assert gradients_of(values)[:2] == [2.0, -2.0]
    assert math.isnan(values[2].grad)


@pytest.mark.parametrize("limit", [0.0, -1.0, math.nan, math.inf])
def test_clipping_refuses_a_limit_that_is_none(limit):
    values = with_gradients(30.0)

    with pytest.raises(ValueError, match=f"max_norm must be a number above 0, got {limit}"):
        clip_grad_norm(values, limit)
    with pytest.raises(ValueError, match=f"limit must be a number above 0, got {limit}"):
        clip_grad_value(values, limit)
    assert gradients_of(values) == [30.0]


# ---------------------------------------------------------------- schedules


def schedule_of(row):
    lr, options = row["lr"], row["options"]
    if row["schedule"] == "warm_up":
        return warm_up(options["steps"], then=lr)
    if row["schedule"] == "warm_up_then_cosine":
        return warm_up(options["steps"], then=cosine_decay(lr, options["then"]))
    make = {"step": step_decay, "exponential": exponential_decay, "cosine": cosine_decay}[row["schedule"]]
    return make(lr, **options)


@pytest.mark.parametrize("row", FIGURES["schedules"], ids=described)
def test_schedule_equals_that_of_pytorch(row):
    schedule = schedule_of(row)

    # PyTorch multiplies rate by rate, so rounding adds up: twenty steps of 1e-16.
    assert [schedule(step) for step in range(len(row["rates"]))] == pytest.approx(row["rates"], rel=1e-12, abs=1e-15)


def test_cosine_stays_at_its_end():
    schedule = cosine_decay(1.0, 10, final=0.25)

    assert [schedule(step) for step in (10, 11, 1000)] == [0.25, 0.25, 0.25]


def test_an_optimiser_asks_its_schedule_once_a_step_from_zero_on():
    asked = []
    optimiser = SGD(with_gradients(1.0, 1.0), lr=lambda step: asked.append(step) or 0.5)
    for _ in range(3):
        optimiser.step()

    assert asked == [0, 1, 2]
    assert [parameter.data for parameter in optimiser.parameters] == [-1.5, -1.5]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: step_decay(0.0, every=2), "lr must be a number above 0, got 0.0"),
        (lambda: step_decay(0.1, every=0), "every must be a number above 0, got 0"),
        (lambda: exponential_decay(-0.1, 0.9), "lr must be a number above 0, got -0.1"),
        (lambda: cosine_decay(math.inf, 10), "lr must be a number above 0, got inf"),
        (lambda: cosine_decay(0.1, 0), "steps must be a number above 0, got 0"),
        (lambda: warm_up(-1, then=0.1), "steps must be a number above 0, got -1"),
        (lambda: warm_up(5, then=-0.1), "must be a number above 0, got -0.1"),
        (lambda: exponential_decay(0.1, -0.9), "factor must be .*, got -0.9"),
        (lambda: step_decay(0.1, every=2, factor=math.nan), "factor must be .*, got nan"),
        (lambda: cosine_decay(0.1, 10, final=-0.1), "final must be .*, got -0.1"),
    ],
)
def test_a_schedule_that_could_not_train_is_refused_when_it_is_made(make, message):
    with pytest.raises(ValueError, match=message):
        make()


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize("lr", [0.0, -0.1, math.nan, math.inf, "0.1", None])
def test_a_rate_that_is_no_number_above_zero_is_refused(lr):
    for kind in BY_NAME.values():
        with pytest.raises(ValueError, match=f"lr must be a number above 0, got {lr!r}"):
            kind([Value(0.0)], lr=lr)


def test_an_empty_list_of_parameters_is_refused():
    with pytest.raises(ValueError, match="an optimiser needs parameters, got an empty list"):
        SGD([], lr=0.1)


def test_a_parameter_that_is_no_value_is_refused():
    with pytest.raises(TypeError, match=r"parameters are Values, got float 1\.0"):
        SGD([Value(0.0), 1.0], lr=0.1)


def test_a_computed_value_is_refused_as_a_parameter():
    with pytest.raises(ValueError, match=r"was computed by mul: only a leaf can be a parameter"):
        SGD([Value(2.0) * Value(3.0)], lr=0.1)


def test_a_parameter_given_twice_is_refused():
    x = Value(0.0)

    with pytest.raises(ValueError, match="a parameter is given twice: it would be updated twice a step"):
        SGD([x, Value(1.0), x], lr=0.1)


@pytest.mark.parametrize(
    ("kind", "options", "message"),
    [
        (SGD, {"momentum": 1.0}, "momentum must be at least 0 and below 1, got 1.0"),
        (SGD, {"momentum": -0.1}, "momentum must be at least 0 and below 1, got -0.1"),
        (SGD, {"momentum": math.nan}, "momentum must be at least 0 and below 1, got nan"),
        (SGD, {"nesterov": True}, "nesterov looks ahead along the momentum: give momentum=0.9 or so"),
        (SGD, {"weight_decay": -0.1}, "weight_decay must be .*, got -0.1"),
        (SGD, {"weight_decay": math.nan}, "weight_decay must be .*, got nan"),
        (Adagrad, {"eps": 0.0}, "eps must be a number above 0, got 0.0"),
        (RMSProp, {"alpha": 1.0}, "alpha must be at least 0 and below 1, got 1.0"),
        (RMSProp, {"eps": -1e-8}, "eps must be a number above 0, got -1e-08"),
        (Adam, {"betas": (1.0, 0.9)}, r"betas\[0\] must be at least 0 and below 1, got 1.0"),
        (Adam, {"betas": (0.9, -0.1)}, r"betas\[1\] must be at least 0 and below 1, got -0.1"),
        (AdamW, {"weight_decay": -0.1}, "weight_decay must be .*, got -0.1"),
    ],
)
def test_an_option_out_of_range_is_refused(kind, options, message):
    with pytest.raises(ValueError, match=message):
        kind([Value(0.0)], lr=0.1, **options)
