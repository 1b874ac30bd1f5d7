"""Damaged and hostile run folders, read by every command.

A file of a complete run is deleted, emptied, cut, changed, or replaced: by a folder, a link, a pipe, another file, odd JSON.
The command must give an answer or an error that names what is wrong, within 2 GiB and 60 s, and write nothing outside of
the folder.
"""

import json
import os
import random
import shutil
import tempfile
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from functools import lru_cache
from io import StringIO
from pathlib import Path

from cases import Outcome
from isolated import Isolated
from mutations import damaged, odd_json

from spikegraph.api.loading import load_run
from spikegraph.backends.torch.main import train_program
from spikegraph.base.errors import UserError
from spikegraph.cli.entry import run as command
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.json_file import write_record
from spikegraph.runs.snapshots import Measured

SPEC = """\
sdhs 1

neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 1 candidates = both neuron = lif }

network net {
  input image : real[1, 28, 28]
  time = 2
  stem  = image -> stem(3, out = 2, stride = 4)
  output logits = stem -> chain([plain, plain], width = 2) -> pool -> linear(10) -> mean(time)
}
dataset fashion { source = fashion_mnist_small }

search net on fashion {
  epochs = 2  warm_up = 1  batch = 50  epoch_samples = 100  snapshots = 1
  weights      = sgd(lr = 0.05, momentum = 0.9)
  architecture = adam(lr = 0.5)
  loss         = cross_entropy(logits)
}
retrain net on fashion {
  epochs = 2  batch = 50  epoch_samples = 100
  weights = adam(lr = 0.05)
  loss    = cross_entropy(logits)
  dgs at stem { iterations = 2 candidates = 2 spacing = 1 every = 2 lr = 10 }
}
"""

COMMANDS: dict[str, tuple[str, ...]] = {
    "show": ("show", "run"),
    "show --json": ("show", "run", "--json"),
    "runs": ("runs", "."),
    "report": ("report", "run", "-o", "report.html"),
    "diff": ("diff", "run", "other", "-o", "diff.dot"),
    "render": ("render", "run", "-o", "picture.dot"),
    "render cells": ("render", "run", "-o", "picture.dot", "--level", "cell", "--phase", "search"),
    "stats": ("stats", "run", "--json"),
    "compile": ("compile", "run"),
    "fmt": ("fmt", "--check", "run/resolved.sdhs", "run/genotype.sdhs"),
    "evaluate": ("evaluate", "run", "--device", "cpu", "--examples"),
    "resume": ("compile", "--train", "--out", "run", "--resume", "--device", "cpu"),
    "search-progress": ("search-progress", "run", "--device", "cpu"),
}
SLOW = ("evaluate", "resume", "search-progress")
"""Commands that also compute with the network; they are attacked less often."""

KEPT = "must stay as it is"


def attack(seed: int) -> Outcome:
    """Damages one file of a run, and runs one command."""
    rng = random.Random(seed)
    kind = rng.choice(list(DAMAGES))
    which = rng.choice(SLOW) if rng.random() < 0.1 else rng.choice([c for c in [*COMMANDS, "load_run"] if c not in SLOW])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        top = Path(name)
        outside = top / "outside"
        outside.mkdir()
        (outside / "file").write_text(KEPT, encoding="utf-8")
        work = top / "work"
        work.mkdir()
        shutil.copytree(template(), work / "run", symlinks=True)
        (work / "other").symlink_to(template())
        if which == "resume" and rng.random() < 0.5:
            _unfinish(work / "run")
        path = rng.choice(_files(work / "run"))
        DAMAGES[kind](path, rng, outside)
        wrong = _attempt(which, work) or _changed(top)
        wrong = wrong and f"{which}, {path.relative_to(work)}: {wrong}"
    return Outcome(kind, not wrong, wrong)


case = Isolated(attack, memory=2 << 30, seconds=60, cases=50)


@lru_cache
def template() -> Path:
    """A complete run with every kind of file."""
    folder = Path(tempfile.mkdtemp(prefix="damaged-runs-"))
    spec = folder / "net.sdhs"
    spec.write_text(SPEC, encoding="utf-8")
    with chdir(folder):
        train_program(
            Program.read(spec), Settings(seed=1, command=("spikegraph", "compile", "net.sdhs", "--train")), out=folder / "run"
        )
    write_record(RunFolder(folder / "run").retrained(1, 1), Measured(1, 1, {"accuracy_percent": 50.0}, 0.5, 4))
    (folder / "run" / "tensorboard").mkdir()
    (folder / "run" / "tensorboard" / "events.out.tfevents.1").write_bytes(b"curves")
    return folder / "run"


