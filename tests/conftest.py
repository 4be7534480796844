"""What several test files need."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from autograd.op import REGISTRY, Op

collect_ignore = ["nn/make_layers.py"]  # which needs PyTorch


@pytest.fixture
def registry() -> Iterator[dict[str, Op]]:
    """The registry of ops, put back as it was when the test ends."""
    saved = dict(REGISTRY)
    yield REGISTRY
    REGISTRY.clear()
    REGISTRY.update(saved)


@pytest.fixture
def run_python() -> Callable[..., str]:
    """Run a program in a fresh interpreter, give what it printed; `environment` adds to the variables."""

    def run(program: str, *options: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, *options, "-c", program],
            capture_output=True,
            text=True,
            env={**os.environ, **environment},
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run
