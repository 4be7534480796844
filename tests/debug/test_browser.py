"""The page and the widget in a real browser. Whatever a page complains of, or asks of the network, fails its test."""

import math
import re
import shutil
from pathlib import Path

import pytest
from traced_graphs import everything

from autograd import Value, debug, demo, nn
from autograd.debug.page import as_json, player, save, story, style
from autograd.draw.tokens import tokens
from autograd.graph import topological_order

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine to open a page with")

WIDE, PHONE = (1280, 800), (390, 844)


@pytest.fixture(scope="module")
def browser():
    drive = pytest.importorskip(
        "playwright.sync_api", reason="no playwright to drive the browser: pip install playwright"
    )
    with drive.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def blank(browser):
    """Open an empty page that is watched."""
    complaints, contexts = [], []

    def open_blank(size=WIDE, **options):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, offline=True, **{"reduced_motion": "reduce", **options}
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on("request", lambda request: complaints.append(request.url) if request.url[:5] != "file:" else None)
        return page

    yield open_blank
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def opened(blank, tmp_path):
    """Open the page of a graph or a trace."""

    def open_page(subject, size=WIDE, place="", **options):
        page = blank(size, **options)
        page.goto(save(subject, tmp_path / "steps.html").as_uri() + place)
        page.wait_for_selector(".stepgrad")
        return page

    return open_page


def network():
    x = [Value(1.0, label="x0"), Value(-2.0, label="x1")]
    loss = nn.MLP(2, [3, 2, 1], rng=0)(x) ** 2
    loss.label = "loss"
    return loss


def fresh_neuron():
    root = demo.neuron()
    root.zero_grad()
    return root


def where(page):
    return page.inner_text(".st-where")


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def repeat(page, key, times):
    """The same key again and again, faster than one at a time from here."""
    page.evaluate(
        """([key, times]) => {
            for (let i = 0; i < times; i++) {
                document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
            }
        }""",
        [key, times],
    )


def shown(page):
    """Everything that a place in the story decides, as markup; scrolling and focus are not in it."""
    return page.evaluate("document.querySelector('.st-app').outerHTML").replace(' style=""', "")


# ---------------------------------------------------------------- stepping


def test_key_and_slider_lead_to_the_same_place(opened):
    page = opened(demo.neuron())
    press(page, "n", "n", "ArrowRight")
    by_key = shown(page)
    press(page, "Home")
    page.fill("input[type=range]", "3")

    assert where(page) == "forward · step 3 of 29"
    assert shown(page) == by_key


@pytest.mark.parametrize("make", [demo.neuron, network, everything], ids=["neuron", "network", "everything"])
def test_back_at_the_start_everything_is_as_it_was(opened, make):
    page = opened(make())
    start, steps = shown(page), int(where(page).split()[-1])
    repeat(page, "n", steps)
    end = shown(page)
    repeat(page, "b", steps)
    back = shown(page)
    press(page, "End")

    assert back == start
    assert shown(page) == end != start


@pytest.mark.parametrize(
    "make", [fresh_neuron, network, lambda: Value(0.0).log() * 0.0], ids=["neuron", "network", "nan"]
)
def test_the_end_has_the_gradients_of_backward_to_the_bit(opened, make):
    root = make()
    page = opened(root)
    press(page, "End")
    cards = dict(
        page.eval_on_selector_all("svg [data-grad]", "all => all.map((x) => [x.dataset.node, x.dataset.grad])")
    )
    rows = dict(
        page.eval_on_selector_all(
            "tr[data-node]", "all => all.map((x) => [x.dataset.node, x.children[3].dataset.repr])"
        )
    )
    root.backward()

    expected = {str(number): repr(node.grad) for number, node in enumerate(topological_order(root))}
    assert cards == rows == expected


