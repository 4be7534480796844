"""The full-screen stepper, driven by Textual's pilot on a screen of 80 by 24."""

import asyncio
import sys

import pytest

pytest.importorskip("textual", reason="the full-screen stepper is made with Textual")

from textual.geometry import Region

from autograd import Value, debug
from autograd.debug import terminal
from autograd.debug.view import View
from autograd.draw.tokens import colours, tokens
from autograd.errors import MissingPackageError
from autograd.expression import evaluate

NEURON = "p=w1*x1; q=w2*x2; s=p+q; n=s+b; h=tanh(n); e=h-y; L=e*e; L"
NUMBERS = {"w1": -1.5, "x1": 2, "w2": 2, "x2": 0.5, "b": 2.4, "y": 1}

START = """\
stepgrad  L                                                         step 0 of 60
────────────────────────────────────────────────────────────────────────────────



Nothing has happened yet: n goes one step on.

────────────────────────────────────────────────────────────────────────────────
   node            made by          value      gradient  −2.12 0 +2.12   arrived
   L               e × e
   └ e             h − y
     ├ h           tanh(n)
     │ └ n         s + b
     │   ├ s       p + q
     │   │ ├ p     w1 × x1
     │   │ │ ├ w1  leaf
     │   │ │ └ x1  leaf
     │   │ └ q     w2 × x2
     │   │   ├ w2  leaf
     │   │   └ x2  leaf
     │   └ b       leaf
     └ y           leaf
●┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◆┄▄▄┄▄▀┄▄┄▄▄┄┄▄┄┄▄▄┄▄▀┄  ◆ seed  ▄ negative  ▀ positive  ● now
 n  step  b  back  space  play  .  stop here  c  run  /  find  ?  help  q  quit"""

SUM = """\
stepgrad  L                                              backward, step 31 of 60
────────────────────────────────────────────────────────────────────────────────
 ∂L/∂L      ∂L/∂e = e                      e.grad                       ∂L/∂e
 [ +1 ]  × ( −0.6201 ) =   −0.6201    to [ −0.6201 ] +   −0.6201    = [ −1.24 ]
upstream      local      contribution      before      contribution     after
e is used twice, so its gradient is a sum: −1.24 = −0.6201 + (−0.6201).

────────────────────────────────────────────────────────────────────────────────
   node            made by          value      gradient  −2.12 0 +2.12   arrived
▶  L               e × e           0.3845            +1        │███         seed
+  └ e             h − y          −0.6201         −1.24    ▐███│          2 of 2
     ├ h           tanh(n)         0.3799  not computed        ·          0 of 1
     │ └ n         s + b              0.4  not computed        ·          0 of 1
     │   ├ s       p + q               −2  not computed        ·          0 of 1
     │   │ ├ p     w1 × x1             −3  not computed        ·          0 of 1
     │   │ │ ├ w1  leaf              −1.5  not computed        ·          0 of 1
     │   │ │ └ x1  leaf                 2  not computed        ·          0 of 1
     │   │ └ q     w2 × x2              1  not computed        ·          0 of 1
     │   │   ├ w2  leaf                 2  not computed        ·          0 of 1
     │   │   └ x2  leaf               0.5  not computed        ·          0 of 1
     │   └ b       leaf               2.4  not computed        ·          0 of 1
     └ y           leaf                 1  not computed        ·          0 of 1
┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◆┄▄●┄▄▀┄▄┄▄▄┄┄▄┄┄▄▄┄▄▀┄  ◆ seed  ▄ negative  ▀ positive  ● now
 n  step  b  back  space  play  .  stop here  c  run  /  find  ?  help  q  quit"""

LEAF = """\
stepgrad  L                                              backward, step 57 of 60
────────────────────────────────────────────────────────────────────────────────
  ∂L/∂p      ∂p/∂w1 = x1                   w1.grad                    ∂L/∂w1
[ −1.061 ] ×    ( 2 )    =    −2.122    to  [ 0 ]  +    −2.122    = [ −2.122 ]
 upstream       local      contribution    before    contribution     after
Nudge w1: p moves 2 times as far, and L −1.061 times as far as p. Together:
−2.122.
────────────────────────────────────────────────────────────────────────────────
   node            made by          value      gradient  −2.12 0 +2.12   arrived
   L               e × e           0.3845            +1        │███         seed
   └ e             h − y          −0.6201         −1.24    ▐███│          2 of 2
     ├ h           tanh(n)         0.3799         −1.24    ▐███│          1 of 1
     │ └ n         s + b              0.4        −1.061     ███│          1 of 1
     │   ├ s       p + q               −2        −1.061     ███│          1 of 1
▶    │   │ ├ p     w1 × x1             −3        −1.061     ███│          1 of 1
+    │   │ │ ├ w1  leaf              −1.5        −2.122  ██████│          1 of 1
     │   │ │ └ x1  leaf                 2  not computed        ·          0 of 1
     │   │ └ q     w2 × x2              1        −1.061     ███│          1 of 1
     │   │   ├ w2  leaf                 2       −0.5305      ▐█│          1 of 1
     │   │   └ x2  leaf               0.5        −2.122  ██████│          1 of 1
     │   └ b       leaf               2.4        −1.061     ███│          1 of 1
     └ y           leaf                 1         +1.24        │███▌      1 of 1
┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄◆┄▄▄┄▄▀┄▄┄▄▄┄┄▄┄┄▄▄┄●▀┄  ◆ seed  ▄ negative  ▀ positive  ● now
 n  step  b  back  space  play  .  stop here  c  run  /  find  ?  help  q  quit"""


