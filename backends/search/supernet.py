"""The supernet of a search: its model, its data, and the models of single paths with its weights."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from spikegraph.backends.distributed.objective import Objective
from spikegraph.backends.search.sharing import sharing, take_statistics
from spikegraph.backends.torch.parameters import as_lists
from spikegraph.backends.torch.train.failing_layer import divergence, exploding_in
from spikegraph.backends.torch.train.initial import initial_model
from spikegraph.backends.torch.train.losses import Losses
from spikegraph.backends.torch.train.phase_batches import PhaseBatches
from spikegraph.base.errors import UntrainableError
from spikegraph.dsl.schema.optimisers import LR
from spikegraph.genotype.bindings import rows
from spikegraph.genotype.searched import decoded
from spikegraph.passes.choose import Choose, Rows
from spikegraph.passes.phase_pipelines import FASTER
from spikegraph.passes.pipeline import run
from spikegraph.passes.sync_norm import SyncNorm
from spikegraph.searches.architecture import Architecture

if TYPE_CHECKING:
    from torch import Tensor

    from spikegraph.backends.search.searching import RunSearch
    from spikegraph.backends.torch.datasets import Batch
    from spikegraph.backends.torch.model import Model
    from spikegraph.base.errors import DivergedError
    from spikegraph.ir.cellspec import CellSpec
    from spikegraph.ir.graph import Graph

MOST_PATHS = 64
"""Models of paths that are kept: a small space needs no more, and in a large one no path comes twice."""


class Path(Objective):
    """The losses of a part of a supernet.

    Attributes:
        model: The part, with the supernet's weights.
        losses: The search's losses of it.
    """

    model: Model
    losses: Losses


@dataclass(frozen=True)
class Supernet:
    """A supernet, while it is trained and afterwards.

    Attributes:
        search: The search.
        model: The model of all candidates at once.
        batches: The batches of A, on which the weights are trained.
        b: The samples of B, by which architectures are compared.
        first: The first loss of its training, beside which another one is too large; None while that isn't known.
    """

    search: RunSearch
    model: Model
    batches: PhaseBatches
    b: tuple[int, ...]
    first: float | None = None
    _paths: OrderedDict[tuple[Architecture, bool], Path] = field(
        default_factory=OrderedDict[tuple[Architecture, bool], Path], repr=False
    )

    @classmethod
    def begin(cls, search: RunSearch, *, learnt: bool = True) -> Supernet:
        """The supernet with its initial weights; `learnt`: its architecture parameters are trained.

        Raises:
            TrainError: The network has no open choice.
        """
        run, log, (samples, _) = search.run, search.log, search.data
        model = initial_model(search.program, "search", log.settings, log.device)
        if not model.architecture:
            raise UntrainableError(f"{run.span.start}: `{run.network}` has no open choice to search")
        for parameter in model.architecture.values():
            parameter.requires_grad_(learnt)
        a, b = search.halves
        return cls(search, model, PhaseBatches(run, samples, a, log.settings.seed, log.device, log.processes), b)

    @cached_property
    def cells(self) -> dict[str, CellSpec]:
        """The searched cells by name."""
        return {cell.name: cell for cell in self.search.trials.space.cells}

    @property
    def values(self) -> dict[str, Any]:
        """The architecture parameters by name, as nested lists."""
        return as_lists(self.model.architecture)

    @property
    def plain(self) -> Graph:
        """The graph before the passes that made it faster."""
        return self.search.program.build("search").plain

    @property
    def learnt(self) -> bool:
        """Whether the architecture parameters are trained."""
        return all(parameter.requires_grad for parameter in self.model.architecture.values())

    @property
    def decoded(self) -> Architecture:
        """The architecture that the parameters mean now."""
        return Architecture.of(*decoded(self.search.program.build("search").space, self.values))

    def path(self, architecture: Architecture, *, statistics: bool) -> Path:
        """The losses of one path, computed with the supernet's weights in training mode.

        Args:
            architecture: The path.
            statistics: Whether it updates the running statistics of the supernet; otherwise it begins with a copy of them as
                they are now.
        """
        key = (architecture, statistics)
        if key not in self._paths:
            kept = rows(self.cells, architecture.genotypes)
            self._paths[key] = self.chosen(kept, dict(architecture.paths), statistics=statistics)
            if len(self._paths) > MOST_PATHS:
                self._paths.popitem(last=False)
        elif not statistics:
            take_statistics(self._paths[key].model, self.model)
        self._paths.move_to_end(key)
        return self._paths[key]

    def chosen(self, kept: Rows, paths: dict[str, tuple[int, ...]], *, statistics: bool) -> Path:
        """As `path`, of any choice of edges: by cell and row of alpha the number of the candidate."""
        log = self.search.log
        synchronised = (SyncNorm(),) if log.settings.sync_norm else ()
        plain = run((Choose(kept, paths),), self.plain)
        model = sharing(self.model, run((*FASTER, *synchronised), plain), statistics=statistics)
        return Path(model, Losses(model.graph, self.search.run.loss, plain, self.plain), log.processes)

    def changed(self, architecture: Mapping[str, Tensor]) -> Path:
        """The losses of the whole supernet with other architecture parameters; its running statistics stay."""
        model = sharing(self.model, self.model.graph, statistics=False, architecture=architecture)
        return Path(model, Losses(model.graph, self.search.run.loss, self.plain), self.search.log.processes)

    def diverged(self, at: str, what: str, network: Path, batch: Batch) -> DivergedError:
        """The error for a loss that is too large behind the training; all processes must call it.

        Args:
            at: What was done.
            what: What is too large.
            network: The supernet, or a part of it, that has the loss.
            batch: This process's part of the batch.
        """
        log = self.search.log
        log.settings.reporter.stop()
        where = exploding_in(log.processes, network.model, batch)
        kept = f"the last good checkpoint is {log.folder.checkpoint('search')}"
        rate = LR.of(self.search.run.weights.named)
        return divergence(f"search, {log.title}{at}", what, where, kept, rate, self.search.run.clip)

    @cached_property
    def training(self) -> Path:
        """The losses of the whole supernet in training mode."""
        losses = Losses(self.model.graph, self.search.run.loss, self.plain)
        return Path(self.model.train(), losses, self.search.log.processes)
