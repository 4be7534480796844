"""The lessons in JupyterLite, in a real browser: they run there with what lies in the folder, and ask nobody else."""

import base64
import json
import re
from hashlib import sha256
from zipfile import ZipFile

import lite
import pytest
import runtime

ALIVE = ["02_an_expression_is_a_graph", "03_backprop_by_hand", "07_gradient_descent"]
CELLS = ["from autograd import debug, demo\nwidget = debug.show(demo.neuron())\nwidget", "import numpy"]


class Lesson:
    """A notebook in a tab of the browser."""

    def __init__(self, browser, address, name):
        self.page = browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
        self.page.set_default_timeout(120_000)  # a busy machine takes its time to start Python
        self.asked, self.failed, self.complaints = [], [], []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.context.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", lambda request: self.failed.append(request.url))
        self.page.goto(f"{address}lite/notebooks/index.html?path={name}.ipynb")
        self.page.locator(".jp-Notebook .jp-Cell").first.wait_for()
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").wait_for(state="attached")

    def run(self):
        """Run all cells, until the last has a number or one has failed."""
        self.page.locator(".lm-MenuBar-itemLabel", has_text="Run").click()
        self.page.locator(".lm-Menu-itemLabel").get_by_text("Run All Cells", exact=True).click()
        last = self.page.locator(".jp-CodeCell .jp-InputPrompt").last
        for _ in range(600):
            self.page.wait_for_timeout(200)
            if self.errors() or re.fullmatch(r"\[\d+\]:", last.text_content()):
                break

    def prompts(self):
        return self.page.locator(".jp-CodeCell .jp-InputPrompt").all_text_contents()

    def errors(self):
        """What JupyterLab shows as an error: stack traces, and all that was written to stderr."""
        return self.page.locator("[data-mime-type='application/vnd.jupyter.stderr']").all_text_contents()


@pytest.fixture(scope="module")
def lesson(live_browser, served, lite_folder):
    """Open a notebook in a tab; it is watched until the module ends."""
    opened = []

    def open_lesson(name):
        opened.append(Lesson(live_browser, served, name))
        return opened[-1]

    yield open_lesson
    for tab in opened:
        tab.page.close()
    assert [complaint for tab in opened for complaint in tab.complaints] == []
    assert [url for tab in opened for url in tab.failed] == []
    assert [url for tab in opened for url in tab.asked if not url.startswith((served, f"blob:{served}"))] == []


@pytest.fixture(scope="module")
def notebook(lesson, lite_folder):
    """A notebook with a stepper, and with an import that cannot be."""
    write_notebook(lite_folder, "notebook", CELLS)
    tab = lesson("notebook")
    tab.run()
    return tab


@pytest.mark.parametrize("name", ALIVE)
def test_a_lesson_runs_to_its_end(lesson, name):
    tab = lesson(name)
    tab.run()
    told = tab.page.locator("figure", has_text="No picture: plots need matplotlib").count()

    assert tab.errors() == []
    assert tab.prompts() == [f"[{number}]:" for number in range(1, len(tab.prompts()) + 1)]
    assert bool(told) == (name == "07_gradient_descent")


def test_the_stepper_steps_and_its_keys_are_no_commands_to_the_notebook(notebook):
    view = notebook.page.locator(".stepgrad")
    view.locator(".st-controls [data-action=next]").click()
    view.locator(".st-where").click()
    for key in "nnxdd":
        notebook.page.keyboard.press(key)

    assert view.locator(".st-where").inner_text() == "forward · step 3 of 29"
    assert len(notebook.prompts()) == len(CELLS)


def test_what_is_not_there_cannot_be_imported_and_nobody_is_asked_for_it(notebook):
    assert "No module named 'numpy'" in notebook.errors()[0]


def write_notebook(folder, name, cells):
    """Put a notebook beside the lessons, as the build does: its file, and its entry in the listing."""
    cells = [
        {"cell_type": "code", "id": f"c{i}", "metadata": {}, "execution_count": None, "outputs": [], "source": cell}
        for i, cell in enumerate(cells)
    ]
    facts = {"kernelspec": {"name": "python", "display_name": "Python", "language": "python"}}
    book = {"cells": cells, "metadata": facts, "nbformat": 4, "nbformat_minor": 5}
    (folder / "files" / f"{name}.ipynb").write_text(json.dumps(book), "utf-8")
    listing = folder / "api" / "contents" / "all.json"
    known = json.loads(listing.read_text("utf-8"))
    entry = {**known["content"][0], "name": f"{name}.ipynb", "path": f"{name}.ipynb"}
    known["content"] = [*known["content"], entry]
    listing.write_text(json.dumps(known), "utf-8")


# ---------------------------------------------------------------- without a browser


def test_every_lesson_of_the_tree_is_there(lite_folder):
    names = {path.name for path in (runtime.ROOT / "notebooks").glob("*.ipynb")}

    assert {path.name for path in (lite_folder / "files").glob("[0-9]*.ipynb")} == names
    assert len(names) >= 7


def test_every_lesson_that_stops_says_so(lite_folder):
    books = {path.stem: json.loads(path.read_text("utf-8")) for path in (lite_folder / "files").glob("[0-9]*.ipynb")}
    whole = {name for name, found in books.items() if "In the browser" not in found["cells"][0]["source"][0]}

    assert whole == {name for name in books if name[:2] in ("01", "02", "03", "04", "06", "07")}
    assert whole >= set(ALIVE)