def test_keys_lead_where_they_say(opened):
    page = opened(network())
    steps = int(where(page).split()[-1])
    places = []
    for key in ("End", "b", "Home", "n", "PageDown", "PageUp", "PageUp", "d", "u", "c", "B", "N"):
        press(page, key)
        places.append(int(where(page).split()[-3]))

    assert places[:7] == [steps, steps - 1, 0, 1, 2, 1, 0]
    assert 0 < places[7] < places[8] < steps  # into the first neuron, out of it
    assert places[9:] == [steps, steps - 1, steps]


def test_each_key_does_what_its_row_in_the_list_of_keys_does(cell):
    page = cell(network(), twice=True)
    for view in page.locator(".stepgrad").all():
        view.locator(".st-where").click()
        press(page, "PageDown", ".", "ArrowDown")  # a breakpoint at one node, and another node chosen
    keys = {action: names[0] for action, names in tokens()["keys"].items()}
    keys |= {"next_event": "N", "previous_event": "B", "choose_next": "ArrowDown", "choose_previous": "ArrowUp"}
    keys |= {"zoom_in": "+", "zoom_out": "-"}
    actions, unequal, idle = page.evaluate(
        """(keys) => {
            const [here, there] = document.querySelectorAll(".stepgrad");
            const own = /stepgrad-hatch-\\d+| style=""/g;
            const look = (view) => view.dataset.theme + view.querySelector(".st-app").outerHTML.replace(own, "");
            const rows = [...there.querySelectorAll(".st-list button")];
            const ownTests = ["find", "play", "speed"];
            const actions = rows.map((row) => row.dataset.action).filter((action) => !ownTests.includes(action));
            const [unequal, idle] = [[], []];
            for (const action of ["zoom_in", ...actions, "zoom_in", ...[...actions].reverse()]) {
                for (const model of models) model.from_python("position", 40);
                const before = look(here);
                here.dispatchEvent(new KeyboardEvent("keydown", { key: keys[action], bubbles: true }));
                rows.find((row) => row.dataset.action === action).click();
                if (look(here) !== look(there)) unequal.push(action);
                if (look(here) === before) idle.push(action);
            }
            return [actions, unequal, idle];
        }""",
        keys,
    )

    assert (unequal, idle) == ([], [])
    assert len(actions) == 19


def test_every_button_that_is_seen_does_something(opened):
    page = opened(demo.neuron(), place="#step=12")
    press(page, ".")
    names = page.locator("button[data-action] >> visible=true").evaluate_all("all => all.map((x) => x.dataset.action)")
    idle = []
    for name in ["zoom_in", *names]:
        page.fill("input[type=range]", "10")
        before = page.evaluate("document.body.innerHTML")
        page.locator(f"button[data-action={name}] >> visible=true").evaluate("x => x.click()")
        if page.evaluate("document.body.innerHTML") == before:
            idle.append(name)
        page.evaluate("document.querySelector('dialog[open]')?.close()")

    assert idle == []
    assert len(names) == len(set(names)) == 15


def test_a_breakpoint_is_set_by_two_clicks_and_stops_continue_and_play(opened):
    page = opened(demo.neuron())
    page.clock.install()
    page.click("svg [data-node='9'] >> nth=0")
    page.click("svg [data-node='9'] >> nth=0")
    rings = page.locator(".st-picture .st-stop").count()
    page.keyboard.press("Escape")
    press(page, "c")
    first = page.inner_text(".st-sentence")
    press(page, "Home", "Space")
    page.clock.run_for(60_000)

    assert rings == 1
    assert first == page.inner_text(".st-sentence")
    assert first.startswith("h = tanh(n)")
    assert page.locator("[data-action=continue] >> visible=true").count() == 1


def test_playing_goes_at_its_pace_and_is_quiet(opened):
    page = opened(demo.neuron())
    page.clock.install()
    press(page, "Space")
    page.clock.run_for(tokens()["motion"]["play_ms"] * 3 + 50)
    playing, live = where(page), page.get_attribute(".st-sentence", "aria-live")
    press(page, "Space")
    page.clock.run_for(10_000)
    paused = where(page)
    press(page, "n")

    assert playing == paused == "forward · step 3 of 29"
    assert (live, page.get_attribute(".st-sentence", "aria-live")) == ("off", "polite")


