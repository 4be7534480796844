"""Plots of functions, training and networks, drawn by matplotlib: `pip install 'stepgrad[plot]'`.

>>> from autograd.draw import plots
>>> axes = plots.activation("sigmoid", "tanh")
>>> [ax.get_title(loc="left") for ax in axes]
['sigmoid', 'tanh']

Every plot draws on the matplotlib `ax` that it is given, or on a new figure, and returns the Axes;
`ax.figure.savefig("x.png")` keeps it. None calls `show` or changes a global setting. `theme` is "light" or "dark".

Where numbers are asked for, Values will do. An empty list, a wrong length, nan or infinity is a ValueError that says
where it stands, something that is no number a TypeError; no figure is left behind then.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from numbers import Real
from typing import TYPE_CHECKING, Any

from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.plot_style import (
    AT_CURVE,
    SMALL,
    by_layer,
    canvas,
    hatch,
    label_ends,
    logarithmic,
    numbers,
    numpy,
    outlined,
    table,
    whole_numbers,
)
from autograd.draw.tokens import tint, tokens
from autograd.nn import Module
from autograd.op import Op, find
from autograd.value import Value
from autograd.watching import no_grad

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLASSICAL = ("sigmoid", "tanh", "relu", "leaky_relu")
RUN_COLOURS = ("ink", "positive", "negative", "muted")
DASHES: tuple[Any, ...] = ("-", (0, (4, 1.6)), (0, (1.2, 1.2)), (0, (6, 1.6, 1.2, 1.6)))


# ---------------------------------------------------------------- activations


def activation(
    *ops: Op | str, low: float = -5.0, high: float = 5.0, ax: Any = None, theme: str = "light", **parameters: Any
) -> Any:
    """Each function with its derivative, one column per activation; the classical four if none is named.

    Hatched is where it is saturated: the derivative is below a tenth of its maximum. Where a curve jumps, rings end
    its parts and a dot is the value taken.

    Args:
        ops: ops or their names. Operands after the first are given by name, as `slope=0.1`.
        low, high: the range of x.
        ax: as many Axes as there are ops.

    Returns:
        The Axes; a list if there are several.

    Raises:
        ValueError: the range is empty, no op has such a parameter, or a function is finite nowhere in the range.
        TypeError: what is given is no op, or an operand is missing.
        UnknownOpError: there is no op of that name.
    """
    chosen = [_op(given) for given in ops or CLASSICAL]
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"low must be less than high and both finite, got low={low}, high={high}")
    given = {name: numbers([x], name)[0] for name, x in parameters.items()}
    for name in given:
        if not any(name in op.operands[1:] for op in chosen):
            raise ValueError(f"there is no parameter {name!r} in {', '.join(op.name for op in chosen)}")
    curves = [_curve(op, low, high, given) for op in chosen]
    with canvas(ax, theme, *(curve.title for curve in curves), size=(4.8, 3.8)) as (plots, colour):
        for plot, curve in zip(plots, curves, strict=True):
            _draw_curve(plot, curve, colour)
    return plots[0] if len(plots) == 1 else plots


def _op(given: Any) -> Op:
    op = find(given) if isinstance(given, str) else given
    if not isinstance(op, Op):
        raise TypeError(f"only an op knows its derivative, got {op!r}: write @activation above the function")
    return op


@dataclass(frozen=True)
class _Curve:
    """A function and its derivative at many x, as arrays; nan where they are not finite.

    Attributes:
        kinks: the indices of kinks; beside each stand the points just left and right of it.
        peak: the index of the steepest point; None if the range ends before it is reached.
        limit: the size of the derivative up to which the function is saturated; nan if nobody knows its maximum.
        zones: from which x to which it is saturated.
    """

    title: str
    xs: Any
    ys: Any
    slopes: Any
    kinks: list[int]
    peak: int | None
    limit: float
    zones: list[tuple[float, float]]


def _curve(op: Op, low: float, high: float, given: Mapping[str, float]) -> _Curve:
    np = numpy()

    own = {name: x for name, x in given.items() if name in op.operands}
    operands = op.bind((0.0,), own)[1:]
    near = 1e-9 * (high - low)
    kinks = [x for x in (op.kinks(0.0, *operands) if callable(op.kinks) else op.kinks) if low < x < high]
    steepest = getattr(op, "steepest", math.nan)
    even = [x for x in np.linspace(low, high, 1001) if all(abs(x - kink) > near for kink in kinks)]
    special = [x for kink in kinks for x in (kink - near, kink, kink + near)]
    xs = np.unique([*even, *special, *([steepest] if low <= steepest <= high else [])])

    def finite(function: Callable[..., float]) -> Any:
        ys = [function(x, *operands) for x in xs.tolist()]  # floats: a learner's formula may not take arrays
        return np.array([y if math.isfinite(y) else math.nan for y in ys])

    ys, slopes = finite(op), finite(op.derivative)
    slopes[np.isnan(ys)] = math.nan  # a rule may go on where the function does not, as 1 / x for log
    known = np.flatnonzero(~np.isnan(slopes))
    if not len(known):
        raise ValueError(f"{op.name} or its derivative is finite nowhere from {low} to {high}")
    largest = np.nanmax(slopes)
    highest = np.flatnonzero(slopes >= largest - 1e-9 * abs(largest))
    best = int(np.searchsorted(xs, steepest) if steepest in xs[highest] else highest[len(highest) // 2])
    peak = None if len(highest) == 1 and best in known[[0, -1]] else best
    sizes = [*np.abs(slopes), *([] if math.isnan(steepest) else [abs(op.derivative(steepest, *operands))])]
    limit = tokens()["saturation"]["local_below_fraction_of_max"] * float(np.nanmax(sizes))
    if peak is None and math.isnan(steepest):  # it becomes steeper and steeper, as exp
        limit = math.nan
    zones = []
    for saturated, run in groupby(zip(xs.tolist(), np.abs(slopes) <= limit, strict=True), key=lambda point: point[1]):
        places = [x for x, _ in run]
        if saturated and places[0] < places[-1]:
            zones.append((places[0], places[-1]))
    title = ", ".join([op.name, *(f"{name} {value_text(x)}" for name, x in own.items())])
    return _Curve(title, xs, ys, slopes, [int(np.searchsorted(xs, kink)) for kink in kinks], peak, limit, zones)


def _draw_curve(ax: Axes, curve: _Curve, colour: Mapping[str, str]) -> None:
    np = numpy()

    hatch(ax, curve.zones, colour)
    ax.axhline(0.0, color=colour["line"], linewidth=1.2, zorder=1)
    ax.axvline(0.0, color=colour["line"], linewidth=1.2, zorder=1)
    xs, ink, now = curve.xs, colour["ink"], colour["now"]
    ends: list[tuple[float, float, str, Any]] = []
    for name, ys, hue, width, dash in (
        ("value", curve.ys, ink, 3.0, DASHES[0]),
        ("derivative", curve.slopes, now, 2.6, DASHES[1]),
    ):
        line = ys.copy()
        for i in curve.kinks:
            if abs(ys[i + 1] - ys[i - 1]) > 1e-6 * (np.nanmax(ys) - np.nanmin(ys)):
                line[i] = math.nan
                ring: dict[str, Any] = {"color": hue, "marker": "o", "markersize": 8, "linestyle": "", "zorder": 3}
                ax.plot(xs[[i, i]], ys[[i - 1, i + 1]], mfc=colour["ground"], mew=2.0, **ring)
                ax.plot(xs[i], ys[i], **ring)
        ax.plot(xs, line, color=hue, linewidth=width, linestyle=dash, solid_capstyle="round", label=name)
        ends.append((xs[-1], ys[~np.isnan(ys)][-1], name, hue))
    ax.set(xlabel="x, hatched: saturated" if curve.zones else "x", xlim=(xs[0], xs[-1]))
    ax.margins(y=0.14)
    label_ends(ax, ends)
    if curve.peak is not None:
        x, y, slope = xs[curve.peak], curve.ys[curve.peak], curve.slopes[curve.peak]
        ax.plot(x, slope, marker="o", markersize=9, color=now, label="maximum", zorder=4)
        side = "left" if y > 1.5 * slope else "right"  # of the text: where the function most often is not
        offset = (4 if side == "left" else -4, 6)
        text = ax.annotate(f"max {value_text(slope)}", (x, slope), offset, ha=side, va="bottom", color=now, **AT_CURVE)
        outlined(text, colour)


# ---------------------------------------------------------------- training


def loss_curve(losses: Any, *, log: bool = False, ax: Any = None, theme: str = "light") -> Axes:
    """The loss after each step; several runs if `losses` is a dict from their names to their losses.

    Where the rest of a run cannot be drawn, its label says why: "nan from step 57". On a logarithmic scale, which
    shows small losses, that goes for 0 too.
    """
    given = losses if isinstance(losses, Mapping) else {"": losses}
    with canvas(ax, theme, "loss") as ([plot], colour):
        styles = [
            {"color": colour[RUN_COLOURS[i % 4]], "linestyle": DASHES[(i + i // 4) % 4], "linewidth": 2.6}
            for i in range(len(given))
        ]
        _draw_runs(plot, given, styles, log)
    return plot


def gradient_magnitudes(history: Any, *, ax: Any = None, theme: str = "light") -> Axes:
    """The mean |gradient| of each layer during training, on a logarithmic scale: does it vanish, does it explode?

    The first layer is darkest. What cannot be drawn is told as by `loss_curve`.

    Args:
        history: a list with `layer_gradients(model)` of each step, or a dict from each layer to its numbers.
    """
    if not isinstance(history, Mapping):
        steps = list(history)
        for i, step in enumerate(steps):
            if list(step) != list(steps[0]):
                raise ValueError(f"step {i} has the layers {list(step)}, step 0 has {list(steps[0])}")
        history = {layer: [step[layer] for step in steps] for layer in (steps[0] if steps else ())}
    history = {layer: numbers(sizes, layer, finite=False) for layer, sizes in history.items()}
    for layer, sizes in history.items():
        if min(sizes) < 0.0:
            raise ValueError(f"{layer} has a size below 0: give the mean of |gradient|, as layer_gradients does")
    size = (6.4, max(4.2, 0.3 * len(history)))
    with canvas(ax, theme, "mean |gradient| of each layer", size=size) as ([plot], colour):
        from matplotlib.colors import LinearSegmentedColormap

        shades = LinearSegmentedColormap.from_list("layers", [colour["ink"], colour["muted"]], max(len(history), 2))
        styles = [{"color": shades(i), "linewidth": 2.6} for i in range(len(history))]
        _draw_runs(plot, history, styles, log=True)
    return plot


def _draw_runs(ax: Axes, given: Mapping[str, Any], styles: Sequence[Mapping[str, Any]], log: bool) -> None:
    runs = {name: numbers(ys, name or "losses", finite=False) for name, ys in given.items()}
    shown = [[y if math.isfinite(y) and (y > 0.0 or not log) else math.nan for y in ys] for ys in runs.values()]
    known = [y for ys in shown for y in ys if not math.isnan(y)]
    if not known:
        raise ValueError(f"no number is finite{' and above 0' if log else ''}: there is nothing to draw")
    ends: list[tuple[float, float, str, Any]] = []
    for (name, ys), drawn, style in zip(runs.items(), shown, styles, strict=True):
        ax.plot(drawn, **style)
        last = max((i for i, y in enumerate(drawn) if not math.isnan(y)), default=-1)
        broken = last < len(ys) - 1
        text = f"{value_text(ys[last + 1])} from step {last + 1}" if broken else value_text(ys[last], 3)
        x, y = (last, ys[last]) if last >= 0 else (len(ys) - 1, min(known))
        if last >= 0:
            ax.plot(x, y, marker="X" if broken else "o", markersize=8, color=style["color"])
        ends.append((x, y, f"{name}  {text}".strip(), style["color"]))
    ax.set_xlabel("step")
    whole_numbers(ax.xaxis)
    if log:
        logarithmic(ax, "y")
    label_ends(ax, ends)


def layer_gradients(model: Module) -> dict[str, float]:
    """The mean |gradient| of each layer as it stands now: what to keep of every step for `gradient_magnitudes`.

    A layer is the path of its parameters up to the first number.

    >>> from autograd.nn import MLP
    >>> layer_gradients(MLP(2, [3, 1], rng=0))
    {'layers.0': 0.0, 'layers.1': 0.0}
    """
    return {layer: _mean_size(gradients) for layer, gradients in _gradients(model).items()}


def _gradients(model: Module) -> dict[str, list[float]]:
    layers: dict[str, list[float]] = {}
    for path, parameter in model.named_parameters():
        layers.setdefault(layer_of(path), []).append(parameter.grad)
    return layers


def layer_of(path: str) -> str:
    """The layer that a parameter belongs to: its path up to the first number.

    >>> layer_of("layers.0.neurons.3.w.1"), layer_of("slope")
    ('layers.0', 'slope')
    """
    parts = path.split(".")
    first_number = next((i for i, part in enumerate(parts) if part.isdigit()), len(parts))
    return ".".join(parts[: first_number + 1])


def _mean_size(gradients: Sequence[float]) -> float:
    return sum(map(abs, gradients)) / len(gradients)


def gradient_flow(model: Any, *, ax: Any = None, theme: str = "light") -> Axes:
    """Every gradient of each layer as it stands now: a strip of strokes per layer, on a logarithmic scale of size.

    Strokes above the line are positive, below it negative; the dot is the mean size. Zeros, for which the scale has
    no place, are counted beside the strip.

    Args:
        model: a Module, or a dict from each layer to its gradients or to Values, whose `grad` counts.

    Raises:
        ValueError: every gradient is 0, as before a backward pass.
    """
    layers = by_layer(_gradients(model) if isinstance(model, Module) else model, "grad")
    sizes = [abs(gradient) for gradients in layers.values() for gradient in gradients if gradient]
    if not sizes:
        raise ValueError("every gradient is 0: call backward() on the loss first")
    notes = []
    with canvas(ax, theme, "gradients of each layer", size=(6.4, 1.6 + 0.6 * len(layers))) as ([plot], colour):
        for row, gradients in enumerate(layers.values()):
            for hue, sign in (("positive", 1), ("negative", -1)):
                strokes = [abs(gradient) for gradient in gradients if gradient * sign > 0]
                plot.vlines(strokes, row - 0.36 * sign, row, color=colour[hue], linewidth=1.4, alpha=0.7)
            mean, zeros = _mean_size(gradients), gradients.count(0.0)
            if mean:
                plot.plot(mean, row, marker="o", markersize=8, color=colour["ink"])
            notes.append(f"mean {value_text(mean, 3)}" + (f"\n{zeros} of {len(gradients)} are 0" if zeros else ""))
        plot.set(xlabel="|gradient|, above the line +, below −", xlim=(min(sizes) / 1.5, max(sizes) * 1.5))
        logarithmic(plot, "x")
        _name_rows(plot, list(layers), notes, colour)
    return plot


def decision_boundary(
    model: Callable[[list[float]], Any],
    points: Any,
    labels: Iterable[Any],
    *,
    threshold: float = 0.0,
    ax: Any = None,
    theme: str = "light",
) -> Axes:
    """Which label a model gives to each place of the plane, and the points that it learns from.

    With one output it is the higher one of two labels where the score is above the threshold; with several it is the
    index of the largest.

    Args:
        model: takes [x, y] and gives one number or Value, or a list of them. It is called under `no_grad`.
        points: pairs of numbers.
        labels: one for each point; indices where the model has several outputs.
        threshold: of a single output; 0.5 if it is a probability.
    """
    np = numpy()

    xs, ys = table(points, "point", 2).T
    marks = [label.data if isinstance(label, Value) else label for label in labels]
    if len(marks) != len(xs):
        raise ValueError(f"each point needs a label, got {len(xs)} points and {len(marks)} labels")
    sides = []
    for line in (xs, ys):
        margin = 0.12 * (line.max() - line.min()) or 1.0
        sides.append(np.linspace(line.min() - margin, line.max() + margin, 61))

    def scores(place: list[float]) -> list[float]:
        out = model(place)
        return numbers(out if isinstance(out, Iterable) else [out], f"the output at {place}")

    with no_grad():
        grid = np.array([[scores([x, y]) for x in sides[0].tolist()] for y in sides[1].tolist()])
    outputs = grid.shape[2]
    classes: list[Any] = sorted(set(marks)) if outputs == 1 else list(range(outputs))
    if len(classes) != max(outputs, 2) or not set(marks) <= set(classes):
        kinds = "two labels" if outputs == 1 else f"the labels 0 to {outputs - 1}"
        raise ValueError(f"a model with {outputs} outputs tells {kinds} apart, got {sorted(set(marks))}")
    if outputs == 1:
        grid = np.insert(grid, 0, threshold, axis=2)  # what the score has to exceed is the score of the lower label
    with canvas(ax, theme, "decision boundary") as ([plot], colour):
        from matplotlib.colors import LinearSegmentedColormap

        hues = [colour[name] for name in (("negative", "positive") if len(classes) == 2 else RUN_COLOURS)]
        for k, label in enumerate(classes):
            hue = hues[k % len(hues)]
            pale = LinearSegmentedColormap.from_list("pale", [colour["ground"], hue])(0.2)
            lead = grid[..., k] - np.delete(grid, k, axis=2).max(axis=2)
            if k == 0:
                plot.set_facecolor(pale)  # a tie goes to the first label
            elif lead.max() > 0.0:
                plot.contourf(*sides, lead, levels=[0.0, lead.max() + 1.0], colors=[pale], zorder=0)
                if lead.min() < 0.0:
                    plot.contour(*sides, lead, levels=[0.0], colors=colour["ink"], linewidths=2.5)
            mine = [mark == label for mark in marks]
            name = value_text(float(label)) if isinstance(label, Real) else str(label)
            inside = colour["ground"] if k % 2 else hue
            style: dict[str, Any] = {"facecolors": inside, "edgecolors": hue, "linewidths": 1.8, "zorder": 3}
            plot.scatter(xs[mine], ys[mine], s=42, marker="DosPv^X"[k % 7], label=name, **style)
        plot.grid(visible=False)
        plot.set(xlim=sides[0][[0, -1]], ylim=sides[1][[0, -1]])
        plot.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, labelcolor=colour["ink"])
    return plot


# ---------------------------------------------------------------- units and weights


def pre_activations(values: Any, op: Op | str, *, ax: Any = None, theme: str = "light") -> Axes:
    """How the pre-activations of each layer are distributed, and which share of them lies where `op` is saturated.

    Hatched: the derivative of `op` is below a tenth of its maximum. Every row has a height of its own.

    Args:
        values: a dict from each layer to its numbers, or a list of layers; lists may be nested.
        op: the activation that follows, or its name.
    """
    np = numpy()

    op = _op(op)
    layers = by_layer(values)
    low, high = min(-5.0, *map(min, layers.values())), max(5.0, *map(max, layers.values()))
    curve = _curve(op, low, high, {})
    edges = np.linspace(low, high, 101)
    notes = []
    size = (6.4, 1.6 + 0.7 * len(layers))
    with canvas(ax, theme, f"pre-activations of {op.name}", size=size) as ([plot], colour):
        hatch(plot, curve.zones, colour)
        plot.axvline(0.0, color=colour["line"], linewidth=1.2, zorder=1)
        for row, found in enumerate(layers.values()):
            counts, _ = np.histogram(found, edges)
            tops = row + 0.36 - 0.8 * counts / counts.max()
            plot.stairs(tops, edges, baseline=row + 0.36, fill=True, color=colour["ink"])
            share = sum(abs(op.derivative(x)) <= curve.limit for x in found) / len(found)
            notes.append(f"{value_text(100.0 * share, 2)} % saturated")
        plot.set(xlabel="pre-activation, hatched: saturated" if curve.zones else "pre-activation", xlim=(low, high))
        _name_rows(plot, list(layers), notes, colour)
        plot.grid(visible=False, axis="y")
    return plot


def _name_rows(ax: Axes, names: Sequence[str], notes: Sequence[str], colour: Mapping[str, str]) -> None:
    """One row for each name, the first on top, with a note beside it."""
    ax.set(ylim=(len(names) - 0.5, -0.5), yticks=range(len(names)), yticklabels=names)
    ax.tick_params(axis="y", labelcolor=colour["ink"])
    for row, note in enumerate(notes):
        place = ax.get_yaxis_transform()
        ax.text(1.02, row, note, transform=place, va="center", fontsize=SMALL, color=colour["muted"])


def dead_units(batch: Iterable[Any], *, ax: Any = None, theme: str = "light") -> Axes:
    """On how much of a batch each unit fires, that is, gives more than 0; a cross where it never does.

    Args:
        batch: one row per example with the output or pre-activation of each unit; or one row of whole numbers: how
            often each unit fired.
    """
    rows = list(batch)
    if rows and isinstance(rows[0], Iterable):
        fired = (100.0 * (table(rows, "example") > 0.0).mean(axis=0)).tolist()
        quantity = f"fires on % of {len(rows)} examples"
    else:
        fired, quantity = numbers(rows, "counts"), "times fired"
        if any(count < 0 or count % 1 for count in fired):
            raise ValueError("counts are whole numbers from 0 on; of outputs give one row per example")
    dead = [unit for unit, often in enumerate(fired) if often == 0]
    with canvas(ax, theme, f"{len(dead)} of {len(fired)} units never fire") as ([plot], colour):
        plot.bar(range(len(fired)), fired, color=colour["line"])
        plot.plot(dead, [0.0] * len(dead), "X", color=colour["now"], markersize=10, clip_on=False, zorder=4)
        plot.set(xlabel="unit", ylabel=quantity, xlim=(-0.7, len(fired) - 0.3), ylim=(0.0, 1.05 * max(*fired, 1.0)))
        plot.grid(visible=False, axis="x")
        plot.tick_params(axis="x", pad=8)
        whole_numbers(plot.xaxis)
        whole_numbers(plot.yaxis)
    return plot


def weights_as_images(model: Any, shape: tuple[int, int] = (8, 8), *, ax: Any = None, theme: str = "light") -> Axes:
    """The weights into each unit as a small image, all on one heat scale that has 0 in its middle.

    A stroke marks negative weights, so that the sign survives a print in grey.

    Args:
        model: a Module, of which the first layer is shown; or rows of numbers, one for each unit; or a single row.
        shape: rows and columns of an image.
    """
    np = numpy()

    if isinstance(model, Module):
        layer = getattr(model, "layers", [model])[0]
        model = [neuron.w for neuron in getattr(layer, "neurons", [layer])]
    rows = list(model)
    high, wide = shape
    units = table(rows if rows and isinstance(rows[0], Iterable) else [rows], "unit", high * wide)
    stacked = max(1, round(math.sqrt(len(units) * wide / (1.5 * high))))
    across = math.ceil(len(units) / stacked)
    corners = [(i // across * (high + 1), i % across * (wide + 1)) for i in range(len(units))]
    sheet = np.full((corners[-1][0] + high, across * (wide + 1) - 1), np.nan)
    for unit, (top, left) in zip(units, corners, strict=True):
        sheet[top : top + high, left : left + wide] = unit.reshape(shape)
    full = float(np.abs(units).max()) or 1.0
    size = (6.4, 0.9 + 5.2 * sheet.shape[0] / sheet.shape[1])
    with canvas(ax, theme, "weights", size=size) as ([plot], colour):
        from matplotlib.colors import ListedColormap
        from matplotlib.patches import Rectangle

        heat = ListedColormap([tint(theme, i / 100.0) for i in range(-100, 101)])
        image = plot.imshow(sheet, cmap=heat, vmin=-full, vmax=full)
        for top, left in corners:
            frame = Rectangle((left - 0.5, top - 0.5), wide, high, fill=False, ec=colour["line"], clip_on=False)
            plot.add_patch(frame)
        down, right = np.nonzero(sheet < -0.15 * full)
        plot.scatter(right, down, s=8, marker="_", color=colour["ink"], linewidth=0.8, alpha=0.6)
        plot.set_axis_off()
        bar = plot.figure.colorbar(image, ax=plot, ticks=[-full, 0.0, full], fraction=0.05)
        bar.ax.set_yticklabels([gradient_text(x, 3) for x in (-full, 0.0, full)])
        bar.ax.tick_params(colors=colour["muted"], labelsize=SMALL, length=0)
        bar.outline.set_edgecolor(colour["line"])
    return plot
