"""Build the site: one static folder that any file server serves, and that asks nothing of the network.

    python site/build.py -o OUT             everything (needs the extra `site`)
    python site/build.py -o OUT docs        one part of it

A part is a module beside this one with a function `build`, which writes its pages into the folder.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import time
from pathlib import Path

import links

PARTS = ("docs", "lite", "playground")


def main() -> int:
    """Build all parts, then look for dead links."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--out", type=Path, required=True, help="the folder to write; it must be new or empty")
    parser.add_argument("parts", nargs="*", metavar="PART", help="what to build; everything if none is named")
    asked = parser.parse_args()
    out = asked.out.resolve()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}: the parts are {', '.join(PARTS)}")
    if out.exists() and any(out.iterdir()):
        parser.error(f"{out} is not empty: name a new folder, or delete that one first")
    out.mkdir(parents=True, exist_ok=True)
    for part in asked.parts or PARTS:
        start = time.monotonic()
        try:
            module = importlib.import_module(part)
        except ModuleNotFoundError as error:
            parser.error(f"{part} needs the package {error.name}: pip install -e '.[site]'")
        module.build(out)
        print(f"{part}: {time.monotonic() - start:.0f} s", flush=True)
    dead, elsewhere = links.check(out)
    for link in dead:
        print(f"dead link: {link}", file=sys.stderr)
    size = sum(path.stat().st_size for path in out.rglob("*") if path.is_file())
    print(f"{out}: {size / 1e6:.0f} MB, {len(dead)} dead links, {len(elsewhere)} links that lead elsewhere")
    return 1 if dead else 0


if __name__ == "__main__":
    sys.exit(main())
