"""The documentation, built once and opened in a browser: whole, quiet, from one origin, readable for everybody."""

import functools
import http.server
import importlib
import json
import re
import shutil
import subprocess
import sys
import threading
import tomllib
from html import unescape
from pathlib import Path

import pytest

from autograd import Value
from autograd.op import REGISTRY

ROOT = Path(__file__).parents[2]
BUILD = ROOT / "site" / "build.py"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
OPS = [op.name for op in REGISTRY.values() if op.forward.__module__.startswith("autograd.")]
WIDE, PHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}

pytestmark = pytest.mark.skipif(not BUILD.exists(), reason="only a clone of the repository has the site")
in_a_browser = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine to open a page with")

WITH_A_KIND_OF_CONTENT_EACH = [
    "index.html",
    "ops.html",
    "search.html",
    "api/autograd.html",
    "lessons/05_activations.html",
    "guides/design.html",
    "guides/peers.html",
    "guides/tasks.html",
    "benchmarks.html",
    "_modules/autograd/op.html",
]


@pytest.fixture(scope="session")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site") / "out"
    command = [sys.executable, BUILD, "-o", folder, "docs"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path_factory.mktemp("elsewhere"))

    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="session")
def address(built):
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=built))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def watched(browser, address):
    """Open a page that must not complain, nor ask anything of another origin."""
    complaints, contexts = [], []

    def open_page(name, size=WIDE, **options):
        context = browser.new_context(viewport=size, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: complaints.append((name, message.text)))
        page.on("pageerror", lambda error: complaints.append((name, str(error))))
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((address, "data:")) else complaints.append((name, request.url))
            ),
        )
        page.goto(address + name, wait_until="load")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def module(name):
    """One of the files beside the command."""
    sys.path.insert(0, str(BUILD.parent))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(BUILD.parent))


# ---------------------------------------------------------------- the command


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("my work")
    done = subprocess.run([sys.executable, BUILD, "-o", tmp_path], capture_output=True, text=True)

    assert done.returncode == 2
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_part_that_is_not_there_is_named_with_those_that_are(tmp_path):
    done = subprocess.run([sys.executable, BUILD, "-o", tmp_path / "out", "dosc"], capture_output=True, text=True)

    assert done.returncode == 2
    assert "there is no part dosc: the parts are docs" in done.stderr
    assert not (tmp_path / "out").exists()


# ---------------------------------------------------------------- the folder


def test_no_link_of_the_pages_is_dead(built):
    dead, elsewhere = module("links").check(built)

    assert dead == []
    assert [link for link in elsewhere if not link.startswith("https://")] == []


def test_a_dead_link_a_missing_place_and_a_way_out_of_the_folder_are_found(tmp_path):
    (tmp_path / "a.html").write_text(
        '<a href="b.html#here">there</a><a href="b.html#gone">no</a><a href="c.html">no</a>'
        '<img src="../outside.png"><a href="https://example.org/">elsewhere</a><a href="lite/">not built</a>'
    )
    (tmp_path / "b.html").write_text('<p id="here"></p>')
    (tmp_path.parent / "outside.png").write_text("")

    assert module("links").check(tmp_path) == (
        ["a.html: b.html#gone", "a.html: c.html", "a.html: ../outside.png"],
        ["https://example.org/"],
    )


def test_every_lesson_and_every_guide_is_a_page(built):
    lessons = {path.stem for path in (ROOT / "notebooks").glob("[0-9][0-9]_*.py")}
    guides = {path.stem for path in (ROOT / "site" / "guides").glob("*.md")}

    assert lessons <= {path.stem for path in (built / "lessons").glob("*.html")}
    assert guides == {path.stem for path in (built / "guides").glob("*.html")}


