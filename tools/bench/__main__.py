"""Compare costs as ratios: `python tools/bench [SECTION ...] [--json FILE] [--runs N]`.

Each section runs in its own process. The sides of a row run in turn (A B A B ...), so that changes of the machine's speed
affect all of them. Prints medians, minima and maxima. The extra `bench` installs the peer libraries; missing ones are left
out, with a notice.
"""

import argparse
import importlib.util
import json
import platform
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import torch
from measure import Row, markdown, section
from peers import PEERS

SECTIONS = ("language", "lif", "cifar", "memory", "first_step", "trellis", "stereo", "first_version", "dgs")
"""Modules in this folder; each has a function `rows(runs) -> list[Row]`."""


def main() -> int:
    """Run the given sections, or all."""
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each side (default 5)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side (default 2)")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    options = parser.parse_args()
    missing = [name for name in PEERS if importlib.util.find_spec(name) is None]
    if missing:
        print(f"not installed and left out: {', '.join(missing)} (pip install -e '.[bench]')", file=sys.stderr)
    found: dict[str, list[Row]] = {}
    for name in options.sections or SECTIONS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        found[name] = section(name, options.runs, options.threads)
    print(markdown(found))
    if options.json is not None:
        machine = {
            "machine": platform.machine(),
            "torch": torch.__version__,
            "threads": options.threads,
            "python": platform.python_version(),
            "system": platform.system(),
        }
        data = {"format_version": 1, **machine, "sections": {k: [r.as_dict() for r in v] for k, v in found.items()}}
        options.json.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
