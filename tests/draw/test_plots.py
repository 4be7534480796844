"""The plots, checked by what is on the axes: line data, borders, marks, scales."""

import io
import math
import sys
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

from autograd import Value, activation, relu, tanh
from autograd.draw import plots
from autograd.draw.tokens import colours
from autograd.errors import MissingPackageError, UnknownOpError
from autograd.nn import MLP, Neuron


def line(ax: Any, name: str) -> Any:
    """xs and ys of the line with that label."""
    return next(found for found in ax.lines if found.get_label() == name).get_data()


def texts(ax: Any) -> list[str]:
    return [text.get_text() for text in ax.texts]


def zones(ax: Any) -> list[tuple[float, float]]:
    return [(patch.get_x(), patch.get_x() + patch.get_width()) for patch in ax.patches if patch.get_hatch()]


def learned() -> MLP:
    model = MLP(2, [3, 1], rng=0)
    model([1.0, -2.0]).backward()
    return model


POINTS, LABELS = [[0.0, 0.0], [2.0, 1.0], [3.0, 0.5]], [-1, 1, 1]

EVERY: dict[str, Callable[..., Any]] = {
    "activation": lambda **options: plots.activation("tanh", **options),
    "loss_curve": lambda **options: plots.loss_curve([1.0, 0.5], **options),
    "gradient_magnitudes": lambda **options: plots.gradient_magnitudes({"a": [1.0, 0.1]}, **options),
    "gradient_flow": lambda **options: plots.gradient_flow(learned(), **options),
    "decision_boundary": lambda **options: plots.decision_boundary(lambda p: p[0] - 1, POINTS, LABELS, **options),
    "pre_activations": lambda **options: plots.pre_activations([[0.0, 1.0]], "tanh", **options),
    "dead_units": lambda **options: plots.dead_units([[1.0, 0.0]], **options),
    "weights_as_images": lambda **options: plots.weights_as_images([1.0, -2.0], shape=(1, 2), **options),
}
every_plot = pytest.mark.parametrize("plot", EVERY.values(), ids=EVERY.keys())


# ---------------------------------------------------------------- what holds for all


@every_plot
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_plot_stands_on_one_new_figure_in_the_colours_of_its_theme(plot: Callable[..., Any], theme: str) -> None:
    ax = plot(theme=theme)
    ax.figure.savefig(io.BytesIO(), format="png")  # warnings are errors

    assert len(plt.get_fignums()) == 1
    assert mpl.colors.to_hex(ax.figure.get_facecolor()).upper() == colours(theme)["ground"]
    assert ax.get_title(loc="left")
    assert not ax.spines["top"].get_visible()
    assert not ax.spines["right"].get_visible()
    assert ax.get_legend() is None or plot is EVERY["decision_boundary"]


@every_plot
def test_a_plot_on_given_axes_returns_them_and_makes_no_figure(plot: Callable[..., Any]) -> None:
    _, given = plt.subplots()

    assert plot(ax=given) is given
    assert len(plt.get_fignums()) == 1


@every_plot
def test_a_plot_leaves_the_settings_of_matplotlib_as_they_were(plot: Callable[..., Any]) -> None:
    with mpl.rc_context({"font.size": 7.5, "font.family": ["serif"], "axes.grid": True}):
        before = dict(mpl.rcParams)
        plot()

        assert dict(mpl.rcParams) == before


@every_plot
def test_an_unknown_theme_is_refused_with_the_known_ones(plot: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="unknown theme 'sepia': use 'light' or 'dark'"):
        plot(theme="sepia")


@every_plot
def test_without_matplotlib_a_plot_says_what_to_install(
    plot: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(MissingPackageError, match=r"pip install 'stepgrad\[plot\]'"):
        plot()


def test_without_numpy_an_activation_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)

    with pytest.raises(MissingPackageError, match=r"pip install 'stepgrad\[plot\]'"):
        plots.activation("tanh")


