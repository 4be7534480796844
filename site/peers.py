"""Ask small questions of several engines, store the answers in `peers.json`, and make the table of the site from them.

    python site/peers.py        (needs micrograd; PyTorch takes part where it is installed)

The questions are those at which fifteen small engines stumbled; `tests/test_peers_bugs.py` holds our own answers.
"""

from __future__ import annotations

import datetime
import gc
import importlib.metadata
import importlib.util
import json
import math
import pickle
import platform
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

from autograd.draw.numbers import value_text

STORED = Path(__file__).resolve().with_name("peers.json")
COMMAND = "python site/peers.py"

Make = Callable[[float], Any]  # a leaf of an engine that holds a number


def number(x: Any) -> float | complex:
    """The number of a node."""
    found = x.data
    return found.item() if hasattr(found, "item") else found


def gradient(leaf: Any) -> float | complex | None:
    """The gradient of a leaf."""
    found = leaf.grad
    return found.item() if hasattr(found, "item") else found


def backward(root: Any) -> None:
    """A backward pass after which another can follow."""
    if hasattr(root, "retain_grad"):
        root.backward(retain_graph=True)
    else:
        root.backward()


# ---------------------------------------------------------------- the questions


def deep(make: Make) -> Any:
    x = make(1.0)
    y = x
    for _ in range(5000):
        y = y + 1.0
    backward(y)
    return gradient(x)


def twice(make: Make) -> Any:
    x = make(3.0)
    y = x * x * x
    backward(y)
    first = gradient(x)
    backward(y)
    return gradient(x) - first


def edges(make: Make) -> Any:
    a = make(2.0)
    b = a + a
    if hasattr(b, "grad_fn"):
        return len(b.grad_fn.next_functions)
    return len(getattr(b, "operands", b._prev))


def changed(make: Make) -> Any:
    x, w = make(3.0), make(4.0)
    loss = x * w
    w.data = type(w.data)(-100.0) if isinstance(w.data, float) else w.data * 0.0 - 100.0
    backward(loss)
    return gradient(x)


def stored(make: Make) -> Any:
    x = make(2.0)
    loaded = pickle.loads(pickle.dumps(x * x))
    backward(loaded)
    return "kept" if getattr(loaded, "operands", ()) else "the number alone"


def freed(make: Make) -> Any:
    gc.collect()
    gc.disable()
    try:
        x = make(2.0)
        root = x * x + x
        gone = weakref.ref(root)
        backward(root)
        del root
        return "freed" if gone() is None else "kept"
    finally:
        gc.enable()


def zero_power(make: Make) -> Any:
    x = make(0.0)
    backward(x**0)
    return gradient(x)


def root_of_negative(make: Make) -> Any:
    return number(make(-4.0) ** 0.5)


def exponent(make: Make) -> Any:
    x = make(10.0)
    backward(2**x)
    return gradient(x)


def saturated(make: Make) -> Any:
    x = make(1000.0)
    backward(x.tanh())
    return gradient(x)


def rectified_nan(make: Make) -> Any:
    return number(make(math.nan).relu())


def cut(make: Make) -> Any:
    found = math.exp(make(1.0))
    return f"{type(found).__name__} {found:.4g}, without a graph"


QUESTIONS: dict[str, tuple[Callable[[Make], Any], Any]] = {
    "a chain of 5,000 additions: its slope": (deep, 1.0),
    "x·x·x at 3, the second backward(): what it adds": (twice, 27.0),
    "a + a: edges to its operands": (edges, 2),
    "x·w, then w.data changed: ∂/∂x of what was computed with w = 4": (changed, 4.0),
    "a graph through pickle": (stored, "kept"),
    "a graph nobody holds, without the cycle collector": (freed, "freed"),
    "0⁰: slope in the base": (zero_power, 0.0),
    "(−4)^0.5": (root_of_negative, math.nan),
    "2^x at 10: slope": (exponent, 1024.0 * math.log(2.0)),
    "tanh at 1000: slope": (saturated, 0.0),
    "relu(nan)": (rectified_nan, math.nan),
    "math.exp(x)": (cut, "raises TypeError"),
}


def answer(ask: Callable[[Make], Any], make: Make) -> Any:
    """What an engine answers; an error by its name."""
    try:
        return ask(make)
    except Exception as error:  # whatever it raises is its answer
        return f"raises {type(error).__name__}"


def is_right(found: Any, right: Any) -> bool:
    """Whether two answers are the same, nan being nan."""
    if isinstance(found, float) and isinstance(right, float):
        return (math.isnan(found) and math.isnan(right)) or math.isclose(found, right, rel_tol=1e-12)
    return bool(found == right)


def written(found: Any) -> str:
    """An answer as text."""
    if isinstance(found, float):
        return value_text(found, 6)
    return f"{found:.3g}" if isinstance(found, complex) else str(found)


def engines() -> dict[str, Make]:
    """The engines that are installed here, by name and version."""
    import micrograd.engine

    from autograd import Value, __version__

    found: dict[str, Make] = {f"stepgrad {__version__}": Value}
    found[f"micrograd {importlib.metadata.version('micrograd')}"] = micrograd.engine.Value
    if importlib.util.find_spec("torch"):
        import torch

        found[f"PyTorch {torch.__version__}"] = lambda x: torch.tensor(x, dtype=torch.float64, requires_grad=True)
    return found


def measure() -> dict[str, Any]:
    """The answers of all engines, with date and versions."""
    rows = []
    for question, (ask, right) in QUESTIONS.items():
        answers = {name: answer(ask, make) for name, make in engines().items()}
        rows.append(
            {
                "question": question,
                "right": written(right),
                "answers": {name: [written(found), is_right(found, right)] for name, found in answers.items()},
            }
        )
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    return {"date": today, "command": COMMAND, "python": platform.python_version(), "rows": rows}


def write(folder: Path) -> None:
    """Write `peers.txt`, the table of the stored answers, which a page includes."""
    stored = json.loads(STORED.read_text("utf-8"))
    names = list(stored["rows"][0]["answers"])
    lines = [f"| | right | {' | '.join(names)} |", "|---" * (len(names) + 2) + "|"]
    for row in stored["rows"]:
        cells = [f"**{text}**" if right else text for text, right in row["answers"].values()]
        lines.append(f"| {row['question']} | {row['right']} | {' | '.join(cells)} |")
    about = f"Measured on {stored['date']} by `{stored['command']}`, CPython {stored['python']}; bold is right."
    (folder / "peers.txt").write_text("\n".join([*lines, "", about]) + "\n", "utf-8")


if __name__ == "__main__":
    STORED.write_text(json.dumps(measure(), ensure_ascii=False, indent=1) + "\n", "utf-8")
