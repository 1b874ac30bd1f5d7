"""Files of run folders, for the campaign `file_mutants`."""

import json
import random
import tempfile
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from io import BytesIO, StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch
from formats import Evil, Format
from mutations import ODD_VALUES, odd_json
from safetensors.torch import save

from spikegraph.backends.report.sections import speed
from spikegraph.backends.report.sections.examples import predictions
from spikegraph.backends.report.sections.rasters import rasters
from spikegraph.backends.torch.train.checkpoint import read_weights
from spikegraph.base.errors import CheckpointError, RunFolderError
from spikegraph.cli.entry import run as command
from spikegraph.runs.examples import Examples, ImageExample, StereoExample, read_examples, write_examples
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.front import read_front
from spikegraph.runs.front_pick import KNEE, picked
from spikegraph.runs.journal import read_journal
from spikegraph.runs.rasters import LayerRaster, Rasters, read_rasters, write_rasters
from spikegraph.runs.snapshots import read_measured
from spikegraph.runs.usage import HEAD, read_usage


def _examples(kind: str) -> Callable[[], bytes]:
    def write() -> bytes:
        numbers = np.random.default_rng(0)
        stacks = numbers.integers(-2, 3, (2, 12, 16), dtype=np.int8)
        truth = numbers.uniform(1, 9, (12, 16)).astype(np.float32)
        views = StereoExample("a/3", stacks[0], stacks[1], truth, truth + 1)
        picture = ImageExample(numbers.integers(0, 256, (8, 8, 3), dtype=np.uint8), 1, np.array([0.25, 0.75], np.float32))
        found = Examples((views,)) if kind == "stereo" else Examples((picture,), ("a", "b"))
        with tempfile.TemporaryDirectory() as folder:
            write_examples(Path(folder) / "examples.npz", found)
            return (Path(folder) / "examples.npz").read_bytes()

    return write


def _odd_examples(rng: random.Random) -> bytes:
    """An archive whose numbers, names, sizes or meta data are odd."""
    file = BytesIO()
    meta = odd_json(json.dumps({"format_version": 1, "stereo": [], "images": [1], "classes": ["a", "b"]}), rng)
    pixels: Any = rng.choice(
        (
            np.zeros((8, 8, 3), np.uint8),
            np.zeros((20_000, 20_000, 1), np.uint8),
            np.zeros((0, 8, 3), np.uint8),
            np.zeros((8, 8, 2), np.uint8),
            np.zeros((8, 8, 3)),
            np.zeros(3, np.uint8),
        )
    )
    shares = rng.choice((np.array([0.25, 0.75], np.float32), np.array([np.nan, 1], np.float32), np.zeros(0, np.float32)))
    arrays = {"image0.image": pixels, "image0.probabilities": shares, "../../x": np.zeros(3), "/etc/x": np.zeros(3)}
    arrays["meta"] = np.array(meta) if rng.random() < 0.7 else np.array([Evil()], dtype=object)
    (np.savez_compressed if rng.random() < 0.7 else np.savez)(file, **arrays)
    return file.getvalue()


def _rasters() -> bytes:
    numbers = np.random.default_rng(0)
    spikes = numbers.integers(0, 2, (5, 4), dtype=np.uint8)
    potentials = numbers.normal(size=(5, 2)).astype(np.float32)
    layer = LayerRaster("stem", 9, 0.5, np.arange(4), spikes, np.array([0, 2]), potentials)
    events = {"film": numbers.integers(-1, 2, (5, 6, 8), dtype=np.int8)}
    with tempfile.TemporaryDirectory() as folder:
        write_rasters(Path(folder) / "rasters.npz", Rasters("sample 1", (layer,), events))
        return (Path(folder) / "rasters.npz").read_bytes()


