"""Compare costs as ratios: `python tools/bench [SECTION ...] [--json FILE] [--runs N] [--bf16]`.

Each section runs in its own process. The sides of a row run in turn (A B A B ...), so that changes of the machine's speed
affect all of them. Prints medians, minima and maxima. Other libraries run in each of their modes (memory format, autocast,
torch.compile), and the best one of the same precision is the reference. The extra `bench` installs these libraries; missing
ones are left out, with a notice, and so are modes that fail. On a processor without fast bfloat16, nothing is measured in
bfloat16 unless `--bf16` is given.
"""

import argparse
import importlib.util
import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from measure import Row, Settings, reason, section
from peers import PEERS
from results import instructions, results_of, this_commit
from table import described, markdown

from spikegraph.base.processor import this_processor
from spikegraph.base.shared_cores import Usage

SECTIONS = (
    "language",
    "lif",
    "neurons",
    "cifar",
    "memory",
    "first_step",
    "trellis",
    "stereo",
    "first_version",
    "dgs",
    "loading",
)
"""Modules in this folder; each has a function `rows(settings) -> list[Row]`."""

SKIPPED = (
    "bf16 rows are skipped: there is neither AVX512-BF16 nor AMX-BF16, so they would be meaningless (--bf16 measures them)"
)


def main() -> int:
    """Run the given sections, or all."""
    parser = argparse.ArgumentParser(prog="tools/bench", description=__doc__.splitlines()[0])
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], metavar="SECTION", help=", ".join(SECTIONS))
    parser.add_argument("--runs", type=int, default=5, help="measured runs of each side (default 5)")
    parser.add_argument("--threads", type=int, default=2, help="threads of each side (default 2)")
    parser.add_argument("--json", type=Path, help="also write the rows to this file")
    parser.add_argument("--bf16", action="store_true", help="measure in bfloat16 even where the processor is slow at it")
    limit = "seconds for the first call of another library's mode, compilation included (default 240)"
    parser.add_argument("--first-call", type=float, default=240, metavar="SECONDS", help=limit)
    options = parser.parse_args()
    missing = [name for name in PEERS if importlib.util.find_spec(name) is None]
    if missing:
        print(f"not installed and left out: {', '.join(missing)} (pip install -e '.[bench]')", file=sys.stderr)
    processor = this_processor()
    limited = instructions()
    if limited:  # what torch has compiled for more instructions gives other numbers; importing torch's compiler sets its cache
        os.environ["TORCHINDUCTOR_CACHE_DIR"] = str(Path(tempfile.gettempdir(), "-".join(("torchinductor", *limited.values()))))
    bf16 = options.bf16 or (processor.fast_bfloat16 is not False and not limited)
    settings = Settings(options.runs, options.threads, bf16, options.first_call)
    print(described(processor), *(f"{name}={value}" for name, value in limited.items()))
    if not settings.bf16:
        print(SKIPPED)
    found, failed = dict[str, list[Row]](), list[str]()
    before, commit = Usage.now(), this_commit()
    for name in options.sections or SECTIONS:
        print(f"{name} ...", file=sys.stderr, flush=True)
        try:
            found[name] = section(name, settings)
        except Exception as error:  # noqa: BLE001 (the other sections are measured all the same)
            failed.append(f"{name} failed: {reason(f'{type(error).__name__}: {error}')}")
            print(failed[-1], file=sys.stderr, flush=True)
            continue
        if options.json is not None:  # after each section, in case a later one fails
            results = results_of(found, processor, settings, commit, Usage.now().others_since(before))
            options.json.write_text(results.model_dump_json(indent=1) + "\n", encoding="utf-8")
    print("", markdown(found), *failed, sep="\n")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
