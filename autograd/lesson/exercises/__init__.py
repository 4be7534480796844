"""The exercises of the course, a few lessons in a file: importing this declares them."""

from autograd.lesson.exercises import (
    activations_and_traps,
    data,
    deep_networks,
    descent,
    shapes_and_explanations,
    slopes_and_graphs,
)

__all__ = [
    "activations_and_traps",
    "data",
    "deep_networks",
    "descent",
    "shapes_and_explanations",
    "slopes_and_graphs",
]
