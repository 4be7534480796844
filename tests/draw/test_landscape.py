"""Paths over a landscape: all of each path is drawn, and what has no place is refused."""

import matplotlib as mpl
import pytest

from autograd.draw import landscape
from autograd.experiments.descent import ravine

mpl.use("Agg")

PATHS = {"SGD": [(-4.0, 1.0), (-3.0, 0.5), (-1.0, 0.0)], "Adam": [(-4.0, 1.0), (-3.5, 0.5)]}


def test_each_path_is_drawn_from_its_start_to_its_end_and_says_how_long_it_was():
    plot = landscape.paths(ravine, PATHS)
    drawn = {line.get_label(): line.get_xydata().tolist() for line in plot.lines}

    assert drawn["SGD, 2 steps"] == [list(place) for place in PATHS["SGD"]]
    assert drawn["Adam, 1 step"] == [list(place) for place in PATHS["Adam"]]


@pytest.mark.parametrize("paths", [{}, {"SGD": []}, {"SGD": [(0.0, float("nan"))]}, {"SGD": [(1.0,)]}])
def test_what_has_no_place_is_refused(paths):
    with pytest.raises(ValueError, match=r"nothing to draw|finite|2 are needed"):
        landscape.paths(ravine, paths)
