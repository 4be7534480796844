"""The gallery: what it lists is there, small, and up to date where the README shows it."""

import importlib.util
import re
from pathlib import Path

import pytest

from autograd import demo, draw
from autograd.op import REGISTRY

SITE = Path(__file__).parents[2] / "site"
KINDS = (".svg", ".png")

pytestmark = pytest.mark.skipif(not SITE.exists(), reason="only a clone of the repository has the gallery")


@pytest.fixture(scope="module")
def gallery():
    spec = importlib.util.spec_from_file_location("gallery", SITE / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    before = dict(REGISTRY)
    spec.loader.exec_module(module)  # declares an activation of its own
    yield module
    REGISTRY.clear()
    REGISTRY.update(before)


def test_every_picture_is_there_and_small_and_on_the_contact_sheet(gallery):
    folder = SITE / "pictures"
    shown = set(re.findall(r'(?:src|href)="([^"]*)"', (folder / "index.html").read_text("utf-8")))
    files = [*folder.glob("*"), *folder.glob("references/*")]  # other folders are those of other pages
    pictures = {path.relative_to(folder).as_posix(): path for path in files if path.suffix in KINDS}

    assert {name for name in gallery.GRAPHS if name.endswith(".svg")} <= set(pictures)
    assert [name for name, path in pictures.items() if path.stat().st_size > 150_000] == []
    assert shown == set(pictures)  # and nothing from elsewhere


def test_the_neuron_in_the_readme_is_the_one_of_the_demo():
    def shown(text):
        return re.sub(r"<title>.*?</title>", "", text, flags=re.DOTALL)  # whose last digits a platform may change

    assert shown((SITE / "pictures" / "neuron.svg").read_text("utf-8")) == shown(draw.svg(demo.neuron()))


def test_every_graph_can_be_drawn(gallery):
    for name, (caption, build, options) in gallery.GRAPHS.items():
        writer = draw.mermaid if name.endswith(".mmd") else draw.svg

        assert caption
        assert len(writer(build(), **options)) > 400
