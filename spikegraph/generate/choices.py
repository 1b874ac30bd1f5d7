"""The choices of a random network: whether a search can decide them, and genotypes of those on wires."""

from spikegraph.elaborate.open_choices import choices_of, without_effect
from spikegraph.generate.values import block
from spikegraph.ir.ops.choose import Choose
from spikegraph.ir.samples import Draw
from spikegraph.program.program import Program


def can_be_searched(text: str) -> bool:
    """Whether a spec without runs has choices, and its outputs depend on all of them."""
    program = Program.of_text(text, "generated.sdhs")
    if program.check("search").has_errors:
        return False
    graph = program.build("search").space
    return bool(choices_of(graph)) and not without_effect(graph)


def decided_choices(draw: Draw, text: str) -> str:
    """The genotype that decides all choices on the wires of a spec; empty where its network has none, or isn't sound."""
    program = Program.of_text(text, "generated.sdhs")
    if program.check("search").has_errors:
        return ""
    choices = {op.place: op.branches for op in program.build("search").space.of(Choose).values()}
    if not choices:
        return ""
    return block("genotype net", {place: draw.choice(branches) for place, branches in choices.items()})
