"""Compiles autograd/_core.c while a wheel is built. Where that cannot be done, the wheel is one of pure Python.

STEPGRAD_PURE=1 builds a pure wheel on purpose. One compiled file serves CPython 3.11 and all newer versions.
"""

import os
import platform
import shutil
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from setuptools import Distribution, Extension

# A fused multiply-add rounds once where Python rounds twice: the two cores would differ in the last bit.
FLAGS = ["/utf-8"] if os.name == "nt" else ["-std=c11", "-g0", "-ffp-contract=off"]


class CustomBuildHook(BuildHookInterface):  # type: ignore[type-arg]
    """Puts the compiled core into the wheel; into the source tree for an editable install."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and say in the wheel's tag for whom that is."""
        if os.environ.get("STEPGRAD_PURE", "0") not in ("", "0"):
            return
        if platform.python_implementation() != "CPython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
            self.app.display_warning("stepgrad: no compiled core: this interpreter has no stable ABI")
            return
        self.folder = tempfile.mkdtemp()
        try:
            built = compiled(Path(self.root, "autograd", "_core.c"), self.folder)
        except Exception as error:  # whatever the reason is, the Python core does the work
            self.app.display_warning(f"stepgrad: no compiled core: {error}")
            return
        build_data["pure_python"] = False
        build_data["tag"] = "cp311-abi3-" + sysconfig.get_platform().replace("-", "_").replace(".", "_")
        if version == "editable":
            shutil.copy(built, Path(self.root, "autograd"))
        else:
            build_data["force_include"][str(built)] = f"autograd/{built.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Tidy up."""
        shutil.rmtree(getattr(self, "folder", ""), ignore_errors=True)


def compiled(source: Path, folder: str) -> Path:
    """The shared library made of a source file."""
    extension = Extension("autograd._core", [str(source)], py_limited_api=True, extra_compile_args=FLAGS)
    command = Distribution({"name": "stepgrad", "ext_modules": [extension]}).get_command_obj("build_ext")
    command.build_lib = command.build_temp = folder
    command.ensure_finalized()
    command.run()
    return Path(command.get_outputs()[0])
