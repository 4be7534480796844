"""A trace in words: short true sentences with the names, and formulas that give the numbers beside them."""

import math
import re

import pytest
from hypothesis import given, settings
from mpmath import mp, mpf
from oracles.exact import EXACT
from traced_graphs import OPS, everything, graphs, hand_made, network

import autograd
from autograd import Value, activation, debug, op
from autograd.debug.trace import Trace
from autograd.debug.words import Teller, is_saturated
from autograd.op import find
from autograd.testing import points

MANY = settings(derandomize=True, deadline=None)


def leaf(label, number):
    return Value(number, label=label)


def named(label, value):
    value.label = label
    return value


def steps(traced, kind, name=None):
    """What the events of a kind say, in order; those to one operand if it is named."""
    teller = Teller(traced)
    return [
        teller.tell(number)
        for number, event in enumerate(traced.events)
        if event.kind == kind and name in (None, teller.name(event.node if event.operand is None else event.operand))
    ]


def sentences(root, kind, name=None):
    return [step.sentence for step in steps(debug.trace(root), kind, name)]


# ---------------------------------------------------------------- golden sentences


def neuron():
    w, x, b = leaf("w", 2.0), leaf("x", 3.0), leaf("b", -6.5)
    h = named("h", named("n", named("p", w * x) + b).tanh())
    return named("L", h * h + x)


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("create", "b", "b is a leaf: its number, −6.5, was given."),
        ("create", "n", "n = p + b = 6 + (−6.5) = −0.5."),
        ("create", "h", "h = tanh(n) = tanh(−0.5) = −0.4621."),
        ("order", "x", "x is next in the topological order: a leaf has no operands."),
        ("order", "n", "n is next in the topological order: all its operands stand before it."),
        ("seed", "L", "Nudge L: L moves just as far. So the pass begins with ∂L/∂L = 1."),
        ("visit", "L", "L is the root: it passes its seed, +1, on to its operands."),
        ("visit", "n", "n may pass its gradient −0.7269 on: its only use has spoken."),
        ("visit", "h", "h may pass its gradient −0.9242 on: both its uses have spoken."),
        (
            "contribute",
            "n",
            "Nudge n: h moves 0.7864 times as far, and L −0.9242 times as far as h. Together: −0.7269.",
        ),
        ("contribute", "p", "Nudge p: n moves just as far, and L −0.7269 times as far as n. Together: −0.7269."),
        ("finish", "w", "w has its whole gradient: −2.181."),
    ],
)
def test_each_kind_of_event_has_its_sentence(kind, name, expected):
    assert sentences(neuron(), kind, name) == [expected]


def test_an_operand_that_is_used_again_gets_a_sum():
    x = leaf("x", 3.0)
    y = named("y", x * x + x)

    assert sentences(y, "contribute", "x") == [
        "Nudge x: y moves just as far.",
        "x is used three times, so its gradient is a sum: so far 4 = 1 + 3.",
        "x is used three times, so its gradient is a sum: 7 = 1 + 3 + 3.",
    ]


def test_the_uses_are_counted_in_each_pass_anew():
    x = leaf("x", 3.0)
    with debug.trace() as traced:
        for _ in range(2):
            x.grad = 0.0
            named("y", x * 2.0).backward()

    assert [step.sentence for step in steps(traced, "contribute")] == [
        "Nudge x: y moves 2 times as far.",
        "Nudge x: y.2 moves 2 times as far.",
    ]


def test_what_a_leaf_kept_from_an_earlier_pass_is_part_of_the_sum():
    x = leaf("x", 3.0)
    with debug.trace() as traced:
        named("y", x * x * x).backward()
        named("z", x * x).backward()

    assert [step.sentence for step in steps(traced, "contribute", "x")][3:] == [
        "x still has 27 from before this pass, so its gradient is a sum: so far 30 = 27 + 3.",
        "x is used twice, so its gradient is a sum: 33 = 27 + 3 + 3.",
    ]


def test_a_sum_of_negative_gradients_has_brackets():
    x = leaf("x", 0.5)
    y = named("y", x * -2.0 + x * -3.0)

    assert sentences(y, "contribute", "x")[-1] == "x is used twice, so its gradient is a sum: −5 = −3 + (−2)."


