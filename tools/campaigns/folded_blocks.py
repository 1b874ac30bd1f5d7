"""Random blocks that share weights and end anywhere: networks with folded norms give the spikes and results of trained ones."""

import os
from random import Random

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from cases import Outcome
from torch import Tensor
from valid_specs import decoded, inputs_of, require

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.model import Model
from spikegraph.generate import Generated, Wanted, random_spec, seeded
from spikegraph.program.program import Program

TOLERANCE = 1e-9
"""How far results in float64 may differ, relative to 1 or their largest number."""

WANTED = Wanted(
    operations=("conv", "linear", "transposed", "norm", "add", "identity", "pool", "flatten"),
    neuron=lambda neuron: neuron.spikes,
    axes=(2, 1, 0),
    blocks=0.5,
    cells=0,
    trellises=0,
    decided=0,
)
"""Layers that take norms in, and what can be between them."""


def case(seed: int) -> Outcome:
    """Compares both forms of one network; whether norms stay separate is the kind."""
    rng = Random(f"folded blocks {seed}")
    made, program = folding(f"folded blocks {seed}")
    program = decoded(program, program.build("search"), rng)
    torch.manual_seed(rng.randrange(2**31))
    try:
        folded, kept = compared(program, made.steps)
    except Exception as error:  # noqa: BLE001 (every exception is a finding)
        return Outcome("failed", False, f"{type(error).__name__}: {error}\n{made.text}\n{program.genotype_text or ''}")
    kinds = {(True, True): "some norms fold", (True, False): "all norms fold", (False, True): "no norm folds"}
    return Outcome(kinds.get((folded, kept), "no batch norm"), True)


def folding(seed: str) -> tuple[Generated, Program]:
    """A random spec with several uses of blocks, and its program."""
    draw = seeded(seed)
    while True:
        made = random_spec(draw, WANTED)
        if made.text.count("norm") > 1 and "block part" in made.text:
            return made, Program.of_text(made.text, "net.sdhs").checked()


def compared(program: Program, steps: int) -> tuple[bool, bool]:
    """Raises an error if the deployed form gives something else; returns whether norms are folded, and whether some stay."""
    retrain, deploy = program.build("retrain"), program.build("deploy")
    trained = lively(Model(retrain.plain).double())
    inputs = inputs_of(retrain.plain, steps)
    fires = tuple(node.name for node in deploy.plain if node.op.traits.fires)
    outputs = tuple(deploy.plain.outputs.values())
    wanted = run(trained, inputs, (*(retrain.plain.outputs[name] for name in deploy.plain.outputs), *fires))
    plain, fast = Model(deploy.plain).double().eval(), Model(deploy.graph, plain=deploy.plain).double().eval()
    for model in (plain, fast):
        load_folded(model, trained.state_dict())
    same(wanted, run(plain, inputs, (*outputs, *fires)), (*outputs, *fires))
    same(wanted[: len(outputs)], run(fast, inputs, outputs), outputs)
    return any("folded" in node.notes for node in deploy.plain), any(node.op.normalises for node in deploy.plain)


def lively(model: Model) -> Model:
    """The model in evaluation mode, with statistics that training could have left, and weights for which neurons fire."""
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.2, 2)
            elif tensor.dtype.is_floating_point:
                tensor.add_(0.5 * torch.randn_like(tensor))
    return model.eval()


def run(model: Model, inputs: dict[str, Tensor], nodes: tuple[str, ...]) -> list[Tensor]:
    """The values of nodes over some time steps."""
    with torch.no_grad():
        values, _ = model.run(inputs, wanted=tuple(dict.fromkeys(nodes)))
    return [values[name] for name in nodes]


def same(wanted: list[Tensor], found: list[Tensor], names: tuple[str, ...]) -> None:
    """Raises an error for the first node whose values differ; spikes must be equal."""
    for name, a, b in zip(names, wanted, found, strict=True):
        apart = float((a - b).abs().max()) / max(1.0, float(a.abs().max()))
        require(apart <= TOLERANCE, f"`{name}` differs by {apart:.3g}")