def test_the_module_imports_without_matplotlib_and_numpy(run_python: Callable[..., str]) -> None:
    blocked = "import sys; sys.modules.update(matplotlib=None, numpy=None); import autograd.draw.plots; print('fine')"

    assert run_python(blocked) == "fine\n"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: plots.activation("tanh", low=1.0, high=1.0), "low must be less than high"),
        (lambda: plots.activation("tanh", high=math.inf), "both finite"),
        (lambda: plots.activation("tanh", slope=0.1), "no parameter 'slope' in tanh"),
        (lambda: plots.activation("leaky_relu", slope=math.nan), "slope.* is nan"),
        (lambda: plots.activation("log", low=-3.0, high=-1.0), "log.*finite nowhere from -3.0 to -1.0"),
        (lambda: plots.activation("tanh", "relu", ax=plt.figure().add_subplot()), "2 plots need as many axes, got 1"),
        (lambda: plots.loss_curve([]), "losses is empty"),
        (lambda: plots.loss_curve({}), "nothing to draw"),
        (lambda: plots.loss_curve([math.nan]), "no number is finite: "),
        (lambda: plots.loss_curve([0.0], log=True), "no number is finite and above 0"),
        (lambda: plots.gradient_magnitudes([]), "nothing to draw"),
        (
            lambda: plots.gradient_magnitudes([{"a": 1.0}, {"b": 1.0}]),
            r"step 1 has the layers \['b'\], step 0 has \['a'\]",
        ),
        (lambda: plots.gradient_magnitudes({"a": [0.1, -0.1]}), "a has a size below 0"),
        (lambda: plots.gradient_flow(MLP(2, [3, 1], rng=0)), r"every gradient is 0: call backward\(\)"),
        (lambda: plots.gradient_flow({"a": [1.0, math.nan]}), r"a\[1\] is nan"),
        (lambda: plots.gradient_flow({}), "no layer is given"),
        (lambda: plots.decision_boundary(sum, POINTS, [1]), "got 3 points and 1 labels"),
        (lambda: plots.decision_boundary(sum, [[1.0, 2.0, 3.0]], [1]), "point 0 has 3 numbers, 2 are needed"),
        (lambda: plots.decision_boundary(sum, [], []), "no point is given"),
        (lambda: plots.decision_boundary(sum, POINTS, [0, 1, 2]), r"1 outputs tells two labels apart, got \[0, 1, 2\]"),
        (lambda: plots.decision_boundary(list, POINTS, [0, 1, 2]), "2 outputs tells the labels 0 to 1 apart"),
        (lambda: plots.decision_boundary(lambda p: math.inf, POINTS, LABELS), "the output at .* is inf"),
        (lambda: plots.pre_activations([], "tanh"), "no layer is given"),
        (lambda: plots.pre_activations({"first": []}, "tanh"), "first is empty"),
        (lambda: plots.pre_activations([[math.inf]], "tanh"), r"layer 0\[0\] is inf"),
        (lambda: plots.dead_units([]), "counts is empty"),
        (lambda: plots.dead_units([[1.0, 2.0], [1.0]]), "example 1 has 1 numbers, 2 are needed"),
        (lambda: plots.dead_units([[]]), "example 0 is empty"),
        (lambda: plots.dead_units([0.5, 1.0]), "counts are whole numbers"),
        (lambda: plots.weights_as_images([[1.0] * 9]), "unit 0 has 9 numbers, 64 are needed"),
        (lambda: plots.weights_as_images([]), "unit 0 is empty"),
        (lambda: plots.weights_as_images([1.0, math.nan], shape=(1, 2)), r"unit 0\[1\] is nan"),
    ],
)
def test_input_that_cannot_be_drawn_is_refused_and_leaves_no_new_figure(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()

    assert len(plt.get_fignums()) == ("as many axes" in message)  # the one that this very call was given


@pytest.mark.parametrize("call", [lambda: plots.loss_curve(["0.5"]), lambda: plots.loss_curve([[0.5], [0.4]])])
def test_what_is_no_number_is_a_type_error_that_says_where(call: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match=r"losses\[0\] must be a number or a Value, got (str|list)"):
        call()

    assert not plt.get_fignums()


# ---------------------------------------------------------------- activations


def test_an_activation_shows_its_values_and_its_derivative() -> None:
    ax = plots.activation("sigmoid")
    xs, ys = line(ax, "value")
    _, slopes = line(ax, "derivative")

    assert (xs[0], xs[-1]) == (-5.0, 5.0)
    np.testing.assert_allclose(ys, 1.0 / (1.0 + np.exp(-xs)), rtol=1e-14)
    np.testing.assert_allclose(slopes, ys * (1.0 - ys), rtol=1e-12)


def test_the_classical_four_come_in_one_call_with_their_parameter() -> None:
    axes = plots.activation(slope=0.1)

    assert [ax.get_title(loc="left") for ax in axes] == ["sigmoid", "tanh", "relu", "leaky_relu, slope 0.1"]
    assert line(axes[3], "value")[1][0] == -0.5


def test_a_parameter_may_be_a_value() -> None:
    ax = plots.activation("leaky_relu", slope=Value(0.25))

    assert line(ax, "value")[1][0] == -1.25


@pytest.mark.parametrize(
    ("name", "borders"),
    [
        ("sigmoid", [(-5.0, -2.0 * math.atanh(math.sqrt(0.9))), (2.0 * math.atanh(math.sqrt(0.9)), 5.0)]),
        ("tanh", [(-5.0, -math.atanh(math.sqrt(0.9))), (math.atanh(math.sqrt(0.9)), 5.0)]),  # 1 − t² = 0.1
        ("softplus", [(-5.0, -math.log(9.0))]),  # its derivative, the sigmoid, only comes near 1
        ("relu", [(-5.0, 0.0)]),
        ("hard_tanh", [(-5.0, -1.0), (1.0, 5.0)]),
        ("identity", []),
        ("step", [(-5.0, 5.0)]),
        ("exp", []),  # steeper and steeper: no maximum to compare with
    ],
)
def test_saturation_is_hatched_where_the_derivative_is_below_a_tenth_of_its_maximum(
    name: str, borders: list[tuple[float, float]]
) -> None:
    drawn = zones(plots.activation(name))

    np.testing.assert_allclose(drawn, borders or np.empty((0,)), atol=0.01)  # 1000 steps over the range of 10


@pytest.mark.parametrize(
    ("name", "parameters", "x", "label"),
    [
        ("sigmoid", {}, 0.0, "max 0.25"),
        ("tanh", {}, 0.0, "max 1"),
        ("relu", {}, 1.0, "max 1"),  # of the many steepest points the one that the activation declares
        ("gelu", {}, math.sqrt(2.0), "max 1.129"),
        ("elu", {"alpha": 2.0}, 0.0, "max 2"),  # 2eˣ below 0, 1 above
        ("silu", {"beta": 2.0}, 2.3993572805154674 / 2.0, "max 1.1"),
    ],
)
def test_the_steepest_point_is_marked(name: str, parameters: dict[str, float], x: float, label: str) -> None:
    ax = plots.activation(name, **parameters)
    xs, _ = line(ax, "maximum")

    assert xs[0] == pytest.approx(x, abs=0.01)
    assert label in texts(ax)


def test_a_maximum_that_is_only_approached_is_not_marked() -> None:
    assert texts(plots.activation("softplus")) == ["value", "derivative"]
    assert texts(plots.activation("sigmoid", low=1.0, high=6.0)) == ["value", "derivative"]


def test_a_jump_is_a_gap_with_rings_at_its_ends_and_a_dot_at_the_value_taken() -> None:
    ax = plots.activation("relu")
    _, slopes = line(ax, "derivative")
    rings, dot = ax.lines[3:5]

    assert np.nanmax(np.abs(np.diff(slopes))) == 0.0  # no stroke leads from 0 to 1
    assert list(rings.get_ydata()) == [0.0, 1.0]
    assert rings.get_markerfacecolor() == colours("light")["ground"]
    np.testing.assert_array_equal(dot.get_xydata(), [[0.0, 0.0]])


def test_a_corner_is_no_gap() -> None:
    assert not np.isnan(line(plots.activation("relu"), "value")[1]).any()


def test_a_function_is_not_continued_where_it_has_no_value() -> None:
    xs, slopes = line(plots.activation("log"), "derivative")

    assert np.isnan(slopes[xs <= 0.0]).all()
    np.testing.assert_allclose(slopes[xs > 0.0], 1.0 / xs[xs > 0.0])


def test_an_activation_of_ones_own_may_use_if(registry: dict[str, Any]) -> None:
    @activation
    def hinge(x: Any) -> Any:
        return 2.0 * x if x > 0.0 else 0.0 * x

    _, slopes = line(plots.activation(hinge), "derivative")

    assert set(slopes) == {0.0, 2.0}


def test_what_knows_no_derivative_is_refused() -> None:
    with pytest.raises(TypeError, match="write @activation above the function"):
        plots.activation(math.tanh)  # type: ignore[arg-type]
    with pytest.raises(UnknownOpError, match="did you mean relu"):
        plots.activation("rellu")


# ---------------------------------------------------------------- training


def test_a_loss_curve_shows_every_loss_and_writes_the_last() -> None:
    ax = plots.loss_curve([Value(3.0), 2.0, 0.12345])

    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[0.0, 3.0], [1.0, 2.0], [2.0, 0.12345]])
    assert texts(ax) == ["0.123"]
    assert ax.get_yscale() == "linear"
    assert plots.loss_curve([1.0, 0.1], log=True).get_yscale() == "log"


