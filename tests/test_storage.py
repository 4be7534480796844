"""Parameters in a file: exact, readable, whole or not at all; what is no such file is refused whole."""

import json
import math
import os
import re
import stat
import sys
from pathlib import Path

import pytest

from autograd import Value
from autograd.errors import StateError
from autograd.nn import MLP, Module, load, save

NUMBERS = [
    0.1,
    -0.0,
    0.0,
    1.0,
    1e22,
    123456789.123456789,
    math.pi,
    math.nextafter(1.0, 2.0),
    sys.float_info.max,
    -sys.float_info.max,
    sys.float_info.min,
    5e-324,
    -5e-324,
    2.2250738585072011e-308,
    math.inf,
    -math.inf,
    math.nan,
]


def holding(numbers):
    module = Module()
    module.row = [Value(number) for number in numbers]
    return module


def bits(module):
    return [parameter.data.hex() for parameter in module.parameters()]


@pytest.fixture
def saved(tmp_path):
    """A file of two parameters, 1.5 and 2.5."""
    path = tmp_path / "model.json"
    save(holding([1.5, 2.5]), path)
    return path


def refused(path, message):
    """Loading raises that message, and the model stays as it was."""
    module = holding([7.0, 8.0])
    with pytest.raises(StateError, match=message):
        load(module, path)

    assert bits(module) == bits(holding([7.0, 8.0]))


def edited(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


# ---------------------------------------------------------------- there and back


def test_every_float_comes_back_to_the_bit(tmp_path):
    module = holding(NUMBERS)
    save(module, tmp_path / "model.json")
    other = holding([9.0] * len(NUMBERS))
    load(other, tmp_path / "model.json")

    assert bits(other) == bits(module)


def test_a_network_comes_back_to_the_bit(tmp_path):
    model, other = MLP(2, [16, 16, 1], rng=0), MLP(2, [16, 16, 1], rng=1)
    save(model, tmp_path / "model.json")
    load(other, str(tmp_path / "model.json"))

    assert bits(other) == bits(model)


def test_the_file_is_json_that_a_person_can_read(tmp_path):
    model = MLP(1, [1])
    model.load_state_dict({"layers.0.neurons.0.w.0": 1.5, "layers.0.neurons.0.b": -0.1})
    save(model, tmp_path / "model.json")

    assert (tmp_path / "model.json").read_text() == (
        "{\n"
        ' "format": "stepgrad parameters",\n'
        ' "version": 1,\n'
        ' "model": "MLP of [Layer of [LinearNeuron(1)]]",\n'
        ' "parameters": {\n'
        '  "layers.0.neurons.0.w.0": 1.5,\n'
        '  "layers.0.neurons.0.b": -0.1\n'
        " }\n"
        "}\n"
    )


def test_the_file_is_json_for_strict_readers_too(tmp_path):
    def refuse(word):
        raise AssertionError(word)

    save(holding([math.nan, math.inf, -math.inf]), tmp_path / "model.json")
    content = json.loads((tmp_path / "model.json").read_text(), parse_constant=refuse)

    assert content["parameters"] == {"row.0": "nan", "row.1": "inf", "row.2": "-inf"}


@pytest.mark.parametrize("make", [lambda: MLP(2, [3, 1], rng=0), lambda: holding([1.0])], ids=["MLP", "of one's own"])
def test_the_same_model_gives_the_same_file(tmp_path, make):
    models = [make(), make()]
    for k, model in enumerate(models):
        save(model, tmp_path / f"{k}.json")

    assert (tmp_path / "0.json").read_text() == (tmp_path / "1.json").read_text()


def test_a_file_edited_by_hand_is_read(saved):
    saved.write_text(saved.read_text().replace("2.5", "3"))
    module = holding([0.0, 0.0])
    load(module, saved)

    assert module.state_dict() == {"row.0": 1.5, "row.1": 3.0}


def test_any_path_will_do(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("model", "mödel ☃.json", Path("deep.er.json"), str(tmp_path / "absolute.json")):
        module = holding([0.0])
        save(holding([1.5]), path)
        load(module, path)

        assert module.state_dict() == {"row.0": 1.5}
    assert len(list(tmp_path.iterdir())) == 4


# ---------------------------------------------------------------- written whole or not at all


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt(), MemoryError()], ids=repr)
@pytest.mark.parametrize("place", ["json.dumps", "os.fsync", "pathlib.Path.replace"])
def test_a_crash_while_writing_leaves_the_older_file_and_nothing_else(saved, monkeypatch, place, error):
    before = saved.read_bytes()

    def crash(*arguments, **options):
        raise error

    monkeypatch.setattr(place, crash)
    with pytest.raises(type(error)):
        save(holding([3.0, 4.0]), saved)

    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_crash_at_the_first_writing_leaves_no_file(tmp_path, monkeypatch):
    def crash(descriptor):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", crash)
    with pytest.raises(OSError, match="disk full"):
        save(holding([3.0]), tmp_path / "model.json")

    assert list(tmp_path.iterdir()) == []


def test_the_name_appears_only_when_the_file_is_complete(tmp_path, monkeypatch):
    path = tmp_path / "model.json"
    seen = []
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda descriptor: seen.append(path.exists()) or fsync(descriptor))
    save(holding([1.0]), path)

    assert seen == [False]
    assert path.exists()


