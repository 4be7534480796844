"""What a step costs in a browser: from the key to the picture, for traces of about two thousand values.

    python benchmarks/stepping.py        (a minute; needs playwright and Chromium)

The page that `debug.save` writes is opened in headless Chromium at 1280 x 800, which draws on the processor, and the
key `n` is pressed a hundred times from the middle of the trace on, once a frame.

"Processor" is the time of the page's own thread for a step: script, style, layout and painting, whoever else uses the
machine. "Until shown" is the time from the key to the task after the next frame; it holds the wait for that frame, up
to 17 ms, and on a busy machine the wait for a core.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from autograd import Value, debug, nn
from autograd.graph import topological_order

STEPS = 100

TO_THE_MIDDLE = """() => {
    const slider = document.querySelector("input[type=range]");
    slider.value = Math.round(slider.max / 2);
    slider.dispatchEvent(new Event("input"));
}"""
PRESS = """async (count) => {
    const times = [];
    for (let i = 0; i < count; i++) {
        const start = performance.now();
        document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "n", bubbles: true }));
        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
        times.push(performance.now() - start);
    }
    return times;
}"""


def halves() -> Value:
    """A sum by halves: wide."""
    row = [Value(0.001 * i) for i in range(1000)]
    while len(row) > 1:
        pairs = [a + b for a, b in zip(row[::2], row[1::2], strict=False)]
        row = pairs + row[len(pairs) * 2 :]
    return row[0]


def chain() -> Value:
    """One op after the other: deep."""
    x = Value(0.5, label="x")
    for _ in range(1998):
        x = x.tanh()
    return x


def network() -> Value:
    """An MLP 16-37-30-1, each neuron a group in a group."""
    x = [Value(0.1 * i, label=f"x{i}") for i in range(16)]
    out: Value = nn.MLP(16, [37, 30, 1], rng=0)(x)
    return out * out


def measured(page: Any, root: Value, folder: Path) -> tuple[float, list[float]]:
    """Milliseconds of the page's thread for a step, and until each step was shown."""
    page.goto(debug.save(root, folder / "steps.html").as_uri())
    page.wait_for_selector("svg [data-node]")
    page.evaluate(TO_THE_MIDDLE)
    page.evaluate(PRESS, 5)  # warms up
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = session.send("Performance.getMetrics")["metrics"]
        return next(1000.0 * metric["value"] for metric in metrics if metric["name"] == "TaskDuration")

    before = spent()
    shown = page.evaluate(PRESS, STEPS)
    return (spent() - before) / STEPS, shown


def main() -> None:
    """Print the table."""
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        print(f"Chromium {browser.version}, {STEPS} steps\n")
        print("|                 | values | processor | until shown, median | 95th percentile |")
        print("|-----------------|-------:|----------:|--------------------:|----------------:|")
        for name, root in (("sum by halves", halves()), ("chain", chain()), ("MLP 16-37-30-1", network())):
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            processor, shown = measured(page, root, Path(folder))
            late = statistics.quantiles(shown, n=20)[-1]
            count, middle = len(topological_order(root)), statistics.median(shown)
            print(f"| {name:15} | {count:6,} | {processor:6.1f} ms | {middle:16.1f} ms | {late:12.1f} ms |")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