def test_every_op_of_the_registry_has_a_row_with_its_derivative_and_its_plot(built):
    rows = dict(re.findall(r'<tr id="op-(\w+)">(.*?)</tr>', (built / "ops.html").read_text("utf-8"), re.DOTALL))

    assert sorted(rows) == sorted(OPS)
    for name, row in rows.items():
        assert "∂" in unescape(row), name
        assert (built / f"ops/{name}-light.svg").stat().st_size > 1000
        assert f"ops/{name}-dark.svg" in row


def test_the_rows_say_what_the_declarations_say(built):
    rows = dict(re.findall(r'<tr id="op-(\w+)">(.*?)</tr>', (built / "ops.html").read_text("utf-8"), re.DOTALL))
    said = {name: re.sub(r"\s", "", unescape(re.sub(r"<[^>]*>", "", row))) for name, row in rows.items()}

    assert "∂∂x=0forx≤0∂∂x=1forx>0kinksatx=0" in said["relu"]
    assert "out=x×y∂∂x=y∂∂y=x" in said["mul"]
    assert "x<y∂∂x=0.5forx=y∂∂x=0forx>y" in said["minimum"]
    assert "smoothforx>0" in said["log"]
    assert "steepestatx=0" in said["tanh"]
    assert "steepest" not in said["relu"]
    assert "out=peak([x1,x2])∂∂x1=0" in said["peak"]
    assert "∂∂x1=1forindex=0∂∂x2=0forindex=0∂∂index=0" in said["take"]
    assert "out=start+x1×y1+x2×y2∂∂x1=y1∂∂y1=x1∂∂start=1" in said["dot"]


def test_every_page_has_the_policy_and_nothing_inline(built):
    for page in built.rglob("*.html"):
        text = page.read_text("utf-8")
        tags = re.findall(r"<[a-zA-Z][^<>]*>", text)

        assert text.count('http-equiv="Content-Security-Policy"') == 1, page
        assert "unsafe" not in re.search(r'Policy" content="([^"]*)"', text)[1], page
        if page.parent.name == "steps":  # one file each, whose scripts are allowed by their hashes
            continue
        assert not [tag for tag in tags if re.search(r'\s(style|on\w+)="', tag)], page
        assert not re.search(r"<script(?![^>]*\ssrc=)(?![^>]*application/)[^>]*>\s*[^<\s]", text), page


def test_the_map_shows_every_floor_of_the_contract(built):
    text = (built / "guides" / "contributing.html").read_text("utf-8")
    shown = re.findall(
        r'<li><p><code class="docutils literal notranslate"><span class="pre">(\w+)</span></code> \w', text
    )
    layers = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"][0][
        "layers"
    ]

    assert shown == [name.removeprefix("autograd.") for name in layers]


def test_the_stored_answers_of_this_engine_are_those_it_gives_now_and_right():
    peers = module("peers")
    stored = {row["question"]: row["answers"] for row in json.loads(peers.STORED.read_text("utf-8"))["rows"]}

    assert list(stored) == list(peers.QUESTIONS)
    for question, (ask, right) in peers.QUESTIONS.items():
        found = peers.answer(ask, Value)

        assert peers.is_right(found, right), question
        assert stored[question]["stepgrad 0.1.0"] == [peers.written(found), True]


def test_nothing_says_where_it_was_built(built):
    pages = [path for path in built.rglob("*") if path.suffix in (".html", ".js", ".css", ".svg")]
    places = (str(ROOT), sys.prefix, sys.base_prefix)

    assert [path for path in pages if any(f"{place}/" in path.read_text("utf-8") for place in places)] == []


def test_a_docstring_is_told_as_it_stands_and_a_default_as_it_is_written(built):
    def words(page):
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", (built / "api" / page).read_text("utf-8"))))

    assert "property state: State¶ What is known here. It is the cursor’s own: copy it to keep it." in words(
        "autograd.debug.html"
    )
    assert "rng: Random | int = random" in words("autograd.nn.html")


