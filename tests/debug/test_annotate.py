"""The user's own lines with what each of them computed, and the gradient that came through it."""

import functools
import html.parser
import linecache
import math
import operator

import pytest
from traced_graphs import hand_made

import autograd
from autograd import Value, debug, nn
from autograd.debug import annotate
from autograd.errors import GraphError


def shown(annotated):
    """For each line with something beside it: its code, the value, the gradient."""
    return [(line.text.strip(), line.value, line.gradient) for line in annotated.lines if line.value or line.gradient]


def neuron(w, x, b):
    n = w * x + b
    return n.tanh()


def test_every_line_stands_there_with_its_number_and_what_it_computed():
    first = neuron.__code__.co_firstlineno
    annotated = annotate(neuron, 2.0, 0.5, -1.0)

    assert str(annotated) == (
        f"{first}  def neuron(w, x, b):\n"
        f"{first + 1}      n = w * x + b     0 (last of 2)  grad +1\n"
        f"{first + 2}      return n.tanh()               0  grad +1"
    )


def test_the_gradient_of_a_line_is_that_of_what_it_computed():
    w, x, b = Value(0.7), Value(-1.5), Value(0.25)
    n = w * x + b
    y = n.tanh()
    y.backward()
    lines = annotate(neuron, w, x, b).lines

    assert [line.value for line in lines] == ["", "−0.8 (last of 2)", "−0.664"]
    assert [line.gradient for line in lines] == ["", f"grad +{n.grad:.4f}", "grad +1"]
    assert w.grad == n.grad * -1.5  # the pass of annotate() left all gradients alone


# ---------------------------------------------------------------- forms of code


def test_a_loop_shows_its_last_turn_and_how_many_there_were():
    def powers(x):
        y = x
        for _ in range(3):
            y = y * x
        return y

    assert shown(annotate(powers, 2.0)) == [("y = y * x", "16 (last of 3)", "grad +1")]


def test_a_comprehension_counts_for_its_line():
    def squares(xs):
        terms = [
            x**2
            for x in xs
        ]  # fmt: skip
        return sum(terms)

    assert shown(annotate(squares, [1.0, 2.0, 3.0])) == [
        ("x**2", "9 (last of 3)", "grad +1"),
        ("return sum(terms)", "14 (last of 3)", "grad +1"),
    ]


def test_a_function_that_is_called_counts_for_the_line_that_calls():
    def loss(w, x):
        y = neuron(w, x, 1.0)
        return (y - 1.0) ** 2

    assert [text for text, *_ in shown(annotate(loss, 2.0, 0.5))] == ["y = neuron(w, x, 1.0)", "return (y - 1.0) ** 2"]
    assert shown(annotate(loss, 2.0, 0.5))[0][1] == "0.964 (last of 3)"


def test_a_function_inside_shows_its_own_lines():
    def loss(x):
        def squared(t):
            return t * t

        return squared(x) + squared(x)

    assert shown(annotate(loss, 3.0)) == [
        ("return t * t", "9 (last of 2)", "grad +1"),
        ("return squared(x) + squared(x)", "18", "grad +1"),
    ]


def test_a_function_that_calls_itself_counts_where_it_computes():
    def factorial(x, n):
        if n == 0:
            return x
        return factorial(x * float(n), n - 1)

    assert shown(annotate(lambda x: factorial(x, 3), 1.0))[0][1:] == ("6 (last of 3)", "grad +1")


def test_a_generator_counts_where_it_computes():
    def loss(xs):
        def doubled():
            for x in xs:
                yield x * 2.0

        return sum(doubled(), Value(0.0))

    assert [row[1] for row in shown(annotate(loss, [1.0, 2.0]))] == ["4 (last of 2)", "6 (last of 2)"]


def test_a_model_is_given_as_it_is_and_counts_for_the_line_that_calls():
    model = nn.MLP(2, [2, 1], rng=0)

    def loss(model, x, target):
        score = model(x)
        return (score - target) ** 2

    rows = shown(annotate(loss, model, [0.5, -1.0], 1.0))

    assert [(text, value.partition(" ")[2]) for text, value, _ in rows] == [
        ("score = model(x)", "(last of 5)"),
        ("return (score - target) ** 2", "(last of 2)"),
    ]
    assert all(parameter.grad == 0.0 for parameter in model.parameters())


def test_a_method_shows_the_lines_of_its_class():
    class Line(nn.Module):
        def __init__(self):
            self.slope = Value(2.0)

        def __call__(self, x):
            return self.slope * x

    line = Line()

    assert shown(annotate(line.__call__, 3.0)) == [("return self.slope * x", "6", "grad +1")]


