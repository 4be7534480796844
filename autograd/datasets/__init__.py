"""Small data sets that ship with the package, and two that are drawn from a formula.

    digits          8×8 images of handwritten digits               which digit?
    penguins        four measures of a bird                        which species?
    vowels          real speech, frame by frame                    which speaker?
    names           first names, letter by letter                  which sex?
    movie_ratings   the words of one sentence of a review          how good, from -4 to +4?
    spoken_digits   synthetic speech, frame by frame               which digit?
    moons, spiral   points of the plane in two classes             which curve?

Only the standard library is needed: all come as plain lists. `as_numpy=True` gives those from files as arrays.
A seed gives the same rows in every process and Python version: chance comes from `random.Random.random` alone,
whose sequence Python promises to keep, which it does not for `shuffle` and `gauss`.
Sources, credits and licences stand in LICENSES.md beside this file.
"""

from autograd.datasets.dataset import Dataset
from autograd.datasets.files import digits, movie_ratings, names, penguins, rows, spoken_digits, vowels
from autograd.datasets.synthetic import moons, spiral

__all__ = [
    "Dataset",
    "digits",
    "moons",
    "movie_ratings",
    "names",
    "penguins",
    "rows",
    "spiral",
    "spoken_digits",
    "vowels",
]