def _unfinish(run: Path) -> None:
    """Makes the run one that was killed in its retraining."""
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    summary |= {"complete": False, "retrain": None, "evaluation": None}
    (run / "summary.json").write_text(json.dumps(summary), encoding="utf-8")


def _files(run: Path) -> list[Path]:
    """Files and folders of a run, files that are read the most several times."""
    found = sorted(path for path in run.rglob("*") if "diagrams" not in path.parts)
    often = [path for path in found if path.suffix in (".json", ".jsonl", ".sdhs")]
    return [*found, *often, *often]


def _attempt(which: str, work: Path) -> str:
    out, err, status = StringIO(), StringIO(), 0
    with chdir(work), redirect_stdout(out), redirect_stderr(err):
        if which != "load_run":
            status = command(COMMANDS[which])
        else:
            with suppress(UserError, SpecError):
                load_run("run")
    told = err.getvalue()
    if status not in (0, 1, 2, 3) or "internal error" in told or (status and not (told or out.getvalue())):
        return f"status {status}: {told[-300:]}"
    return ""


def _changed(top: Path) -> str:
    """What was written outside of the working folder."""
    there = sorted(str(path.relative_to(top)) for path in top.rglob("*") if "work" not in path.relative_to(top).parts)
    if there != ["outside", "outside/file"]:
        return f"there is {there}"
    return "" if (top / "outside" / "file").read_text(encoding="utf-8") == KEPT else "a file outside was changed"


def _away(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _delete(path: Path, rng: random.Random, outside: Path) -> None:
    _away(path)


def _empty(path: Path, rng: random.Random, outside: Path) -> None:
    _away(path)
    path.touch()


def _bytes(path: Path, rng: random.Random, outside: Path) -> None:
    """Damages the bytes of a file."""
    if path.is_file():
        others = [other for other in sorted(template().rglob("*")) if other.is_file()]
        path.write_bytes(damaged(path.read_bytes(), rng, rng.choice(others).read_bytes())[1])


def _folder(path: Path, rng: random.Random, outside: Path) -> None:
    _away(path)
    path.mkdir()


def _loop(path: Path, rng: random.Random, outside: Path) -> None:
    _away(path)
    path.symlink_to(rng.choice((path.name, ".", "..", "nowhere")))


def _out(path: Path, rng: random.Random, outside: Path) -> None:
    _away(path)
    path.symlink_to(rng.choice((outside, outside / "file", outside / "new", Path("/dev/zero"), Path("/etc/passwd"))))


def _pipe(path: Path, rng: random.Random, outside: Path) -> None:
    _away(path)
    os.mkfifo(path)


def _other(path: Path, rng: random.Random, outside: Path) -> None:
    """Replaces a file by another one of the run."""
    others = [other for other in sorted(template().rglob("*")) if other.is_file()]
    _away(path)
    shutil.copy(rng.choice(others), path)


def _json(path: Path, rng: random.Random, outside: Path) -> None:
    """Gives a record an odd value."""
    if path.suffix not in (".json", ".jsonl"):
        run = next(folder for folder in path.parents if folder.name == "run")
        path = rng.choice(sorted(run.rglob("*.json*")))
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".jsonl":
        lines = text.splitlines()
        k = rng.randrange(len(lines))
        lines[k] = odd_json(lines[k], rng)
        text = "\n".join([*lines, ""])
    else:
        text = odd_json(text, rng)
    path.write_text(text, encoding="utf-8", errors="surrogatepass")


def _large(path: Path, rng: random.Random, outside: Path) -> None:
    """A sparse file of 100 MB or more than any disk has."""
    if path.is_file():
        with path.open("r+b") as file:
            file.truncate(rng.choice((100_000_000, 1 << 40)))


def _not_text(path: Path, rng: random.Random, outside: Path) -> None:
    if path.is_file():
        path.write_bytes(rng.choice((b"\xff\xfe", b"\0" * 100, b"\xed\xa0\x80", b"\x1b[31m\n")) + path.read_bytes())


def _name(path: Path, rng: random.Random, outside: Path) -> None:
    """Adds a file with an odd name."""
    name = rng.choice(
        ("epoch-x.sdhs", "epoch-0001x.sdhs", "epoch-99999999999999999999.sdhs", "\x1b[31m.json", "\udcff", "a\nb")
    )
    (path if path.is_dir() else path.parent).joinpath(name).write_bytes(b"x")


DAMAGES: dict[str, Callable[[Path, random.Random, Path], None]] = {
    "deleted": _delete,
    "empty": _empty,
    "changed bytes": _bytes,
    "a folder in its place": _folder,
    "a link to itself or nowhere": _loop,
    "a link out of the folder": _out,
    "a pipe in its place": _pipe,
    "another file in its place": _other,
    "odd JSON": _json,
    "large": _large,
    "not text": _not_text,
    "an odd name beside it": _name,
}