def _odd_rasters(rng: random.Random) -> bytes:
    """An archive whose meta data are odd, or whose arrays don't fit each other."""
    layer = {"name": rng.choice(("stem", "<b>", "../x")), "neurons": 9, "threshold": rng.choice((0.5, None))}
    meta = {"format_version": 1, "sample": "a", "layers": [layer] * rng.randrange(3), "inputs": ["film"]}
    steps, units, chosen = (rng.choice((0, 2, 5)) for _ in range(3))
    arrays: dict[str, Any] = {
        "layer0.units": np.arange(units, dtype=np.int64),
        "layer0.spikes": rng.choice((np.ones((steps, units), np.uint8), np.full((steps, units), np.nan, np.float32))),
        "layer0.chosen": np.array([rng.choice((-1, 0, 1, 2**62))] * chosen, np.int64),
        "layer0.potentials": np.full((steps, chosen), rng.choice((0.5, np.nan, np.inf)), np.float32),
        "input0": np.full(rng.choice(((steps, 4, 4), (4, 4), (0, 0, 0))), rng.choice((-1, 1, 127)), np.int8),
    }
    text = json.dumps(meta)
    arrays["meta"] = np.array(odd_json(text, rng) if rng.random() < 0.5 else text)
    file = BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def _drawn_rasters(path: Path) -> None:
    found = read_rasters(path)
    if found is not None:
        run: Any = SimpleNamespace(rasters=found, label="run")
        rasters(run, 0)


USAGE = ("1.0,search,1,4,1073741824,2.5,0", "6.5,retrain,1,4,1073741824,7.5,4096")


def _usage() -> bytes:
    return "\n".join([HEAD, *USAGE, ""]).encode()


def _odd_usage(rng: random.Random) -> bytes:
    """A table with odd numbers, phases, or too many or too few of them."""
    cells = USAGE[0].split(",")
    cells[rng.randrange(len(cells))] = rng.choice(("nan", "inf", "-1", "1e999", "9" * 5000, "", "١", "test", "\x00", "0x1"))
    line = ",".join(cells[: rng.choice((len(cells), len(cells), 3))])
    return "\n".join([HEAD, USAGE[0], line, ""]).encode()


def _drawn_usage(path: Path) -> None:
    lines = read_usage(path)
    run: Any = SimpleNamespace(usage=lines, entries=(), label="run", steps=lambda phase: (), epochs=lambda phase: ())
    speed.section([run])


def _weights() -> bytes:
    head = {"format": "spikegraph-weights", "format_version": "1", "temperatures": '{"stem": 3.0}'}
    return save({"stem.conv.weight": torch.ones(4, 3, 3, 3), "b": torch.zeros(2, dtype=torch.int64)}, head)


def _odd_weights(rng: random.Random) -> bytes:
    """A header with odd claims."""
    metadata = {"format": "spikegraph-weights", "format_version": "1", "temperatures": rng.choice(ODD_VALUES)(rng)}
    kind = rng.choice(("F32", "F8_E4M3", "F4", "U64", "X", "C64", "BOOL"))
    shape = rng.choice(([4], [10**9], [2**63], [0], [], [-1], [2**32, 2**32]))
    offsets = rng.choice(([0, 16], [0, 10**12], [16, 0], [0, 2**64], [-1, 4]))
    head = json.dumps({"__metadata__": metadata, "x": {"dtype": kind, "shape": shape, "data_offsets": offsets}})
    head = odd_json(head, rng) if rng.random() < 0.5 else head
    size = rng.choice((len(head.encode()), len(head.encode()), 2**63, 2**32, 0))
    return size.to_bytes(8, "little") + head.encode(errors="surrogatepass") + bytes(16)


