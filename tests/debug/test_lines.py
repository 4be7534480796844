"""What a terminal shows of a trace, as lines of text; and the line mode, which prints them."""

import io
import random
import unicodedata

import pytest

import autograd
from autograd import Value, debug
from autograd.debug import lines
from autograd.debug.columns import clip, columns, fit, in_ascii, needs_ascii
from autograd.debug.trace import Trace
from autograd.debug.view import View
from autograd.expression import evaluate
from autograd.graph import topological_order

NEURON = "p=w1*x1; q=w2*x2; s=p+q; n=s+b; h=tanh(n); e=h-y; L=e*e; L"
NUMBERS = {"w1": -1.5, "x1": 2, "w2": 2, "x2": 0.5, "b": 2.4, "y": 1}
TITLE = "L = (tanh(w1*x1 + w2*x2 + b) − y)²"
HOSTILE = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "[bold]no markup[/bold]",
    "two\nlines\ttab",
    "\u202eright to left",
    "x" * 10_000,
    "e" + "\u0301" * 10_000,
    "重み",
    "</script><script>",
    "\ud800",
    "",
    " ",
]


def neuron(**options):
    return View(debug.trace(evaluate(NEURON, NUMBERS)), TITLE, **options)


def fork():
    """x is used by a and by b."""
    x = Value(3.0, label="x")
    a, b = x.tanh(), x.exp()
    a.label, b.label = "a", "b"
    return View(debug.trace(a * b), "")


def text(lines):
    return ["".join(part for part, _ in line) for line in lines]


def screen(view, width=80, height=14):
    """All that is shown, as lines of text."""
    shown = [
        view.heading(width),
        *view.formula(width),
        *view.sentence(width),
        view.where(width),
        *view.nodes(width, height),
        view.timeline(width),
    ]
    return text(map(in_ascii, shown) if view.ascii_only else shown)


def everywhere(view, stride=1):
    """The view at every place, from the beginning to the end."""
    for position in range(0, len(view.cursor) + 1, stride):
        view.seek(position)
        yield view


def row(view, name):
    """The line of the table in which a node stands."""
    return next(line for line in text(view.nodes(80))[1:] if line[3:19].split()[-1:] == [name])


# ---------------------------------------------------------------- text in columns


@pytest.mark.parametrize(("text", "wide"), [("abc", 3), ("重み", 4), ("e\u0301", 1), ("∂L/∂w", 5), ("", 0)])
def test_a_text_is_as_wide_as_a_terminal_shows_it(text, wide):
    assert columns(text) == wide


@pytest.mark.parametrize("room", [0, 1, 2, 7, 80])
@pytest.mark.parametrize("align", ["<", ">", "^"])
@pytest.mark.parametrize("text", ["", "w", "a long label", "重み重み重み", "e" + "\u0301" * 1000])
def test_a_fitted_text_takes_exactly_its_room(text, align, room):
    assert columns(fit(text, room, align)) == room


def test_a_text_that_has_room_is_not_cut():
    assert clip("weight", 6) == "weight"
    assert clip("weights", 6) == "weigh…"


@pytest.mark.parametrize(
    ("encoding", "needed"), [("utf-8", False), ("ascii", True), ("latin-1", True), (None, True), ("nonsense", True)]
)
def test_ascii_is_needed_where_the_encoding_has_no_more(encoding, needed):
    assert needs_ascii(encoding) is needed


# ---------------------------------------------------------------- the formula


def test_a_contribution_is_told_with_both_factors_and_both_sums():
    view = neuron()
    view.seek(57)

    assert text(view.formula(80)) == [
        "  ∂L/∂p      ∂p/∂w1 = x1                   w1.grad                    ∂L/∂w1  ",
        "[ −1.061 ] ×    ( 2 )    =    −2.122    to  [ 0 ]  +    −2.122    = [ −2.122 ]",
        " upstream       local      contribution    before    contribution     after   ",
    ]


