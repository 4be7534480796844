"""The data sets of the folder `data`, one function each."""

from __future__ import annotations

import csv
import gzip
import math
from dataclasses import replace
from importlib import resources
from itertools import groupby
from string import ascii_lowercase

from autograd.datasets.dataset import Dataset
from autograd.errors import MissingPackageError


def digits(*, as_numpy: bool = False) -> Dataset:
    """1,797 handwritten digits: 8×8 pixels, row by row, from 0 (paper) to 1 (ink). The file counts sixteenths.

    To compare: logistic regression gets 0.98 of a random test fifth right.

    >>> digits()
    <Dataset digits: 1797 rows, 64 features, 10 classes>
    """
    table = rows("digits")
    pixels = tuple(table[0])[:-1]
    data = Dataset(
        inputs=[[int(row[pixel]) / 16.0 for pixel in pixels] for row in table],
        targets=[int(row["digit"]) for row in table],
        name="digits",
        features=pixels,
        classes=tuple("0123456789"),
        source="E. Alpaydin, C. Kaynak: Optical Recognition of Handwritten Digits, UCI, 1998",
        licence="CC BY 4.0",
    )
    return _with_arrays(data) if as_numpy else data


def penguins(*, drop_missing: bool = True, as_numpy: bool = False) -> Dataset:
    """342 penguins of three species: length and depth of the bill and length of a flipper in mm, mass in g.

    Two more birds were not measured; `drop_missing=False` keeps them, with None (in arrays nan) as measures.
    `rows("penguins")` also has island, sex and year. To compare: logistic regression gets 0.986 right.

    >>> data = penguins()
    >>> data.inputs[0], data.classes[data.targets[0]]
    ([39.1, 18.7, 181.0, 3750.0], 'Adelie')
    """
    measures = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")
    species = ("Adelie", "Chinstrap", "Gentoo")
    missing = math.nan if as_numpy else None
    table = rows("penguins")
    if drop_missing:
        table = [row for row in table if all(row[measure] != "NA" for measure in measures)]
    data = Dataset(
        inputs=[[missing if row[name] == "NA" else float(row[name]) for name in measures] for row in table],
        targets=[species.index(row["species"]) for row in table],
        name="penguins",
        features=measures,
        classes=species,
        source="K. B. Gorman, T. D. Williams, W. R. Fraser: Palmer penguins, PLoS ONE 9(3), 2014",
        licence="CC0 1.0",
    )
    return _with_arrays(data) if as_numpy else data


def vowels(*, as_numpy: bool = False) -> Dataset:
    """640 times the Japanese vowels /ae/, said by nine men: 7 to 29 frames of 12 LPC cepstrum coefficients.

    `split_by_file` trains on 30 utterances of each man and tests on 370. To compare: a linear model of mean and
    deviation over the frames gets 0.962 right. As arrays: a list with one (frames, 12) per utterance.

    >>> data = vowels()
    >>> len(data), len(data.inputs[0]), len(data.inputs[0][0])
    (640, 20, 12)
    """
    table = rows("vowels")
    coefficients = tuple(table[0])[4:]
    utterances = [list(group) for _, group in groupby(table, lambda row: (row["split"], row["utterance"]))]
    data = Dataset(
        inputs=[[[float(frame[name]) for name in coefficients] for frame in frames] for frames in utterances],
        targets=[int(frames[0]["speaker"]) - 1 for frames in utterances],
        name="vowels",
        features=coefficients,
        classes=tuple(f"speaker {number}" for number in range(1, 10)),
        source="M. Kudo, J. Toyama, M. Shimbo: Japanese Vowels, UCI, 1999",
        licence="CC BY 4.0",
        train_rows=sum(frames[0]["split"] == "train" for frames in utterances),
    )
    return _with_arrays(data) if as_numpy else data


