"""Random networks: in all phases and in random orders, each pass keeps what the network computes; at most 1 % is unknown."""

import os
from contextlib import suppress
from random import Random

os.environ.setdefault("OMP_NUM_THREADS", "1")

from cases import Outcome
from failures import Failure, smallest_failure
from valid_specs import decoded

from spikegraph.base.errors import PassError
from spikegraph.generate import Generated, Wanted, legal_order, random_spec, seeded
from spikegraph.ir.samples import Draw
from spikegraph.passes import pipeline
from spikegraph.passes.base import Pass
from spikegraph.passes.phase_pipelines import PHASE_NAMES
from spikegraph.program.phases import Built
from spikegraph.program.program import Program
from spikegraph.validation.pipelines import validate

WANTED = Wanted(operation=lambda op: not op.traits.scales)
"""Everything but dropout, which is random in training."""


def ordered(draw: Draw, built: Built) -> tuple[Pass, ...]:
    """The passes of a phase in a random order; an order in which no pass can come next is drawn again."""
    while True:
        with suppress(PassError):
            return pipeline.parse(legal_order(draw, built.passes, built.space), built.passes)


def case(seed: int) -> Outcome:
    """Validates one network; what rounding has decided in it is the kind."""
    draw = seeded(f"networks {seed}")
    made = random_spec(draw, WANTED)
    found = validated(made, seed)
    if isinstance(found, Failure):
        return Outcome("failed", False, smallest_failure(made, draw.taken, found, lambda spec: _failure(spec, seed), WANTED))
    return Outcome("rounding decided a spike" if found else "all spikes equal", True)


def validated(made: Generated, seed: int) -> int | Failure:
    """How many spikes rounding has decided in all phases, in their orders and in random ones; or what is wrong."""
    draw, explained, what = seeded(f"orders {seed}"), 0, "the network"
    try:
        program = Program.of_text(made.text, "net.sdhs").checked()
        bound = decoded(program, program.build("search"), Random(seed))
        for phase in PHASE_NAMES:
            built = (program if phase == "search" else bound).build(phase)
            what = phase
            explained += validate(built.space, built.passes, seed).explained
            what = f"{phase} in a random order"
            explained += validate(built.space, ordered(draw, built), seed).explained
    except Exception as error:  # noqa: BLE001 (every exception is a finding)
        return Failure(f"{what}, {type(error).__name__}", str(error))
    return explained


def _failure(made: Generated, seed: int) -> Failure | None:
    found = validated(made, seed)
    return found if isinstance(found, Failure) else None
