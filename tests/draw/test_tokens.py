"""The colours: their contrast and how far apart they stay for colour-blind readers, recomputed; the heat scale."""

import pytest

from autograd.draw.tokens import Scale, colours, scale_for, tint, tokens

TEXT = 4.5  # least contrast of text, WCAG 2.2 AA
GRAPHIC = 3.0  # of lines and bars

# Machado, Oliveira and Fernandes 2009, full severity, for linear RGB.
SIGHT = {
    "normal": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}


def linear(colour: str) -> list[float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(colour: str) -> float:
    red, green, blue = linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(a: str, b: str) -> float:
    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, sight: str) -> list[float]:
    rgb = [max(0.0, min(1.0, sum(m * c for m, c in zip(row, linear(colour), strict=True)))) for row in SIGHT[sight]]
    to_xyz = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
    xyz = [sum(m * c for m, c in zip(row, rgb, strict=True)) for row in to_xyz]
    f = [
        (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116)
        for t in (x / white for x, white in zip(xyz, (0.95047, 1.0, 1.08883), strict=True))
    ]
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]


def distance(a: str, b: str, sight: str) -> float:
    return sum((x - y) ** 2 for x, y in zip(lab(a, sight), lab(b, sight), strict=True)) ** 0.5


def colour_of(theme: str, name: str) -> list[str]:
    """The colours that a name in the table of contrasts means."""
    if name == "strongest heat":
        heat = tokens()["themes"][theme]["heat"]
        return [heat["positive"][-1], heat["negative"][-1]]
    return [colours(theme)[name]]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_contrasts_in_the_tokens_are_those_of_the_colours(theme):
    stated = tokens()["themes"][theme]["contrast"]
    measured = {
        pair: round(min(contrast(a, b) for a in colour_of(theme, over) for b in colour_of(theme, under)), 2)
        for pair in stated
        for over, under in [pair.split(" on ")]
    }

    assert measured == pytest.approx(stated, abs=0.011)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_and_lines_can_be_read(theme):
    c, heat = colours(theme), tokens()["themes"][theme]["heat"]
    tints = [*heat["positive"], *heat["negative"]]

    assert all(contrast(c[text], c["ground"]) >= TEXT for text in ("ink", "muted", "positive", "negative", "now"))
    assert all(contrast(c["ink"], t) >= TEXT for t in tints)
    assert contrast(c["muted"], c["surface"]) >= TEXT
    assert contrast(c["on_now"], c["now"]) >= TEXT
    assert contrast(c["line"], c["ground"]) >= GRAPHIC


# The table of the visual language: pairs, and their distance in light and dark for each sight.
DISTANCES = {
    ("positive", "negative"): {"normal": (111, 97), "deutan": (112, 98), "protan": (98, 85), "tritan": (87, 85)},
    ("heat +4", "heat −4"): {"normal": (102, 96), "deutan": (103, 98), "protan": (90, 86), "tritan": (94, 75)},
    ("now", "positive"): {"normal": (67, 66), "deutan": (46, 34), "protan": (20, 15), "tritan": (96, 94)},
    ("now", "negative"): {"normal": (82, 75), "deutan": (67, 64), "protan": (81, 75), "tritan": (17, 16)},
}


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("pair", DISTANCES, ids=" ".join)
def test_colours_are_as_far_apart_for_every_sight_as_the_visual_language_says(pair, sight):
    shades = [
        {**colours(theme), "heat +4": tint(theme, 1.0), "heat −4": tint(theme, -1.0)} for theme in ("light", "dark")
    ]
    measured = tuple(distance(shade[pair[0]], shade[pair[1]], sight) for shade in shades)

    assert measured == pytest.approx(DISTANCES[pair][sight], abs=1.2)  # the table is rounded


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_signs_have_the_same_lightness_so_that_grey_print_shows_size(theme):
    for step in (0.25, 0.5, 0.75, 1.0):
        assert contrast(tint(theme, step), tint(theme, -step)) < 1.15


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_heat_scale_passes_through_its_stops(theme):
    heat = tokens()["themes"][theme]["heat"]

    assert [tint(theme, i / 4) for i in range(5)] == [heat["zero"], *heat["positive"]]
    assert [tint(theme, -i / 4) for i in range(1, 5)] == heat["negative"]
    assert tint(theme, 7.0) == heat["positive"][-1]


def test_a_scale_is_linear_unless_the_largest_gradient_dwarfs_the_median():
    assert scale_for([1.0, -2.0, 3.0]) == Scale(3.0, "linear")
    assert scale_for([1e-6, 1e-3, -1.0]) == Scale(1.0, "symlog")
    assert scale_for([1.0, -2.0, 3.0], full=10.0, name="symlog") == Scale(10.0, "symlog")


def test_zeros_nan_and_infinity_do_not_touch_the_scale():
    assert scale_for([0.0, float("nan"), float("inf"), -2.0]) == Scale(2.0, "linear")
    assert scale_for([]) == Scale(1.0, "linear")


@pytest.mark.parametrize("name", ["linear", "symlog"])
def test_a_scale_is_odd_monotone_full_at_its_end_and_goes_on_beyond(name):
    scale = Scale(4.0, name)
    places = [scale(g) for g in (-8.0, -4.0, -1.0, -1e-9, 0.0, 1e-9, 1.0, 4.0, 8.0)]

    assert places == sorted(places)
    assert places == [-place for place in reversed(places)]
    assert (scale(4.0), scale(8.0)) == (1.0, 2.0)
