"""Damaged specs of the zoo and the blocks that they import: diagnostics inside the file, or success; nothing else, in 5 s."""

import shutil
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from cases import Outcome
from specs_mutants import SPECS, Limit, damaged, judged

SECONDS = 5
"""After so many seconds a case has failed."""


@cache
def texts(folder: str) -> dict[str, str]:
    """The specs of a folder by file name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted((SPECS / folder).glob("*.sdhs"))}


def case(seed: int) -> Outcome:
    """One damaged file: a spec in nine of ten cases, a library that a spec imports in the others."""
    rng = Random(f"zoo mutants {seed}")
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "pyproject.toml").touch()  # the project's folder, out of which no import leads
        for name in ("zoo", "lib"):
            shutil.copytree(SPECS / name, folder / name)
        spec = folder / "zoo" / rng.choice(list(texts("zoo")))
        libraries = [folder / "lib" / name for name in texts("lib") if f"lib/{name}" in spec.read_text(encoding="utf-8")]
        mutant = rng.choice(libraries) if libraries and seed % 10 == 9 else spec
        kind = "spec" if mutant == spec else "library"
        text = mutant.read_text(encoding="utf-8")
        pool = (text, text, text, rng.choice(list(texts("zoo").values())))
        mutant.write_bytes(damaged(rng, pool))
        try:
            with Limit(SECONDS):
                judged(spec, mutant)
        except Exception as error:  # noqa: BLE001 (every exception is a finding)
            return Outcome(kind, False, f"{spec.name}: {type(error).__name__}: {error}\n{mutant.read_bytes()!r}")
    return Outcome(kind, True)
