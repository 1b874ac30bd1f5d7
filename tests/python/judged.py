"""Networks as modules, judged by the networks themselves: results, spikes, gradients and statistics in float64."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from spikegraph.backends.python.module import module_of
from spikegraph.backends.python.scopes import cells_of
from spikegraph.backends.python.spec_text import spec_text
from spikegraph.backends.torch.exporting.python_module import RESERVED, converted
from spikegraph.backends.torch.lowering import lower
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.ir.graph import Graph
from spikegraph.program.program import Program
from spikegraph.searches.cell_space import CellSpace
from spikegraph.validation.smaller import numbers, smallest

from .alike import loss_of, patterned

SPECS = Path(__file__).parents[2] / "specs"
OUTSIDE = Path(__file__).parent / "outside.py"
CLOSE = 1e-11
"""Of each number, relative to 1 and the largest of its kind; chaotic or ill-conditioned networks magnify rounding."""


GAINS = {"resnet20": 0.7, "vgg16": 0.7, "dh_snn": 500, "snasnet_fw": 8}
"""Of the weights where norms don't keep potentials near their thresholds."""

STEPS = {"dh_snn": 30}
"""Time steps of inputs where three are too few for a spike."""


def program(path: Path) -> Program:
    genotype = path.parent / "genotypes" / path.name
    profile = "sample" if "profile sample" in path.read_text() else None
    found = Program.read(path, profile=profile, genotype=genotype if genotype.exists() else None)
    return found if not found.check("retrain").has_errors or profile is None else Program.read(path, profile=profile)


def decided(program: Program) -> Program:
    """The program with a random genotype where choices are open: the first whose outputs depend on its inputs."""
    try:
        return program.checked("retrain")
    except SpecError:
        space, generator = CellSpace.of(program.with_overrides(program.overrides).space("search")), np.random.default_rng(0)
    while True:
        found = program.bind(space.draw(generator).text()).checked("retrain")
        if _passes(found.build("retrain").plain):
            return found


def _passes(graph: Graph) -> bool:
    """Whether an input reaches an output on a way without `zero`."""
    waiting, seen = list(graph.outputs.values()), set[str]()
    while waiting:
        node = graph.node(waiting.pop())
        if node.name not in seen and node.op.name != "zero":
            seen.add(node.name)
            waiting += node.operands
    return not seen.isdisjoint(graph.inputs())


def fewer_numbers(own: Program) -> Program:
    """The program on the smallest inputs and without its data, where it has many numbers."""
    plain = decided(own).build("retrain").plain
    small = smallest(plain, lambda _: None)
    if numbers(plain) <= MANY or small is plain:
        return own
    text = re.sub(r"(?ms)^(dataset|retrain) .*?^}\n", "", spec_text(decided(own), plain))
    for name, node in small.inputs().items():
        shape = ", ".join(map(str, node.value.shape))
        text, count = re.subn(rf"(input [\w, ]*\b{name}\b[^\[]*)\[[^\]]*\]", rf"\g<1>[{shape}]", text)
        assert count == 1
    return Program.of_text(text, "net.sdhs")


MANY = 2_000_000
"""Numbers of all values of a network at one step from which on a smaller one is taken."""


class Case:
    """A network as a module in a folder, with weights at which it fires."""

    def __init__(self, program: Program, folder: Path, *, gain: float = 2.0, steps: int = 3, small: bool = False) -> None:
        program = decided(program)
        built = program.build("retrain")
        self.folder, self.graph = folder, smallest(built.plain, lambda _: None) if small else built.plain
        torch.manual_seed(0)
        self.model = lower(self.graph, plain=self.graph).double()
        _enliven(self.model, gain)
        self.module = module_of(self.graph, cells_of(built.outline), spec_text(program, self.graph), RESERVED, double=True)
        self.inputs = _inputs(self.graph, steps)
        folder.mkdir()
        (folder / "net.py").write_text(self.module.text)
        torch.save(self._state(), folder / "net.pt")
        outputs = list(self.graph.outputs)
        torch.save({"inputs": self.inputs, "spiking": self.module.spiking, "outputs": outputs}, folder / "given.pt")

    def _state(self) -> dict[str, torch.Tensor]:
        found = converted(self.module, self.model.state_dict())
        norms = [name.removesuffix("running_mean") for name in found if name.endswith("running_mean")]
        return found | {f"{name}num_batches_tracked": torch.tensor(0) for name in norms}

    def check(self) -> int:
        """Compares with what the module gave outside; returns the spikes."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(torch.Tensor, "bernoulli_", patterned)
            return self._check(torch.load(self.folder / "found.pt"))

    def _check(self, found) -> int:
        total = 0
        begin = {name: x.clone() for name, x in self.model.state_dict().items()}
        loops = set(self.graph.carried)
        for training in (False, True):
            self.model.load_state_dict(begin)
            self.model.train(training).zero_grad()
            ends = {**self.graph.outputs, **(self.graph.taps if training else {})}
            firing = [node.name for node in self.graph if node.op.traits.fires]
            values = self.model.values(dict(zip(self.graph.inputs(), self.inputs, strict=True)), (*ends.values(), *firing))
            results = {name: values[node] for name, node in ends.items()}
            loss = loss_of(results)
            if loss.requires_grad:
                loss.backward()
            gradients = {name: p.grad for name, p in self.model.named_parameters() if p.grad is not None}
            theirs = found[training]
            assert theirs["results"].keys() == results.keys()
            _close(results, theirs["results"])
            _close(converted(self.module, gradients), theirs["gradients"])
            state = converted(self.module, {k: x for k, x in self.model.state_dict().items() if "running_" in k})
            _close(state, theirs["state"])
            spikes = sorted(values[name].detach().abs().sum().item() for name in firing)
            assert theirs["spikes"] == spikes or loops
            total += int(sum(spikes))
        return total


def _close(ours: dict[str, torch.Tensor], theirs: dict[str, torch.Tensor]) -> None:
    largest = max([1.0, *(x.abs().max().item() for x in ours.values() if x.numel())])
    for name in ours.keys() | theirs.keys():
        x, y = ours.get(name), theirs.get(name)
        x = torch.zeros_like(y) if x is None else x
        y = torch.zeros_like(x) if y is None else y
        assert x.shape == y.shape, name
        assert (x - y).abs().max() <= CLOSE * largest, (name, (x - y).abs().max(), largest)


def _enliven(model: torch.nn.Module, gain: float) -> None:
    """Weights at which neurons fire, and statistics of norms that aren't 0 and 1."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for name, x in model.state_dict().items():
            drawn = torch.rand(x.shape, generator=generator, dtype=torch.float64)
            if name.endswith("running_var"):
                x.copy_(0.5 + drawn)
            elif x.dim() > 1:
                x.mul_(gain)
            elif name.endswith(".weight"):
                x.copy_(1 + 0.5 * drawn)
            else:
                x.add_(0.6 * drawn - 0.3)


def _inputs(graph, steps):
    generator = torch.Generator().manual_seed(1)
    found = []
    for node in graph.inputs().values():
        value = node.value
        shape = (*((steps,) if value.steps else ()), 2, *value.shape)
        if value.kind == "real":
            found.append(1.5 * torch.randn(shape, generator=generator, dtype=torch.float64))
        else:
            low = -1 if value.kind == "events" else 0
            found.append(torch.randint(low, value.bound + 1, shape, generator=generator).double())
    return found


def run_outside(cases: list[Case]) -> None:
    """Runs the modules in a process where spikegraph can't be imported."""
    folders = [str(case.folder) for case in cases]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([sys.executable, str(OUTSIDE), *folders], check=True, env=environment, timeout=1800)
