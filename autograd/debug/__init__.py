"""Looking at one forward and one backward pass: as a table, as the steps one would write on the board."""

from autograd.debug.passes import passes
from autograd.debug.text import solution, table

__all__ = ["passes", "solution", "table"]
