"""Live lessons: JupyterLite, in which the notebooks run in the browser, with everything they need inside one folder.

The kernel takes its packages from `lite/wheels` alone: what is not there, as NumPy, of which no registry has a build
for the browser, cannot be imported, and a cell that needs it says so.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from shutil import copyfile, copytree
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import runtime

HERE = Path(__file__).parent
# JupyterLab runs what readers type, and has scripts in its pages; but nothing comes from, or goes to, anywhere else.
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self' data: blob:; worker-src 'self' blob:;"
    " object-src 'none'; base-uri 'none'; form-action 'none'"
)
META = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
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
        importable = {name for package in lock["packages"].values() for name in package["imports"]}
        for notebook in sorted((runtime.ROOT / "notebooks").glob("*.ipynb")):
            lesson = announced(json.loads(notebook.read_text("utf-8")), importable | sys.stdlib_module_names)
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
        text = page.read_text("utf-8")
        page.write_text(re.sub(r"(<head>)", rf"\1\n    {META}", text, count=1), "utf-8")


def announced(notebook: dict[str, Any], importable: set[str]) -> dict[str, Any]:
    """The notebook; if a cell imports what is not importable, the first cell says so."""
    imported: dict[str, None] = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            for node in ast.walk(ast.parse("".join(cell["source"]))):
                names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
                names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
                imported |= dict.fromkeys(name.split(".")[0] for name in names)
    missing = [f"`{name}`" for name in imported if name not in importable]
    if not missing:
        return notebook
    words = (
        f"**In the browser** this lesson stops where it imports {' and '.join(missing)}: there is no build for the"
        " browser here. It runs on your own machine, with `pip install 'stepgrad[notebook,plot]' jupyterlab`."
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