def test_find_chooses_a_node_by_a_part_of_its_name(opened):
    page = opened(network())
    press(page, "End", "/", *"x1", "Enter")

    assert page.locator("dialog[open]").count() == 0
    assert page.inner_text("tr.chosen th") == "x1"
    assert page.inner_text(".st-tip b") == "x1"
    assert "-2.0" in page.inner_text(".st-tip")


def test_arrows_choose_nodes_and_a_dot_sets_a_breakpoint_there(opened):
    page = opened(demo.neuron())
    press(page, "ArrowDown", "ArrowDown", ".")

    assert page.inner_text("tr.chosen th") == page.inner_text("tr.stop th") == "e"
    assert page.locator(".st-chosen").count() == 1


def test_a_card_under_the_pointer_tells_everything_and_the_rest_falls_back(opened):
    page = opened(demo.neuron())
    press(page, "End")
    page.hover("svg [data-node='9']")

    tip = page.inner_text(".st-tip")
    assert "0.37994896225522484" in tip
    assert "tanh(n)" in tip
    assert page.eval_on_selector("svg [data-node='0']", "x => getComputedStyle(x).opacity") == "0.35"
    assert page.eval_on_selector("svg [data-node='8']", "x => getComputedStyle(x).opacity") == "1"


def test_a_number_is_copied_with_all_its_digits(opened):
    page = opened(demo.neuron(), place="#step=12")
    copied = page.evaluate("""() => {
        const chip = document.querySelector(".st-chip.part");
        getSelection().selectAllChildren(chip);
        const event = new ClipboardEvent("copy", { clipboardData: new DataTransfer(), bubbles: true });
        chip.dispatchEvent(event);
        return [chip.textContent, event.clipboardData.getData("text/plain")];
    }""")

    assert copied == ["−0.6201", "-0.6200510377447752"]


def test_the_lines_of_the_code_show_what_they_made(opened):
    with debug.trace() as happened:
        x = Value(3.0, label="x")
        y = x * x
        y.backward()
    page = opened(happened)
    press(page, "End")

    lines = page.locator(".st-code .st-block > div").all_inner_texts()
    assert [re.sub(r"^\d+\s+", "", line).split("\n") for line in lines] == [
        ['x = Value(3.0, label="x")', "3", "grad +6"],
        ["y = x * x", "9", "grad +1"],
    ]


def test_a_link_leads_to_a_step(opened):
    page = opened(demo.neuron(), place="#step=12&theme=dark")

    assert where(page) == "backward · step 12 of 29"
    assert page.eval_on_selector(".stepgrad", "x => getComputedStyle(x).colorScheme") == "dark"


def test_a_link_to_nothing_leads_to_the_beginning(opened):
    page = opened(demo.neuron(), place="#step=<b>&theme=purple")

    assert where(page) == "start · step 0 of 29"
    assert page.eval_on_selector(".stepgrad", "x => getComputedStyle(x).colorScheme") == "light"


# ---------------------------------------------------------------- looks


@pytest.mark.parametrize(("scheme", "other"), [("light", "dark"), ("dark", "light")])
def test_the_theme_follows_the_reader_and_can_be_turned(opened, scheme, other):
    page = opened(demo.neuron(), color_scheme=scheme)
    ground = "x => getComputedStyle(x).getPropertyValue('--ground')"
    found = [page.eval_on_selector(".stepgrad", ground)]
    press(page, "t")
    found.append(page.eval_on_selector(".stepgrad", ground))

    assert found == [tokens()["themes"][name]["colour"]["ground"] for name in (scheme, other)]


def extremes():
    """The longest numbers there are, under names that are too long."""
    x, y = Value(-1.2345e-300, label="a name much longer than its card " * 9), Value(-1.2345e300, label="W" * 400)
    return (x * y * 1.234e-5 + y) * Value(1.0) * y


