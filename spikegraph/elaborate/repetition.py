"""`repeat(block, times)`: which block, with what arguments, and how often."""

from collections.abc import Mapping

from spikegraph.base.nearest import did_you_mean, listed
from spikegraph.dsl.ast import Call, Name
from spikegraph.dsl.evaluate import whole
from spikegraph.dsl.name_fixes import name_span, rename
from spikegraph.dsl.spec import Block
from spikegraph.elaborate.context import Context, text
from spikegraph.elaborate.unknown_operations import as_call

PARAMETERS = ("block", "times")


def repetition(call: Call, blocks: Mapping[str, Block], context: Context) -> tuple[Block, Call, int] | None:
    """The block of `repeat(basic(out = 64), 3)`, its use, and the number of times; None after an error.

    Args:
        call: The call, without its operand.
        blocks: The blocks that can be used there.
        context: The context of the call.
    """
    diagnostics = context.diagnostics
    given = {a.name or (PARAMETERS[i] if i < 2 else str(i)): a for i, a in enumerate(call.arguments)}
    unknown = [a for a in call.arguments if a.name is not None and a.name not in PARAMETERS]
    for a in unknown:
        help = did_you_mean(a.name or "", PARAMETERS) or "it has `block` and `times`"
        fixes = rename(name_span(a), a.name or "", PARAMETERS)
        diagnostics.error("SG0308", a.span, f"`repeat` has no parameter `{a.name}`", help=help, fixes=fixes)
    if unknown:
        return None
    if set(given) != set(PARAMETERS) or len(call.arguments) != 2:
        help = "write `x -> repeat(BLOCK(...), 3)`"
        diagnostics.error("SG0304", call.span, "`repeat` needs a block and how often it is used", help=help)
        return None
    used = given["block"].value
    use = as_call(used) if isinstance(used, Name | Call) else None
    if use is None or use.function.id not in blocks:
        name = "" if use is None else use.function.id
        if not context.broken.excuses("block", name):
            there = f"there are {listed(blocks, last='and')}" if blocks else "declare one with `block NAME(x) { ... }`"
            fixes = () if use is None else rename(use.function.span, name, blocks)
            help = did_you_mean(name, blocks) or there
            diagnostics.error("SG0310", used.span, f"`{text(used)}` is not a block", help=help, fixes=fixes)
        return None
    times = whole(given["times"].value, context.values, diagnostics)
    if times is not None and times < 1:
        diagnostics.error("SG0304", given["times"].span, f"`times` of `repeat` is {times}, but must be at least 1")
        return None
    return None if times is None else (blocks[use.function.id], use, times)
