"""The playground in a real browser, computing in Pyodide. Whatever the page complains of, or asks of another server,
fails its test."""

import http.server
import json
import re
import threading

import pytest

from autograd.draw.numbers import gradient_text
from autograd.expression import evaluate, unknowns
from autograd.graph import topological_order

NEURON = "n = w*x + b; h = tanh(n); L = (h - y)**2"
WIDE, PHONE = (1280, 800), (390, 844)


class Tab:
    """The playground in a tab of its own."""

    def __init__(self, browser, address, fragment="", size=WIDE, **options):
        self.context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce", **options
        )
        self.context.set_default_timeout(120_000)  # a busy machine takes its time to start Python
        self.page = self.context.new_page()
        self.complaints, self.asked = [], []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.address = f"{address}playground/"
        self.page.goto(self.address + fragment)
        self.wait()

    def wait(self):
        """Until the engine has answered all that the state asks."""
        self.page.locator("html[data-ready]").wait_for()
        self.page.locator("#learned", has_text="points right").wait_for()

    def take(self, state):
        """Follow a link to a state, or to anything, in this tab."""
        text = state if isinstance(state, str) else json.dumps({"stepgrad": 1, **state})
        self.page.evaluate("(text) => { location.hash = encodeURIComponent(text); }", text)

    def type(self, expression):
        self.page.fill("#text", expression)
        self.computed()

    def computed(self):
        """Wait for what the page asks of the engine about its expression."""
        self.page.locator(".bench:not([aria-busy])").wait_for()

    def number(self, name, text):
        self.page.fill(f"input[aria-label='{name}, exactly']", text)
        self.computed()

    def leaves(self):
        """For each name its number and its gradient, as they are shown."""
        return self.page.eval_on_selector_all(
            "#leaves .row",
            "all => all.map((x) => [x.querySelector('b').textContent,"
            " x.querySelector('input[type=number]').value, x.querySelector('output').textContent])",
        )

    def step(self, action, times=1):
        for _ in range(times):
            self.page.click(f"#stepper .st-controls [data-action={action}]")

    def shown(self):
        """All that a link has to bring back."""
        texts = ["#stepper .st-where", "#stepper .st-header code", "#stepper .st-sentence", "#told", "#learned"]
        fields = ["#text", "#hidden", "#net-op", "#rate", "#seed"]
        cards = "all => all.map((x) => [x.dataset.value, x.dataset.grad])"
        return [
            *map(self.page.inner_text, texts),
            *map(self.page.input_value, fields),
            self.leaves(),
            self.page.eval_on_selector_all("#stepper [data-grad]", cards),
            self.page.get_attribute(".plane .border", "d"),
            self.page.evaluate("getComputedStyle(document.body).backgroundColor"),
        ]

    def kept(self):
        """The state in the address, when the page has written it."""
        self.page.wait_for_timeout(400)
        return json.loads(self.page.evaluate("decodeURIComponent(location.hash.slice(1))"))


@pytest.fixture(scope="module")
def start(live_browser, served, playground_folder):
    """Open the playground in a tab; it is watched until the module ends."""
    tabs = []

    def open_tab(fragment="", **options):
        tabs.append(Tab(live_browser, served, fragment, **options))
        return tabs[-1]

    yield open_tab
    for tab in tabs:
        tab.context.close()
    assert [complaint for tab in tabs for complaint in tab.complaints] == []
    assert [url for tab in tabs for url in tab.asked if not url.startswith((served, f"blob:{served}"))] == []


@pytest.fixture(scope="module")
def opened(start):
    return start()


@pytest.fixture
def tab(opened):
    """A tab that others have used too, brought to a neuron, its error and a fresh network."""
    opened.take({"network": {"seed": 2}})
    opened.page.get_by_text("Step 0: loss 1.38").wait_for()
    opened.take({"expression": NEURON, "numbers": {"w": 2, "x": 0.5, "b": -1.5, "y": 1}})
    opened.page.get_by_text("Step 0: loss 0.522").wait_for()
    return opened


