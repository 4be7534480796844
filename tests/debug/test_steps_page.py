"""The offline page in a real browser: it steps, it ends where backward() ends, it asks nothing of the network."""

import re
import shutil

import pytest

from autograd import Value, debug, nn
from autograd.expression import evaluate
from autograd.graph import topological_order

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
in_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine to open the page with")


def expression():
    return evaluate(
        "p=w1*x1; q=w2*x2; s=p+q; n=s+b; h=tanh(n); e=h-y; e*e",
        {"w1": -1.5, "x1": 2.0, "w2": 2.0, "x2": 0.5, "b": 2.4, "y": 1.0},
    )


@pytest.fixture(scope="module")
def browser():
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="playwright drives the browser: pip install playwright"
    )
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open the page of a graph; whatever goes wrong in it, or leaves it for the network, fails the test."""
    complaints = []

    def open_page(root, **options):
        path = debug.save(root, tmp_path / "steps.html")
        page = browser.new_context(viewport={"width": 1280, "height": 800}, **options).new_page()
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: complaints.append(request.url) if request.url[:5] != "file:" else None)
        page.goto(path.as_uri())
        page.wait_for_selector("[data-node]")
        return page

    yield open_page
    assert complaints == []


def gradients(page):
    """The gradient of each node as the page knows it, in full."""
    cards = page.locator("svg [data-node][data-grad]")
    return {
        int(cards.nth(k).get_attribute("data-node")): cards.nth(k).get_attribute("data-grad")
        for k in range(cards.count())
    }


@in_browser
@pytest.mark.parametrize(
    "make", [expression, lambda: nn.MLP(2, [2, 1], rng=0)([1.0, 2.0])], ids=["expression", "network"]
)
def test_the_end_shows_the_gradients_of_backward_to_the_bit(opened, make):
    root = make()
    page = opened(root)
    page.keyboard.press("End")
    shown = gradients(page)
    root.backward()

    assert {number: float(text) for number, text in shown.items()} == {
        number: node.grad for number, node in enumerate(topological_order(root))
    }


@in_browser
def test_back_at_the_start_everything_is_as_it_was(opened):
    page = opened(expression(), reduced_motion="reduce")
    before = page.inner_text("body")
    steps = int(re.search(r"step 0 of (\d+)", before)[1])
    for _ in range(steps):
        page.keyboard.press("n")
    at_end = page.inner_text("body")
    for _ in range(steps):
        page.keyboard.press("b")

    assert f"step {steps} of {steps}" in at_end
    assert page.inner_text("body") == before


@in_browser
def test_buttons_do_what_their_keys_do(opened):
    page = opened(expression(), reduced_motion="reduce")
    for action, key in (("next", "n"), ("next_node", "PageDown"), ("end", "End"), ("back", "b"), ("start", "Home")):
        page.click(f"[data-action={action}]")
        by_button = page.inner_text("body")
        page.keyboard.press("Home" if action != "start" else "End")
        if action == "back":
            page.keyboard.press("End")
        elif action == "next_node":
            page.keyboard.press("n")
        page.keyboard.press(key)

        assert page.inner_text("body") == by_button, action


@in_browser
def test_a_hostile_label_is_shown_and_does_nothing(opened):
    label = "</script><img src=x onerror=alert(1)>"
    x = Value(2.0, label=label)
    page = opened(x * x)
    page.on("dialog", lambda dialog: pytest.fail("the label was executed"))
    page.keyboard.press("n")

    assert page.locator("img").count() == 0
    assert "</script>" in page.inner_text("body")


def test_the_page_refers_to_nothing_outside_itself(tmp_path):
    text = debug.save(expression(), tmp_path / "steps.html").read_text(encoding="utf-8")

    assert "default-src 'none'" in text
    assert not re.search(r"""(?:src|href)\s*=\s*["']?(?:https?:)?//""", text)