def test_what_a_cell_prints_line_by_line_stands_together(built):
    text = (built / "lessons" / "12_dead_units.html").read_text("utf-8")
    together = [re.sub("<[^>]*>", "", part) for part in re.findall(r"<pre>.*?</pre>", text, re.DOTALL)]

    assert any("ReLU  SGD" in part and "the best straight line" in part for part in together)


def test_the_live_parts_are_linked_from_everywhere(built):
    for page in ("index.html", "api/autograd.html"):
        up = "../" * page.count("/")
        for part in ("playground", "lite"):
            assert f'href="{up}{part}/index.html"' in (built / page).read_text("utf-8")


def test_a_lesson_that_the_browser_cannot_run_is_not_offered_there(built):
    pages = {path.stem: path.read_text("utf-8") for path in (built / "lessons").glob("[0-9]*.html")}
    offered = {name for name, text in pages.items() if f"lite/lab/index.html?path={name}.ipynb" in text}

    assert "03_backprop_by_hand" in offered
    assert {name for name in pages if "import numpy" in re.sub("<[^>]*>", "", pages[name])} & offered == set()


# ---------------------------------------------------------------- in a browser


@in_a_browser
def test_every_page_loads_without_a_complaint_from_its_own_origin(built, address, watched):
    page = watched("index.html")
    for path in sorted(built.rglob("*.html")):
        page.goto(address + path.relative_to(built).as_posix())

        assert page.title()


@in_a_browser
@pytest.mark.parametrize("name", WITH_A_KIND_OF_CONTENT_EACH)
@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "light"), (PHONE, "dark")], ids=["wide light", "phone dark"])
def test_axe_finds_no_serious_fault_and_the_page_is_not_wider_than_the_screen(watched, name, size, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = watched(name, size, color_scheme=scheme, reduced_motion="reduce")
    found = Axe().run(page).response["violations"]
    serious = {
        fault["id"]: [node["html"][:200] for node in fault["nodes"]]
        for fault in found
        if fault["impact"] in ("serious", "critical")
    }

    assert serious == {}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@in_a_browser
@pytest.mark.parametrize("name", ["ops.html", "lessons/05_activations.html", "guides/what_went_wrong.html"])
def test_nothing_is_cut_on_a_wide_screen(watched, name):
    page = watched(name)
    cut = page.eval_on_selector_all(
        "article *",
        "all => all.filter((x) => x.scrollWidth > x.clientWidth + 1 && getComputedStyle(x).overflowX === 'auto')"
        ".map((x) => x.innerText)",
    )

    assert cut == []


@in_a_browser
def test_a_picture_that_is_shown_small_opens_by_itself(watched):
    page = watched("guides/recording.html")
    link = page.locator("article p > a:has(> img)")

    assert re.fullmatch(r".*/_images/program\d*\.svg", link.get_attribute("href"))
    assert link.locator("img").get_attribute("alt").startswith("The recorded program")
    page.goto(link.get_attribute("href"))


@in_a_browser
def test_the_stepper_of_a_lesson_steps(watched):
    page = watched("lessons/05_activations.html")
    stepper = page.frame_locator("iframe.stepper").first
    before = stepper.locator("[aria-live]").first.inner_text()
    stepper.get_by_role("button", name="Step", exact=True).click()

    assert stepper.locator("[aria-live]").first.inner_text() != before


@in_a_browser
def test_the_search_finds_a_function(watched):
    page = watched("search.html?q=logsumexp")
    page.wait_for_selector("#search-results a")

    assert "logsumexp" in page.inner_text("#search-results")


@in_a_browser
def test_the_policy_stops_what_somebody_smuggles_in(browser, address):
    page = browser.new_page()
    refused = []
    page.on("console", lambda message: refused.append(message.text))
    page.goto(address + "index.html")
    page.evaluate(
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.stolen = 1\">');"
        "fetch('https://example.org/').catch(() => {})"
    )
    page.wait_for_timeout(300)

    assert page.evaluate("window.stolen") is None
    assert any("https://example.org/" in text and "Content Security Policy" in text for text in refused)
    page.close()
