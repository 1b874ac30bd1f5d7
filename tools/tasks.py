"""Train the specs of all tasks on their samples, and write the table of `docs/tasks.md`: `python tools/tasks.py [-o DIR]`.

Each run is a folder below DIR (`runs/tasks`). A run that is finished is not repeated, and one that was interrupted is resumed.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from spikegraph.base.processor import this_processor
from spikegraph.base.shared_cores import cores

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "tasks.md"
BEGIN, END = "<!-- tasks -->\n", "<!-- end of tasks -->\n"

TASKS = {
    "images": "images: the small Fashion-MNIST",
    "events": "event recordings: `events_small`",
    "dvs-gesture": "event recordings: `events_small`",
    "cifar10-dvs": "event recordings: `events_small`",
    "segment": "label maps: `segments_small`",
    "flow": "optical flow: `flow_small`",
}
"""Specs and what their samples are."""

METRICS = {
    "accuracy_percent": "accuracy, %",
    "mean_iou_percent": "mean IoU, %",
    "mean_end_point_error_px": "end-point error, px",
}


def trained(spec: str, seed: int, folder: Path) -> dict[str, Any]:
    """The summary of a run, with the seconds that it took beside it."""
    run, clock = folder / f"{spec}-{seed}", folder / f"{spec}-{seed}.seconds"
    if not clock.is_file():
        begun = time.monotonic()
        command = [
            sys.executable,
            "-m",
            "spikegraph",
            "compile",
            f"specs/{spec}.sdhs",
            "--train",
            "--seed",
            str(seed),
            "--out",
            str(run),
        ]
        resumed = ["--resume"] if run.exists() else []
        subprocess.run([*command, *resumed], check=True, cwd=ROOT)
        clock.write_text(f"{time.monotonic() - begun:.0f}{' resumed' if resumed else ''}")
    return json.loads((run / "summary.json").read_text()) | {"seconds": clock.read_text()}


def rows(folder: Path, seeds: list[int]) -> list[tuple[str, ...]]:
    """The rows of the table."""
    found: list[tuple[str, ...]] = []
    for spec, what in TASKS.items():
        runs = [trained(spec, seed, folder) for seed in seeds]
        metric = next(name for name in METRICS if name in runs[0]["evaluation"]["metrics"])
        values = ", ".join(f"{run['evaluation']['metrics'][metric]:.3g}" for run in runs)
        baselines = "; ".join(f"{name} {value[metric]:.3g}" for name, value in runs[0]["baselines"].items() if metric in value)
        seconds = ", ".join(run["seconds"] for run in runs)
        found.append((f"[{spec}](../specs/{spec}.sdhs)", what, METRICS[metric], values, baselines, seconds))
    return found


def where() -> str:
    """The sentence below the table: the processor, and how many of its cores the trainings may use."""
    count = cores()
    return f"On {count} core{'' if count == 1 else 's'} of {this_processor().name}."


def main() -> int:
    """Train what is missing and write the table."""
    parser = argparse.ArgumentParser(prog="tools/tasks.py", description="Train the specs of all tasks on their samples.")
    parser.add_argument("-o", "--out", type=Path, default=ROOT / "runs" / "tasks", metavar="DIR", help="folder of the runs")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0], metavar="SEED", help="seeds of each spec (default 0)")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    head = ("spec", "sample", "measure", f"seed {', '.join(map(str, options.seeds))}", "baselines", "seconds")
    lines = [head, tuple("---" for _ in head), *rows(options.out, options.seeds)]
    table = "".join("| " + " | ".join(line) + " |\n" for line in lines)
    text = DOCUMENT.read_text(encoding="utf-8")
    before, after = text.index(BEGIN) + len(BEGIN), text.index(END)
    text = f"{text[:before]}{table}\n{where()}\n{text[after:]}"
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
