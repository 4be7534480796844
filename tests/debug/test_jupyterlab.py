"""The widget in a real JupyterLab, as a reader of a notebook has it before them."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from importlib.util import find_spec
from pathlib import Path

import pytest

import autograd
from autograd import demo
from autograd.debug import show
from autograd.debug.page import as_json, player, story, style
from autograd.draw.tokens import tokens

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
MISSING = [name for name in ("jupyterlab", "ipykernel", "anywidget", "playwright") if not find_spec(name)]
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine to open a notebook with"),
    pytest.mark.skipif(bool(MISSING), reason=f"packages of the extra `test` are not installed: {', '.join(MISSING)}"),
]

SHOW = "from autograd import debug, demo\nwidget = debug.show(demo.neuron())\nwidget"
CELLS = [SHOW, "other = debug.show(demo.neuron())\nother", "print(widget.position)", "widget.position = 28"]


def write_notebook(path, cells):
    facts = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [
        {"cell_type": "code", "id": f"cell-{i}", "metadata": {}, "execution_count": None, "outputs": [], **cell}
        for i, cell in enumerate(cells)
    ]
    book = {"cells": cells, "metadata": facts, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(book), "utf-8")


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A running JupyterLab: its address, and the folder that it shows."""
    home = tmp_path_factory.mktemp("lab")
    places = {"CONFIG": "config", "DATA": "data", "RUNTIME": "runtime"}
    own = {f"JUPYTER_{name}_DIR": str(home / place) for name, place in places.items()}
    own |= {
        "IPYTHONDIR": str(home / "ipython"),
        "PYTHONPATH": str(Path(autograd.__file__).parents[1]),
        "HOME": str(home),
    }
    for plugin, settings in {
        "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
    }.items():
        file = home / "config" / "lab" / "user-settings" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(settings))
    books = home / "books"
    books.mkdir()
    write_notebook(books / "book.ipynb", [{"source": cell} for cell in CELLS])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--IdentityProvider.token="]
    command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", f"--ServerApp.root_dir={books}"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, cwd=books, env=os.environ | own, stdout=log, stderr=log)
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/api").close()
                break
            except OSError:
                assert server.poll() is None, (home / "log").read_text()
                time.sleep(0.2)
        yield address, books
    finally:
        server.terminate()  # it ends its kernels, and now and then waits for ever for a thread of its own
        try:
            server.wait(timeout=30)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


class Book:
    """A notebook in a tab of the browser."""

    def __init__(self, browser, address, name):
        self.page = browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
        self.page.set_default_timeout(120_000)  # a busy machine takes its time to start a kernel
        self.complaints = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: said.type in ("error", "warning") and self.complaints.append(said.text))
        self.address, self.name = address, name
        self.page.goto(f"{address}/lab/tree/{name}?reset")
        self.page.wait_for_selector(".jp-Notebook-ExecutionIndicator[data-status=idle]", state="attached")

    def cell(self, number):
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def run(self, number):
        """Run a cell; what it shows, when it is done."""
        cell = self.cell(number)
        prompt = cell.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        for tick in range(600):
            if tick % 60 == 0 and prompt.inner_text() == before:  # again, where Lab was not ready to hear it
                cell.locator(".cm-content").click()
                self.page.keyboard.press("Control+Enter")
            if prompt.inner_text() not in (before, "[*]:"):
                break
            self.page.wait_for_timeout(50)
        return cell.locator(".jp-OutputArea-output")

    def stepper(self, number):
        """A widget, shown anew."""
        view = self.cell(number).locator(".stepgrad")
        for _ in range(5):  # while the lab starts, it may show a first widget before it knows its model
            self.run(number)
            self.page.wait_for_timeout(1000 if not view.count() else 100)
            if view.count():
                break
            self.complaints.clear()  # it complains of the model then
        view.wait_for()
        return view

    def press(self, view, *keys):
        view.locator(".st-where").click()
        for key in keys:
            self.page.keyboard.press(key)

    def says(self, number, text):
        """Whether a cell shows a text; run again, where what the widget sends comes after the cell was run."""
        for _ in range(5):
            self.page.wait_for_timeout(100)
            if self.run(number).filter(has_text=text).count() == 1:
                return True
        return False


@pytest.fixture(scope="module")
def opened(lab, browser):
    return Book(browser, lab[0], "book.ipynb")


@pytest.fixture
def book(opened):
    opened.complaints.clear()
    yield opened
    assert opened.complaints == []


def where(view):
    return view.locator(".st-where").inner_text()


def test_buttons_and_keys_step_and_python_knows_where(book):
    view = book.stepper(0)
    view.locator("[data-action=next]").first.click()
    by_button = where(view)
    book.press(view, "n", "n")

    assert by_button == "forward · step 1 of 29"
    assert where(view) == "forward · step 3 of 29"
    assert book.says(2, "7")


def test_python_sets_the_position(book):
    view = book.stepper(0)
    book.run(3)
    view.get_by_text("backward · step 9 of 29").wait_for()

    assert book.says(2, "28")


