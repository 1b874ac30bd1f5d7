"""Coverage-guided fuzzing of what reads text: `python tools/fuzz TARGET [--seconds N]`.

A target is `spec`, `genotype`, `darts` or `journal`. The corpus of a target starts with the files of `tools/fuzz/corpus/TARGET`
and of `specs/`; what it finds is added in `build/fuzz/TARGET`. An input that raises anything but the error that is promised
ends the run and is kept as `build/fuzz/TARGET-crash-*`: make it a test in `tests/`. This needs atheris, an optional tool:
`pip install atheris`.
"""

import argparse
import shutil
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE))
TARGETS = ("spec", "genotype", "darts", "journal")
FILES = {"spec": (ROOT / "specs", ROOT / "tests" / "diagnostics"), "genotype": (ROOT / "specs" / "genotypes",)}
"""Folders whose `.sdhs` files start the corpus of a target."""


def main() -> int:
    """Runs the fuzzer until its time is over or something is found."""
    parser = argparse.ArgumentParser(prog="tools/fuzz", description="Coverage-guided fuzzing of what reads text.")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("--seconds", type=int, default=60, help="how long (default 60)")
    options = parser.parse_args()
    try:
        atheris: Any = import_module("atheris")
    except ImportError:
        print("tools/fuzz needs atheris: pip install atheris", file=sys.stderr)
        return 2
    corpus = ROOT / "build" / "fuzz" / options.target
    corpus.mkdir(parents=True, exist_ok=True)
    for path in seeds(options.target):
        shutil.copyfile(path, corpus / f"{path.parent.name}-{path.name}")
    with atheris.instrument_imports(include=["spikegraph"]):
        import targets
    limits = [f"-max_total_time={options.seconds}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=4096"]
    dictionary = [f"-dict={HERE / 'language.txt'}"] if options.target in ("spec", "genotype") else []
    crash = f"-artifact_prefix={corpus}-"
    atheris.Setup([sys.argv[0], *limits, *dictionary, crash, str(corpus)], getattr(targets, options.target))
    atheris.Fuzz()
    return 0


def seeds(target: str) -> list[Path]:
    """The files that the corpus of a target starts with."""
    own = sorted((HERE / "corpus" / target).iterdir())
    return [*own, *(path for folder in FILES.get(target, ()) for path in sorted(folder.glob("*.sdhs")))]


if __name__ == "__main__":
    sys.exit(main())
