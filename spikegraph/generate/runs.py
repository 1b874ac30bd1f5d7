"""Random runs: a search or a retraining of the network, with the data set, and a profile."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from spikegraph.dsl.schema.neuron import Neuron
from spikegraph.dsl.schema.neuron_models import NEURON_MODELS
from spikegraph.dsl.schema.run import Dgs, Retrain, Search
from spikegraph.generate.expressions import Operation
from spikegraph.generate.network import Body
from spikegraph.generate.values import block, entries
from spikegraph.ir.neuron import Neuron as Parameters
from spikegraph.ir.samples import Draw
from spikegraph.ir.types import Kind, Value

IMAGES = {"fashion_mnist_small": (1, 10), "mnist": (1, 10), "cifar10": (3, 10), "cifar100": (3, 100), "fashion_mnist": (1, 10)}
"""Sources of images, with their channels and classes."""

EPOCHS = 5
"""Epochs at least: more than a random schedule or the start of a search takes."""

FRAMES = 2
"""Channels of a view of a stereo network."""


NAME = re.compile(r"\w+")


@dataclass(frozen=True)
class Task:
    """What a network with runs is trained for.

    Attributes:
        source: The data set.
        classes: Number of classes of its images; 0 of stereo recordings.
        inputs: The inputs of the network.
        time: The network's time steps, if its inputs are the same at all of them.
    """

    source: str
    classes: int
    inputs: Mapping[str, Value]
    time: int | None


def random_task(draw: Draw) -> Task:
    """A task with the network's inputs."""
    size = (draw.integer(3, 9), draw.integer(3, 9))
    if draw.boolean(0.4):
        view = Value(draw.choice((Kind.EVENTS, Kind.REAL)), FRAMES, size)
        return Task("mvsec", 0, {"left": view, "right": view}, None)
    source = draw.choice(tuple(IMAGES))
    channels, classes = IMAGES[source]
    return Task(source, classes, {"image": Value(Kind.REAL, channels, size, steps=False)}, draw.integer(1, 3))


def trained_output(body: Body, draw: Draw, task: Task) -> tuple[list[str], str]:
    """The lines of the output that is trained, and the loss."""
    values = {n: body.scope.values[n] for n in body.known()}
    if task.classes:
        name = draw.choice(tuple(values))
        pooled = "pool -> " if values[name].size else ""
        lines = [f"output logits = {name} -> {pooled}linear({task.classes}) -> mean(time)"]
        loss = draw.choice(("cross_entropy", "cross_entropy(logits, label_smoothing = 0.1)"))
        maps = [n for n, v in values.items() if len(v.size) == 2]
        if maps and draw.boolean(0.3):
            lines.append(f"aux = {draw.choice(maps)} -> auxiliary({task.classes}, channels = 4, features = 3)")
            loss = f"cross_entropy(logits) + 0.{draw.integer(1, 9)} * cross_entropy(aux)"
        return lines, loss
    name = next(n for n, v in values.items() if len(v.size) == 2 and v.steps)
    options = draw.choice(("", "(step = 1)", "(support = 1)", "(left, step = 2, support = 1)"))
    volume = f"volume = cost_volume({name}, {name}, planes = {draw.integer(2, 4)})"
    lines = [volume, f"output disparity = volume -> conv(3, out = 1) -> subpixel{options}"]
    return lines, draw.choice(("subpixel_cross_entropy", "subpixel_cross_entropy(disparity, diversity = 1)"))


def random_runs(
    draw: Draw, task: Task, body: Body, outputs: Sequence[str], loss: str, *, searched: bool, wires: bool
) -> list[str]:
    """The data set, the runs and a profile.

    Args:
        draw: Decides.
        task: What the network is trained for.
        body: The network.
        outputs: The last lines of the network.
        loss: The loss.
        searched: Whether there is something to search, and the outputs depend on it.
        wires: Whether some of it are choices on wires.
    """
    neurons = body.world.plain
    size = next(iter(task.inputs.values())).size
    crop = f"random_crop([{size[0]}, {size[1]}])"
    augment = {"augment": f"[{draw.choice((crop, f'{crop}, horizontal_flip(probability = 0.25)'))}]"}
    stereo = {"frames": str(FRAMES), "steps": "2", "burn_in": "1"}  # so many steps as inputs are drawn for
    parts = [block(f"dataset {task.source}", augment if task.classes else stereo)]
    params = {n: a for n, a in body.params.items() if a.param is None and type(a.value) is int}
    given = "".join(f"{name} = {a.text}" for name, a in tuple(params.items())[:1] if draw.boolean(0.7))
    for kind, record in (("retrain", Retrain), ("search", Search)):
        if (kind == "search" and not searched) or not draw.boolean(0.7):
            continue
        skipped = ("epochs", "stems", "loss", "validate", "patience", "mix", "sampling")
        skipped += ("weights_from", "take", "freeze", "rates")  # of weights of another run, and of names that aren't known yet
        found = {"epochs": str(draw.integer(EPOCHS, EPOCHS + 3))} | entries(draw, record, skipped) | {"loss": loss}
        if kind == "search" and wires and found.get("method", "").startswith("partial"):
            del found["method"]
        spiking = [n.name for n in neurons if n.neuron.spikes]
        if spiking and draw.boolean(0.3):
            found["stems"] = draw.choice((*spiking, *(("relu",) if kind == "search" else ())))
        if draw.boolean(0.3):
            found["validate"] = "0.2" if task.classes else "data"
            found |= {"patience": "2"} if draw.boolean(0.3) else {}
        text = block(f"{kind} net{f'({given})' if given else ''} on {task.source}", found)
        places = _stems(body, outputs) if kind == "retrain" else []
        if places and draw.boolean(0.5):
            inside = "".join(f"    {k} = {v}\n" for k, v in entries(draw, Dgs).items())
            text = text[:-1] + f"  dgs at {draw.choice(places)} {{\n{inside}  }}\n}}"
        parts.append(text)
    lif = [n for n in neurons if NEURON_MODELS[n.model].keys and "decay" in NEURON_MODELS[n.model].keys]
    if lif and draw.boolean(0.3):
        skipped = tuple(k for k in ("surrogate", "model", "levels", "fires", "spike_at"))
        keys = {k: v for k, v in entries(draw, Neuron, skipped, 0.7).items() if k in NEURON_MODELS[lif[0].model].keys}
        parts.append(block("profile sample", {f"{lif[0].name}.{k}": v for k, v in keys.items()}))
    return parts


def _stems(body: Body, outputs: Sequence[str]) -> list[str]:
    """The stems of the network whose surrogates can be searched: they fire, lead to an output and aren't part of a loop."""
    found: list[str] = []
    needed = set(NAME.findall(" ".join(outputs)))
    for wire in body.wires[::-1]:
        needed |= set(NAME.findall(wire.pipe.text)) if wire.name in needed else set()
    for wire in body.wires if not body.carried else ():
        if wire.name not in needed:
            continue
        last = wire.pipe.stages[-1]
        if isinstance(last, Operation) and last.op.traits.stem and not wire.pipe.calls:
            neuron = last.arguments["neuron"]
            searchable = isinstance(neuron.value, Parameters) and neuron.value.spikes and neuron.value.surrogate.learned is None
            found += [wire.name] if searchable else []
    return found
