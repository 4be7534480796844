"""The gallery: what it lists is there, small, and up to date where the README shows it."""

import importlib.util
import re
from pathlib import Path

import pytest

from autograd import demo, draw

SITE = Path(__file__).parents[2] / "site"

pytestmark = pytest.mark.skipif(not SITE.exists(), reason="only a clone of the repository has the gallery")


@pytest.fixture(scope="module")
def gallery():
    spec = importlib.util.spec_from_file_location("gallery", SITE / "gallery.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_picture_is_there_and_small_and_on_the_contact_sheet(gallery):
    sheet = (SITE / "pictures" / "index.html").read_text("utf-8")
    pictures = [path for path in (SITE / "pictures").iterdir() if path.suffix in (".svg", ".png")]

    assert {name for name in gallery.GRAPHS if name.endswith(".svg")} <= {path.name for path in pictures}
    assert [path.name for path in pictures if path.stat().st_size > 150_000] == []
    assert [path.name for path in pictures if f'src="{path.name}"' not in sheet] == []
    assert not re.search(r'(src|href)="[^"]*[:/]', sheet)  # nothing from elsewhere


def test_the_neuron_in_the_readme_is_the_one_of_the_demo():
    def shown(text):
        return re.sub(r"<title>.*?</title>", "", text, flags=re.DOTALL)  # whose last digits a platform may change

    assert shown((SITE / "pictures" / "neuron.svg").read_text("utf-8")) == shown(draw.svg(demo.neuron()))


def test_every_graph_can_be_drawn(gallery):
    for name, (caption, build, options) in gallery.GRAPHS.items():
        writer = draw.mermaid if name.endswith(".mmd") else draw.svg

        assert caption
        assert len(writer(build(), **options)) > 400