def test_a_formula_that_is_too_wide_loses_digits_and_blanks_before_numbers():
    a, b = Value(-1.23456e-7, label="a"), Value(-9.87654e-9, label="b")
    view = View(debug.trace((a * b) * 1.23456e-5), "")
    view.cursor.run_until(lambda event: event.operand == 0)

    assert " ".join(text(view.formula(80))[1].split()) == (
        "[+1.23e−5] × (−9.88e−9) = −1.22e−13 to [0] + −1.22e−13 = [−1.22e−13]"
    )
    assert all(columns(line) <= 80 for line in text(view.formula(80)))


def test_a_rule_that_is_too_long_for_its_symbol_stands_alone():
    view = neuron()
    view.seek(39)

    assert text(view.formula(80))[0].split("  ")[:4] == ["", "∂L/∂h", "", " 1 − h × h"]


def test_every_kind_of_event_has_a_formula():
    w = Value(2.0, label="w")
    with debug.trace() as trace:
        (w * 3.0).backward()
        w.data = 1.4
    view = View(trace, "")

    told = {at.cursor.event.kind: text(at.formula(80))[1] for at in everywhere(view) if at.cursor.event}

    assert {kind: " ".join(numbers.split()) for kind, numbers in told.items()} == {
        "create": "[ 2 ] × [ 3 ] = [ 6 ]",
        "order": "w v1",
        "seed": "[ 0 ] + +1 = [ +1 ]",
        "visit": "[ +1 ] ( 3 )",
        "contribute": "[ +1 ] × ( 3 ) = +3 to [ 0 ] + +3 = [ +3 ]",
        "finish": "[ +3 ]",
        "update": "[ 2 ] + −0.6 = [ 1.4 ]",
    }


def test_the_factors_of_a_node_made_by_hand_are_not_invented():
    x = Value(2.0, label="x")
    out = Value(8.0, (x,), "cube")

    def backward():
        x.grad += 12.0 * out.grad

    out._backward = backward
    view = View(debug.trace(out), "")
    view.cursor.run_until(lambda event: event.kind == "contribute")

    assert " ".join(text(view.formula(80))[1].split()) == "[ +1 ] × ( ? ) = +12 to [ 0 ] + +12 = [ +12 ]"


def test_an_op_with_many_operands_shows_the_first_three():
    w = [Value(float(i), label=f"w{i}") for i in range(40)]
    out = autograd.dot(w, w)
    out.label = "out"
    view = View(debug.trace(out), "")
    view.cursor.run_until(lambda event: view.told.name(event.node) == "out")

    assert " ".join(text(view.formula(80))[1].split()) == "dot [ 0 ] [ 1 ] [ 2 ] … = [ 20540 ]"  # Σ i², i < 40


# ---------------------------------------------------------------- the nodes


def test_what_is_not_yet_has_no_numbers_and_what_is_not_known_is_not_zero():
    view = neuron()
    view.seek(3)

    assert row(view, "L").rstrip() == "   L               e × e"
    assert row(view, "w1") == "     │   │ │ ├ w1  leaf              −1.5  not computed        ·          0 of 1"


def test_a_shared_node_is_shown_once_and_named_again():
    assert [line[3:18].rstrip() for line in text(fork().nodes(80))[1:]] == ["v3", "├ a", "│ └ x", "└ b", "  └ ↑ x"]


def test_a_node_that_one_user_has_twice_stands_once_and_waits_for_two_contributions():
    view = neuron()
    view.seek(30)

    assert len(view.nodes(80)) == 1 + len(view.trace.nodes)
    assert row(view, "e").endswith("1 of 2")


def test_both_ends_of_an_edge_are_marked_also_where_the_node_is_named_again():
    view = fork()
    view.cursor.run_until(lambda event: event.kind == "contribute" and view.told.name(event.node) == "b")

    assert [line[0] for line in text(view.nodes(80))[1:]] == [" ", " ", "+", "▶", "+"]


