"""Live lessons: JupyterLite, in which the notebooks run in the browser, with everything they need inside one folder.

The kernel takes its packages from `lite/wheels` alone: what is not there, as NumPy, of which no registry has a build
for the browser, cannot be imported, and a lesson that needs it says so.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from base64 import b64encode
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from shutil import copyfile, copytree
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import runtime

HERE = Path(__file__).parent
# JupyterLab compiles the schemas of its settings with eval and sets styles everywhere; but no script runs that was not
# in its pages when they were built, and nothing comes from, or goes to, anywhere else.
POLICY = (
    "default-src 'self'; script-src 'self' {scripts} 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:;"
    " object-src 'none'; base-uri 'none'; form-action 'none'"
)
SCRIPT = re.compile(r"<script[^>]*>(.+?)</script>", re.DOTALL)
EXTENSIONS = ("anywidget", "jupyterlab_widgets", "jupyterlite_pyodide_kernel")  # of JupyterLab, out of these wheels
KERNEL = "@jupyterlite/pyodide-kernel-extension"
STUBS = ("ipykernel-6", "piplite-", "pyodide_kernel-", "widgetsnbextension-4")  # wheels that the kernel brings along


def build(out: Path) -> None:
    """Write `lite/`, and beside it the Pyodide that it runs in.

    Raises:
        RuntimeError: JupyterLite is not installed, or could not be built.
    """
    runtime.pyodide(out / "pyodide")
    wheels = runtime.wheels(HERE / "lite.txt")
    with TemporaryDirectory() as folder:
        work = Path(folder)
        lock = json.loads((out / "pyodide" / "pyodide-lock.json").read_text("utf-8"))
        lock["packages"] = _packages(work / "wheels", wheels)
        (work / "wheels" / "pyodide-lock.json").write_text(json.dumps(lock), "utf-8")
        lessons = work / "lessons"
        lessons.mkdir()
        absent = lacking({name for package in lock["packages"].values() for name in package["imports"]})
        notebooks = sorted((runtime.ROOT / "notebooks").glob("*.ipynb"))
        with ThreadPoolExecutor(os.cpu_count()) as workers:
            for notebook, stop in zip(notebooks, workers.map(partial(stopped, absent=absent), notebooks), strict=True):
                lesson = announced(json.loads(notebook.read_text("utf-8")), stop)
                (lessons / notebook.name).write_text(json.dumps(lesson), "utf-8")
        extensions = [str(wheel) for wheel in wheels if wheel.name.startswith(EXTENSIONS)]
        config = {
            "LiteBuildConfig": {
                "apps": ["lab", "notebooks"],
                "contents": [str(lessons)],
                "federated_extensions": extensions,
                "ignore_sys_prefix": ["federated_extensions"],
                "no_sourcemaps": True,
                "no_unused_shared_packages": True,
                "output_dir": str(out / "lite"),
                "cache_dir": str(work / "cache"),
            }
        }
        (work / "jupyter_lite_config.json").write_text(json.dumps(config), "utf-8")
        (work / "jupyter-lite.json").write_text(json.dumps(_settings(list(lock["packages"]))), "utf-8")
        done = subprocess.run(
            [sys.executable, "-m", "jupyterlite_core", "build"], cwd=work, capture_output=True, text=True
        )
        if done.returncode:
            raise RuntimeError(f"JupyterLite could not be built:\n{done.stdout}{done.stderr}".rstrip())
        copytree(work / "wheels", out / "lite" / "wheels")  # which the build would have swept away
    for page in (out / "lite").rglob("*.html"):
        page.write_text(guarded(page.read_text("utf-8")), "utf-8")


def guarded(page: str) -> str:
    """A page with its policy, in which each of its own scripts is named by its hash."""
    hashes = (b64encode(sha256(script.encode()).digest()).decode() for script in SCRIPT.findall(page))
    policy = POLICY.format(scripts=" ".join(f"'sha256-{digest}'" for digest in hashes))
    head, tag, rest = page.partition("<head>")
    return f'{head}{tag}\n    <meta http-equiv="Content-Security-Policy" content="{policy}">{rest}'


def lacking(importable: set[str]) -> list[str]:
    """The modules that the package or a lesson imports somewhere, and that the browser has not."""
    sources = [path.read_text("utf-8") for path in (runtime.ROOT / "autograd").rglob("*.py")]
    sources += [path.read_text("utf-8") for path in (runtime.ROOT / "notebooks").glob("[0-9]*.py")]
    return sorted(set().union(*map(imported, sources)) - importable - sys.stdlib_module_names)


def imported(source: str) -> set[str]:
    """The modules, without their submodules, that a Python text imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}


def stopped(notebook: Path, absent: Sequence[str]) -> list[str]:
    """At which cell a lesson stops for want of which module; nothing if it runs to its end.

    Raises:
        RuntimeError: it fails there for another reason.
    """
    command = [sys.executable, str(HERE / "without.py"), str(notebook), *absent]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{notebook.name} would fail in the browser:\n{done.stderr}".rstrip())
    return done.stdout.split()


def announced(notebook: dict[str, Any], stop: Sequence[str]) -> dict[str, Any]:
    """The notebook; if it stops at a cell, the first one says so."""
    if not stop:
        return notebook
    number, module = stop
    words = (
        f"**In the browser** this lesson stops at cell [{number}], which needs `{module}`: there is no build of that"
        " for the browser here. All runs on your own machine, with `pip install 'stepgrad[notebook,plot]' jupyterlab`."
    )
    cell = {"cell_type": "markdown", "id": "in-the-browser", "metadata": {}, "source": [words]}
    return {**notebook, "cells": [cell, *notebook["cells"]]}


def _packages(folder: Path, wheels: list[Path]) -> dict[str, Any]:
    """Write the wheels that the kernel loads; what the lock file says of each."""
    folder.mkdir()
    for wheel in (*wheels, runtime.wheel()):
        if not wheel.name.startswith(EXTENSIONS[1:]):
            copyfile(wheel, folder / wheel.name)
    kernel = next(wheel for wheel in wheels if wheel.name.startswith(EXTENSIONS[-1]))
    with ZipFile(kernel) as archive:
        for name in archive.namelist():
            if f"{KERNEL}/static/pypi/" in name and Path(name).name.startswith(STUBS):
                (folder / Path(name).name).write_bytes(archive.read(name))
    return {entry["name"]: entry for entry in map(_entry, sorted(folder.glob("*.whl")))}


def _entry(wheel: Path) -> dict[str, Any]:
    """What the lock file says of a wheel. All are loaded at once, so none names those that it depends on."""
    name, version = wheel.name.split("-")[:2]
    with ZipFile(wheel) as archive:
        tops = {path.split("/")[0].removesuffix(".py") for path in archive.namelist() if path.endswith(".py")}
    return {
        "name": name.replace("_", "-").lower(),
        "version": version,
        "file_name": wheel.name,
        "sha256": sha256(wheel.read_bytes()).hexdigest(),
        "imports": sorted(top for top in tops if top.isidentifier()),
        "depends": [],
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }


def _settings(packages: list[str]) -> dict[str, Any]:
    kernel = {
        "pyodideUrl": "./../pyodide/pyodide.mjs",
        "loadPyodideOptions": {"lockFileURL": "./wheels/pyodide-lock.json", "packages": packages},
        "disablePyPIFallback": True,
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "stepgrad, live",
            "litePluginSettings": {f"{KERNEL}:kernel": kernel},
        },
    }