def test_a_lambda_shows_its_line():
    squared = lambda x: x * x  # noqa: E731

    assert shown(annotate(squared, 3.0)) == [("squared = lambda x: x * x  # noqa: E731", "9", "grad +1")]


def test_a_decorated_function_shows_its_own_lines():
    def doubled(function):
        @functools.wraps(function)
        def wrapper(*arguments):
            return function(*arguments) * 2.0

        return wrapper

    @doubled
    def squared(x):
        return x * x

    assert shown(annotate(squared, 3.0)) == [("return x * x", "9", "grad +2")]


def test_a_decorator_of_the_library_is_looked_through():
    @autograd.no_grad()
    def squared(x):
        return x * x

    assert [row[:2] for row in shown(annotate(squared, 3.0))] == [("return x * x", "9")]


def test_a_cell_of_a_notebook_is_found_through_linecache():
    cell = "def cubed(x):\n    y = x * x\n    return y * x\n"
    linecache.cache["<cell 3>"] = (len(cell), None, cell.splitlines(keepends=True), "<cell 3>")
    scope = {}
    exec(compile(cell, "<cell 3>", "exec"), scope)

    assert str(annotate(scope["cubed"], 2.0)) == (
        "1  def cubed(x):\n2      y = x * x     4  grad +2\n3      return y * x  8  grad +1"
    )
    del linecache.cache["<cell 3>"]


def test_a_line_without_effect_on_the_result_has_gradient_0():
    def wasteful(x):
        idle = x * 100.0
        return x + 0.0 * idle.data

    assert shown(annotate(wasteful, 2.0))[0] == ("idle = x * 100.0", "200", "grad 0")


def test_broken_numbers_are_shown():
    def broken(x):
        y = x.log()
        return y * 0.0

    assert shown(annotate(broken, 0.0)) == [("y = x.log()", "−inf", "grad 0"), ("return y * 0.0", "nan", "grad +1")]


def test_what_is_no_number_is_given_as_it_is():
    def chosen(x, name, flag=None):
        return getattr(x, name)() if flag is None else x

    assert shown(annotate(chosen, 0.0, "exp"))[0][1:] == ("1", "grad +1")
    assert shown(annotate(chosen, 0.0, "exp", {"any": "thing"})) == []


# ---------------------------------------------------------------- HTML


class Cells(html.parser.HTMLParser):
    """The text of each cell, and the names of all tags."""

    def __init__(self):
        super().__init__()
        self.cells, self.tags = [], set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag == "td":
            self.cells.append("")

    def handle_data(self, data):
        if self.cells:
            self.cells[-1] += data


def test_html_holds_the_same_and_escapes_the_code():
    def hostile(x):
        return x * (1.0 if "</pre><script>alert('&amp;')</script>" else 2.0)

    annotated = annotate(hostile, 3.0)
    cells = Cells()
    cells.feed(annotated._repr_html_())
    rows = [tuple(cells.cells[i : i + 4]) for i in range(0, len(cells.cells), 4)]

    assert rows == [(str(line.number), line.text, line.value, line.gradient) for line in annotated.lines]
    assert cells.tags == {"table", "thead", "tbody", "tr", "th", "td", "pre"}


# ---------------------------------------------------------------- refused


@pytest.mark.parametrize(
    "function", [math.sin, operator.add, int, functools.partial(neuron, 1.0), nn.MLP(1, [1], rng=0), 3]
)
def test_what_has_no_lines_is_refused(function):
    with pytest.raises(TypeError, match=r"only a Python function has lines to show, got .*: write def f"):
        annotate(function, 1.0)


def test_a_function_without_source_is_refused():
    scope = {}
    exec("def typed(x):\n    return x * x", scope)
    with pytest.raises(OSError, match="could not get source code"):
        annotate(scope["typed"], 1.0)


@pytest.mark.parametrize("result", [None, 3.0, [Value(1.0)], "x"])
def test_a_function_that_returns_no_value_is_refused(result):
    with pytest.raises(TypeError, match="the function must return one Value, got"):
        annotate(lambda: result)


def test_what_the_function_raises_comes_through():
    def failing(x):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        annotate(failing, 1.0)
    with pytest.raises(TypeError, match="missing 2 required positional arguments"):
        annotate(neuron, 1.0)


def test_a_node_made_by_hand_has_no_known_gradient():
    with pytest.raises(GraphError, match="was made by hand and knows no local derivative"):
        annotate(hand_made, 2.0, 3.0)


def test_a_trace_around_it_sees_the_forward_pass_alone():
    with debug.trace() as traced:
        annotate(neuron, 2.0, 0.5, -1.0)

    assert [node.op for node in traced.nodes] == ["", "", "", "mul", "add", "tanh"]
    assert {event.kind for event in traced.events} == {"create"}