def test_a_node_with_many_uses_waits_for_all():
    x = leaf("x", 1.0)
    y = named("y", x + 1.0)

    assert sentences(y * y * y * y * y, "visit", "y") == ["y may pass its gradient +80 on: all its 5 uses have spoken."]
    assert sentences(y * y * y * y * y, "contribute", "y")[-1] == (
        "y is used 5 times, so its gradient is a sum: 80 = 64 + 16."
    )


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda x: -x, "Nudge x: y moves just as far the other way."),
        (lambda x: x - 5.0, "Nudge x: y moves just as far."),
        (lambda x: x * -2.5, "Nudge x: y moves −2.5 times as far."),
        (lambda x: x * 1e-12, "Nudge x: y moves 1e−12 times as far."),
        (lambda x: (-x).relu(), "y lets nothing through to v1: at v1 = −3 the local derivative of relu is 0."),
        (lambda x: x * 0.0, "y lets nothing through to x: here the local derivative of x × 0 by x is 0."),
        (
            lambda x: (x * 0.0).relu(),
            "y has a kink at v1 = 0: by convention the local derivative of relu is 0, and v1 gets 0.",
        ),
        (
            lambda x: x.maximum(3.0),
            "y has a kink here: by convention the local derivative of maximum by x is 0.5, and x gets +0.5.",
        ),
        (
            lambda x: x.minimum(2.0),
            "y lets nothing through to x: here the local derivative of minimum by x is 0.",
        ),
        (
            lambda x: (x * 2.0).tanh(),
            "y is saturated: at v1 = 6 the local derivative of tanh, 2.458e−5, lets little of +1 through to v1.",
        ),
        (
            lambda x: (-x).leaky_relu(0.05),
            "y is saturated: here the local derivative of leaky_relu by v1, 0.05, lets little of +1 through to v1.",
        ),
        (lambda x: (x - 3.0).log(), "y passes +inf on to v1, since at v1 = 0 the local derivative of log is inf."),
        (
            lambda x: (x - 3.0) ** -1,
            "y passes −inf on to v1, since here the local derivative of v1 ** (−1) by v1 is −inf.",
        ),
        (lambda x: (x - 4.0) ** leaf("e", 2.0), "Nudge v1: y moves −2 times as far."),
    ],
)
def test_each_local_derivative_has_its_sentence(make, expected):
    assert sentences(named("y", make(leaf("x", 3.0))), "contribute")[0] == expected


def test_a_gradient_that_is_broken_already_is_said_to_be():
    x = leaf("x", -1.0)
    y = named("y", (x * 2.0 + 2.0).sqrt())

    assert sentences(y, "contribute")[1:] == [
        "v2 has the gradient +inf already: times 1 it is +inf for v1.",
        "v1 has the gradient +inf already: times 2 it is +inf for x.",
    ]


def test_the_nan_of_zero_times_infinity_is_told_as_that():
    x = leaf("x", 0.0)
    y = named("y", named("r", x.log()) * 0.0)

    assert sentences(y, "contribute", "x") == [
        "r passes nan on to x: at x = 0 the local derivative of log is inf, and 0 × inf is nan."
    ]


def test_nan_stands_at_no_kink():
    x = leaf("x", math.nan)

    assert sentences(named("y", x.maximum(x)), "contribute", "x")[0] == "Nudge x: y moves just as far."


def test_behind_a_dead_unit_nothing_is_left_to_pass_on():
    x = leaf("x", -1.0)
    y = named("y", named("z", x * 3.0).relu())

    assert sentences(y, "contribute", "x") == ["z has the gradient 0, so nothing goes on to x."]


def test_zero_times_infinity_is_not_called_nothing():
    x = leaf("x", -1.0)
    y = named("y", named("r", x.relu()).sqrt())

    assert sentences(y, "contribute", "x") == ["r has the gradient +inf already: times 0 it is nan for x."]


def test_a_node_made_by_hand_tells_what_it_adds_and_claims_no_formula():
    a, b = leaf("a", 2.0), leaf("b", 3.0)
    out = hand_made(a, b)
    out.label = "out"
    told = steps(debug.trace(out * 2.0), "contribute", "a")

    assert [step.sentence for step in told] == ["out was made by hand: its own _backward adds +6 to a."]
    assert [step.local for step in told] == ["∂out/∂a"]


def test_a_node_made_by_hand_may_have_the_name_of_an_op():
    x = leaf("x", 0.5)
    out = Value(math.tanh(0.5), (x,), "tanh", label="out")
    out._backward = lambda: None

    assert [step.local for step in steps(debug.trace(out), "contribute")] == ["∂out/∂x"]


