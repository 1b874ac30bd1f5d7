"""Freezes this release: `python -m tests.compat.freeze`, in the root of a checkout.

Writes `tests/compat/VERSION`, and replaces what was there:

    runs/complete, runs/interrupted    the same run, complete, and stopped in the second epoch of its retraining
    specs                              all bundled specs and genotypes
    graphs                             the graphs of `net.sdhs` as text and JSON
    interface.json                     commands, options, functions, errors, and the forms of what `--json` prints

Later versions open all of this; see `docs/compatibility.md`.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import spikegraph
from spikegraph.backends.torch.main import train_program
from spikegraph.base.errors import Interrupted
from spikegraph.base.progress import Silent
from spikegraph.program.run_settings import Settings

from .images import write_images
from .interface import OUTPUTS, commands, errors, form, functions

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SPEC = "net.sdhs"


class Stop(Silent):
    """Interrupts the run after two steps of the second epoch of the retraining."""

    def start(self, title, total, done=0, *, unit="samples", after=None, whole="run"):
        self.stops = title == "retrain epoch 2/3"

    def advance(self, done, numbers=None):
        if self.stops and done == 2:
            os.kill(os.getpid(), signal.SIGINT)


def command(*arguments, cwd):
    """The output of a command."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "SPIKEGRAPH_NATIVE": "0"}
    program = [sys.executable, "-m", "spikegraph", *arguments]
    done = subprocess.run(program, capture_output=True, text=True, check=False, cwd=cwd, env=environment)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(arguments)}: status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def interrupted_run(folder):
    """Trains in a folder that has the spec and data, and stops."""
    os.chdir(folder)
    arguments = ("compile", SPEC, "--train", "--data", "data", "--out", "runs/interrupted", "--seed", "7", "--device", "cpu")
    settings = Settings(seed=7, command=("spikegraph", *arguments), reporter=Stop())
    try:
        train_program(spikegraph.load(SPEC), settings, data=Path("data"), out=Path("runs/interrupted"))
    except Interrupted:
        return
    raise SystemExit("the run wasn't interrupted")


def freeze(target, folder):
    """Freezes this version into `target`, with `folder` to work in."""
    shutil.copy(HERE / SPEC, folder / SPEC)
    write_images(folder / "data")
    interrupted_run(folder)
    shutil.copytree(folder / "runs" / "interrupted", folder / "runs" / "complete")
    command("compile", "--train", "--out", "runs/complete", "--resume", cwd=folder)
    outputs = {name: form(json.loads(command(*words, "--json", cwd=folder))) for name, words in OUTPUTS.items()}
    shutil.rmtree(target, ignore_errors=True)
    # Diagrams aren't read by anything, checkpoints of before only if the newest are damaged; the complete run needs none.
    shutil.copytree(folder / "runs", target / "runs", ignore=shutil.ignore_patterns("diagrams", "*.part", "*.previous.*"))
    shutil.rmtree(target / "runs" / "complete" / "checkpoints")
    shutil.copytree(ROOT / "specs", target / "specs")
    (target / "graphs").mkdir()
    for phase in ("search", "retrain", "deploy"):
        given = () if phase == "search" else ("--genotype", "runs/complete/genotype.sdhs")
        for name, kind in (("txt", "ir"), ("json", "json")):
            text = command("compile", SPEC, "--phase", phase, *given, "--emit", kind, cwd=folder)
            (target / "graphs" / f"{phase}.{name}").write_text(text, encoding="utf-8")
    interface = {"commands": commands(), "functions": functions(), "errors": errors(), "json": outputs}
    (target / "interface.json").write_text(json.dumps(interface, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    os.environ["SPIKEGRAPH_NATIVE"] = "0"
    with tempfile.TemporaryDirectory() as temporary:
        freeze(HERE / spikegraph.__version__, Path(temporary))
    size = sum(path.stat().st_size for path in (HERE / spikegraph.__version__).rglob("*") if path.is_file())
    print(f"{HERE.name}/{spikegraph.__version__}: {size / 1000:.0f} kB")
