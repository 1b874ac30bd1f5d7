"""Damaged and hostile files: arrays, weights, JSON, journals, images, CIFAR's pickles, genotypes of other tools.

Each kind of file that a stranger may hand over is damaged, byte by byte or with values that its format allows, and read by
what reads it in the package: it succeeds, or is the documented error, within 1 GiB and 20 s, and runs nothing.
"""

import random
import tempfile
import traceback
from contextlib import chdir
from functools import lru_cache
from pathlib import Path

from cases import Outcome
from data_formats import DATA
from formats import RAN, Format
from genotype_formats import GENOTYPES
from isolated import Isolated
from mutations import damaged
from run_formats import RUN_FILES

FORMATS_READ: dict[str, Format] = {**GENOTYPES, **RUN_FILES, **DATA}


def attack(seed: int) -> Outcome:
    """Damages a file and reads it."""
    rng = random.Random(seed)
    which = rng.choice(list(FORMATS_READ))
    form = FORMATS_READ[which]
    data = content(which)
    if form.hostile is not None and rng.random() < 0.4:
        data = form.hostile(rng)
    else:
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            data = damaged(data, rng, content(rng.choice(list(FORMATS_READ))))[1]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / form.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        wrong = _attempt(form, path)
    return Outcome(which, not wrong, wrong)


case = Isolated(attack)


@lru_cache
def content(which: str) -> bytes:
    """The content of an undamaged file of a kind."""
    return FORMATS_READ[which].write()


def _attempt(form: Format, path: Path) -> str:
    with chdir(path.parent):
        try:
            wrong = form.read(path)
        except form.error as error:
            wrong = "" if "\n" not in str(error) else f"the message has several lines: {error}"
        except Exception as error:  # noqa: BLE001 (it is the outcome)
            wrong = f"{type(error).__name__}: {error} in {traceback.extract_tb(error.__traceback__)[-1]}"
        if Path(RAN).exists():
            return "code of the file ran"
    return wrong if isinstance(wrong, str) else ""