def test_an_update_says_from_where_to_where_and_by_whom():
    w = leaf("w", 1.0)
    with debug.trace() as traced:
        autograd.optim.SGD([w], lr=0.1).step()
        (w * 3.0).backward()
        autograd.optim.SGD([w], lr=0.1).step()
        w.data -= 0.25

    assert [step.sentence for step in steps(traced, "update")] == [
        "w moves from 1 to 1 (SGD).",
        "w moves from 1 to 0.7 (SGD).",
        "w moves from 0.7 to 0.45 (w.data -= 0.25).",
    ]


def test_after_an_update_the_forward_pass_is_told_with_the_new_numbers():
    w = leaf("w", 1.0)
    with debug.trace() as traced:
        for _ in range(2):
            named("y", (w * 3.0).relu()).backward()
            w.data -= 3.0

    assert [step.sentence for step in steps(traced, "create")] == [
        "w is a leaf: its number, 1, was given.",
        "v1 = w × 3 = 1 × 3 = 3.",
        "y = relu(v1) = relu(3) = 3.",
        "v3 = w × 3 = (−2) × 3 = −6.",
        "y.4 = relu(v3) = relu(−6) = 0.",
    ]
    assert steps(traced, "contribute", "v3")[0].sentence == (
        "y.4 lets nothing through to v3: at v3 = −6 the local derivative of relu is 0."
    )


def test_a_local_derivative_is_written_for_the_numbers_that_it_was_computed_with():
    x = leaf("x", -1.0)
    with debug.trace() as traced:
        y = named("y", x.elu())
        x.data = 2.0  # above 0 the rule is the number 1
        y.backward()

    assert steps(traced, "contribute")[0].local == "∂y/∂x = 1 × exp(x)"


def test_titles_and_symbols_name_both_ends():
    step = steps(debug.trace(neuron()), "contribute", "n")[0]

    assert (step.title, step.upstream, step.local, step.result) == (
        "backward: h passes on to n",
        "∂L/∂h",
        "∂h/∂n = 1 − h × h",
        "∂L/∂n",
    )


def test_the_symbols_name_the_root_of_their_own_pass():
    x = leaf("x", 1.0)
    with debug.trace() as traced:
        named("K", x * 2.0).backward()
        named("L", x * 3.0).backward()

    assert [step.upstream for step in steps(traced, "contribute")] == ["∂K/∂K", "∂L/∂L"]
    assert [step.result for step in steps(traced, "contribute")] == ["∂K/∂x", "∂L/∂x"]


# ---------------------------------------------------------------- every sentence


def check_sentences(traced):
    teller = Teller(traced)
    for number, event in enumerate(traced.events):
        step = teller.tell(number)
        receiver = teller.name(event.node if event.operand is None else event.operand)

        assert len(step.sentence.split()) <= 25, step.sentence
        assert re.search(rf"(?<!\w){re.escape(receiver)}(?!\w)", step.sentence), step.sentence
        assert step.sentence.endswith(".")
        assert "\n" not in step.sentence


@MANY
@given(graphs())
def test_every_sentence_is_short_and_names_its_node(root):
    check_sentences(debug.trace(root))


@pytest.mark.parametrize("traced", [everything(), network(), network(activation=autograd.tanh)], ids=range(3))
def test_every_sentence_of_a_training_step_is_short_and_names_its_node(traced):
    check_sentences(traced)


@pytest.mark.parametrize("width", [5, 300])
def test_a_node_of_many_operands_is_told_shortly(width):
    row = [leaf(f"x{k}", float(k)) for k in range(width)]
    wide = Value(1.0, row, "by hand")
    wide._backward = lambda: None
    for root in (autograd.sum(row), autograd.dot(row, row, row[0]), wide):
        check_sentences(debug.trace(root))

    assert sentences(named("s", autograd.sum(row)), "create", "s")[0].startswith("s = sum([x0, x1, …, x")
    assert sentences(named("w", wide), "create", "w")[0].startswith("w = by hand(x0, x1, …, x")


# ---------------------------------------------------------------- formulas

TOKEN = re.compile(r"\s*(\d+(?:\.\d+)?(?:e−?\d+)?|\*\*|[−+×÷(),\[\]]|\w+)")