def test_runs_differ_by_more_than_colour() -> None:
    ax = plots.loss_curve({f"run {i}": [1.0, 1.0 / (i + 1)] for i in range(9)})
    looks = [(run.get_color(), str(run._dash_pattern)) for run in ax.lines[::2]]

    assert len(set(looks)) == 9
    assert len({dash for _, dash in looks[:4]}) == 4


def test_a_run_that_ends_in_nan_says_from_which_step() -> None:
    ax = plots.loss_curve({"He × 1.5": [1.0, 5.0, math.inf, math.nan], "He": [1.0, 0.5, 0.2, 0.1]})

    assert texts(ax) == ["He × 1.5  inf from step 2", "He  0.1"]
    assert [mark.get_marker() for mark in ax.lines[1::2]] == ["X", "o"]


def test_labels_of_runs_that_end_close_together_do_not_overlap() -> None:
    ax = plots.loss_curve({f"run {i}": [1.0, 0.1 + 1e-4 * i] for i in range(8)})
    ax.figure.draw_without_rendering()
    boxes = sorted((text.get_window_extent() for text in ax.texts), key=lambda box: box.y0)

    assert all(below.y1 <= above.y0 for below, above in pairwise(boxes))


def test_layer_gradients_are_the_mean_sizes_of_each_layer() -> None:
    model = learned()
    found = plots.layer_gradients(model)

    assert list(found) == ["layers.0", "layers.1"]
    for layer, mean in zip(model.layers, found.values(), strict=True):
        assert mean == pytest.approx(np.mean([abs(parameter.grad) for parameter in layer.parameters()]), rel=1e-15)