MANIFEST = {
    "format_version": 1,
    "spec": "net.sdhs",
    "spec_sha256": "a",
    "resolved_sha256": "b",
    "genotype_sha256": None,
    "seed": 7,
    "command": ["spikegraph", "compile"],
    "precision": "fp32",
    "device": "cpu",
    "threads": 2,
    "data": "made up",
    "notes": ["made up"],
    "versions": {"spikegraph": "0.1.0"},
    "started": "2026-01-02T03:04:05+00:00",
    "plugins": [],
    "profile": None,
    "overrides": [],
    "data_folder": None,
    "directory": "",
}
RESULT = {"epochs": 2, "steps": 8, "seconds": 3.5, "parameters": 99, "losses": {"loss": 0.5}}
SUMMARY = {
    "format_version": 1,
    "complete": True,
    "search": None,
    "retrain": RESULT,
    "evaluation": {
        "metrics": {"accuracy_percent": 50.0},
        "samples": 4,
        "seconds": 1.0,
        "firing_rates": {"stem": 0.25},
        "confusion": {"0": {"0": 2}, "1": {"0": 2}},
    },
    "baselines": {"majority class": {"accuracy_percent": 25.0}},
    "notes": [],
}
LINE = {"time": 1.0, "phase": "retrain", "epoch": 1, "step": 4}
ENTRIES = (
    {**LINE, "event": "step", "lr": 0.1, "losses": {"loss": 1.0}, "gradient_norms": {"stem": 1.0}},
    {
        **LINE,
        "event": "epoch",
        "losses": {"loss": 1.0},
        "architecture": {"small.alpha": [[0.1, 0.2]], "way.beta": [[[0, 1, 2]]]},
    },
    {**LINE, "event": "evaluation", "phase": "test", "metrics": {"accuracy_percent": 50.0}, "samples": 4},
)
FRONT = [
    {
        "candidate": number,
        "genotype": "sdhs 1\ngenotype small { n0 = c3(prev) }\n",
        "values": {"accuracy": 50.0 + number, "energy": number},
    }
    for number in (1, 2)
]
MEASURED = {"epoch": 1, "epochs": 1, "metrics": {"accuracy_percent": 50.0}, "loss": 0.5, "samples": 4}


def _json(value: object) -> Callable[[], bytes]:
    return lambda: json.dumps(value, indent=2).encode()


def _odd(value: object) -> Callable[[random.Random], bytes]:
    return lambda rng: odd_json(json.dumps(value), rng).encode(errors="surrogatepass")


def _show(path: Path) -> object:
    """A run with this file, as `show` prints it."""
    for name, value in (("manifest.json", MANIFEST), ("summary.json", SUMMARY)):
        other = path.with_name(name)
        if not other.exists():
            other.write_text(json.dumps(value), encoding="utf-8")
    RunFolder(path.parent).read_manifest()
    RunFolder(path.parent).read_summary()
    told = StringIO()
    with redirect_stdout(told), redirect_stderr(told):
        statuses = [command(["show", str(path.parent)]), command(["show", str(path.parent), "--json"])]
        statuses.append(command(["runs", str(path.parent)]))
    return "" if not any(statuses) else f"show and runs ended with {statuses}: {told.getvalue()[:300]}"


def _read_front(path: Path) -> None:
    """A front, of which the knee is picked."""
    points = read_front(RunFolder(path.parent.parent))
    if points:
        picked(points, KNEE)


def _journal() -> bytes:
    return "".join(json.dumps(entry) + "\n" for entry in ENTRIES).encode()


def _odd_journal(rng: random.Random) -> bytes:
    lines = [json.dumps(entry) for entry in ENTRIES]
    k = rng.randrange(len(lines))
    lines[k] = odd_json(lines[k], rng)
    return "\n".join([*lines, ""]).encode(errors="surrogatepass")


def _read_examples(path: Path) -> None:
    found = read_examples(path)
    if found is not None and found.found:
        predictions(found, "h3")


RUN_FILES: dict[str, Format] = {
    "examples of stereo": Format("examples.npz", _examples("stereo"), _read_examples, RunFolderError),
    "examples of images": Format("examples.npz", _examples("images"), _read_examples, RunFolderError, _odd_examples),
    "rasters": Format("rasters.npz", _rasters, _drawn_rasters, RunFolderError, _odd_rasters),
    "usage": Format("usage.csv", _usage, _drawn_usage, RunFolderError, _odd_usage),
    "weights": Format("weights.safetensors", _weights, read_weights, CheckpointError, _odd_weights),
    "manifest": Format("run/manifest.json", _json(MANIFEST), _show, RunFolderError, _odd(MANIFEST)),
    "summary": Format("run/summary.json", _json(SUMMARY), _show, RunFolderError, _odd(SUMMARY)),
    "front": Format("run/front/front.json", _json(FRONT), _read_front, RunFolderError, _odd(FRONT)),
    "journal": Format("run/metrics.jsonl", _journal, read_journal, RunFolderError, _odd_journal),
    "snapshot's result": Format("x.json", _json(MEASURED), read_measured, RunFolderError, _odd(MEASURED)),
}