def test_bars_stand_on_the_side_of_their_sign_and_the_least_gradient_is_seen():
    x, y, z = (Value(1.0, label=label) for label in "xyz")
    view = View(debug.trace(x * 1e-12 - y * 8.0 + z * 0.0), "")
    view.move("end")

    assert row(view, "x")[57:70] == "      │▌     "
    assert row(view, "y")[57:70] == "██████│      "
    assert row(view, "z")[57:70] == "      │      "
    assert text(view.nodes(80))[0][57:70] == "−8    0    +8"


def test_a_logarithmic_scale_says_so():
    y = Value(1.0, label="x")
    for _ in range(6):
        y = y * 0.1
    view = View(debug.trace(y), "")
    view.move("end")

    assert text(view.nodes(80))[0][57:70] == "−1   log   +1"
    assert row(view, "x")[57:70] == "      │▌     "
    assert row(view, "v4")[57:70] == "      │██    "  # 0.01 of the largest: half a column if it were linear


def test_nan_and_infinity_are_printed_and_have_the_role_broken():
    x = Value(0.0, label="x")
    view = View(debug.trace((x * 0.0).log() * x), "")
    view.move("end")
    broken = {part.strip() for line in view.nodes(80) for part, role in line if role == "broken"}

    assert broken == {"−inf", "nan"}
    assert row(view, "x")[41:].split() == ["nan", "2", "of", "2"]
    assert ("!", "broken") in view.timeline(80)


def test_in_a_deep_graph_the_present_node_and_its_name_are_seen():
    x = Value(0.5, label="x")
    for _ in range(300):
        x = x + 1.0
    view = View(debug.trace(x), "")

    for at in everywhere(view, stride=50):
        shown = text(at.nodes(80, 14))

        assert len(shown) == 14
        assert at.here is None or any(line[0] in "▶+" and at.told.name(at.here) in line[:19] for line in shown[1:])


def test_each_pass_of_a_block_has_a_tree_of_its_own():
    w = Value(2.0, label="w")
    with debug.trace() as trace:
        for _ in range(3):
            loss = w * w
            loss.label = "loss"
            loss.backward()
            w.grad = 0.0
            w.data /= 2.0
    view = View(trace, "")
    updates = [i + 1 for i, event in enumerate(trace.events) if event.kind == "update"]
    shown = []
    for position in updates:
        view.seek(position)
        shown.append([line.split() for line in text(view.nodes(80))[1:]])

    assert [len(tree) for tree in shown] == [2, 2, 2]
    assert [tree[1][4:6] for tree in shown] == [["1", "+4"], ["0.5", "+2"], ["0.25", "+1"]]  # w/2 and 2w
    assert all(tree[1][-3:] == ["2", "of", "2"] for tree in shown)


def test_a_new_pass_begins_without_gradients():
    w = Value(2.0, label="w")
    with debug.trace() as trace:
        for _ in range(2):
            (w * w).backward()
    view = View(trace, "")
    second = [i for i, event in enumerate(trace.events) if event.kind == "create"][-1]
    view.seek(second)

    assert "+4" in row(view, "w")

    view.seek(second + 1)

    assert "not computed" in row(view, "w")


# ---------------------------------------------------------------- moving


def test_from_the_beginning_to_the_end_and_back_is_the_beginning():
    view = neuron()
    forwards = [screen(at) for at in everywhere(view)]
    backwards = [screen(view)]
    while view.cursor.position:
        view.move("b")
        backwards.append(screen(view))

    assert backwards[::-1] == forwards


def test_a_group_is_entered_and_told():
    with autograd.scope("encoder"):
        x = Value(2.0) * 3.0
    view = View(debug.trace(x + 1.0), "")
    view.move("d")

    assert view.trace.nodes[view.cursor.event.node].scope == ("encoder",)
    assert text([view.where(80)])[0].startswith("── encoder ──")