def gradients(text, **numbers):
    """What the engine says, without a browser: the gradient of each leaf as text."""
    root = evaluate(text, numbers)
    root.backward()
    return {node.label: gradient_text(node.grad) for node in topological_order(root) if node.is_leaf}


# ---------------------------------------------------------------- what can be done


def test_what_is_typed_is_computed_by_the_engine(tab):
    tab.type("p = a*b; p*p + c")
    for name, number in {"a": "2", "b": "-3", "c": "10"}.items():
        tab.number(name, number)
    expected = gradients("p = a*b; p*p + c", a=2, b=-3, c=10)

    assert expected == {"a": "+36", "b": "−24", "c": "+1"}
    assert tab.leaves() == [["a", "2", "+36"], ["b", "-3", "−24"], ["c", "10", "+1"]]


def test_a_dragged_slider_moves_values_and_gradients(tab):
    slider = tab.page.locator("input[type=range][aria-label=w]")
    box = slider.bounding_box()
    tab.page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    tab.page.mouse.down()
    tab.page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2, steps=6)
    tab.page.mouse.up()
    tab.computed()
    w = float(slider.input_value())
    numbers = {"w": w, "x": 0.5, "b": -1.5, "y": 1.0}
    root = evaluate(NEURON, numbers)

    card = tab.page.locator("#stepper [data-grad]").last
    assert w < 0.0
    assert {name: gradient for name, _, gradient in tab.leaves()} == gradients(NEURON, **numbers)
    assert float(card.get_attribute("data-value")) == pytest.approx(root.data, rel=1e-12)


def test_the_stepper_goes_back_and_forth_and_stays_in_its_place_when_a_number_changes(tab):
    tab.step("back", 4)
    before = tab.page.inner_text("#stepper .st-where")
    tab.number("x", "1")
    after = tab.page.inner_text("#stepper .st-where")
    tab.step("next")

    assert before == after == "backward · step 16 of 20"
    assert tab.page.inner_text("#stepper .st-where") == "backward · step 17 of 20"


def test_another_activation_takes_the_place_of_the_one_in_the_text(tab):
    tab.page.select_option("#op", "relu")
    tab.page.locator("#told", has_text="relu(").wait_for()

    assert tab.page.input_value("#text") == "n = w*x + b; h = relu(n); L = (h - y)**2"
    assert tab.page.inner_text("#told") == "relu(−0.5) = 0, slope 0: saturated, hardly any gradient passes."
    assert tab.page.get_attribute("svg.curve", "aria-label") == tab.page.inner_text("#told")[:-1]


def test_of_several_activations_one_is_chosen(tab):
    tab.type("relu(tanh(x) * sigmoid(y))")
    tab.page.select_option("#place", label="sigmoid(y)")
    tab.computed()

    assert tab.page.input_value("#op") == "sigmoid"
    assert tab.kept()["place"] == 1


def test_every_example_is_understood(tab):
    options = tab.page.eval_on_selector_all("#example option", "all => all.map((x) => x.value).filter(Boolean)")
    for option in options:
        tab.page.select_option("#example", option)
        tab.computed()
        assert tab.page.inner_text("#refused") == ""
        assert [name for name, _, _ in tab.leaves()] == unknowns(tab.page.input_value("#text"))

    assert len(options) >= 6


def test_the_list_of_examples_names_the_one_that_is_shown(tab):
    tab.page.select_option("#example", label="a product and a sum")
    tab.computed()
    taken = tab.page.input_value("#example")
    tab.type("a*b + c*c")
    other = tab.page.input_value("#example")
    tab.type("a*b + c")

    assert other == ""
    assert tab.page.input_value("#example") == taken == "2"


