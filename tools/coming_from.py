"""Import models of other libraries and write the table of `docs/coming-from.md`: `python tools/coming_from.py [MODEL..]`.

With names, only these are imported, and the table stays as it is. With `--code DIR`, published code of papers is judged
instead, each model in a process of its own: DIR holds copies of repositories, `foreign_models/published.py` says which.
"""

import logging
import subprocess
import sys
import time
import warnings
from pathlib import Path

import torch
from foreign_models import by_hand, of_norse, of_snntorch, of_spikingjelly, of_spikingjelly_searches, of_vision
from foreign_models.model import MODELS, Made
from foreign_models.published import PUBLISHED

import spikegraph
from spikegraph.base.errors import UserError
from spikegraph.foreign.errors import ForeignError

LIBRARIES = (of_spikingjelly, of_spikingjelly_searches, of_snntorch, of_norse, of_vision, by_hand)
"""The files that fill the registry."""

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "coming-from.md"
BEGIN, END = "<!-- models -->\n", "<!-- end of models -->\n"


def row(title: str, made: Made, multi_step: bool | None = None, *, online: bool = False) -> str:
    """A model's row of the table; of one that is trained online without its gradients."""
    module, example = made
    start = time.perf_counter()
    try:
        found = spikegraph.from_torch(module, example, multi_step=multi_step, approximate=online)
    except ForeignError as error:
        return f"| {title} | refused: {error.summary} | | | {time.perf_counter() - start:.1f} |"
    seconds, compared = time.perf_counter() - start, found.compared
    lines = len(found.spec.splitlines())
    gradients = "refused: those of online training" if online else compared.gradients
    return f"| {title} | {lines} | {compared.neurons}, {compared.steps} steps | {gradients} | {seconds:.1f} |"


def made(name: str) -> Made:
    """A model of the registry, with weights that are the same at each call."""
    torch.manual_seed(0)
    return MODELS[name].make()


def judged(name: str, folder: Path) -> str:
    """The row of published code, in this process."""
    torch.manual_seed(0)
    try:
        return row(PUBLISHED[name].title, PUBLISHED[name].made(folder))
    except UserError as error:
        return f"| {PUBLISHED[name].title} | not tried: {error.summary} | | | |"


def published(folder: Path, names: list[str]) -> int:
    """Judges published code, each in a process of its own, since their modules have the same names."""
    if len(names) == 1:
        print(judged(names[0], folder.absolute()))
        return 0
    command = [sys.executable, __file__, "--code", str(folder)]
    return max(subprocess.run([*command, name], check=False).returncode for name in names or PUBLISHED)


def main(arguments: list[str]) -> int:
    """Writes the table, or prints the rows of some models."""
    logging.disable(logging.WARNING)
    warnings.simplefilter("ignore", DeprecationWarning)
    code = arguments[:1] == ["--code"]
    folder, names = (Path(arguments[1]), arguments[2:]) if code and len(arguments) > 1 else (None, arguments)
    known = PUBLISHED if folder else MODELS
    unknown = [name for name in names if name not in known]
    if unknown:
        sys.exit(f"there is no model `{unknown[0]}`; there are {', '.join(known)}")
    if folder:
        return published(folder, names)
    found = ((MODELS[name], made(name)) for name in names or MODELS)
    rows = [row(model.title, of, model.multi_step, online=model.online) for model, of in found]
    if names:
        print("\n".join(rows))
        return 0
    head = ("| model | lines of spec | equal results of neurons | equal gradients | seconds |", "|---|---:|---:|---:|---:|")
    before, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    DOCUMENT.write_text(f"{before}{BEGIN}" + "\n".join((*head, *rows)) + f"\n{END}{after}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