class Reader:
    """Computes a formula as a reader of mathematics would, at fifty digits, with the textbook's functions."""

    def __init__(self, text, numbers):
        self.tokens = TOKEN.findall(text)
        assert "".join(self.tokens) == text.replace(" ", "")
        self.numbers = numbers

    def value(self):
        found = self.sum()
        assert not self.tokens
        return found

    def take(self, *wanted):
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in wanted else None

    def sum(self):
        found = self.product()
        while sign := self.take("+", "−"):
            found = found + self.product() if sign == "+" else found - self.product()
        return found

    def product(self):
        found = self.signed()
        while sign := self.take("×", "÷"):
            found = found * self.signed() if sign == "×" else found / self.signed()
        return found

    def signed(self):
        return -self.signed() if self.take("−") else self.power()

    def power(self):
        base = self.atom()
        return base ** self.signed() if self.take("**") else base

    def row(self, end):
        found = []
        while not self.take(end):
            found.append(self.row("]") if self.take("[") else self.sum())
            self.take(",")
        return found

    def atom(self):
        if self.take("("):
            found = self.sum()
            assert self.take(")")
            return found
        token = self.tokens.pop(0)
        if token[0].isdigit():
            return mpf(token.replace("−", "-"))
        return EXACT[token](*self.row(")")) if self.take("(") else self.numbers[token]


def test_the_reader_reads_mathematics():
    numbers = {"a": mpf(2), "b": mpf(3)}

    for text, expected in [
        ("a − b − a", -3),
        ("−a ** 2", -4),
        ("(−a) ** 2", 4),
        ("2 ** a ** b", 256),
        ("a ÷ b × 3", 2),
        ("a − (b − a)", 1),
        ("sum([a, b, 1e−1])", mpf("5.1")),
        ("b ** (−1) × 3", 1),
    ]:
        assert mp.almosteq(Reader(text, numbers).value(), expected, 1e-12), text


@pytest.mark.parametrize("name", OPS)
def test_the_formula_of_each_local_derivative_gives_its_number(name):
    declared = find(name)
    for point in points(declared, count=4):
        letters = iter("abcdefghijk")
        operands = [
            [leaf(next(letters), x) for x in operand]
            if isinstance(operand, list)
            else leaf(next(letters), operand)
            if rule
            else operand
            for operand, rule in zip(point, declared.partials, strict=True)
        ]
        traced = debug.trace(named("v", declared(*operands)))
        numbers = {node.name: mpf(node.data) for node in traced.nodes}
        events = [event for event in traced.events if event.kind == "contribute"]
        for event, step in zip(events, steps(traced, "contribute"), strict=True):
            symbol, _, rule = step.local.partition(" = ")

            assert symbol == f"∂v/∂{traced.nodes[event.operand].name}"
            if rule:  # its constants are written with four digits
                assert float(Reader(rule, numbers).value()) == pytest.approx(event.local, rel=2e-3)


# Where nothing is written, the local derivative is a plain number here.
FORMULAS = {
    "abs": [""],
    "add": ["", ""],
    "atan": ["1 ÷ (1 + a × a)"],
    "clamp": ["", "", ""],
    "cos": ["−sin(a)"],
    "div": ["1 ÷ b", "−(v ÷ b)"],
    "dot": [""] * 7,
    "elu": ["b × exp(a)", "expm1(a)"],
    "erf": ["1.128 × exp(−(a × a))"],
    "erfc": ["(−1.128) × exp(−(a × a))"],
    "exp": ["v"],
    "expm1": ["v + 1"],
    "gelu": ["0.5 × erfc((−0.7071) × a) + a × (0.3989 × exp((−0.5) × a × a))"],
    "hard_sigmoid": [""],
    "hard_tanh": [""],
    "identity": [""],
    "leaky_relu": ["b", "a"],
    "log": ["1 ÷ a"],
    "log1p": ["1 ÷ (1 + a)"],
    "maximum": ["", ""],
    "minimum": ["", ""],
    "mish": ["tanh(softplus(a)) + a × (1 − tanh(softplus(a)) × tanh(softplus(a))) × sigmoid(a)"],
    "mul": ["b", "a"],
    "neg": [""],
    "pow": ["b × a ** (b − 1)", "v × log(a)"],
    "relu": [""],
    "relu6": [""],
    "sigmoid": ["v × (1 − v)"],
    "silu": ["sigmoid(b × a) + b × v × (1 − sigmoid(b × a))", "a × v × (1 − sigmoid(b × a))"],
    "sin": ["cos(a)"],
    "softplus": ["sigmoid(a)"],
    "sqrt": ["0.5 ÷ v"],
    "step": [""],
    "sub": ["", ""],
    "sum": ["", "", ""],
    "tan": ["1 + v × v"],
    "tanh": ["1 − v × v"],
}