def test_a_network_learns_while_one_looks_and_can_be_stopped_and_reset(tab):
    page = tab.page
    untrained = page.get_attribute(".plane .border", "d")
    page.click("#once")
    page.get_by_text("Step 1:").wait_for()
    page.click("#run")
    page.get_by_text(re.compile(r"Step \d\d:")).wait_for()
    page.click("#run")
    page.locator(".plane:not([aria-busy])").wait_for()  # for the steps that were on their way
    stopped = page.inner_text("#learned")
    page.wait_for_timeout(500)

    assert page.inner_text("#learned") == stopped
    assert page.inner_text("#run") == "Start"
    assert page.get_attribute(".plane .border", "d") != untrained
    assert len(tab.kept()["network"]["weights"]) == 33
    page.click("#reset")
    page.get_by_text("Step 0:").wait_for()
    assert page.get_attribute(".plane .border", "d") == untrained
    assert "weights" not in tab.kept()["network"]


def test_the_pass_of_a_point_is_stepped_through(tab):
    tab.page.locator(".moon").nth(6).click()
    tab.page.click("#inside")
    where = tab.page.locator("#pass .st-where")
    where.wait_for()
    tab.page.locator("#pass .st-controls [data-action=next]").click()

    assert tab.page.get_attribute(".moon >> nth=-1", "class").endswith(" chosen")  # in front of all others
    assert tab.page.inner_text("#pass .st-header code").startswith("point 7, label ")
    assert where.inner_text() == "forward · step 1 of 110"


