"""Random networks in all ways of computing them: values and gradients are those of the reference, but for rounding."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random

os.environ.setdefault("OMP_NUM_THREADS", "1")

from agreement import Agreement
from cases import Outcome
from computed import Network
from failures import Failure, smallest_failure
from networks import WANTED
from valid_specs import decoded
from ways import GENERATED, WAYS, Way

from spikegraph.base.errors import NotStreamableError
from spikegraph.generate import Generated, Wanted, random_spec, seeded
from spikegraph.meaning.rounding.bounded import FLOAT64
from spikegraph.program.program import Program

LAYERS = Wanted(
    operations=("conv", "linear", "transposed", "norm", "add", "identity", "pool", "flatten"),
    neuron=lambda neuron: neuron.spikes,
    axes=(2, 1, 0),
    blocks=0.4,
    cells=0.3,
    trellises=0.2,
    decided=0,
)
"""Layers, norms and neurons in cells whose choices are open, which passes join."""

SLOPES = "operation by operation, gradients"
"""The gradients of the plain network are compared with differences of the reference, all others with them."""

EXACT = (SLOPES, *(name for way in (*WAYS, GENERATED) if way.precision is FLOAT64 for name in (way.name, way.of_gradients)))
"""What is compared in float64."""

MOST_UNKNOWN = 0.01
"""The largest share of the numbers in float64 that may be unknown."""


@dataclass
class Compared:
    """A network in all ways, up to the first that differs.

    Attributes:
        found: How far each way agrees, by name.
        failure: What differs; None if nothing does.
        way: The way that was compared last.
    """

    found: dict[str, Agreement] = field(default_factory=dict[str, Agreement])
    failure: Failure | None = None
    way: Way | None = None


def case(seed: int, ways: Sequence[Way] = (*WAYS, GENERATED)) -> Outcome:
    """Compares one network in several ways, by default all; what rounding has decided in float64 is the kind."""
    draw, wanted = seeded(f"equal {seed}"), LAYERS if seed % 2 else WANTED
    made = random_spec(draw, wanted)
    compared = compare(made, seed, ways)
    counts = {name: (each.numbers, each.unknown, each.different) for name, each in compared.found.items() if each.numbers}
    if compared.failure is not None:
        failed = () if compared.way is None else (compared.way,)
        text = smallest_failure(made, draw.taken, compared.failure, lambda spec: compare(spec, seed, failed).failure, wanted)
        return Outcome("failed", False, text, counts)
    unknown = any(compared.found[name].unknown for name in EXACT if name in compared.found)
    return Outcome("rounding decided a number" if unknown else "all numbers equal", True, counts=counts)


def compare(made: Generated, seed: int, ways: Sequence[Way]) -> Compared:
    """Compares a network, with open choices and with those of a random genotype, in some ways."""
    compared, what = Compared(), "the network"
    try:
        for phase, network in _networks(made, seed):
            training = Random(f"{phase} {seed}").random() < 0.5
            for way in ways:
                compared.way, what = way, way.name
                if not network.differs(way):
                    continue
                with suppress(NotStreamableError):
                    _add(compared, phase, network.agreements(way, training=training and way.trains))
                if compared.failure is not None:
                    return compared
            compared.way, what = None, SLOPES
            _add(compared, phase, {SLOPES: network.slope(training=training)})
            if compared.failure is not None:
                return compared
    except Exception as error:  # noqa: BLE001 (every exception is a finding)
        compared.failure = Failure(f"{what}, {type(error).__name__}", str(error))
    return compared


def _add(compared: Compared, phase: str, found: Mapping[str, Agreement]) -> None:
    for name, each in found.items():
        compared.found[name] = compared.found.get(name, Agreement()) + each
        if each.different and compared.failure is None:
            compared.failure = Failure(name, f"{each.first} ({phase})")


def _networks(made: Generated, seed: int) -> Iterator[tuple[str, Network]]:
    """The network of each phase; that of a search if it has open choices."""
    program = Program.of_text(made.text, "net.sdhs").checked()
    search = program.build("search")
    bound = decoded(program, search, Random(seed))
    yield "retrain", Network(bound.build("retrain"), bound.build("deploy"), seed)
    if bound is not program:
        yield "search", Network(search, None, seed)
