"""Checks of what runs on GPUs: `python tools/gpu_check --offline [--record]` compiles kernels and says what they need.

With `--record` the table is written into `docs/speed.md`. It takes a few minutes, and no GPU.
"""

import sys
from argparse import ArgumentParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from gpu_check.offline import MODELS, compiled, table

PAGE = Path(__file__).parents[2] / "docs" / "speed.md"
BEGIN, END = "<!-- written by tools/gpu_check -->\n", "<!-- end -->\n"
SIZES = ((1, 4), (2, 4), (1, 8))
"""Terms and time steps of the table."""


def main(arguments: list[str]) -> int:
    """Prints the table."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--offline", action="store_true", required=True, help="compile kernels for GPUs that aren't there")
    parser.add_argument("--record", action="store_true", help="write the table into docs/speed.md")
    given = parser.parse_args(arguments)
    rows = [row for model in MODELS for terms, steps in SIZES for row in compiled(model, terms, steps, 90)]
    text = table(rows)
    print(text)
    if given.record:
        before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
        PAGE.write_text(before + BEGIN + text + END + rest.split(END, maxsplit=1)[1], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
