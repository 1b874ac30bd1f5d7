"""The second table of `docs/zoo.md`: how systems are trained, what that needs of a card, and what can be made of them."""

import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from spikegraph.analysis.devices import DEVICES
from spikegraph.backends.torch.forecast.phases import Forecast
from spikegraph.base.memory import shown
from spikegraph.cli.plan_text import seconds_text
from spikegraph.program.program import Program

ROOT = Path(__file__).parents[1]
ZOO, EXPORTS = ROOT / "specs" / "zoo", ROOT / "docs" / "deploy.md"
CARD = "h100"
FORMATS = ("NIR", "Python", "torch", "ONNX")
"""The columns of the table of exports."""

TEXT = f"""
## Training and exports

Nothing of the zoo was trained here on its published data, so there are no results to show: `tests/zoo` compares outputs with \
those of other
implementations, and trains small forms on samples. These are the recipes of the specs, which are
this project's where a spec doesn't say whose, what
[`stats --plan`](scale.md#before-it-starts-memory-and-hours) predicts of the retraining on one `{CARD}` with \
`--precision tf32` (no such prediction was held against
a card), and the formats that `export` writes ([deploy.md](deploy.md#the-bundled-specs-and-the-zoo) has the reasons where \
not); (?) stands where that wasn't tried.
Of a space without a published genotype it is an architecture drawn at random. Hours are missing where only the files of the
data tell how many samples there are.

"""
HEAD = ("system", "data", "epochs", "batch", "optimizer", "memory", "a step", "hours", "exports")
NO_FORECAST = ("", "", "")


def forecast(name: str) -> tuple[str, str, str]:
    """Memory, time of a step and hours of a system's retraining; empty for one that isn't trained."""
    found = Forecast(program(name), DEVICES[CARD], "tf32").retrain
    if found is None:
        return NO_FORECAST
    assert found.seconds is not None
    hours = "" if found.hours is None else f"{found.hours:,.3g}" if found.hours < 1000 else f"{found.hours:,.0f}"
    return shown(found.memory), seconds_text(found.seconds), hours


def program(name: str) -> Program:
    """A system with its published genotype, if it has one."""
    genotype = ZOO / "genotypes" / f"{name}.sdhs"
    return Program.read(ZOO / f"{name}.sdhs", genotype=genotype if genotype.exists() else None)


def known_forecasts(page: str) -> Mapping[str, tuple[str, str, str]]:
    """The predictions that a page has, by system."""
    rows = re.findall(
        r"^\| \[[^\]]*\]\(\.\./specs/zoo/(\w+)\.sdhs\) \| (.*) \|$", page.partition("## Training")[2], re.MULTILINE
    )
    cells = {name: [cell.strip() for cell in rest.split(" | ")] for name, rest in rows}
    return {name: (found[4], found[5], found[6]) for name, found in cells.items() if len(found) == len(HEAD) - 1}


def exports() -> Mapping[str, str]:
    """The formats that each system is written in, as the page of exports says."""
    found: dict[str, str] = {}
    for line in EXPORTS.read_text(encoding="utf-8").splitlines():
        match = re.match(r"\| \[\w+\]\(\.\./specs/zoo/(\w+)\.sdhs\) \| (.*) \|$", line)
        if match is not None:
            cells = dict(zip(FORMATS, match[2].split(" | "), strict=True))
            written = [f"{name} (?)" if cell == "not tried" else name for name, cell in cells.items() if not _refused(cell)]
            found[match[1]] = ", ".join(written)
    return found


def _refused(cell: str) -> bool:
    return cell.startswith(("refused", "0 of"))


def training(titles: Mapping[str, str], page: str, anew: Collection[str]) -> str:
    """The section.

    Args:
        titles: The systems with their names.
        page: The page as it is, whose predictions are kept.
        anew: The systems whose predictions are made anew.
    """
    known, written = known_forecasts(page), exports()
    rows: list[Sequence[str]] = [HEAD, ["---"] * len(HEAD)]
    for name, title in titles.items():
        run = program(name).spec.retrain
        recipe = (
            ("not trained", "", "", "") if run is None else (run.dataset, f"{run.epochs:,}", f"{run.batch}", run.weights.name)
        )
        needs = forecast(name) if name in anew else known.get(name, NO_FORECAST)
        rows.append((f"[{title}](../specs/zoo/{name}.sdhs)", *recipe, *needs, written.get(name, "")))
    return TEXT + "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
