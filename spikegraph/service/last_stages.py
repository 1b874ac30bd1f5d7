"""The last stage of a wire, whose place is the wire's own."""

from spikegraph.service.document import At
from spikegraph.service.found import Found


def last_stage(wire: Found) -> At | None:
    """The mention of what a wire ends with: of `b` in `x -> norm -> b`, `b(x)` and `x -> repeat(b, 2)`; None without a name."""
    document, piece, (first, behind) = wire.document, wire.at.piece, wire.definition.node.value
    texts, depth, start = [document.text_of(piece, i) for i in range(first, behind)], 0, 0
    for i, text in enumerate(texts):
        depth += (text in ("(", "[")) - (text in (")", "]"))
        start = i + 1 if text == "->" and depth == 0 else start
    if texts[start : start + 2] == ["repeat", "("]:
        start += 2
    elif start == 0 and "(" not in texts[1:4:2]:
        return None  # another wire
    start += 2 if texts[start + 1 : start + 2] == ["."] else 0  # the name of an import
    mentions = document.names[piece].mentions
    return next((At(piece, i) for i, mention in enumerate(mentions) if mention.token == first + start), None)