@pytest.fixture(autouse=True)
def _any_colour(monkeypatch):
    monkeypatch.setenv("COLORTERM", "truecolor")
    monkeypatch.delenv("NO_COLOR", raising=False)


def neuron(**options):
    return View(debug.trace(evaluate(NEURON, NUMBERS)), "L", **options)


def strips(app):
    """What the panes show, from the top of the screen to its bottom."""
    panes = sorted((pane for pane in app.screen.children if pane.display), key=lambda pane: pane.region.y)
    return [strip for pane in panes for strip in pane.render_lines(Region(0, 0, *pane.size))]


def text(app):
    return "\n".join(strip.text.rstrip() for strip in strips(app))


def use(view, act, size=(80, 24)):
    """Start the stepper, `act` on it, and give what that returns."""

    async def session():
        app = terminal.application(view)
        async with app.run_test(size=size) as pilot:
            return await act(app, pilot)

    return asyncio.run(session())


def press(view, *keys, size=(80, 24)):
    """The screen after some keys."""

    async def act(app, pilot):
        await pilot.press(*keys)
        return text(app)

    return use(view, act, size)


# ---------------------------------------------------------------- the screen


def test_the_screen_at_the_beginning_at_a_sum_and_at_a_leaf():
    async def act(app, pilot):
        shown = [text(app)]
        for keys in (["n"] * 31, ["end", "b", "b", "b"]):
            await pilot.press(*keys)
            shown.append(text(app))
        return shown

    shown = use(neuron(), act)

    assert shown == [START, SUM, LEAF]


def test_to_the_end_and_back_to_the_beginning_shows_the_beginning():
    assert press(neuron(), *["n"] * 12, "end", *["b"] * 12, "pageup", "pageup", "home") == START


def test_a_larger_screen_is_filled_and_a_smaller_one_does_no_harm():
    large = press(neuron(), "end", size=(120, 40)).splitlines()
    small = press(neuron(), "end", size=(30, 12)).splitlines()

    assert len(large) == 40
    assert max(map(len, large)) == 120
    assert len(small) == 12


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize(
    ("keys", "position"),
    [
        (["n"], 1),
        (["right", "right", "left"], 1),
        (["end"], 60),
        (["end", "n"], 60),
        (["b"], 0),
        (["end", "home"], 0),
        (["end", "pageup"], 56),  # p is visited
        (["end", "pageup", "pagedown"], 60),
        (["c"], 60),
        (["d"], 0),  # there are no groups
    ],
)
def test_keys_move(keys, position):
    view = neuron()
    press(view, *keys)

    assert view.cursor.position == position


def test_a_node_is_found_by_its_name_and_a_breakpoint_stops_there():
    view = neuron()
    shown = press(view, "slash", "w", "2", "enter", "full_stop")

    assert " ○›  │   │   ├ w2  leaf" in shown
    assert shown.splitlines()[-1] == "Breakpoints: w2"

    press(view, "end", "home", "c")

    assert (view.cursor.position, view.cursor.event.node) == (4, 3)


def test_a_name_that_nobody_has_is_said_and_the_next_key_clears_it():
    view = neuron()

    assert press(view, "slash", *"nobody", "enter").splitlines()[-1] == "No node of this pass is called nobody."
    assert press(view, "n").splitlines()[-1].endswith("q  quit")


def test_escape_leaves_the_search_and_keys_step_again():
    view = neuron()
    press(view, "slash", "n", "n", "escape", "n")

    assert view.cursor.position == 1


def test_arrows_choose_a_node_and_enter_goes_on_to_it():
    view = neuron()
    shown = press(view, "down", "down", "down", "up")

    assert "  ›└ e " in shown

    press(view, "enter")

    assert view.told.tell(view.cursor.position - 1).title == "forward: e"


