"""The vocabulary of search methods, and of the ways to choose an architecture from a trained supernet."""

from collections.abc import Mapping
from dataclasses import dataclass

from spikegraph.dsl.schema.calls import CallOf, Signature, vocabulary
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.scalars import Flag, Optional, Real, Whole
from spikegraph.dsl.values import CallValue
from spikegraph.plugins.registry import Registry

MOST_CANDIDATES = 100_000
"""Candidates of the largest search."""


@dataclass(frozen=True)
class MethodSignature(Signature):
    """A search method.

    Attributes:
        supernet: It trains a supernet, as the keys of `search` say; others train candidates, as `retrain` says.
    """

    supernet: bool = False


_COUNT = Whole(1, MOST_CANDIDATES)
_DRAWS = Key("draws", _COUNT, "100", "architectures drawn from the trained supernet, which ranks them by shared weights")

DISCRETISE = vocabulary(
    Signature("alpha", (), "the largest architecture parameters, section 3.2"),
    Signature(
        "perturb",
        (Key("epochs", Whole(0, 10**6), "0", "passes over the weights' samples after each decision"),),
        "edge by edge, what the supernet misses most when it is taken out",
    ),
    Signature("shared_weights", (_DRAWS,), "the architecture with the least loss under the supernet's weights"),
    Signature(
        "halving",
        (Key("n", Whole(2, MOST_CANDIDATES), "10", "architectures with the least loss to train by successive halving"), _DRAWS),
        "the winner of successive halving among the best by shared weights",
    ),
)
"""How a trained supernet becomes one architecture."""


def _discretise(default: str, known: Mapping[str, Signature] = DISCRETISE) -> Key[CallValue]:
    return Key("discretise", CallOf("a way to choose", known), default, "how the trained supernet becomes one architecture")


_WITHOUT_ALPHA = {name: DISCRETISE[name] for name in ("shared_weights", "halving")}


_SHARE = Key(
    "share",
    Optional(Real(0, 1, open_low=True)),
    "none",
    "share of a training at the first comparison; `none`: 3 %, but at least 25 steps; for `halving` a quarter",
)

METHODS: Registry[MethodSignature] = Registry(
    "search method",
    "spikegraph.methods",
    {
        signature.name: signature
        for signature in (
            MethodSignature(
                "darts",
                (_discretise("alpha"), Key("edges", Flag(), "false", "also learn a parameter for each edge of a cell")),
                "all candidates at once, weighted by parameters that follow the gradient, section 3.3",
                supernet=True,
            ),
            MethodSignature(
                "single_path",
                (_discretise("shared_weights", _WITHOUT_ALPHA),),
                "each step trains one random path of the supernet",
                supernet=True,
            ),
            MethodSignature(
                "partial",
                (
                    Key("k", Whole(2, 64), "4", "one in k channels of each edge goes through the candidates"),
                    _discretise("alpha"),
                    Key("edges", Flag(), "true", "also learn a parameter for each edge of a cell"),
                ),
                "as `darts`, on a part of the channels",
                supernet=True,
            ),
            MethodSignature(
                "halving",
                (Key("n", Whole(2, MOST_CANDIDATES), "10", "random architectures that are begun"), _SHARE),
                "trains random architectures, and after 1/4, 1/2 and all steps keeps the better half",
            ),
            MethodSignature(
                "evolution",
                (Key("n", Whole(2, MOST_CANDIDATES), "50", "architectures that are begun"), _SHARE),
                "begins changed copies of good architectures, and trains the best by successive halving",
            ),
            MethodSignature(
                "random", (Key("n", _COUNT, "10", "random architectures that are trained"),), "trains random architectures"
            ),
        )
    },
)
"""All search methods by name; `spikegraph/searches/methods` and the backend have what they do."""

METHOD = CallOf("a search method", METHODS)
