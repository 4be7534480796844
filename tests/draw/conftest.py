"""What the tests of pictures share."""

import sys

import pytest


@pytest.fixture(autouse=True)
def no_figure_stays_open():
    yield
    if plt := sys.modules.get("matplotlib.pyplot"):
        plt.close("all")
