"""Looking into a forward and a backward pass: traces, stepping, tables, and the steps one writes on the board."""

from autograd.debug.animate import animate
from autograd.debug.annotate import annotate
from autograd.debug.cursor import Cursor
from autograd.debug.health import Health, LayerHealth, health, monitor
from autograd.debug.page import save
from autograd.debug.passes import passes
from autograd.debug.source import source
from autograd.debug.text import solution, table
from autograd.debug.trace import Trace, trace
from autograd.debug.verify import verify
from autograd.debug.watch import detect_anomaly, explain, findings
from autograd.debug.widget import show

__all__ = [
    "Cursor",
    "Health",
    "LayerHealth",
    "Trace",
    "animate",
    "annotate",
    "detect_anomaly",
    "explain",
    "findings",
    "health",
    "monitor",
    "passes",
    "save",
    "show",
    "solution",
    "source",
    "table",
    "trace",
    "verify",
]
