"""What the marks in a picture mean: the words of the legend, for every writer."""

from __future__ import annotations

from autograd.draw.numbers import gradient_text, value_text
from autograd.draw.parts import Scene

NAMES = {"linear": "linear", "symlog": "symmetric log"}
SCALE_STEPS = 4  # of the drawn heat scale, on each side of zero

Span = tuple[str, str]  # text, role of its colour


def has_scale(scene: Scene) -> bool:
    """Whether the heat scale is drawn: where closed groups show gradients, whose cells have tints and no numbers."""
    return scene.computed and any(card.role == "group" and card.gradient for card in scene.cards)


def scale_name(scene: Scene) -> str:
    """What stands beside the heat scale."""
    return f"gradient, {NAMES[scene.scale.name]}"


def scale_numbers(scene: Scene) -> list[str]:
    """The gradients at both ends of the heat scale, in its middle, and halfway."""
    return [gradient_text(scene.scale.at(place), min(3, scene.digits)) for place in (-1.0, -0.5, 0.0, 0.5, 1.0)]


def legend_of(scene: Scene) -> list[list[Span]]:
    """What the marks in this picture mean, in pieces that stay together on a line."""
    pieces: list[list[Span]] = []
    if any(card.role == "group" for card in scene.cards):
        pieces.append([("double frame: closed, expand= opens it", "muted")])
    if any(card.count > 1 for card in scene.cards):
        pieces.append([("× n: n values of a kind, their gradients summed", "muted")])
    if any(edge.pill and edge.kind != "band" for edge in scene.edges):
        pieces.append([("pill: local derivative", "muted")])
    blocked = [
        [(f"{look}: {meaning}", "muted")]
        for kind, look, meaning in (("saturated", "shaded", "saturated"), ("dead", "dotted", "nothing passes"))
        if any(edge.kind == kind for edge in scene.edges)
    ]
    if not scene.computed and any(card.gradient for card in scene.cards):
        return [*pieces, *blocked, [("before backward(): no gradient has been computed", "muted")]]
    if any(edge.flow is not None for edge in scene.edges):
        pieces.append([("line width: size of the contribution", "muted")])
    if not has_scale(scene) and any(card.tint is not None and card.gradient for card in scene.cards):
        pieces.append(
            [
                ("− left", "negative"),
                ("  ", "muted"),
                ("right +", "positive"),
                (f"  full at {value_text(scene.scale.full, scene.digits)}, {NAMES[scene.scale.name]} scale", "muted"),
            ]
        )
    return [*pieces, *blocked]
