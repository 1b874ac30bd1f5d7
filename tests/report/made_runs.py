"""Run folders like those of the training, but with seeded random numbers; specs and networks are real."""

import hashlib
import json
import shutil
from pathlib import Path

import numpy as np

from spikegraph.ir.ops.cells import Cell, Trellis
from spikegraph.ir.types import Kind
from spikegraph.program.program import Program
from spikegraph.runs.examples import Examples, ImageExample, MapExample, StereoExample, write_examples

ROOT = Path(__file__).parents[2]
STAGES = ("begun", "searching", "retraining", "end")
EPOCHS = {"search": 3, "retrain": 4}
STEPS = 5
NEURON = {"stereo": "features.stem0", "cifar10": "cells[5].n0"}
METRICS = {
    "stereo": ("mean_depth_error_cm", "median_depth_error_cm", "mean_disparity_error_px", "one_pixel_accuracy_percent"),
    "cifar10": ("accuracy_percent",),
}


def make(path: Path, spec: str = "stereo", *, seed: int = 0, until: str = "end") -> Path:
    """Creates a run folder.

    Args:
        path: The folder to create.
        spec: Name of a spec in `specs/`.
        seed: Seed of all numbers; 1 has another genotype.
        until: State of the run; an incomplete run has half a line at the journal's end.
    """
    path.mkdir(parents=True)
    random = np.random.default_rng([seed, len(spec)])
    source = ROOT / "specs" / f"{spec}.sdhs"
    resolved = Program.read(source, profile="sample").text
    (path / "resolved.sdhs").write_text(resolved, encoding="utf-8")
    command = ["spikegraph", "compile", f"specs/{spec}.sdhs", "--train", "--data", "a folder", "--out", "runs/x"]
    manifest = {
        "format_version": 1,
        "spec": f"specs/{spec}.sdhs",
        "spec_sha256": sha256(source.read_text(encoding="utf-8")),
        "resolved_sha256": sha256(resolved),
        "genotype_sha256": None,
        "seed": seed,
        "command": command,
        "precision": "fp32",
        "device": "cpu (x86_64)",
        "threads": 2,
        "data": "made up",
        "notes": ["all numbers are drawn at random"],
        "versions": {"spikegraph": "0.1.0", "torch": "2.6"},
        "started": "2026-01-01T00:00:00+00:00",
    }
    write(path / "manifest.json", manifest)
    stage = STAGES.index(until)
    entries = []
    if stage >= 1:
        space = Program.read(path / "resolved.sdhs").build("search").space
        entries += search(space, random, EPOCHS["search"] if stage > 1 else 2)
    if stage >= 2:
        entries += retrain(
            NEURON[spec], random, EPOCHS["retrain"] if stage > 2 else 2, METRICS[spec] if spec == "cifar10" else ()
        )
        text = (ROOT / "specs" / "genotypes" / f"{spec}.sdhs").read_text(encoding="utf-8")
        (path / "genotype.sdhs").write_text(text.replace("c5(prev)", "skip(prev)") if seed else text, encoding="utf-8")
    lines = "".join(json.dumps(e) + "\n" for e in entries)
    if stage:
        (path / "metrics.jsonl").write_text(lines + ("" if until == "end" else '{"time": 5, "eve'), encoding="utf-8")
    if stage == 2:
        write(path / "summary.json", summary(search=result("search")))
    if until == "end":
        end(path, spec, random)
    return path


def search(space, random, epochs):
    """The journal of a search."""
    shapes = {}
    for node in space:
        if isinstance(node.op, Cell | Trellis):
            cell = node.op.cell
            shapes[f"{cell.name}.alpha"] = (len(cell.edge_list()), len(cell.candidates))
        if isinstance(node.op, Trellis):
            shapes[f"{node.op.trellis}.beta"] = (node.op.layers, node.op.levels, 3)
    entries, values = [], {name: np.zeros(shape) for name, shape in shapes.items()}
    for epoch in range(1, epochs + 1):
        for step in range(1, STEPS + 1):
            losses = {"loss": 3 / epoch + random.random(), "architecture_loss": 3 / epoch + random.random()}
            entries.append(entry("step", "search", epoch, step, lr=0.1, losses=losses))
        values = {name: v + random.normal(size=v.shape) for name, v in values.items()}
        architecture = {name: v.tolist() for name, v in values.items()}
        entries.append(entry("epoch", "search", epoch, STEPS, losses={"loss": 3 / epoch}, architecture=architecture))
    return entries