def test_gradient_magnitudes_take_a_dict_of_layers_or_a_list_of_steps() -> None:
    by_layer = plots.gradient_magnitudes({"first": [1e-9, 1e-12], "last": [0.1, 0.2]})
    by_step = plots.gradient_magnitudes([{"first": 1e-9, "last": 0.1}, {"first": 1e-12, "last": 0.2}])

    assert by_layer.get_yscale() == "log"
    assert texts(by_layer) == texts(by_step) == ["first  1e−12", "last  0.2"]
    np.testing.assert_array_equal(by_layer.lines[0].get_ydata(), by_step.lines[0].get_ydata())


def test_a_layer_without_gradient_is_named_although_a_logarithm_cannot_show_0() -> None:
    ax = plots.gradient_magnitudes({"dead": [0.0, 0.0], "alive": [0.1, 0.1]})

    assert texts(ax) == ["dead  0 from step 0", "alive  0.1"]


def test_gradient_flow_puts_positive_strokes_above_the_line_and_counts_zeros() -> None:
    dead = Value(1.0)  # no pass has reached it
    ax = plots.gradient_flow({"first": [0.5, -0.25, dead, 0.125], "last": [-2.0]})
    strokes = [[(*start, *end) for start, end in strip.get_segments()] for strip in ax.collections]

    assert strokes[0] == [(0.5, -0.36, 0.5, 0.0), (0.125, -0.36, 0.125, 0.0)]
    assert strokes[1] == [(0.25, 0.36, 0.25, 0.0)]
    assert strokes[2] == []
    assert strokes[3] == [pytest.approx((2.0, 1.36, 2.0, 1.0))]
    assert ax.yaxis_inverted()  # so that −0.36 is above 0
    assert texts(ax) == ["mean 0.219\n1 of 4 are 0", "mean 2"]


