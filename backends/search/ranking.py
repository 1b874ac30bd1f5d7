"""Compares networks that share the weights of a supernet by their loss on the half B."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import TYPE_CHECKING

import torch

from spikegraph.analysis.divergence import STEP_FACTOR, largest_loss
from spikegraph.base.errors import Interrupted
from spikegraph.searches.rounds import ROUNDS, in_rounds

if TYPE_CHECKING:
    from spikegraph.backends.search.supernet import Path, Supernet
    from spikegraph.searches.architecture import Architecture

RANKED = 512
"""Most samples on which networks are compared: all see the same, so their differences need few."""

WIDER = 4
"""Batches of a comparison have so many times the samples of a training's: nothing is kept for gradients, so they fit."""

AT_ONCE = 16
"""Networks that are compared in one pass over the samples, which limits memory."""


def ranked(supernet: Supernet, architectures: Sequence[Architecture]) -> list[Architecture]:
    """Architectures by their loss with the supernet's weights, the best first; equal ones in their order."""

    def measure(number: int, left: Sequence[int]) -> list[float]:
        models = (lambda k=k: supernet.path(architectures[k], statistics=False) for k in left)
        title = f"ranking by shared weights, round {number + 1} of {len(ROUNDS)}"
        return losses_on_b(supernet, models, len(left), title, number)

    return [architectures[k] for k in in_rounds(len(architectures), measure)]


def losses_on_b(
    supernet: Supernet, made: Iterable[Callable[[], Path]], count: int, title: str, round: int | None = None
) -> list[float]:
    """The mean loss of networks on B, all on the same batches; infinite if it isn't a number.

    Norms use the statistics of the batch, as in training: those of the supernet's mixture don't fit a single path.

    Args:
        supernet: The supernet.
        made: Functions that make the networks, which are called when they are needed.
        count: The number of networks.
        title: What progress shows.
        round: Take only the samples of this round; by default as many as all rounds have.

    Raises:
        DivergedError: No network has a finite loss, or all are too large.
        Interrupted: An interrupt was requested.
    """
    log, batches = supernet.search.log, supernet.batches
    samples = min(batches.count, len(supernet.b), RANKED)
    if round is not None:
        samples = -(-samples // ROUNDS[round])
    steps = -(-samples // (WIDER * batches.run.batch))
    log.settings.reporter.start(f"{log.title}{title}", count * steps, unit="batches")
    log.processes.same_buffers(supernet.model)
    found, done, waiting, last = list[float](), 0, iter(made), None
    while group := [make() for make in islice(waiting, AT_ONCE)]:
        sums = [0.0] * len(group)
        for batch in batches.read(supernet.b, samples, 0, "comparison", round or 0, wider=WIDER):
            for number, objective in enumerate(group):
                with torch.no_grad():
                    sums[number] += float(objective(batch)[1]) * batch.size
                last = objective, batch
                done += 1
                log.settings.reporter.advance(done)
            if log.stopping():
                log.settings.reporter.stop()
                raise Interrupted(str(log.folder.checkpoint("search")))
        found += [total / samples if math.isfinite(total) else math.inf for total in sums]
    log.settings.reporter.stop()
    if last is not None and not (least := min(map(abs, found))) <= largest_loss(supernet.first, STEP_FACTOR):
        what = (
            f"the smallest loss of {count} networks is {least:.3g}" if math.isfinite(least) else "no network has a finite loss"
        )
        raise supernet.diverged(title, what, *last)
    return found