def test_help_tells_every_key_and_goes_away():
    view = neuron()
    shown = press(view, "question_mark")

    assert all(
        f"{key} " in shown for key in ["n →", "b ←", "PgDn", "PgUp", "Home", "End", "c", "u", "d", "/", ".", "t"]
    )
    assert press(view, "question_mark", "escape") == START


@pytest.mark.parametrize("keys", [["q"], ["escape"], ["ctrl+c"], ["question_mark", "escape", "escape"]])
def test_the_stepper_can_be_left(keys):
    async def act(app, pilot):
        await pilot.press(*keys)
        await pilot.pause()
        return app.return_code

    assert use(neuron(), act) == 0


def test_a_click_on_the_line_of_steps_goes_there_and_one_on_a_node_chooses_it():
    view = neuron()

    async def act(app, pilot):
        await pilot.click("#timeline", offset=(18, 0))
        await pilot.click("#nodes", offset=(20, 7))

    use(view, act)

    assert view.cursor.event.kind == "seed"
    assert view.told.name(view.chosen) == "w1"


def test_playing_steps_until_a_breakpoint_and_any_key_stops_it():
    view = neuron()
    view.cursor.breakpoints = {1}

    async def act(app, pilot):
        await pilot.press("space")
        playing = [app.plays]
        await pilot.press("b")
        playing.append(app.plays)
        await pilot.press("home", "space")
        app.play_on()
        app.play_on()
        playing.append(app.plays)
        return playing

    assert use(view, act) == [True, False, False]
    assert view.at_breakpoint


# ---------------------------------------------------------------- looks


def test_the_contribution_alone_is_shown_in_reverse():
    async def act(app, pilot):
        await pilot.press("end", "b", "b", "b")
        return [segment.text.strip() for strip in strips(app)[:-1] for segment in strip if segment.style.reverse]

    assert use(neuron(), act) == ["−2.122", "−2.122"]


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_colours_are_those_of_the_tokens(theme):
    true, some, few, none = (terminal.looks(theme, system) for system in ("truecolor", "256", "standard", None))

    assert true["negative"].color.name == colours(theme)["negative"].lower()
    assert some["negative"].color.number == tokens()["terminal"]["ansi256"][theme]["negative"]
    assert few["negative"].color.name == "yellow"
    assert few["positive"].color.name == "bright_blue"
    assert few["now"].reverse
    assert {(style.color, style.bgcolor) for style in none.values()} == {(None, None)}
    assert none["chip"].reverse
    assert none["now"].reverse


def test_t_turns_dark_to_light():
    async def act(app, pilot):
        grounds = []
        for _ in range(3):
            grounds.append(app.looks["ink"].bgcolor.name)
            await pilot.press("t")
        return grounds

    assert use(neuron(), act) == [colours(theme)["ground"].lower() for theme in ("dark", "light", "dark")]


def test_no_color_shows_the_same_text_without_colours(monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")

    async def act(app, pilot):
        await pilot.press("end", "b", "b", "b")
        return text(app), {segment.style.color for strip in strips(app) for segment in strip if segment.style}

    assert use(neuron(), act) == (LEAF, {None})


def test_ascii_shows_the_same_numbers():
    shown = press(neuron(ascii_only=True), "end", "b", "b", "b")

    assert shown.isascii()
    assert "[ -1.061 ] *    ( 2 )    =    -2.122    to  [ 0 ]  +    -2.122    = [ -2.122 ]" in shown
    assert "+    |   | | |-w1  leaf              -1.5        -2.122  <<<<<<|          1 of 1" in shown
    assert "     `-y           leaf                 1         +1.24        |>>>>      1 of 1" in shown


@pytest.mark.parametrize(
    "label", ["[bold red]x[/]", "[/]", "\x1b[2J\x1b[31m", "a\nb", "\u202ex", "x" * 10_000, "重み", "[@click=app.quit]x"]
)
def test_no_label_is_read_as_markup_or_as_a_command(label):
    x = Value(2.0, label=label)
    view = View(debug.trace(x * x), label)
    shown = press(view, "end", "b", "b")

    assert len(shown.splitlines()) == 24
    assert "\x1b" not in shown
    assert "\u202e" not in shown
    assert label[:12] in shown or not label.isprintable()


# ---------------------------------------------------------------- without Textual


def test_without_textual_the_error_says_what_to_do(monkeypatch):
    monkeypatch.setitem(sys.modules, "textual.app", None)

    with pytest.raises(MissingPackageError, match=r"pip install 'stepgrad\[tui\]'"):
        terminal.run(debug.trace(Value(1.0)), title="")


def test_importing_the_debugger_imports_no_textual(run_python):
    assert (
        run_python("import sys, autograd.debug.terminal; print('textual' in sys.modules, 'rich' in sys.modules)")
        == "False False\n"
    )
