"""Valid specs of the whole language, random, each through every phase, round trip and a forward pass."""

import math
import os
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from cases import Outcome
from torch import Tensor

from spikegraph.backends.torch.fold import load_folded
from spikegraph.backends.torch.model import Model
from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.equality import same
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.source import SourceFile
from spikegraph.generate import Wanted, random_spec, seeded
from spikegraph.genotype.searched import decode_architecture
from spikegraph.ir.architecture import architecture_of
from spikegraph.ir.graph import Graph
from spikegraph.ir.json import from_json, to_json
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import parse_graph
from spikegraph.ir.types import Kind, Value
from spikegraph.ir.verify import verify
from spikegraph.passes.phase_pipelines import Phase
from spikegraph.program.phases import Built
from spikegraph.program.program import Program

STEPS, SAMPLES = 3, 2
"""Time steps and samples of a forward pass."""

WANTED = Wanted(runs=True, operation=lambda op: not op.traits.scales)
"""Everything but dropout, which is random in training."""

VALUES = {Kind.SPIKE: (0, 1), Kind.EVENTS: (-1, 0, 1)}


def case(seed: int) -> Outcome:
    """Takes one valid spec through everything; what it is made of is the kind."""
    rng = Random(f"valid specs {seed}")
    with TemporaryDirectory() as folder:
        draw = seeded(f"valid specs {seed}")
        text = random_spec(draw, WANTED).text
        program = read(text, rng, Path(folder) / "spec.sdhs")
        searched = any(n.op.cell_spec() is not None for n in program.build("search").space)
        runs = [name for name, run in (("search", program.spec.search), ("retrain", program.spec.retrain)) if run is not None]
        kind = f"{'searched cells' if searched else 'plain layers'}, {' and '.join(runs) or 'no run'}"
        try:
            judge(text, program, rng, Path(folder))
        except Exception as error:  # noqa: BLE001 (every exception is a finding)
            return Outcome(kind, False, f"{type(error).__name__}: {error}\n{text}")
    return Outcome(kind, True)


def read(text: str, rng: Random, path: Path) -> Program:
    """The program of a spec, with its profile, if it has one, in half of the cases."""
    path.write_text(text, encoding="utf-8")
    profile = "sample" if "profile sample" in text and rng.random() < 0.5 else None
    return Program.read(path, profile=profile).checked()


def judge(text: str, program: Program, rng: Random, folder: Path) -> None:
    """Raises an error if the spec doesn't do all that `check` promised."""
    formats(text)
    again = folder / "resolved.sdhs"
    again.write_text(program.text, encoding="utf-8")
    resolved = Program.read(again)
    require(not resolved.check().has_errors, "the resolved spec has errors")
    require(resolved.text == program.text, "the resolved spec resolves to another one")
    formats(program.text)
    search = program.build("search")
    bound = decoded(program, search, rng)
    built: dict[Phase, Built] = {"search": search, "retrain": bound.build("retrain"), "deploy": bound.build("deploy")}
    same_genotype = with_text(resolved, bound)
    for phase, each in built.items():
        # A genotype changes the search too: a trellis that is an operand has the level where its path ends.
        other = (resolved if phase == "search" else same_genotype).build(phase)
        require(shape(each.plain) == shape(other.plain), f"the resolved {phase} differs")
        for graph in (each.space, each.outline, each.plain, each.graph):
            verify(graph)
            require(parse_graph(print_graph(graph)) == graph, f"the text of a {phase} graph doesn't round trip")
            require(from_json(to_json(graph)) == graph, f"the JSON of a {phase} graph doesn't round trip")
    torch.manual_seed(rng.randrange(2**31))
    for each in built.values():
        agree(each)
    folded(built["retrain"], built["deploy"])


def require(holds: bool, message: str) -> None:
    """Raises an error with the message if something doesn't hold."""
    if not holds:
        raise AssertionError(message)


def formats(text: str) -> None:
    """The canonical form means the same and is its own canonical form."""
    diagnostics = Diagnostics()
    file = parse(SourceFile("spec", text), diagnostics)
    require(file is not None, "a valid spec doesn't parse")
    printed = print_file(file)  # pyright: ignore[reportArgumentType]
    back = parse(SourceFile("spec", printed), diagnostics)
    require(back is not None and same(back, file), "fmt changes the meaning")
    require(back is not None and print_file(back) == printed, "fmt isn't idempotent")