# ---------------------------------------------------------------- decision boundary


def boundary(ax: Any, filled: bool = False) -> Any:
    """The corners of each line between the regions; `filled`, those of each region but the first."""
    drawn = [c.get_paths() for c in ax.collections if isinstance(c, mpl.contour.ContourSet) and c.filled == filled]
    return [path.vertices for paths in drawn for path in paths if len(path.vertices)]


@pytest.mark.parametrize("as_output", [float, Value, lambda score: [Value(score)]])
def test_the_boundary_lies_where_the_score_is_0(as_output: Callable[[float], Any]) -> None:
    ax = plots.decision_boundary(lambda point: as_output(point[0] - 1.0), POINTS, LABELS)

    (border,), (region,) = boundary(ax), boundary(ax, filled=True)
    np.testing.assert_allclose(border[:, 0], 1.0)
    assert (region[:, 0].min(), region[:, 0].max()) == pytest.approx((1.0, 3.36))  # the data end at 3, a margin of 12 %
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["−1", "1"]


def test_the_threshold_moves_the_boundary() -> None:
    ax = plots.decision_boundary(lambda point: point[0], POINTS, ["low", "high", "low"], threshold=0.5)

    np.testing.assert_allclose(boundary(ax)[0][:, 0], 0.5)


def test_with_several_outputs_the_largest_wins() -> None:
    ax = plots.decision_boundary(lambda point: [Value(point[0]), point[1]], POINTS, [0, 1, 0])

    (border,), (region,) = boundary(ax), boundary(ax, filled=True)
    np.testing.assert_allclose(border[:, 0], border[:, 1], atol=1e-12)
    assert (region[:, 1] >= region[:, 0] - 1e-12).all()  # the second output is y, and label 1 is where it is larger


def test_a_model_that_says_the_same_everywhere_has_no_boundary() -> None:
    assert not boundary(plots.decision_boundary(lambda point: 0.0, POINTS, LABELS))
    assert not boundary(plots.decision_boundary(lambda point: 1.0, POINTS, LABELS))


def test_the_points_of_each_label_have_their_own_shape_and_filling() -> None:
    ax = plots.decision_boundary(lambda point: point[0], POINTS, LABELS)
    first, second = [c for c in ax.collections if isinstance(c, mpl.collections.PathCollection)]

    np.testing.assert_array_equal(first.get_offsets(), POINTS[:1])
    np.testing.assert_array_equal(second.get_offsets(), POINTS[1:])
    assert len(first.get_paths()[0].vertices) != len(second.get_paths()[0].vertices)
    assert first.get_facecolor().tolist() == first.get_edgecolor().tolist()
    assert second.get_facecolor().tolist() != second.get_edgecolor().tolist()