@pytest.mark.parametrize("make", [demo.neuron, everything, extremes], ids=lambda make: make.__name__)
def test_no_step_changes_a_height_or_wraps_the_formula(opened, make):
    page = opened(make())
    found = {}
    for width in (320, 390, 720, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        found[width] = page.evaluate("""async () => {
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            const parts = [".st-formula", ".st-frame", ".st-data", ".st-time", ".st-controls"];
            const found = new Set();
            const slider = document.querySelector("input[type=range]");
            const chips = document.querySelector(".st-chips");
            for (let step = 0; step <= Number(slider.max); step++) {
                slider.value = step;
                slider.dispatchEvent(new Event("input"));
                found.add(parts.map((part) => document.querySelector(part).offsetHeight).join(" "));
                if (chips.scrollWidth > chips.clientWidth) found.add(`the formula of step ${step} is too wide`);
            }
            const { scrollWidth, clientWidth } = document.documentElement;
            if (scrollWidth > clientWidth) found.add("the page is too wide");
            return [...found];
        }""")

    assert {width: len(layouts) for width, layouts in found.items()} == dict.fromkeys(found, 1)


def test_on_a_phone_everything_fits_and_can_be_hit(opened):
    page = opened(demo.neuron(), PHONE, place="#step=12")
    page.wait_for_function("document.querySelector('.st-frame').clientHeight > 0")
    boxes = page.eval_on_selector_all(
        "button, input[type=range]",
        """all => all.map((x) => x.getBoundingClientRect()).filter((box) => box.width)
            .map(({ left, right, width, height }) => [left, right, width, height])""",
    )
    tops = page.eval_on_selector_all(".st-group", "all => all.map((x) => x.getBoundingClientRect().top)")

    assert len(boxes) > 12
    assert all(left >= 0 and right <= 390 and width >= 40 and height >= 40 for left, right, width, height in boxes)
    assert len(set(tops)) == 2  # the formula on two lines
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.locator(".st-map >> visible=true").count() == 1
    assert page.locator(".st-source >> visible=true").count() == 0


def test_on_a_phone_the_camera_follows_at_a_size_that_can_be_read(opened):
    page = opened(demo.neuron(), PHONE, place="#step=28")
    scales = []
    for key in ("b", "b", "b", "0"):
        press(page, key)
        scales.append(float(re.search(r"scale\((.+)\)", page.get_attribute(".st-picture", "style"))[1]))

    assert min(scales[:3]) > 0.8
    assert scales[3] < 0.3


def camera(page):
    """Where the camera stands: two distances in px, and its scale."""
    style = page.get_attribute(".st-picture", "style")
    return [float(x) for x in re.findall(r"-?\d+\.?\d*(?=px|\))", style)]


def test_the_camera_zooms_pans_fits_and_follows(opened):
    page = opened(network(), place="#step=40")
    following = camera(page)
    page.mouse.move(600, 300)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -200)
    page.keyboard.up("Control")
    page.wait_for_selector("[data-action=follow][aria-pressed=false]")
    zoomed = camera(page)
    page.mouse.wheel(0, 200)  # without ctrl it is the page that scrolls
    page.mouse.down()
    page.mouse.move(640, 330, steps=4)
    page.mouse.up()
    panned = camera(page)
    press(page, "n")
    free = camera(page)
    page.click(".st-map", position={"x": 60, "y": 20})
    jumped = camera(page)
    press(page, "0")
    whole = camera(page)
    press(page, "f", "b")

    assert zoomed[2] == pytest.approx(following[2] * math.exp(200 / 300), rel=1e-3)
    assert panned == pytest.approx([zoomed[0] + 40, zoomed[1] + 30, zoomed[2]], abs=0.2)
    assert free == panned
    assert jumped[2] == panned[2]
    assert jumped[:2] != panned[:2]
    assert whole[2] < following[2]
    assert camera(page) == following


