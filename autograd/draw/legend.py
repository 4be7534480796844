"""What the marks in a picture mean: the words of the legend, for every writer."""

from __future__ import annotations

from autograd.draw.numbers import value_text
from autograd.draw.parts import Scene

Span = tuple[str, str]  # text, role of its colour


def legend_of(scene: Scene, scale_drawn: bool = False) -> list[list[Span]]:
    """What the marks in this picture mean, in pieces that stay together on a line.

    Args:
        scale_drawn: whether the writer draws the heat scale besides.
    """
    pieces: list[list[Span]] = []
    if any(card.role == "group" for card in scene.cards):
        pieces.append([("double frame: can be opened", "muted")])
    if any(card.count > 1 for card in scene.cards):
        pieces.append([("× n: n values of a kind, their gradients summed", "muted")])
    if any(edge.pill and edge.kind != "band" for edge in scene.edges):
        pieces.append([("pill: local derivative", "muted")])
    if not scene.computed and any(card.gradient for card in scene.cards):
        return [*pieces, [("before backward(): no gradient has been computed", "muted")]]
    if any(edge.flow is not None for edge in scene.edges):
        pieces.append([("line width: size of the contribution", "muted")])
    if not scale_drawn and any(card.tint is not None and card.gradient for card in scene.cards):
        scale = "" if scene.scale.name == "linear" else ", symmetric log scale"
        pieces.append(
            [
                ("− left", "negative"),
                ("  ", "muted"),
                ("right +", "positive"),
                (f"  full at {value_text(scene.scale.full, scene.digits)}{scale}", "muted"),
            ]
        )
    if any(edge.kind == "saturated" for edge in scene.edges):
        pieces.append([("shaded: saturated", "muted")])
    if any(edge.kind == "dead" for edge in scene.edges):
        pieces.append([("dotted: nothing passes", "muted")])
    return pieces
