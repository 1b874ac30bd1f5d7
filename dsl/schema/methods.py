"""The vocabulary of search methods, and of the ways to choose an architecture from a trained supernet."""

from collections.abc import Callable
from dataclasses import KW_ONLY, replace
from typing import Any

from spikegraph.base.record import record
from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.scalars import Flag, Optional, Real, Whole
from spikegraph.dsl.values import CallValue
from spikegraph.plugins.later import later
from spikegraph.plugins.registry import Registry

MOST_CANDIDATES = 100_000
"""Candidates of the largest search."""


@record
class MethodSignature(Signature):
    """A search method: how it is written, and what it does.

    A search that is interrupted and resumed is called again. It must then ask for the same candidates in the same order: what
    has been trained isn't trained again.

    Attributes:
        search: Searches, and returns the best `Architecture` that it found; its argument is a
            `spikegraph.searches.searching.Searching`.
        front: Searches for two objectives, and returns the list of what it has trained to the end; None if it can't.
        supernet: It trains a supernet, as the keys of `search` say; others train candidates, as `retrain` says.
    """

    _: KW_ONLY
    search: Callable[[Any], Any]
    front: Callable[[Any], Any] | None = None
    supernet: bool = False


_COUNT = Whole(1, MOST_CANDIDATES)
DRAWS = Key("draws", _COUNT, "100", "architectures drawn from the trained supernet, which ranks them by shared weights")

TUNING = Key("epochs", Whole(0, 10**6), "0", "passes over the weights' samples after each decision")
N = Key("n", Whole(2, MOST_CANDIDATES), "10", "random architectures that are begun")

DISCRETISE = vocabulary(
    Signature("alpha", (), "the largest architecture parameters, section 3.2"),
    Signature("perturb", (TUNING,), "edge by edge, what the supernet misses most when it is taken out"),
    Signature("shared_weights", (DRAWS,), "the architecture with the least loss under the supernet's weights"),
    Signature(
        "halving",
        (replace(N, doc="architectures with the least loss to train by successive halving"), DRAWS),
        "the winner of successive halving among the best by shared weights",
    ),
)
"""How a trained supernet becomes one architecture."""


CHOOSE = Key("discretise", CallOf("a way to choose", DISCRETISE), "alpha", "how the trained supernet becomes one architecture")
_WITHOUT_ALPHA = CallOf("a way to choose", {name: DISCRETISE[name] for name in ("shared_weights", "halving")})

EDGES = Key("edges", Flag(), "false", "also learn a parameter for each edge of a cell")
K = Key("k", Whole(2, 64), "4", "one in k channels of each edge goes through the candidates")

SHARE = Key(
    "share",
    Optional(Real(0, 1, open_low=True)),
    "none",
    "share of a training at the first comparison; `none`: 3 %, but at least 25 steps; for `halving` a quarter",
)

_METHODS = "spikegraph.searches.methods"

METHODS: Registry[MethodSignature] = Registry(
    "search method",
    "spikegraph.methods",
    {
        signature.name: signature
        for signature in (
            MethodSignature(
                "darts",
                (CHOOSE, EDGES),
                "all candidates at once, weighted by parameters that follow the gradient, section 3.3",
                search=later("spikegraph.backends.search.darts:darts"),
                supernet=True,
            ),
            MethodSignature(
                "single_path",
                (replace(CHOOSE, type=_WITHOUT_ALPHA, default="shared_weights"),),
                "each step trains one random path of the supernet",
                search=later("spikegraph.backends.search.single_path:single_path"),
                supernet=True,
            ),
            MethodSignature(
                "partial",
                (K, CHOOSE, replace(EDGES, default="true")),
                "as `darts`, on a part of the channels",
                search=later("spikegraph.backends.search.darts:darts"),
                supernet=True,
            ),
            MethodSignature(
                "halving",
                (N, SHARE),
                "trains random architectures, and after 1/4, 1/2 and all steps keeps the better half",
                search=later(f"{_METHODS}.halving:halving"),
            ),
            MethodSignature(
                "evolution",
                (replace(N, default="50", doc="architectures that are begun"), SHARE),
                "begins changed copies of good architectures, and trains the best by successive halving",
                search=later(f"{_METHODS}.evolution:evolution"),
                front=later(f"{_METHODS}.fronts:evolution_front"),
            ),
            MethodSignature(
                "random",
                (replace(N, type=_COUNT, doc="random architectures that are trained"),),
                "trains random architectures",
                search=later(f"{_METHODS}.random_search:random_search"),
                front=later(f"{_METHODS}.fronts:random_front"),
            ),
        )
    },
    kind=MethodSignature,
)
"""All search methods by name."""

METHOD = CallOf("a search method", METHODS)


def weighs_edges(method: CallValue) -> bool:
    """Whether a method learns a parameter for each edge of a cell."""
    return EDGES.name in method.named and EDGES.of(method.named)
