"""Draw the surrogate search of runs: `python tools/dgs_figures.py [LABEL=]RUN ... -o FILE.svg`, or `--shapes -o FILE.svg`.

For runs, over the epochs: temperature and weight gradient of an instrumented neuron, and the error on the validation set.
With `--shapes`: the surrogates over the membrane potential at several temperatures. (Figures 4 a, b and 8 of Che et al.,
NeurIPS 2022.)
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from spikegraph.analysis.dgs_curves import error_chart, gradient_chart, temperature_chart
from spikegraph.charts.lines import Chart, Line
from spikegraph.charts.look import colour, dash
from spikegraph.charts.panels import svg_file
from spikegraph.ir.surrogates import SURROGATES
from spikegraph.runs.record import read_run

SHOWN = ("dspike", "triangle", "superspike", "arctan")
"""The surrogates of Eqs. 14 to 17."""
TEMPERATURES = (1.0, 3.0, 5.0)
THRESHOLD = 0.5


def main() -> int:
    """Write the figure."""
    parser = argparse.ArgumentParser(prog="tools/dgs_figures.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("runs", nargs="*", metavar="[LABEL=]RUN", help="run folders")
    parser.add_argument("--neuron", help="neuron to draw; default: the first instrumented one")
    parser.add_argument("--shapes", action="store_true", help="draw the shapes of the surrogates")
    parser.add_argument("-o", "--out", type=Path, required=True)
    options = parser.parse_args()
    if bool(options.runs) == options.shapes:
        parser.error("give either runs or --shapes")
    text = shapes() if options.shapes else paths(options.runs, options.neuron)
    options.out.write_text(text, encoding="utf-8")
    return 0


def paths(named: Sequence[str], neuron: str | None) -> str:
    """The charts of temperature, gradient and, with a validation, error as SVG."""
    parts = [name.rpartition("=") for name in named]
    records = {label or Path(path).name: read_run(Path(path)) for label, _, path in parts}
    runs = {label: run.entries for label, run in records.items()}
    found = [name for run in records.values() for e in run.epochs("retrain") for name in e.temperatures]
    if not found:
        raise SystemExit("error: no run has an instrumented neuron; their specs have no `dgs at ...`")
    chosen = neuron or found[0]
    errors = error_chart(runs)
    charts = [temperature_chart(runs, chosen), *([] if errors is None else [errors]), gradient_chart(runs, chosen)]
    return svg_file(charts, f"The search of the surrogate of {chosen}: temperature and gradient over the epochs")


def shapes() -> str:
    """The chart of the surrogates as SVG."""
    u = [k / 100 - 1 for k in range(301)]
    charts = [
        Chart(name, "membrane potential u", "surrogate gradient dy/du", [curve(name, u, *nb) for nb in enumerate(TEMPERATURES)])
        for name in SHOWN
    ]
    return svg_file(charts, f"Surrogate gradients around the threshold {THRESHOLD} at the temperatures 1, 3 and 5", columns=2)


def curve(name: str, u: Sequence[float], number: int, b: float) -> Line:
    """The curve of a surrogate with temperature b."""
    derivative = SURROGATES[name].derivative
    return Line(f"b = {b:g}", [(v, derivative(v - THRESHOLD, b)) for v in u], colour(number), dash(number))


if __name__ == "__main__":
    sys.exit(main())
