"""Genotypes of the choices on the wires of a random network."""

from spikegraph.generate.values import block
from spikegraph.ir.ops.choose import Choose
from spikegraph.ir.samples import Draw
from spikegraph.program.program import Program


def decided_choices(draw: Draw, text: str) -> str:
    """The genotype that decides all choices on the wires of a spec; empty where its network has none, or isn't sound."""
    program = Program.of_text(text, "generated.sdhs")
    if program.check("search").has_errors:
        return ""
    choices = {op.place: op.branches for op in program.space("search").of(Choose).values()}
    if not choices:
        return ""
    return block("genotype net", {place: draw.choice(branches) for place, branches in choices.items()})
