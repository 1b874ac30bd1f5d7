"""Networks whose sums are exact, so that every program must give the same spikes, and streams of inputs for them."""

import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from spikegraph.backends.torch.lowering import lower
from spikegraph.backends.torch.model import Model
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"


@dataclass(frozen=True)
class Case:
    """A bundled spec, made small.

    Attributes:
        overrides: Values of its params and keys.
        replaced: Texts that others replace, such as the size of inputs that no param has.
        genotype: Its genotypes and paths; by default those beside it, if there are any.
    """

    overrides: tuple[str, ...] = ()
    replaced: tuple[tuple[str, str], ...] = ()
    genotype: str | None = None


FEWER_CELLS = (
    ("[normal, normal, reduction, normal, normal, reduction, normal, normal]", "[normal, reduction, normal]"),
    ("cells[5]", "cells[1]"),
)
"""Cells of both kinds, one behind the other; what others of them add to a program is the same again."""

SMALL_PATHS = ("feature_path.layers=1", "feature_path.levels=2", "matching_path.layers=2", "matching_path.levels=2")
CASES = {
    "cifar10": Case(
        ("normal.nodes=1", "reduction.nodes=1", "cifar10.time=2", "cifar10.stride=2", "search.W=4", "retrain.W=32"),
        FEWER_CELLS,
        "sdhs 1\ngenotype normal { n0 = c3(prev2) + c5(prev) }\ngenotype reduction { n0 = skip(prev2) + c3(prev) }\n",
    ),
    "stereo": Case(
        ("stereo.planes=3", "search.C=4", "retrain.C=4", "feature.nodes=1", "matching.nodes=1", *SMALL_PATHS),
        (("[5, 260, 346]", "[5, 23, 37]"),),
        "sdhs 1\ngenotype feature { n0 = c3(prev2) + c5(prev) }\ngenotype matching { n0 = skip(prev2) + c3(prev) }\n"
        "path feature_path = [0]\npath matching_path = [1, 0]\n",
    ),
    "zoo/cifarnet": Case(("retrain.W=8", "cifarnet.F=16")),
    "zoo/plif_net": Case(("plif_net.W=8", "plif_net.F=16")),
    "zoo/resnet20": Case(("resnet20.W=8",)),
    "zoo/spikformer": Case(("spikformer.W=32", "spikformer.heads=4", "spikformer.blocks=1")),
    "zoo/stereospike": Case(("stereospike.W=4",), (("[2, 260, 346]", "[2, 32, 48]"),)),
}


def deployed(program: Program) -> Model:
    """The deployed model of a spec with random weights that are multiples of 1/256, for which many neurons fire.

    Sums of their products with spikes, events or multiples of 1/16 are exact in float32, in whatever order they are added. So
    spikes don't depend on how a program computes a convolution.
    """
    built = program.build("deploy")
    torch.manual_seed(0)
    model = lower(built.graph, plain=built.plain, space=built.space).eval()
    with torch.no_grad():
        for tensor in model.state_dict().values():
            tensor.copy_((tensor * 3 * 256).round() / 256)
    return model


def of_text(text: str) -> Model:
    """The deployed model of a spec's text."""
    return deployed(Program.of_text(text, "net.sdhs").checked())


def of_spec(name: str, folder: Path) -> Model:
    """The deployed model of a bundled spec, made small."""
    folder.mkdir(exist_ok=True)
    case, text = CASES[name], (SPECS / f"{name}.sdhs").read_text()
    for old, new in case.replaced:
        assert old in text
        text = text.replace(old, new)
    path, genotype = SPECS / f"{name}.sdhs", None
    if case.replaced:
        shutil.copytree(SPECS, folder, dirs_exist_ok=True)
        path = folder / f"{name}.sdhs"
        path.write_text(text)
    if case.genotype is not None:
        genotype = folder / "genotype.sdhs"
        genotype.write_text(case.genotype)
    return deployed(Program.read(path, genotype=genotype, overrides=case.overrides).checked())


def inputs(model: Model, batch: int, steps: int, seed: int = 1) -> Iterator[dict[str, Tensor]]:
    """Inputs of each step, [N, C, *size]: multiples of 1/16, events, spikes or counts; of an image the same at every step."""
    generator = torch.Generator().manual_seed(seed)
    nodes = model.graph.inputs()

    def one() -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for name, node in nodes.items():
            shape, value = (batch, *node.value.shape), node.value
            if value.kind == "real":
                found[name] = (torch.randn(shape, generator=generator) * 16).round() / 16
            else:
                low = -1 if value.kind == "events" else 0
                found[name] = torch.randint(low, value.bound + 1, shape, generator=generator).float()
        return found

    first = one()
    for _ in range(steps):
        yield first if model.graph.time is not None else one()


def state_of(model: Model, stream: object, name: str, batch: int) -> np.ndarray:
    """The part `NODE:PART` of a stream's state as an array [N, *shape], as an exported step has it."""
    node, _, part = name.partition(":")
    held = stream.state[node]  # type: ignore[attr-defined]
    if part in ("sum", "largest", "so_far", "count"):
        total, count = held
        return total.numpy() if part != "count" else np.full(batch, count, np.float32)
    if part == "step":
        return np.full(batch, int(held), np.float32)
    if isinstance(held, tuple):
        held = held[{"v": 0, "a": 1, "s": 1}[part]]
    return held.numpy()


def fired(state: Mapping[str, np.ndarray]) -> float:
    """The share of numbers of all states that aren't 0."""
    return float(np.mean([np.count_nonzero(x) / x.size for x in state.values()]))


@dataclass(frozen=True)
class Recorded:
    """What a network gives step by step: names of arrays, and for each step the arrays.

    Attributes:
        start: The states before the first step, by name.
        given: The inputs of each step, by name.
        outputs: The outputs of each step, by name.
        states: The states after each step, by name.
    """

    start: dict[str, np.ndarray]
    given: list[dict[str, np.ndarray]]
    outputs: list[dict[str, np.ndarray]]
    states: list[dict[str, np.ndarray]]


def recorded(model: Model, names: Sequence[str], batch: int, steps: int, before: int) -> Recorded:
    """Runs `Model.stream()` in the form that is fast on this machine for the outputs, and in the plain form for the states.

    Args:
        model: The model.
        names: The names of an exported step's states.
        batch: Samples.
        steps: Time steps that are recorded.
        before: Time steps before them, so that the states aren't 0.
    """
    plain = lower(model.plain).eval()
    plain.load_state_dict(model.state_dict())
    fast, slow = model.stream(), plain.stream()
    with torch.no_grad():
        for given in inputs(model, batch, before, seed=2):
            fast.step(given)
            slow.step(given)
        zero = [np.zeros(1)] * len(names)
        held = [state_of(model, slow, name, batch) for name in names] if before else zero
        found = Recorded(dict(zip(names, held, strict=True)), [], [], [])
        for given in inputs(model, batch, steps):
            outputs = fast.step(given)
            slow.step(given)
            found.given.append({name: x.numpy() for name, x in given.items()})
            found.outputs.append({name: outputs[node].numpy() for name, node in model.graph.outputs.items()})
            found.states.append({name: state_of(model, slow, name, batch).copy() for name in names})
    return found