def test_saving_again_replaces_the_file_and_leaves_nothing_else(saved):
    save(holding([3.0, 4.0]), saved)
    module = holding([0.0, 0.0])
    load(module, saved)

    assert module.state_dict() == {"row.0": 3.0, "row.1": 4.0}
    assert list(saved.parent.iterdir()) == [saved]


def test_saving_to_a_link_writes_the_file_that_it_points_to(saved, tmp_path):
    link = tmp_path / "latest.json"
    link.symlink_to(saved)
    save(holding([3.0, 4.0]), link)

    assert link.is_symlink()
    assert json.loads(saved.read_text())["parameters"] == {"row.0": 3.0, "row.1": 4.0}


@pytest.mark.skipif(os.name != "posix", reason="file modes are those of POSIX")
def test_others_may_read_the_file_as_they_may_read_any_new_file(tmp_path):
    (tmp_path / "any").write_text("")
    save(holding([1.0]), tmp_path / "model.json")

    assert stat.S_IMODE((tmp_path / "model.json").stat().st_mode) == stat.S_IMODE((tmp_path / "any").stat().st_mode)


def test_a_folder_that_is_missing_or_is_a_file_is_an_error_of_the_system(saved, tmp_path):
    with pytest.raises(FileNotFoundError):
        save(holding([1.0]), tmp_path / "missing" / "model.json")
    with pytest.raises(NotADirectoryError):
        save(holding([1.0]), saved / "model.json")
    with pytest.raises(IsADirectoryError):
        save(holding([1.0]), tmp_path)

    assert list(tmp_path.iterdir()) == [saved]


# ---------------------------------------------------------------- refused whole


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        load(holding([1.0]), tmp_path / "model.json")
    with pytest.raises(IsADirectoryError):
        load(holding([1.0]), tmp_path)


def test_a_truncated_file_is_refused_wherever_it_ends(saved):
    whole = saved.read_text()
    for length in range(len(whole) - 2):  # without the last brace or more
        saved.write_text(whole[:length])

        refused(saved, "is damaged or no JSON")


@pytest.mark.parametrize(
    "content",
    [b"", b"hello", b"\x80\x04\x95.", b"\xff\xfe{}", b"PK\x03\x04", b"{'a': 1}", b"[" * 100_000, b"1" * 5000],
    ids=lambda content: repr(content[:10]),
)
def test_a_file_that_is_no_json_is_refused(tmp_path, content):
    path = tmp_path / "model.json"
    path.write_bytes(content)

    refused(path, re.escape(str(path)))


@pytest.mark.parametrize(
    "content", ["null", "[]", "3.5", '"text"', "{}", '{"row.0": 1.5, "row.1": 2.5}', '{"format": 1}']
)
def test_foreign_json_is_refused(tmp_path, content):
    path = tmp_path / "model.json"
    path.write_text(content)

    refused(path, "is not a file of stepgrad parameters")


@pytest.mark.parametrize("version", [0, 2, "1", None, [1]])
def test_another_version_is_refused(saved, version):
    edited(saved, version=version)

    refused(saved, re.escape(f"has version {version!r}, this release reads 1"))


@pytest.mark.parametrize("parameters", [None, [1.5, 2.5], "1.5 2.5", 2])
def test_a_file_without_parameters_is_refused(saved, parameters):
    edited(saved, parameters=parameters)

    refused(saved, "holds no parameters")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "2 parameters and 0 are given: row.0, row.1 missing"),
        ({"row.0": 1.5}, "2 parameters and 1 are given: row.1 missing"),
        ({"row.0": 1.5, "row.1": 2.5, "row.2": 3.5}, "2 parameters and 3 are given: none missing, row.2 unknown"),
        ({"row.0": 1.5, "col.1": 2.5}, "row.1 missing, col.1 unknown"),
        ({"row.0": 1.5, "row.1": "2.5"}, "row.1 must be a number, got '2.5'"),
        ({"row.0": 1.5, "row.1": "NaN"}, "row.1 must be a number, got 'NaN'"),
        ({"row.0": 1.5, "row.1": None}, "row.1 must be a number, got None"),
        ({"row.0": 1.5, "row.1": True}, "row.1 must be a number, got True"),
        ({"row.0": 1.5, "row.1": [2.5]}, r"row.1 must be a number, got \[2.5\]"),
        ({"row.0": 1.5, "row.1": 10**400}, "row.1 must be"),
    ],
    ids=lambda part: "" if isinstance(part, str) else repr(part)[:40],
)
def test_a_file_of_another_model_is_refused(saved, parameters, message):
    edited(saved, parameters=parameters)

    refused(saved, f"{re.escape(str(saved))} holds .*{message}")


def test_a_parameter_that_stands_twice_is_refused(saved):
    saved.write_text(saved.read_text().replace('"row.0": 1.5,', '"row.0": 1.5,\n  "row.0": 99.0,'))

    refused(saved, r"row\.0")


def test_the_message_says_which_model_the_file_holds(tmp_path):
    save(MLP(1, [1]), tmp_path / "model.json")

    refused(tmp_path / "model.json", r"holds MLP of \[Layer of \[LinearNeuron\(1\)\]\]: this model has 2 parameters")


def test_a_file_never_runs_code(tmp_path):
    path = tmp_path / "model.json"
    path.write_bytes(b"cos\nsystem\n(S'touch owned'\ntR.")  # a pickle that would

    refused(path, "is damaged or no JSON")
    assert not Path("owned").exists()