def retrain(neuron, random, epochs, metrics=()):
    """The journal of a retraining with a round of surrogate search in each epoch, and these metrics after it."""
    entries, b = [], 3.0
    for epoch in range(1, epochs + 1):
        steps = [(step, {"loss": 2 / epoch + random.random()}) for step in range(1, STEPS + 1)]
        entries += [entry("step", "retrain", epoch, step, lr=0.1 / epoch, losses=losses) for step, losses in steps]
        candidates = [round(b + d, 3) for d in (-0.4, -0.2, 0.0, 0.2, 0.4)]
        after = float(random.choice(candidates))
        found = {"neuron": neuron, "place": neuron, "b_before": b, "b": after, "candidates": candidates}
        numbers = {"alpha": random.random(5).tolist(), "gradient_norm": random.random(5).tolist()}
        entries.append(entry("dgs", "retrain", epoch, STEPS + 3, **found, **numbers, loss=1.0, mixed_loss=1.0, iterations=3))
        b = after
        state = {"temperatures": {neuron: b}, "gradient_norms": {neuron: 5 * random.random()}}
        if metrics:
            state["metrics"] = {name: 100 * random.random() for name in metrics}
        entries.append(entry("epoch", "retrain", epoch, STEPS + 3, losses={"loss": 2 / epoch}, **state))
    return entries


def end(path, spec, random):
    """Writes the files of a complete run."""
    graph = Program.read(path / "resolved.sdhs", genotype=path / "genotype.sdhs").build().plain
    rates = {n.name: float(random.uniform(0.05, 0.4)) for n in graph if n.value.kind is Kind.SPIKE}
    metrics = {name: float(random.uniform(1, 40)) for name in METRICS[spec]}
    baselines = {name: dict.fromkeys(metrics, 20.0 + k) for k, name in enumerate(("constant guess", "block matcher"))}
    evaluation = {"metrics": metrics, "samples": 40, "seconds": 2.0, "firing_rates": rates}
    if spec == "cifar10":
        evaluation["confusion"] = confusion(random, 10)
    found = summary(
        complete=True,
        search=result("search"),
        retrain=result("retrain"),
        evaluation=evaluation,
        baselines=baselines,
        notes=["all numbers are drawn at random"],
    )
    write(path / "summary.json", found)
    write_examples(path / "examples.npz", examples(spec, random))


def confusion(random, classes, samples=40):
    """A confusion matrix as in the file, of as many samples in each class; most are right."""
    found = {}
    for true in range(classes):
        wrong = random.integers(0, classes, samples // 4).tolist()
        predicted = [true] * (samples - len(wrong)) + wrong
        found[str(true)] = {str(p): predicted.count(p) for p in sorted(set(predicted))}
    return found


def examples(spec, random):
    """Random predictions."""
    if spec == "stereo":
        frames = []
        for k in (7, 20):
            truth = np.tile(np.linspace(2, 30, 64, dtype=np.float32), (48, 1))
            truth[:, :6] = np.inf
            stacks = random.integers(-2, 3, (2, 48, 64), dtype=np.int8)
            predicted = np.clip(truth, 0, 30) + random.normal(size=truth.shape).astype(np.float32)
            frames.append(StereoExample(f"made_up/{k}", stacks[0], stacks[1], truth, predicted))
        return Examples(tuple(frames))
    images = []
    for k in range(6):
        probabilities = random.dirichlet(np.ones(10)).astype(np.float32)
        images.append(ImageExample(random.integers(0, 256, (28, 28, 1), dtype=np.uint8), k, probabilities))
    return Examples(tuple(images), tuple(f"class & {k}" for k in range(9)))


def with_maps(path: Path, source: Path, task: str) -> Path:
    """A copy of a run whose predictions have a value for each pixel: the labels or the flow of a square on 32 x 40 pixels."""
    shutil.copytree(source, path)
    found = []
    for k in range(2):
        labels = np.zeros((32, 40), np.float32)
        labels[8:16, 10 + k : 20] = 1
        labels[:2] = 255
        image = np.repeat(np.clip(labels * 200, 40, 255).astype(np.uint8)[..., None], 3, -1)
        truth, predicted = labels[None], np.roll(np.where(labels == 255, 2, labels), 1, 1)[None]
        if task == "flow":
            truth = np.where(labels == 255, np.inf, np.stack([3 * labels, -4 * labels])).astype(np.float32)
            predicted = np.stack([-5 * labels, 0 * labels]) * (labels != 255)
        found.append(MapExample(task, f"square {k}", image, truth, predicted.astype(np.float32)))
    write_examples(path / "examples.npz", Examples(tuple(found), ("ground", "square", "edge") if task == "labels" else ()))
    return path


def entry(event, phase, epoch, step, **data):
    return {"time": 1000.0 + 60 * epoch + step, "event": event, "phase": phase, "epoch": epoch, "step": step, **data}


def result(phase):
    epochs = EPOCHS[phase]
    return {"epochs": epochs, "steps": epochs * STEPS, "seconds": 75.0, "parameters": 1234567, "losses": {"loss": 0.5}}


def summary(**found):
    empty = {"complete": False, "search": None, "retrain": None, "evaluation": None, "baselines": {}, "notes": []}
    return {"format_version": 1, **empty, **found}


def write(path, data):
    path.write_text(json.dumps(data), encoding="utf-8")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()