def test_a_model_is_asked_for_its_boundary_without_recording_a_graph() -> None:
    weight, outputs = Value(2.0), []

    def model(point: list[float]) -> Value:
        outputs.append(weight * point[0])
        return outputs[-1]

    plots.decision_boundary(model, POINTS, LABELS)

    assert outputs
    assert all(output.operands == () for output in outputs)


# ---------------------------------------------------------------- units and weights


def test_pre_activations_tell_which_share_is_saturated() -> None:
    ax = plots.pre_activations({"first": [[Value(0.0), 1.0], [3.0, -3.0]], "last": [0.0]}, tanh)

    assert texts(ax) == ["50 % saturated", "0 % saturated"]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["first", "last"]
    assert zones(ax)[1][0] == pytest.approx(math.atanh(math.sqrt(0.9)), abs=0.01)


def test_the_saturated_share_is_exact_however_wide_the_range() -> None:
    ax = plots.pre_activations([[-1000.0, 1.7, 1.9, 1000.0]], "tanh")  # the border is at 1.818

    assert texts(ax) == ["75 % saturated"]


def test_the_histogram_of_a_layer_counts_all_its_values() -> None:
    values = [-6.0, 0.01, 0.01, 0.01, 8.0]
    ax = plots.pre_activations([values], relu)
    (steps,) = [patch for patch in ax.patches if isinstance(patch, mpl.patches.StepPatch)]
    tops, edges, base = steps.get_data()

    np.testing.assert_allclose((base - tops) / 0.8 * 3, np.histogram(values, edges)[0], atol=1e-12)
    assert ax.get_xlim() == (-6.0, 8.0)


def test_a_unit_is_dead_if_no_example_of_the_batch_wakes_it() -> None:
    batch = [[Value(-3.0), -4.0], [-1.0, -2.0], [2.0, -1.0]]  # lesson 12: one example still wakes the first unit
    ax = plots.dead_units(batch)

    assert ax.get_title(loc="left") == "1 of 2 units never fire"
    assert [bar.get_height() for bar in ax.patches] == pytest.approx([100.0 / 3.0, 0.0])
    np.testing.assert_array_equal(ax.lines[0].get_xydata(), [[1.0, 0.0]])


def test_dead_units_take_counts_too() -> None:
    ax = plots.dead_units([3, 0, 7])

    assert [bar.get_height() for bar in ax.patches] == [3.0, 0.0, 7.0]
    assert list(ax.lines[0].get_xdata()) == [1]


def test_weights_share_one_scale_with_0_in_its_middle() -> None:
    rows = [[1.0, 2.0, 3.0, -4.0], [0.5, 0.0, 0.0, 0.25]]
    ax = plots.weights_as_images(rows, shape=(2, 2))
    (image,) = ax.images
    sheet = image.get_array().filled(math.nan)
    bar = ax.figure.axes[1]

    assert (image.norm.vmin, image.norm.vmax) == (-4.0, 4.0)
    np.testing.assert_array_equal(sheet[:, :2], [[1.0, 2.0], [3.0, -4.0]])
    np.testing.assert_array_equal(sheet[:, 3:], [[0.5, 0.0], [0.0, 0.25]])
    assert mpl.colors.to_hex(image.cmap(image.norm(0.0))) == "#ffffff"
    assert [label.get_text() for label in bar.get_yticklabels()] == ["−4", "0", "+4"]


def test_negative_weights_carry_a_stroke() -> None:
    ax = plots.weights_as_images([1.0, -2.0, -1.0, 2.0], shape=(2, 2))

    np.testing.assert_array_equal(ax.collections[0].get_offsets(), [[1.0, 0.0], [0.0, 1.0]])


@pytest.mark.parametrize(
    ("model", "units"), [(MLP(4, [3, 2]), 3), (MLP(4, [3, 2]).layers[0], 3), (Neuron(4), 1), ([0.0] * 4, 1)]
)
def test_of_a_model_the_first_layer_is_shown(model: Any, units: int) -> None:
    ax = plots.weights_as_images(model, shape=(2, 2))

    assert len(ax.patches) == units