def test_two_fingers_zoom_and_one_pans(opened):
    page = opened(network(), PHONE, place="#step=40", has_touch=True)
    before = camera(page)
    hand = page.context.new_cdp_session(page)
    touch = {"x": 195, "y": 380, "gestureSourceType": "touch"}
    hand.send("Input.synthesizePinchGesture", {**touch, "scaleFactor": 1.5})
    pinched = camera(page)
    hand.send("Input.synthesizeScrollGesture", {**touch, "xDistance": 60, "preventFling": True})

    assert pinched[2] > before[2] * 1.4
    assert camera(page)[2] == pinched[2]
    assert camera(page)[0] - pinched[0] == pytest.approx(60, abs=20)
    assert page.locator("tr.chosen").count() == 0


def test_every_button_can_be_hit_on_a_wide_screen(opened):
    page = opened(demo.neuron())
    sizes = page.eval_on_selector_all(
        "button",
        "all => all.map((x) => x.getBoundingClientRect()).filter((x) => x.width).map((x) => [x.width, x.height])",
    )

    assert all(width >= 40 and height >= 40 for width, height in sizes)


def test_on_paper_there_are_all_rows_and_nothing_to_press(opened):
    page = opened(demo.neuron(), color_scheme="dark", place="#step=12")
    page.emulate_media(media="print")
    rows = page.eval_on_selector_all("tbody tr", "all => all.filter((x) => x.getBoundingClientRect().height).length")
    visible = page.locator("button >> visible=true").count() + page.locator("input >> visible=true").count()
    ground = page.eval_on_selector(".stepgrad", "x => getComputedStyle(x).backgroundColor")
    paper = page.pdf(prefer_css_page_size=True)

    assert (rows, visible, ground) == (13, 0, "rgb(255, 255, 255)")
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 1


def test_the_contribution_travels_forwards_only_and_not_for_those_who_want_no_motion(opened):
    lively, quiet = (
        opened(demo.neuron(), place="#step=10", reduced_motion="no-preference"),
        opened(demo.neuron(), place="#step=10"),
    )
    counts = []
    for page, key in ((lively, "n"), (lively, "b"), (quiet, "n")):
        press(page, key)
        counts.append(page.locator(".st-packet").count())

    assert counts == [1, 0, 0]


# ---------------------------------------------------------------- for those who hear it


def test_what_happens_can_be_heard(opened):
    page = opened(demo.neuron(), place="#step=12")
    slider = page.locator("input[type=range]")

    assert slider.get_attribute("aria-valuetext") == "step 12 of 29: backward: L passes on to e"
    assert page.locator("math").count() == 2
    assert page.text_content("math >> nth=0") == "∂L∂L×∂L∂e=+1×−0.6201=−0.6201"
    assert page.get_attribute(".st-picture", "aria-label") == "Computation graph of 13 values"
    assert page.get_by_role("row", name="L e × e 0.3845 +1 seed").count() == 1
    assert page.get_by_role("main").count() == 1


def test_each_step_is_announced_once_and_in_one_place(opened):
    page = opened(demo.neuron())
    page.evaluate("""() => {
        window.said = [];
        for (const live of document.querySelectorAll("[aria-live]")) {
            new MutationObserver(() => said.push(live.textContent)).observe(live, { childList: true, subtree: true });
        }
    }""")
    sentences = []
    for _ in range(12):
        press(page, "n")
        sentences.append(page.inner_text(".st-sentence"))

    assert page.evaluate("said") == sentences
    assert len(set(sentences)) == 12


def test_tab_reaches_every_control_and_shows_where_it_is(opened):
    page = opened(demo.neuron(), place="#step=12")
    reached = []
    for _ in range(30):
        press(page, "Tab")
        reached.append(
            page.evaluate("""() => {
                const { activeElement: here } = document;
                const drawn = here.matches("input") ? here.nextElementSibling.querySelector(".st-knob") : here;
                const { outlineStyle, stroke } = getComputedStyle(drawn);
                return [here.dataset.action ?? here.tagName, outlineStyle !== "none" || stroke !== "none"];
            }""")
        )

    names = {name for name, _ in reached}
    assert {"find", "theme", "help", "fit", "follow", "start", "back", "play", "next", "end", "speed", "INPUT"} <= names
    assert all(is_shown for name, is_shown in reached if name != "BODY")


