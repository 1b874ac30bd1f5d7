"""Figures of the surrogate search: `python tools/dgs_figures.py [LABEL=]RUN ... -o FILE.svg`, or `--shapes -o FILE.svg`.

Of runs: the temperature's path and the weights' gradient at an instrumented neuron (Fig. 4 a, b). `--shapes`: the surrogates
over the membrane potential at several temperatures (Fig. 8).
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from spikegraph.analysis.chart import Curve, Panel, chart
from spikegraph.analysis.dgs_curves import gradient_panel, temperature_panel
from spikegraph.backends.torch.modules.surrogate import gradient
from spikegraph.runs.record import read_run

SHOWN = ("dspike", "triangle", "superspike", "arctan")
"""The surrogates of Eqs. 14 to 17."""
TEMPERATURES = (1.0, 3.0, 5.0)
THRESHOLD = 0.5


def main() -> int:
    """Writes the figure."""
    parser = argparse.ArgumentParser(prog="tools/dgs_figures.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="*", metavar="[LABEL=]RUN", help="folders of runs")
    parser.add_argument("--neuron", help="by default the first that a run instruments")
    parser.add_argument("--shapes", action="store_true", help="the surrogates' shapes")
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args()
    if bool(options.runs) == options.shapes:
        parser.error("name runs, or give --shapes")
    text = shapes() if options.shapes else paths(options.runs, options.neuron)
    options.out.write_text(text, encoding="utf-8")
    return 0


def paths(named: Sequence[str], neuron: str | None) -> str:
    """The chart of some runs."""
    parts = [name.rpartition("=") for name in named]
    records = {label or Path(path).name: read_run(Path(path)) for label, _, path in parts}
    runs = {label: run.entries for label, run in records.items()}
    found = [name for run in records.values() for e in run.epochs("retrain") for name in e.temperatures]
    if not found:
        raise SystemExit("error: none of these runs instruments a neuron: their specs have no `dgs at ...`")
    chosen = neuron or found[0]
    panels = [temperature_panel(runs, chosen), gradient_panel(runs, chosen)]
    return chart(panels, f"The search of the surrogate of {chosen}: temperature and gradient over the epochs")


def shapes() -> str:
    """The chart of the surrogates."""
    u = torch.linspace(-1, 2, 301, dtype=torch.float64)
    panels = [
        Panel(
            name,
            "membrane potential u",
            "surrogate gradient dy/du",
            [
                Curve(f"b = {b:g}", list(zip(u.tolist(), gradient(name, u, THRESHOLD, b).tolist(), strict=True)))
                for b in TEMPERATURES
            ],
        )
        for name in SHOWN
    ]
    return chart(panels, f"Surrogate gradients around the threshold {THRESHOLD} at the temperatures 1, 3 and 5")


if __name__ == "__main__":
    sys.exit(main())
