"""What the marks in a picture mean: the words of the legend, for every writer."""

from __future__ import annotations

from autograd.draw.numbers import value_text
from autograd.draw.parts import Scene

Span = tuple[str, str]  # text, role of its colour


def legend_of(scene: Scene) -> list[list[Span]]:
    """What the marks in this picture mean, in pieces that stay together on a line."""
    pieces: list[list[Span]] = []
    if any(edge.pill for edge in scene.edges):
        pieces.append([("pill: local derivative", "muted")])
    if not scene.computed and any(card.gradient for card in scene.cards):
        return [*pieces, [("before backward(): no gradient has been computed", "muted")]]
    if any(edge.flow is not None for edge in scene.edges):
        pieces.append([("line width: size of the contribution", "muted")])
    if any(card.tint is not None and card.gradient for card in scene.cards):
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