# ---------------------------------------------------------------- hostile and large


HOSTILE = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "line\u2028break\u2029 \x00\x1b]0;x\x07",
    "x" * 10_000,
    "שלום עולם \u202e reversed",
    "{{script}}",
    "`${alert(1)}`",
    "__proto__",
]


def test_hostile_labels_are_shown_and_do_nothing(opened):
    leaves = [Value(1e308, label=label) for label in HOSTILE]
    page = opened(sum(leaves, Value(float("nan"), label=HOSTILE[1])) * 10.0)
    repeat(page, "n", 60)
    press(page, "/", *"alert", "Enter", "ArrowUp")
    names = page.locator("tr[data-node] th").all_text_contents()

    for label in HOSTILE:
        assert any(label.replace("\u2028", " ")[:8] in name for name in names), label
    assert page.locator("img, iframe, a, form").count() == 0
    assert page.locator("script").count() == 2
    assert page.evaluate("document.documentElement.scrollWidth") == WIDE[0]


def test_a_hostile_trace_from_a_file_does_nothing(opened):
    bad = "<img src=x onerror=alert(1)>"
    text = everything().to_json().replace('"text": "', f'"text": "{bad}').replace('"rule": "', f'"rule": "{bad}')
    text = text.replace('"name": "', f'"name": "{bad}')
    page = opened(debug.Trace.from_json(text))
    press(page, "End")
    repeat(page, "b", 60)

    assert bad in page.inner_text(".st-code")
    assert page.locator("img").count() == 0


def test_nan_and_infinity_are_shown_where_they_began(opened):
    x = Value(0.0, label="x")
    page = opened(x.log() * x)
    press(page, "End")

    assert page.text_content(".st-tag-word") == "first inf"
    assert page.locator(".st-watch").count() == 1
    assert page.locator("svg .st-card.broken").count() == 3


def tree(leaves):
    """A sum by halves: twice as many values as leaves."""
    row = [Value(0.001 * i) for i in range(leaves)]
    while len(row) > 1:
        pairs = [a + b for a, b in zip(row[::2], row[1::2], strict=False)]
        row = pairs + row[len(pairs) * 2 :]
    return row[0]


def test_a_step_among_two_thousand_nodes_changes_only_what_differs(opened):
    page = opened(tree(1000), place="#step=1500")
    changes = page.evaluate("""async () => {
        let count = 0;
        const watcher = new MutationObserver((list) => (count += list.length));
        watcher.observe(document.body, { subtree: true, childList: true, attributes: true, characterData: true });
        for (let i = 0; i < 20; i++) {
            document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }));
            await new Promise((done) => setTimeout(done));
        }
        return count / 20;
    }""")

    assert page.locator("svg [data-node]").count() == 1999
    assert changes < 400


def test_beyond_a_picture_the_page_still_steps(opened, monkeypatch):
    monkeypatch.setattr("autograd.debug.page.MOST_CARDS", 5)
    page = opened(demo.neuron())
    press(page, "n", "ArrowDown", ".", "f", "0", "+", "End")

    assert page.inner_text(".st-note").startswith("These 13 values make no readable picture.")
    assert where(page) == "backward · step 29 of 29"


@pytest.mark.parametrize("make", [debug.Trace, lambda: debug.trace(Value(1.0, label="x"))], ids=["nothing", "leaf"])
def test_the_smallest_traces_make_pages(opened, make):
    page = opened(make())
    press(page, "n", "n", "End", "b", "PageDown", "c", "u", "d", "ArrowDown", "ArrowUp", ".", "Home")

    assert where(page).startswith("start · step 0 of ")


# ---------------------------------------------------------------- the widget