def decoded(program: Program, search: Built, rng: Random) -> Program:
    """The program with the genotype that random architecture parameters mean; itself without choices, or with its own path."""
    shapes = {name: parameter.shape for name, parameter in architecture_of(search.space).items()}
    if not shapes or program.spec.paths:
        return program
    generator = torch.Generator().manual_seed(rng.randrange(2**31))
    values = {name: torch.randn(size, generator=generator, dtype=torch.float64).tolist() for name, size in shapes.items()}
    bound = program.bind(decode_architecture(program.build("search").space, values))
    require(not bound.check().has_errors, "the decoded genotype doesn't fit")
    return bound


def with_text(resolved: Program, bound: Program) -> Program:
    """The resolved program with the same genotype."""
    text = bound.genotype_text
    return resolved if text is None else resolved.bind(text)


def shape(graph: Graph) -> list[object]:
    """All of a graph but its places in the text."""
    nodes = [(n.name, n.op, n.operands, n.value, dict(n.notes)) for n in graph]
    return [*nodes, graph.time, graph.outputs, graph.taps, graph.stage]


def randomised(graph: Graph) -> Model:
    """A model in float64 whose norms have random statistics."""
    model = Model(graph).double()
    with torch.no_grad():
        for name, tensor in model.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
            elif tensor.dtype.is_floating_point and not name.endswith((".alpha", ".beta")):
                tensor.add_(0.3 * torch.randn_like(tensor))
    return model


def inputs_of(graph: Graph, steps: int = STEPS) -> dict[str, Tensor]:
    """Random inputs of the declared kinds."""
    found: dict[str, Tensor] = {}
    for name, node in graph.inputs().items():
        leading = (SAMPLES,) if graph.time is not None else (steps, SAMPLES)
        kind, size = node.value.kind, (*leading, *node.value.shape)
        low = {Kind.SPIKE: 0, Kind.EVENTS: -1}.get(kind)
        found[name] = torch.randn(size).double() if low is None else torch.randint(low, 2, size).double()
    return found


def agree(built: Built) -> None:
    """The plain and the fused form give the same values of the declared types, in training and in evaluation."""
    plain = randomised(built.plain)
    fused = Model(built.graph).double()
    fused.load_state_dict(plain.state_dict())
    inputs = inputs_of(built.plain)
    for training in (False, True):
        plain.train(training)
        fused.train(training)
        compare(run(plain, inputs), run(fused, inputs), "fused")


def folded(retrain: Built, deploy: Built) -> None:
    """The deployed form, with its norms folded, gives the same values."""
    plain = randomised(retrain.plain).eval()
    model = Model(deploy.graph, plain=deploy.plain).double().eval()
    load_folded(model, plain.state_dict())
    inputs = inputs_of(retrain.plain)
    wanted = run(plain, inputs)
    compare({name: wanted[name] for name in deploy.graph.outputs}, run(model, inputs), "deployed")


def run(model: Model, inputs: dict[str, Tensor]) -> dict[str, Tensor]:
    """The outputs and the values of losses, checked against their types."""
    graph = model.graph
    places = {**graph.outputs, **graph.taps}
    with torch.no_grad():
        values, _ = model.run(inputs, wanted=tuple(dict.fromkeys(places.values())))
    steps = STEPS if graph.time is None else graph.time
    for name, node in places.items():
        check(name, values[node], graph.node(node).value, steps)
    return {name: values[node] for name, node in places.items()}


def check(name: str, x: Tensor, value: Value, steps: int) -> None:
    """A value is finite and of its type."""
    wanted = (*((steps,) if value.steps else ()), SAMPLES, *value.shape)
    require(tuple(x.shape) == wanted, f"`{name}` has the shape {tuple(x.shape)}, not {wanted}")
    require(bool(torch.isfinite(x).all()), f"`{name}` is not finite")
    allowed = VALUES.get(value.kind, range(value.bound + 1) if value.kind is Kind.COUNT else None)
    if allowed is not None:
        require(set(x.unique().tolist()) <= set(allowed), f"`{name}` is {value.kind}, but has {x.unique().tolist()[:5]}")


def compare(a: dict[str, Tensor], b: dict[str, Tensor], what: str) -> None:
    """Two forms give the same values up to rounding."""
    require(set(a) == set(b), f"the {what} form has other outputs")
    for name, x in a.items():
        error = float((x - b[name]).abs().max()) / max(1.0, float(x.abs().max()))
        require(math.isfinite(error) and error < 1e-9, f"the {what} form differs by {error:g} at `{name}`")
