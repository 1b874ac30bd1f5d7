"""Processes that start at once: in one new, finished or abandoned run folder, and without --out in the same second.

A case starts three processes after one signal, each after a random delay of up to 50 ms, and trains the same small network in
them. In one folder exactly one process may train at any time: a second one must be refused with the owner's process and
host, or find the run that the first one has finished. Without --out each must get a folder of its own.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from cases import Outcome
from noise import write_cifar10

KINDS = ("new folder", "new folder, --resume", "folder of a killed run, --resume", "no --out")
PROCESSES = 3
MOST_DELAY_S = 0.05
STEPS = 12
"""Steps of the training, without interruption."""

SPEC = """\
sdhs 1
neuron lif { }
network net {
  input image : real[3, 32, 32]
  time = 2
  stem  = image -> stem(3, out = 2, stride = 4)
  output logits = stem -> pool -> linear(10) -> mean(time)
}
dataset cifar10 { augment = [horizontal_flip] }
retrain net on cifar10 { epochs = 4  batch = 5  weights = adam(lr = 0.05)  loss = cross_entropy(logits) }
"""


def case(seed: int) -> Outcome:
    """Starts processes at once; passes if no two own a folder at a time, and each gets a clear answer."""
    kind = KINDS[seed % len(KINDS)]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, kind, str(seed), folder]
        environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": os.pathsep.join(map(str, sys.path))}
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300, env=environment)
        if done.returncode != 0:
            return Outcome(kind, False, done.stderr.strip()[-300:])
        problem = _problem(kind, Path(folder), json.loads(done.stdout))
    return Outcome(kind, not problem, problem)


def _problem(kind: str, folder: Path, answers: list[dict[str, Any]]) -> str:
    """What is wrong with the processes' answers; empty if nothing is."""
    texts = [answer["text"] for answer in answers]
    if kind == KINDS[3]:
        distinct = len(set(texts)) == PROCESSES and all(text.startswith("runs/net-") for text in texts)
        return "" if distinct and all(_whole(folder / text) for text in texts) else str(answers)
    trained = [answer for answer in answers if answer["steps"]]
    pids = {answer["pid"] for answer in answers}
    expected = all(text == "run" or _refused(text, pids, resume="--resume" in kind) for text in texts)
    return "" if len(trained) == 1 and "run" in texts and expected and _whole(folder / "run") else str(answers)


def _refused(text: str, pids: set[int], *, resume: bool) -> bool:
    """Whether an answer names the owner, or the finished run that mustn't be overwritten."""
    if not resume and text.startswith("run has a run, started "):
        return True
    return any(text.startswith(f"run is in use by process {pid} on host ") for pid in pids)


def _whole(run: Path) -> bool:
    """Whether a run is complete, its journal has each step once, and its folder has no lock any more."""
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    steps = Counter((e["phase"], e["epoch"], e["step"]) for e in lines if e["event"] == "step")
    complete = json.loads((run / "summary.json").read_text())["complete"]
    return complete and len(steps) == STEPS and set(steps.values()) == {1} and not (run / ".lock").exists()


def main(kind: str, seed: str, folder: str) -> None:
    """Starts the processes of a case as forks of this one, which has imported torch, and prints their answers."""
    os.chdir(folder)
    write_cifar10(Path("data"))
    Path("net.sdhs").write_text(SPEC)
    if kind == KINDS[2]:
        child = os.fork()
        if child == 0:
            _train("--resume" in kind, Path("run"), kill_at=5)
        os.waitpid(child, 0)
    generator, start = random.Random(int(seed)), time.monotonic() + 0.2
    readers: list[int] = []
    for _ in range(PROCESSES):
        delay = generator.uniform(0, MOST_DELAY_S)
        reader, writer = os.pipe()
        if os.fork() == 0:
            time.sleep(max(0.0, start + delay - time.monotonic()))
            answer = _train("--resume" in kind, None if kind == KINDS[3] else Path("run"))
            os.write(writer, json.dumps(answer).encode())
            os._exit(0)
        os.close(writer)
        readers.append(reader)
    print(json.dumps([json.loads(os.fdopen(reader).read()) for reader in readers]))


def _train(resume: bool, out: Path | None, kill_at: int = 0) -> dict[str, Any]:
    """Trains in this process; returns the folder or the error, and the number of steps that it made."""
    from spikegraph.backends.torch.main import train_program
    from spikegraph.base.errors import UserError
    from spikegraph.base.progress import Silent
    from spikegraph.program.program import Program
    from spikegraph.program.run_settings import Settings

    class Steps(Silent):
        count = 0

        def advance(self, done: int, numbers: object = None) -> None:
            self.count += 1
            if self.count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    steps = Steps()
    try:
        settings = Settings(resume=resume, save_every=0.0, reporter=steps)
        text = str(train_program(Program.read("net.sdhs"), settings, data=Path("data"), out=out)[0])
    except UserError as error:
        text = error.summary
    except BaseException as error:  # noqa: BLE001 (reported as the answer of this process)
        text = repr(error)
    return {"pid": os.getpid(), "text": text, "steps": steps.count}


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    main(*sys.argv[1:])