MODEL = """(given) => {
    function model() {
        const facts = { ...given };
        const heard = {};
        return {
            saved: 0,
            get: (name) => facts[name],
            set: (name, value) => { facts[name] = value; },
            on: (name, handle) => (heard[name] ??= new Set()).add(handle),
            off: (name, handle) => heard[name]?.delete(handle),
            save_changes() { this.saved++; },
            from_python(name, value) { facts[name] = value; heard[`change:${name}`].forEach((handle) => handle()); },
            listeners: () => Object.values(heard).reduce((sum, handles) => sum + handles.size, 0),
        };
    }
    window.bubbled = [];
    document.addEventListener("keydown", ({ key }) => window.bubbled.push(key));
    window.models = [...document.querySelectorAll(".cell")].map((el) => {
        const made = model();
        made.undo = window.render({ model: made, el });
        return made;
    });
    window.model = models[0];
}"""


@pytest.fixture
def cell(blank):
    """The widget as a notebook runs it: in an element of a page, with a model."""

    def open_cell(subject, width=900, twice=False, **options):
        page = blank(**options)
        page.set_content(f"<style>.cell {{ width: {width}px }}</style>" + "<div class=cell></div>" * (1 + twice))
        page.add_style_tag(content=style())
        page.add_script_tag(content=player() + "\nwindow.render = render;", type="module")
        page.wait_for_function("typeof window.render === 'function'")
        page.evaluate(MODEL, {"story": as_json(story(subject)), "position": 0})
        return page

    return open_cell


def test_position_follows_the_buttons_and_the_buttons_follow_position(cell):
    page = cell(demo.neuron())
    page.click("[data-action=next] >> nth=0")
    told = page.evaluate("[model.get('position'), model.saved]")
    page.evaluate("model.from_python('position', 28)")

    assert told == [3, 1]  # two leaves and the product of them
    assert where(page) == "backward · step 9 of 29"
    assert page.evaluate("model.saved") == 1


def test_keys_in_the_widget_do_not_reach_the_notebook(cell):
    page = cell(demo.neuron())
    page.click(".st-where")
    press(page, "n", "x", "Enter", "Control+s")

    assert page.evaluate("window.bubbled") == ["Control", "s"]
    assert page.evaluate("model.get('position')") == 3


def test_what_render_returns_undoes_the_wiring(cell):
    page = cell(demo.neuron())
    page.evaluate("model.undo()")
    press(page, "n")

    assert page.inner_html(".cell") == ""
    assert page.evaluate("[model.listeners(), model.get('position')]") == [0, 0]


def test_a_narrow_cell_on_a_wide_screen_has_the_narrow_layout(cell):
    page = cell(demo.neuron(), width=600)

    assert page.locator(".st-tabs >> visible=true").count() == 1


def test_two_widgets_on_a_page_do_not_disturb_each_other(cell):
    page = cell(demo.neuron(), twice=True)
    page.click("[data-action=end] >> nth=0")

    assert page.locator(".st-where").all_inner_texts() == ["backward · step 29 of 29", "start · step 0 of 29"]
    assert page.evaluate("new Set([...document.querySelectorAll('[id]')].map((x) => x.id)).size") == 2


@pytest.mark.parametrize(("mark", "ground"), [("true", "#FFFFFF"), ("false", "#12151A")])
def test_the_widget_follows_the_theme_of_the_notebook(cell, mark, ground):
    page = cell(demo.neuron(), color_scheme="dark" if mark == "true" else "light")
    page.evaluate("(mark) => document.body.setAttribute('data-jp-theme-light', mark)", mark)

    assert page.eval_on_selector(".stepgrad", "x => getComputedStyle(x).getPropertyValue('--ground')") == ground


def test_every_class_and_id_is_ours_alone():
    files = Path(debug.__file__).parent / "static"
    sheet = re.sub(r"/\*.*?\*/", "", (files / "player.css").read_text("utf-8"), flags=re.DOTALL)
    selectors = re.findall(r"([^{}]+)\{", sheet)

    assert [x for x in selectors if not x.strip().startswith("@") and ".st" not in x] == []