def names(*, as_numpy: bool = False) -> Dataset:
    """5,163 first names in small letters, each with the sex that it was commoner in (USA, 1990).

    The file has 5,494 rows, for 331 names occur under both sexes. Here each stands once, so that no test name is
    seen in training; three are equally common and count as female. `rows("names")` has all, with percentages.
    To compare: logistic regression on groups of letters gets 0.886 right, "female" for all 0.778.
    As arrays: the inputs stay a list of strings.

    >>> data = names()
    >>> list(data.inputs[0]), data.classes[data.targets[0]]
    (['m', 'a', 'r', 'y'], 'female')
    """
    sexes = ("female", "male")
    commoner: dict[str, dict[str, str]] = {}
    for row in rows("names"):
        known = commoner.setdefault(row["name"], row)
        if float(row["percent"]) > float(known["percent"]):
            commoner[row["name"]] = row
    data = Dataset(
        inputs=list(commoner),
        targets=[sexes.index(row["sex"]) for row in commoner.values()],
        name="names",
        features=tuple(ascii_lowercase),
        classes=sexes,
        source="US Census Bureau: first names of the 1990 census",
        licence="public domain",
    )
    return _with_arrays(data) if as_numpy else data


def movie_ratings(*, as_numpy: bool = False) -> Dataset:
    """10,436 sentences of film reviews as bags of words, each with its mean rating by people, -4 to +4.

    An input is the ids of the words that occur, ascending; `features[id]` is the word. The sentences themselves
    are not in the file. `split_by_file` trains on the first 8,400. To compare: a linear model tells of 0.763
    of the test rows whether the rating is above 0. As arrays: a list of integer arrays.

    >>> data = movie_ratings()
    >>> data.targets[0], [data.features[word] for word in data.inputs[0][:4]]
    (1.267, ['an', 'and', 'engrossing', 'grim'])
    """
    table = rows("movie_ratings")
    data = Dataset(
        inputs=[[int(word) for word in row["word_ids"].split()] for row in table],
        targets=[float(row["rating"]) for row in table],
        name="movie_ratings",
        features=tuple(row["word"] for row in rows("movie_words")),
        source="C. J. Hutto, E. Gilbert: VADER, ICWSM 2014",
        licence="MIT",
        train_rows=8400,
    )
    return _with_arrays(data) if as_numpy else data


def spoken_digits(*, as_numpy: bool = False) -> Dataset:
    """1,770 digits spoken by synthetic voices: 20 frames of 13 mel-frequency cepstral coefficients, in quarters.

    No person was recorded: say so wherever you use them. `split_by_file` tests on voices that training has not
    heard; `split` mixes them and flatters. To compare: logistic regression gets 0.973 of the unheard right.

    >>> data = spoken_digits(as_numpy=True)
    >>> data.inputs.shape, data.inputs.reshape(len(data), -1).shape
    ((1770, 20, 13), (1770, 260))
    """
    table = rows("spoken_digits")
    data = Dataset(
        inputs=[[[int(row[f"mfcc_{i}_{k}"]) / 4.0 for k in range(13)] for i in range(20)] for row in table],
        targets=[int(row["digit"]) for row in table],
        name="spoken_digits",
        features=tuple(f"mfcc_{k}" for k in range(13)),
        classes=tuple("0123456789"),
        source="synthetic speech by espeak-ng 1.51, made for stepgrad",
        licence="CC0 1.0",
        train_rows=sum(row["split"] == "train" for row in table),
    )
    return _with_arrays(data) if as_numpy else data


def rows(name: str) -> list[dict[str, str]]:
    """A file of the package with all its columns: one dict per row, each cell as text.

    Raises:
        ValueError: there is no such file.

    >>> rows("penguins")[0]["island"]
    'Torgersen'
    """
    folder = resources.files(__package__) / "data"
    known = sorted(file.name.removesuffix(".csv.gz") for file in folder.iterdir())
    if name not in known:
        raise ValueError(f"no data file {name!r}: there are {', '.join(known)}")
    with (folder / f"{name}.csv.gz").open("rb") as packed, gzip.open(packed, "rt", encoding="utf-8") as text:
        return list(csv.DictReader(text))


def _with_arrays(data: Dataset) -> Dataset:
    try:
        import numpy as np
    except ImportError:
        raise MissingPackageError("as_numpy=True needs NumPy: pip install numpy") from None
    inputs = data.inputs
    if not isinstance(inputs[0], str):
        inputs = [np.array(row) for row in inputs]
        if len({row.shape for row in inputs}) == 1:
            inputs = np.stack(inputs)
    return replace(data, inputs=inputs, targets=np.array(data.targets))