def test_the_keyboard_is_enough(tab):
    tab.page.focus("#text")
    reached = []
    for _ in range(14):
        tab.page.keyboard.press("Tab")
        reached.append(tab.page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.id"))
    tab.page.focus("input[type=range][aria-label=b]")
    tab.page.keyboard.press("ArrowRight")
    tab.computed()
    moved = tab.leaves()[2]
    tab.page.focus("#stepper .st-controls [data-action=back]")
    for key in ("b", "b", "n"):
        tab.page.keyboard.press(key)

    leaves = ["w", "w, exactly", "x", "x, exactly", "b", "b, exactly", "y", "y, exactly"]
    assert reached[:10] == ["example", *leaves, "place"]
    assert moved == ["b", "-1.45", gradients(NEURON, w=2, x=0.5, b=-1.45, y=1)["b"]]
    assert tab.page.inner_text("#stepper .st-where") == "backward · step 19 of 20"
    tab.page.focus("#text")
    tab.page.keyboard.type("n")
    assert tab.page.inner_text("#stepper .st-where").split()[-3] in ("19", "20")  # a letter in the text is a letter


def test_dark_and_light_are_chosen_for_the_page_and_its_steppers_together(tab):
    def grounds():
        return [
            tab.page.locator(name).first.evaluate("x => getComputedStyle(x).backgroundColor")
            for name in ("body", "#stepper .stepgrad")
        ]

    light = grounds()
    tab.page.click("#theme")
    dark = grounds()
    tab.page.focus("#stepper .st-controls [data-action=back]")
    tab.page.keyboard.press("t")
    tab.page.locator("html[data-theme=light]").wait_for()

    assert light == ["rgb(255, 255, 255)"] * 2
    assert dark == ["rgb(18, 21, 26)"] * 2
    assert grounds() == light
    assert tab.page.inner_text("#theme") == "Dark"


# ---------------------------------------------------------------- links and files


def make_something(tab):
    tab.page.select_option("#op", "sigmoid")
    tab.page.locator("#told", has_text="sigmoid(").wait_for()
    tab.number("w", "-0.125")
    tab.step("back", 7)
    tab.page.fill("#seed", "5")
    tab.page.keyboard.press("Enter")
    tab.page.click("#once")
    tab.page.get_by_text("Step 1:").wait_for()
    tab.page.click("#theme")


def test_a_shared_link_brings_back_all_that_was_seen(start):
    tab = start()
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    make_something(tab)
    tab.page.click("#share")
    tab.page.get_by_text("The link is copied").wait_for()
    seen, link = tab.shown(), tab.page.evaluate("navigator.clipboard.readText()")
    tab.page.reload()
    tab.wait()
    again = tab.shown()
    tab.context.close()
    other = start(link.removeprefix(tab.address))

    assert link.startswith(f"{tab.address}#")
    assert again == seen
    assert other.shown() == seen


def test_a_saved_file_brings_back_all_that_was_seen(tab, tmp_path):
    make_something(tab)
    seen = tab.shown()
    with tab.page.expect_download() as download:
        tab.page.click("#save")
    download.value.save_as(tmp_path / "state.json")
    tab.page.select_option("#example", "1")
    tab.page.click("#reset")
    tab.page.get_by_text("Step 0:").wait_for()
    changed = tab.shown()
    tab.page.set_input_files("#file", tmp_path / "state.json")
    tab.page.get_by_text("Step 1:").wait_for()

    assert download.value.suggested_filename == "stepgrad-playground.json"
    assert changed != seen
    assert tab.shown() == seen


def test_what_was_said_of_a_bad_file_is_gone_when_a_good_one_comes(tab, tmp_path):
    for name, text in (("bad", "{"), ("good", '{"stepgrad": 1, "expression": "x*y"}')):
        (tmp_path / f"{name}.json").write_text(text)
    tab.page.set_input_files("#file", tmp_path / "bad.json")
    tab.page.get_by_text("Nothing was taken from the file: it is no JSON.").wait_for()
    tab.page.set_input_files("#file", tmp_path / "good.json")
    tab.page.locator("#leaves b", has_text="y").wait_for()

    assert tab.page.inner_text("#said") == ""
    assert tab.page.input_value("#text") == "x*y"


# ---------------------------------------------------------------- trust


HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script>"
DEEP = "[" * 9_000 + "]" * 9_000


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (HOSTILE, "no JSON"),
        (DEEP, "does not say"),
        ("x" * 10_000_000, "characters, more than"),
        ('{"stepgrad": 1, "numbers": {"w": NaN}}', "no JSON"),
        ({"numbers": {HOSTILE: 1}}, "name that is none"),
        ({"theme": HOSTILE}, "neither light nor dark"),
        ({"network": {"activation": HOSTILE}}, "no name"),
        ({"network": {"weights": [[]]}}, "no number"),
    ],
    ids=["markup", "deep", "10 MB", "NaN", "name", "theme", "activation", "weights"],
)
def test_a_hostile_link_changes_nothing_and_is_refused_in_words(tab, given, words):
    before = tab.shown()
    tab.page.evaluate("document.getElementById('said').textContent = ''")
    tab.take(given)
    tab.page.locator("#said", has_text=words).wait_for()

    assert tab.shown() == before
    assert tab.page.locator("img").count() == 0


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (HOSTILE, "cannot read"),
        ("__import__('os').system('true')", "is not understood"),
        ("__import__('js')", "no op is called '__import__'"),
        ("x" * 15_000, "15000 characters, and the playground reads 400"),
        ("(" * 400, "nested too deeply"),
        ("(" * 30 + "x" + ")" * 29, "cannot read"),
        ("lambda:" * 57, "cannot read"),
        ("x if x else " * 33, "cannot read"),
        ("9" * 400 + "*x", "401|402"),
        ("x, exec", "is not understood"),
    ],
    ids=lambda text: text[:20],
)
def test_a_hostile_expression_is_refused_in_words_and_its_like_is_never_run(tab, expression, words):
    tab.take({"expression": expression})
    tab.page.locator("#refused", has_text=re.compile(words)).wait_for()

    assert tab.page.locator("img").count() == 0
    assert tab.page.locator(".bench[inert]").count() == 1


@pytest.mark.parametrize(
    "expression",
    ["-" * 399 + "x", "x**" * 100 + "x", "tanh(" * 30 + "x" + ")" * 30, "x*" * 199 + "x", "not " * 90 + "x"],
    ids=["signs", "powers", "calls", "products", "nots"],
)
def test_the_largest_expressions_are_borne(tab, expression):
    tab.take({"expression": expression, "numbers": {"x": 0.5}})
    tab.computed()

    assert tab.page.inner_text("#engine") == "Python is ready"