@pytest.mark.parametrize("name", FORMULAS)
def test_the_formula_of_each_local_derivative_reads_as_in_a_book(name):
    declared = find(name)
    letters = iter("abcdefghijk")
    operands = [
        [leaf(next(letters), x) for x in operand] if isinstance(operand, list) else leaf(next(letters), operand)
        for operand in points(declared, count=1)[0]
    ]
    told = steps(debug.trace(named("v", declared(*operands))), "contribute")

    assert [step.local.partition(" = ")[2] for step in told] == FORMULAS[name]


@pytest.mark.usefixtures("registry")
@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (lambda x: (x**2.0) ** 3.0, "(x ** 2) ** 3"),
        (lambda x: x ** (x**0.5), "x ** x ** 0.5"),
        (lambda x: (-x) ** 2.0, "(−x) ** 2"),
        (lambda x: -(x**2.0), "−x ** 2"),
        (lambda x: -(x + 1.0), "−(x + 1)"),
        (lambda x: -(x * 3.0) * 2.0, "(−(x × 3)) × 2"),
        (lambda x: x - (x - (x - -1.0)), "x − (x − (x − (−1)))"),
        (lambda x: (x - 1.0) - 2.0 * (x + 1.0), "x − 1 − 2 × (x + 1)"),
        (lambda x: 1.0 / (x / (x * 3.0)), "1 ÷ (x ÷ (x × 3))"),
        (lambda x: x / 2.0 / 4.0 * x, "x ÷ 2 ÷ 4 × x"),
        (lambda x: 1e-5 * x + 2e7, "1e−5 × x + 2e7"),
        (lambda x: autograd.dot([x, 2.0], [x, x], -x), "dot([x, 2], [x, x], −x)"),
    ],
)
def test_a_formula_has_the_brackets_that_it_needs(rule, expected):
    @op(d_x=lambda x, out: rule(x))
    def made_here(x):
        return x

    text = steps(debug.trace(made_here(leaf("x", 2.5))), "contribute")[0].local.partition(" = ")[2]

    assert text == expected
    assert float(Reader(text, {"x": mpf("2.5")}).value()) == pytest.approx(rule(2.5), rel=1e-6)


# ---------------------------------------------------------------- ops of one's own, and strangers


@pytest.mark.usefixtures("registry")
def test_a_rule_for_floats_only_is_told_without_its_formula():
    @op(d_x=lambda x, out: math.cos(x))
    def own_sine(x):
        return math.sin(x)

    told = steps(debug.trace(named("y", own_sine(leaf("x", 0.0)))), "contribute")[0]

    assert (told.local, told.sentence) == ("∂y/∂x", "Nudge x: y moves just as far.")


@pytest.mark.usefixtures("registry")
def test_a_parameter_that_learns_does_not_disturb():
    @activation(d_x=lambda x, height, out: height, d_height=lambda x, height, out: x, steepest=0.0)
    def line(x, height):
        return height * x

    y = line(leaf("x", 0.0), leaf("height", 0.01))

    assert sentences(named("y", y), "contribute", "x") == ["Nudge x: y moves 0.01 times as far."]
    assert sentences(named("z", line(leaf("x", 0.0), 0.01)), "contribute") == ["Nudge x: z moves 0.01 times as far."]


def test_an_op_that_this_process_does_not_know_keeps_its_name():
    traced = debug.trace(named("y", leaf("x", 0.5).tanh()))
    stranger = Trace.from_json(traced.to_json().replace('"tanh"', '"their_op"'))

    assert steps(stranger, "create", "y")[0].sentence == "y = their_op(x) = their_op(0.5) = 0.4621."
    assert steps(stranger, "contribute")[0].local == "∂y/∂x"


@pytest.mark.parametrize(("x", "saturated"), [(0.0, False), (1.8, False), (1.9, True), (-9.0, True), (50.0, True)])
def test_less_than_a_tenth_of_the_largest_slope_is_saturated(x, saturated):
    node = debug.trace(Value(x).tanh()).nodes[1]

    assert is_saturated(node, node.partials[0]) is saturated
