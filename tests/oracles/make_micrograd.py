"""Write micrograd.json: the figures of micrograd 0.1.0 for the examples in micrograd_examples.py.

Run it with an interpreter that has micrograd:

    python tests/oracles/make_micrograd.py
"""

import json
from pathlib import Path


def main() -> None:
    from micrograd.engine import Value
    from micrograd_examples import EXAMPLES

    figures = ",\n".join(f'"{example.__name__}": {json.dumps(example(Value))}' for example in EXAMPLES)
    Path(__file__).with_name("micrograd.json").write_text(f"{{\n{figures}\n}}\n")


if __name__ == "__main__":
    main()