def test_a_hostile_file_changes_nothing(tab, tmp_path):
    before = tab.shown()
    for name, text, words in (
        ("a.json", HOSTILE, "no JSON"),
        ("b.json", " " * 10_000_000, "characters, more than"),
        ("c.json", '{"stepgrad": 1, "position": "1"}', "no whole number"),
    ):
        (tmp_path / name).write_text(text)
        tab.page.set_input_files("#file", tmp_path / name)
        tab.page.locator("#said", has_text=words).wait_for()

    assert tab.shown() == before


def test_an_engine_that_breaks_down_is_started_anew_and_nothing_is_lost(start):
    tab = start()
    tab.page.click("#once")
    tab.page.get_by_text("Step 1:").wait_for()
    before = tab.shown()
    tab.page.workers[0].evaluate("() => { setTimeout(() => { throw new Error('broken on purpose'); }); }")
    tab.page.get_by_text("Python is starting anew").wait_for()
    tab.wait()
    same = tab.shown()
    tab.page.click("#once")
    tab.page.get_by_text("Step 2:").wait_for()

    assert same == before
    assert [complaint for complaint in tab.complaints if "on purpose" not in complaint] == []
    tab.complaints.clear()


@pytest.fixture
def elsewhere():
    """Another server, which would answer anybody, and what it was asked."""
    asked = []

    class Open(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Content-Type", "text/javascript")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Open) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", asked
        server.shutdown()


def test_neither_page_nor_engine_may_ask_another_server_or_run_text(tab, elsewhere):
    address, asked = elsewhere
    program = """async (address) => {
        const tried = [fetch(address), import(address + "x.js")];
        const answers = await Promise.allSettled(tried);
        let text = "run";
        try { Function("return 1")(); } catch (error) { text = error.name; }
        return [...answers.map(({ status }) => status), text];
    }"""
    found = [tab.page.evaluate(program, address), tab.page.workers[0].evaluate(program, address)]
    complaints = [*tab.complaints]
    tab.complaints.clear()
    tab.asked[:] = [url for url in tab.asked if not url.startswith(address)]  # which were stopped on their way

    assert found == [["rejected", "rejected", "EvalError"]] * 2
    assert asked == []
    assert all("Content Security Policy" in complaint for complaint in complaints)


def test_the_policy_of_the_page_allows_what_webassembly_needs_and_no_more(playground_folder):
    text = (playground_folder / "index.html").read_text("utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)

    assert policy == (
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self';"
        " worker-src blob:; connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


def test_its_own_files_are_light(playground_folder):
    assert sum(file.stat().st_size for file in playground_folder.rglob("*") if file.is_file()) < 500_000


# ---------------------------------------------------------------- for everybody


@pytest.mark.parametrize("width", [390, 320])
def test_a_phone_never_scrolls_sideways(start, width):
    tab = start(size=(width, 844))
    tab.page.click("#inside")
    tab.page.locator("#pass .st-where").wait_for()
    tab.type("h = relu(first_weight*input_number + the_bias_of_it); second_weight*h")
    sizes = tab.page.evaluate("[document.documentElement.scrollWidth, document.body.scrollWidth]")
    tab.context.close()

    assert max(sizes) <= width


@pytest.mark.parametrize(("size", "theme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide", "phone"])
def test_axe_finds_no_serious_fault(start, size, theme):
    from axe_playwright_python.sync_playwright import Axe

    tab = start(size=size, color_scheme=theme)
    tab.page.click("#inside")
    tab.page.locator("#pass .st-where").wait_for()
    found = Axe().run(tab.page).response
    tab.page.fill("#text", "w * (")
    tab.page.locator("#refused", has_text="cannot read").wait_for()
    refused = Axe().run(tab.page, {"include": [".typed", "#refused", "#leaves"]}).response
    tab.context.close()

    grave = [
        fault for fault in found["violations"] + refused["violations"] if fault["impact"] in ("serious", "critical")
    ]
    assert len(found["passes"]) > 20
    assert [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in grave] == []