def test_every_wheel_in_the_lock_file_is_there_and_is_the_one_that_was_meant(lite_folder):
    lock = json.loads((lite_folder / "wheels" / "pyodide-lock.json").read_text("utf-8"))["packages"]
    pinned = re.findall(r"sha256:(\w{64})", (runtime.ROOT / "site" / "lite.txt").read_text("utf-8"))

    assert {"stepgrad", "anywidget", "ipython", "pyodide-kernel"} <= lock.keys()
    assert "numpy" not in lock
    for name, package in lock.items():
        digest = sha256((lite_folder / "wheels" / package["file_name"]).read_bytes()).hexdigest()
        assert digest == package["sha256"]
        assert package["file_name"].endswith("-none-any.whl")
        ours = name in ("stepgrad", "ipykernel", "piplite", "pyodide-kernel", "widgetsnbextension")
        assert ours or digest in pinned


def test_no_page_may_load_anything_from_elsewhere(lite_folder):
    pages = list(lite_folder.rglob("*.html"))

    assert len(pages) >= 3
    for page in pages:
        (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', page.read_text("utf-8"))
        scripts = re.search("script-src ([^;]*);", policy)[1]
        assert policy.startswith("default-src 'self';")
        assert "http" not in policy
        assert "*" not in policy
        assert "unsafe-inline" not in scripts


def test_the_kernel_is_told_to_ask_no_registry(lite_folder):
    settings = json.loads((lite_folder / "jupyter-lite.json").read_text("utf-8"))["jupyter-config-data"]
    kernel = settings["litePluginSettings"]["@jupyterlite/pyodide-kernel-extension:kernel"]

    assert kernel["disablePyPIFallback"] is True
    assert kernel["pyodideUrl"] == "./../pyodide/pyodide.mjs"
    assert {extension["name"] for extension in settings["federated_extensions"]} == {
        "@jupyter-widgets/jupyterlab-manager",
        "@jupyterlite/pyodide-kernel-extension",
        "anywidget",
    }


def book(folder, *sources):
    """A notebook in a folder."""
    path = folder / "book.ipynb"
    path.write_text(json.dumps({"cells": [{"cell_type": "code", "source": [source]} for source in sources]}))
    return path


def test_a_lesson_that_needs_what_is_missing_says_so_first(tmp_path):
    path = book(tmp_path, "import os, json\nfrom autograd import Value", "import numpy as np\nfrom tqdm import tqdm")
    stop = lite.stopped(path, ["numpy", "tqdm"])
    told = lite.announced(json.loads(path.read_text()), stop)

    assert stop == ["2", "numpy"]
    assert told["cells"][1:] == json.loads(path.read_text())["cells"]
    assert told["cells"][0]["source"][0].startswith(
        "**In the browser** this lesson stops at cell [2], which needs `numpy`"
    )


def test_what_is_missing_is_found_behind_the_error_that_says_what_to_install(tmp_path):
    train = "from autograd import record\nrecord(lambda x: x * x)(2.0)"

    assert lite.stopped(book(tmp_path, train), ["numpy"]) == ["1", "numpy"]


def test_a_lesson_that_has_all_it_needs_stays_as_it_is(tmp_path):
    path = book(
        tmp_path, "from autograd.lesson import check, figure, plot\nimport math\nplot({'a': ([1], [1])}, 't', 'x')"
    )

    assert lite.stopped(path, ["numpy", "matplotlib"]) == []
    assert lite.announced({"cells": []}, []) == {"cells": []}


def test_a_lesson_that_would_fail_without_saying_why_stops_the_build(tmp_path):
    path = book(tmp_path, "from autograd.lesson import plot\nplot({'a': ([1], [1])}, 't', 'x').set_xticks((1, 5))")

    with pytest.raises(RuntimeError, match=r"book.ipynb would fail in the browser[^$]*set_xticks"):
        lite.stopped(path, ["matplotlib"])


# ---------------------------------------------------------------- what is fetched


def test_a_package_that_is_not_the_one_meant_is_refused_and_not_kept(monkeypatch, tmp_path):
    monkeypatch.setenv("STEPGRAD_SITE_CACHE", str(tmp_path))
    tarball = tmp_path / "pyodide-1.0.0.tgz"
    tarball.write_bytes(b"another one")

    with pytest.raises(RuntimeError, match=r"pyodide-1.0.0.tgz has the sha256 \w+, expected 0000"):
        runtime.npm("pyodide", "1.0.0", "0" * 64)
    assert not tarball.exists()


def test_without_npm_the_build_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setenv("STEPGRAD_SITE_CACHE", str(tmp_path))
    monkeypatch.setenv("PATH", "")

    with pytest.raises(RuntimeError, match="npm is needed to get pyodide: install it"):
        runtime.npm(*runtime.PYODIDE)


def test_a_wheel_with_another_hash_is_refused(monkeypatch, tmp_path):
    wheels = tmp_path / "lite"
    wheels.mkdir()
    monkeypatch.setenv("STEPGRAD_SITE_CACHE", str(tmp_path))
    with ZipFile(wheels / "comm-0.2.3-py3-none-any.whl", "w") as wheel:
        wheel.writestr("comm.py", base64.b64encode(b"not comm"))
    (tmp_path / "lite.txt").write_text(f"comm==0.2.3 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(RuntimeError, match="DO NOT MATCH THE HASHES"):
        runtime.wheels(tmp_path / "lite.txt")
