"""Runs of a second, with a search, a retraining and rounds of the surrogate search, and the comparison of two of them."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from noise import write_cifar10, write_imagenet
from trainable import trainable

from spikegraph.program.program import Program
from spikegraph.runs.usage import NAME as USAGE
from spikegraph.runs.usage import read_usage

HERE = Path(__file__).parent

SPEC = """\
sdhs 1

neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 1 candidates = both neuron = lif }

network net {
  input x : real[3, 8, 8]
  time = 2
  stem  = x -> stem(3, out = 4)
  output logits = stem -> chain([plain, plain], width = 2) -> pool -> linear(2) -> mean(time)
}
dataset images { source = imagenet  augment = [random_crop([8, 8])] }

search net on images {
  epochs = 2  warm_up = 1  batch = 3  snapshots = 1
  weights      = sgd(lr = 0.05, momentum = 0.9)
  architecture = adam(lr = 0.5)
  loss         = cross_entropy(logits)
}
retrain net on images {
  epochs = 2  batch = 4
  weights = adam(lr = 0.05)
  loss    = cross_entropy(logits)
  dgs at stem { every = 1  iterations = 3  candidates = 3 }
}
profile validated { retrain.validate = 0.25  search.validate = 0.25 }
profile front { retrain.validate = 0.25  search.method = random(2)  search.objective = [accuracy, spikes] }
"""

KINDS = ((), ("--profile", "validated"), ("--profile", "front"))
"""The options of kinds of runs: `weights.safetensors` has the newest weights, or those of the best epoch; one has fronts."""

SHORT = tuple(
    word for run in ("search", "retrain") for key in ("epoch_samples=6", "batch=3") for word in ("--set", f"{run}.{key}")
)
"""Makes the epochs of a random network two steps."""

TIMES = {
    "manifest.json": ("started", "command", "directory"),
    "summary.json": ("seconds",),
    "metrics.jsonl": ("time",),
    "trial.json": ("seconds",),
}
"""The keys that differ from run to run, by file."""


@dataclass(frozen=True)
class Kill:
    """When a process kills itself, or gets an error of the system; see `Hooks`.

    Attributes:
        place: A key of `PLACES`.
        number: Which moment of this kind, from 1; 0 for none.
        share: The part that is written before, or seconds.
        error: The number of the system's error instead of the kill; 0 for the kill.
    """

    place: str = "none"
    number: int = 0
    share: float = 0.0
    error: int = 0


class Killer:
    """The process that runs commands and lets them kill themselves."""

    def __init__(self) -> None:
        """Starts it."""
        kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "SPIKEGRAPH_DEBUG")}
        environment = kept | {"PYTHONPATH": str(HERE.parents[1]), "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "self_killing.py")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def run(self, directory: Path, *arguments: str, kill: Kill | None = None, fork: bool = True) -> int:
        """Runs a command of spikegraph in a folder, whose `run` is watched, in a fork or in the process itself.

        Returns:
            The exit status, or minus the signal that killed it. What it printed is in `output.txt`.
        """
        request = {"directory": str(directory), "arguments": arguments, "fork": fork, **asdict(kill or Kill())}
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@dataclass(frozen=True)
class Whole:
    """An undisturbed run.

    Attributes:
        folder: Its folder.
        start: The command that starts it.
        counts: The number of moments of each kind, and the seconds as `time`.
    """

    folder: Path
    start: tuple[str, ...]
    counts: Mapping[str, float]


@cache
def killer() -> Killer:
    """The one process of this campaign."""
    return Killer()


@cache
def data() -> Path:
    """A folder with the spec, and images of noise in two classes."""
    folder = Path(tempfile.mkdtemp(prefix="spikegraph-runs-")).resolve()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    write_imagenet(folder / "data")
    write_cifar10(folder / "data")
    (folder / "net.sdhs").write_text(SPEC, encoding="utf-8")
    return folder


@cache
def whole(kind: int) -> Whole:
    """The undisturbed run of a kind, with a checkpoint after every step."""
    return _undisturbed(data() / f"whole{kind}", "net.sdhs", *KINDS[kind])


def goal_of(turn: int, numbers: Random) -> Whole:
    """The undisturbed run of a case: in every second turn through a campaign's moments that of a random network."""
    return random_whole(turn // 2) if turn % 2 else whole(numbers.randrange(len(KINDS)))


@cache
def random_whole(number: int) -> Whole:
    """The undisturbed run of a random network that is searched and retrained, with a checkpoint after every step.

    A network that is refused with an error is left out, and so is one whose training diverges.
    """
    tries = 0
    while True:
        name = f"random{number}-{tries}"
        program = trainable(f"kills {name}", _searched)
        (data() / f"{name}.sdhs").write_text(program.text, encoding="utf-8")
        try:
            return _undisturbed(data() / name, f"{name}.sdhs", *SHORT)
        except RefusedError:
            tries += 1


def _searched(program: Program) -> bool:
    spec = program.spec
    return spec.search is not None and "cifar10" in spec.datasets


class RefusedError(Exception):
    """A random network can't be trained, or its training diverges."""


def _undisturbed(place: Path, spec: str, *options: str) -> Whole:
    place.mkdir()
    start = ("compile", str(data() / spec), *options, "--train", "--data", str(data() / "data"), "--out", "run")
    start = (*start, "--device", "cpu", "--seed", "3", "--checkpoint-every", "0s")
    first = new_place()
    for command in (start, ("compile", "--train", "--out", "run", "--resume"), ("evaluate", "run")):
        killer().run(first, *command, fork=False)
    status = killer().run(place, *start)
    if status != 0:
        output = (place / "output.txt").read_text(encoding="utf-8")
        raise (RuntimeError if "internal error" in output else RefusedError)(output)
    return Whole(place / "run", start, json.loads((place / "counts.json").read_text(encoding="utf-8")))


def new_place() -> Path:
    """An empty folder for a run."""
    return Path(tempfile.mkdtemp(dir=data()))


def remove(place: Path) -> None:
    """Removes a folder of `new_place`."""
    shutil.rmtree(place)


def differences(one: Path, other: Path) -> list[str]:
    """The files in which two runs differ; times don't count.

    Nor does whether there is `usage.csv`: a run that takes over the training of a candidate has none, one that repeats it has.
    """
    names = [sorted(str(p.relative_to(run)) for p in run.rglob("*") if p.name != USAGE) for run in (one, other)]
    found = [f"{name} is only in one of them" for name in sorted(set(names[0]) ^ set(names[1]))]
    both = [name for name in (*names[0], USAGE) if (one / name).is_file() and (other / name).is_file()]
    return found + [f"{name} differs" for name in both if _content(one / name) != _content(other / name)]


def _content(path: Path) -> Any:
    if path.name == USAGE:
        return bool(read_usage(path))  # all of it is measured; no line may be a part of one
    data = path.read_bytes()
    if path.name in TIMES:
        return [
            _without(json.loads(part), TIMES[path.name]) for part in (data.splitlines() if path.suffix == ".jsonl" else [data])
        ]
    if path.suffix == ".safetensors" and "weights" not in path.name:
        end = 8 + int.from_bytes(data[:8], "little")
        head = json.loads(data[8:end])
        head["__metadata__"] |= {"state": _without(json.loads(head["__metadata__"]["state"]), ("seconds",)), "sha256": ""}
        return head, data[end:]
    return data


def _without(value: Any, keys: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {k: _without(v, keys) for k, v in value.items() if k not in keys}
    return [_without(v, keys) for v in value] if isinstance(value, list) else value