def test_a_move_by_groups_that_leads_nowhere_says_why():
    with autograd.scope("encoder"):
        x = Value(2.0) * 3.0
    view = View(debug.trace(x + 1.0), "")
    view.move("u")

    assert (view.cursor.position, view.message) == (0, "This stands in no group.")
    view.move("end")
    view.move("d")
    assert (view.cursor.position, view.message) == (len(view.cursor), "No group begins after this.")


@pytest.mark.parametrize(
    ("full", "ends"), [(2.0, ["−2", "0", "+2"]), (23578.0, ["−2e4", "0", "+2e4"]), (3.1e200, ["−", "0", "+"])]
)
def test_the_head_of_the_bars_tells_the_scale_in_the_room_that_there_is(full, ends):
    x = Value(1.0, label="x")
    view = View(debug.trace(x * full), "")
    head = text(view.nodes(80))[0]

    assert len(head) == 80
    assert head[57:70].split() == ends


@pytest.mark.parametrize("key", ["u", "d"])
def test_a_graph_without_groups_says_so_and_stays(key):
    view = neuron()
    view.seek(5)
    view.move(key)

    assert view.cursor.position == 5
    assert "no groups" in view.message


def test_a_name_is_found_before_a_name_that_contains_it():
    view = View(debug.trace(evaluate("bias*b + ab", {"bias": 1, "b": 2, "ab": 3})), "")
    view.find("b")

    assert view.told.name(view.chosen) == "b"


def test_finding_again_goes_on_to_the_next():
    view = neuron()
    found = []
    for _ in range(3):
        view.find("W")
        found.append(view.told.name(view.chosen))

    assert found == ["w1", "w2", "w1"]


def test_what_is_not_found_is_said_and_nothing_is_chosen():
    view = neuron()
    view.find("\x1b[31m")

    assert view.chosen is None
    assert view.message == "No node of this pass is called �[31m."


def test_running_stops_at_a_breakpoint_and_a_second_toggle_takes_it_away():
    view = neuron()
    view.find("h")
    view.toggle_breakpoint()
    view.move("c")

    assert (view.cursor.event.kind, view.told.name(view.cursor.event.node)) == ("create", "h")
    assert ("○", "strong") in view.timeline(80)

    view.toggle_breakpoint()
    view.move("c")

    assert view.cursor.position == len(view.cursor)


@pytest.mark.parametrize("width", [60, 80, 200])
def test_every_column_of_the_timeline_leads_to_the_place_that_it_marks(width):
    view = neuron()
    marked = []
    for column in range(min(len(view.cursor), width - 41) + 1):
        view.seek(view.position_at(column, width))
        marked.append(view.timeline(width)[column])

    assert set(marked) == {("●", "now")}


# ---------------------------------------------------------------- hostile and odd traces


@pytest.mark.parametrize("ascii_only", [False, True])
def test_no_label_commands_the_terminal_or_breaks_the_lines(ascii_only):
    values = [Value(1.0 + i, label=label) for i, label in enumerate(HOSTILE)]
    with autograd.scope("\x1b[2J"):
        total = sum(x * x for x in values)
    for view in everywhere(View(debug.trace(total), HOSTILE[0], ascii_only=ascii_only), stride=7):
        shown = screen(view)

        assert all(columns(line) <= 80 for line in shown)
        assert not any(unicodedata.category(c) in ("Cc", "Cs") or c in "\u202e\u2028" for line in shown for c in line)
        assert not ascii_only or all(line.isascii() for line in shown)


def test_ascii_loses_no_line_and_no_sign():
    for exact, plain in zip(everywhere(neuron()), everywhere(neuron(ascii_only=True)), strict=True):
        one, other = screen(exact)[1:], screen(plain)[1:]

        assert [line.replace("−", "-").count("-1.061") for line in one] == [line.count("-1.061") for line in other]
        assert all(line.isascii() for line in other)