def test_keys_of_the_widget_are_no_commands_to_the_notebook(book):
    view = book.stepper(0)
    sources = book.page.locator(".jp-Notebook .jp-InputArea").all_inner_texts()
    book.press(view, *"ddxxabmyrzcvuoi0", "Enter", "Shift+Enter", "Shift+M", "ArrowDown", "Escape", "Home", "n")
    stepped = where(view)
    book.press(view, "/", *"x1dd", "Escape")
    book.press(view, "n")

    assert stepped == "forward · step 1 of 29"
    assert where(view) == "forward · step 2 of 29"
    assert view.locator("dialog[open]").count() == 0
    assert book.page.locator(".jp-Notebook .jp-InputArea").all_inner_texts() == sources
    assert book.page.locator(".jp-Dialog").count() == 0


def test_two_widgets_live_beside_each_other_and_a_cell_can_run_again(book):
    first, second = book.stepper(0), book.stepper(1)
    book.press(second, "End")
    book.press(first, "n")
    places = [where(first), where(second)]
    again = book.stepper(0)

    assert places == ["forward · step 1 of 29", "backward · step 29 of 29"]
    assert where(again) == "start · step 0 of 29"
    assert where(second) == "backward · step 29 of 29"


LOOKS = """(view) => [view, ...view.querySelectorAll("*")].map((x) => {
    const names = ["font", "letter-spacing", "text-align", "vertical-align", "color", "background-color", "padding",
        "margin", "border", "border-radius", "box-shadow", "width", "height", "max-width", "display", "overflow",
        "fill", "stroke", "opacity", "visibility", "cursor"];
    const style = getComputedStyle(x);
    return [x.tagName, x.getAttribute("class"), ...names.map((name) => style.getPropertyValue(name))].join(" | ");
})"""


def test_the_style_sheets_of_jupyterlab_change_nothing_in_the_widget(book):
    view = book.stepper(0)
    book.press(view, "End")
    width = view.bounding_box()["width"]
    alone = book.page.context.browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    alone.set_content(f"<!doctype html><div style='width: {width}px'></div>")
    alone.add_style_tag(content=style())
    alone.add_script_tag(content=player() + "\nwindow.render = render;", type="module")
    alone.wait_for_function("typeof render === 'function'")
    alone.evaluate(
        """(facts) => {
            const model = { get: (name) => facts[name], set() {}, on() {}, off() {}, save_changes() {} };
            render({ model, el: document.querySelector("div") });
        }""",
        {"story": as_json(story(demo.neuron())), "position": 60},
    )
    alone.wait_for_timeout(200)
    wanted, found = alone.locator(".stepgrad").evaluate(LOOKS), view.evaluate(LOOKS)
    alone.close()

    assert len(found) > 600
    assert [(here, there) for here, there in zip(found, wanted, strict=True) if here != there] == []


def test_the_dark_theme_of_jupyterlab_is_the_dark_theme_of_the_widget(book):
    view = book.stepper(0)
    grounds, words = [], []
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        book.page.locator(".lm-MenuBar-itemLabel", has_text="Settings").click()
        book.page.locator(".lm-Menu-itemLabel", has_text="Theme").first.hover()
        book.page.locator(".lm-Menu-itemLabel").get_by_text(theme, exact=True).click()
        book.page.wait_for_selector(f"body[data-jp-theme-name='{theme}']", state="attached")
        grounds.append(view.evaluate("x => getComputedStyle(x).getPropertyValue('--ground')"))
        button = view.locator(".st-header [data-action=theme]")
        words.append(button.evaluate("x => getComputedStyle(x, '::after').content"))

    assert words == ['"Light"', '"Dark"']
    assert grounds == [tokens()["themes"][name]["colour"]["ground"] for name in ("dark", "light")]


def test_a_saved_notebook_steps_on_without_the_kernel_that_made_it(lab, browser, book):
    view = book.stepper(0)
    book.press(view, "n", "n", "Control+s")
    for _ in range(100):
        if "widget-state" in (text := (lab[1] / "book.ipynb").read_text("utf-8")):
            break
        time.sleep(0.1)
    (lab[1] / "saved.ipynb").write_text(text, "utf-8")
    reopened = Book(browser, lab[0], "saved.ipynb")
    again = reopened.cell(0).locator(".stepgrad")
    again.wait_for()
    steps = [where(again)]
    again.locator("[data-action=next]").first.click()
    steps.append(where(again))
    reopened.page.close()

    assert steps == ["forward · step 2 of 29", "forward · step 3 of 29"]


def test_a_notebook_of_somebody_else_shows_the_table(lab, browser):
    data = show(demo.neuron())._repr_mimebundle_()[0]
    output = {"output_type": "execute_result", "execution_count": 1, "data": data, "metadata": {}}
    write_notebook(lab[1] / "foreign.ipynb", [{"source": SHOW, "outputs": [output]}])
    foreign = Book(browser, lab[0], "foreign.ipynb")
    row = foreign.cell(0).locator("tr", has_text="tanh(n)")
    row.wait_for()
    text = row.inner_text()
    foreign.page.close()

    assert text.split() == ["h", "tanh(n)", "0.3799", "−1.24"]
