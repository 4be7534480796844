"""What the live parts of the site run in. The package registries are asked through their own clients, npm and pip.

Every file is held to the sha256 that stands here or in `lite.txt`, so that a build is the same everywhere. What was
fetched is kept in the folder that the variable STEPGRAD_SITE_CACHE names; without it, until the program ends.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from functools import cache
from hashlib import sha256
from pathlib import Path
from shutil import which
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
PYODIDE = ("pyodide", "314.0.6", "d78ac549b28a2a58600cd06f44e017024151775f8c6b2d73fab1475400d38ea2")
PYODIDE_FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip")


def pyodide(into: Path) -> None:
    """Write what loads Pyodide, with a lock file that knows no package: what a part needs, it brings along."""
    into.mkdir(parents=True, exist_ok=True)
    package = npm(*PYODIDE)
    for name in PYODIDE_FILES:
        (into / name).write_bytes(member(package, name))
    lock = json.loads(member(package, "pyodide-lock.json"))
    (into / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": {}}), "utf-8")


def member(tarball: Path, name: str) -> bytes:
    """A file in a package of npm."""
    with tarfile.open(tarball) as package:
        found = package.extractfile(f"package/{name}")
        assert found is not None, f"{name} in {tarball.name} is a folder"
        return found.read()


def npm(name: str, version: str, digest: str) -> Path:
    """The tarball of a package of npm, which must have that sha256.

    Raises:
        RuntimeError: there is no npm, it could not get the package, or this is another one.
    """
    tarball = cache_folder() / f"{name}-{version}.tgz"
    if not tarball.exists():
        if which("npm") is None:
            raise RuntimeError(f"npm is needed to get {name}: install it, for instance with apt-get install npm")
        with TemporaryDirectory(dir=tarball.parent) as folder:  # others may be looking for it at the same time
            _run("npm", "pack", "--silent", f"{name}@{version}", "--pack-destination", folder)
            (Path(folder) / tarball.name).replace(tarball)
    found = sha256(tarball.read_bytes()).hexdigest()
    if found != digest:
        tarball.unlink()
        raise RuntimeError(f"{tarball.name} has the sha256 {found}, expected {digest}")
    return tarball


def wheels(requirements: Path) -> list[Path]:
    """The pure wheels that a file of requirements lists, each with its sha256."""
    folder = cache_folder() / requirements.stem
    wanted = [line.split()[0].split("==") for line in requirements.read_text("utf-8").splitlines() if "==" in line]
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes"]
    command += ["--only-binary=:all:", "--python-version=3.14", "--platform=any", "--implementation=py", "--abi=none"]
    _run(*command, f"--find-links={folder}", f"--dest={folder}", f"--requirement={requirements}")
    return [next(folder.glob(f"{name.replace('-', '_')}-{version}-*.whl")) for name, version in wanted]


@cache
def wheel() -> Path:
    """The project's wheel, made from this tree, of Python alone: a browser has no use for the compiled core."""
    folder = Path(_temporary().name) / "wheel"
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    _run(*command, STEPGRAD_PURE="1")
    (made,) = folder.glob("*.whl")
    return made


def cache_folder() -> Path:
    """Where fetched packages are kept."""
    named = os.environ.get("STEPGRAD_SITE_CACHE")
    folder = Path(named) if named else Path(_temporary().name) / "fetched"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@cache
def _temporary() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="stepgrad-site-")


def _run(*command: str, **environment: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **environment})
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} failed:\n{done.stdout}{done.stderr}".rstrip())