def test_an_empty_trace_and_a_lone_leaf_can_be_shown():
    view = View(debug.trace(Value(3.0, label="x")), "")
    view.move("end")

    assert screen(View(Trace(), "nothing"))[0].endswith("step 0 of 0")
    assert row(view, "x").split() == ["▶", "x", "leaf", "3", "+1", "│██████", "seed"]


@pytest.mark.parametrize("width", [80, 133, 250])
def test_random_graphs_fit_any_width(width):
    dice = random.Random(width)
    values = [Value(dice.uniform(-2, 2), label=dice.choice(["", "a", "weight", "long_name" * 3])) for _ in range(5)]
    for _ in range(40):
        a, b = dice.choice(values[-8:]), dice.choice(values[-8:])
        values.append(dice.choice([a + b, a * b, a - b, a.tanh(), -a, a * 1e-4]))

    for at in everywhere(View(debug.trace(values[-1]), "random" * 30), stride=3):
        assert max(map(columns, screen(at, width))) <= width


def test_the_gradients_at_the_end_are_those_of_backward():
    root = evaluate(NEURON, NUMBERS)
    view = View(debug.trace(root), "")
    view.move("end")
    root.backward()

    assert view.cursor.state.grad == [node.grad for node in topological_order(root)]


# ---------------------------------------------------------------- the line mode


def run(monkeypatch, capsys, *commands, **options):
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{command}\n" for command in commands)))
    lines.run(debug.trace(evaluate("w*x", {"w": 2, "x": 3})), title="w*x", **options)
    return capsys.readouterr().out


def test_the_line_mode_tells_each_step(monkeypatch, capsys):
    told = run(monkeypatch, capsys, "end", "b", "b", "q", ascii_only=False)

    assert told.split("step> ")[3] == (
        "stepgrad  w*x                                            backward, step 11 of 13\n"
        "∂v2/∂v2    ∂v2/∂x = w                   x.grad                  ∂v2/∂x\n"
        " [ +1 ]  ×   ( 2 )    =      +2      to [ 0 ]  +      +2      = [ +2 ]\n"
        "upstream     local      contribution    before   contribution   after\n"
        "Nudge x: v2 moves 2 times as far.\n"
    )


def test_a_name_leads_to_the_next_event_at_its_node(monkeypatch, capsys):
    told = run(monkeypatch, capsys, "x", "x", "q", ascii_only=False)

    assert "x is a leaf" in told.split("step> ")[1]
    assert "x is next in the topological order" in told.split("step> ")[2]


def test_the_line_mode_stops_at_breakpoints(monkeypatch, capsys):
    told = run(monkeypatch, capsys, ". x", "c", ".", "q", ascii_only=False).split("step> ")

    assert told[1] == "Breakpoints: x\n"
    assert "x is a leaf" in told[2]
    assert told[3] == "Breakpoints: none\n"


def test_the_line_mode_shows_the_table_on_demand(monkeypatch, capsys):
    told = run(monkeypatch, capsys, "end", "t", "q", ascii_only=True).split("step> ")

    assert told[2] == (
        "   node            made by          value      gradient  -3    0    +3   arrived\n"
        "   v2              w * x                6            +1        |>>          seed\n"
        "   |-w             leaf                 2            +3        |>>>>>>    1 of 1\n"
        ">  `-x             leaf                 3            +2        |>>>>      1 of 1\n"
    )


def test_the_line_mode_ends_with_its_input_and_answers_what_it_does_not_know(monkeypatch, capsys):
    told = run(monkeypatch, capsys, "", "nonsense\x1b[2J", ascii_only=False).split("step> ")

    assert "step 1 of" in told[1]
    assert told[2] == "No node of this pass is called nonsense�[2J.\n"
    assert told[3] == "\n"
