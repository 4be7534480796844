"""The live parts of the site, built once and served as a file server would."""

import http.server
import shutil
import sys
import threading
from functools import partial
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[2] / "site"))  # last: no name there hides a module

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments):
        pass


@pytest.fixture(scope="session")
def site_folder(tmp_path_factory):
    """Where the live parts are built; npm brings what they run in."""
    if shutil.which("npm") is None:
        pytest.skip("there is no npm on this machine to get Pyodide with")
    return tmp_path_factory.mktemp("site")


@pytest.fixture(scope="session")
def served(site_folder):
    """The address of the site; its parts are there once their fixtures were asked for."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=site_folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def playground_folder(site_folder):
    import playground

    playground.build(site_folder)
    return site_folder / "playground"


@pytest.fixture(scope="module")
def live_browser():
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine to open a page with")
    drive = pytest.importorskip(
        "playwright.sync_api", reason="no playwright to drive the browser: pip install playwright"
    )
    with drive.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def lite_folder(site_folder):
    import lite

    lite.build(site_folder)
    return site_folder / "lite"
