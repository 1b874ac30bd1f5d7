"""How nodes are labelled, and the names in their labels."""

from collections.abc import Sequence

from spikegraph.dsl.source import Span
from spikegraph.service.mentions import Mention


def label_of(mentions: Sequence[Mention], number: int) -> tuple[str, Mention]:
    """How the node of a stage is labelled, `lib_lif` for `lib.lif`, and the mention of its first part."""
    mention = mentions[number]
    if mention.owner is None:
        return mention.name, mention
    before, head = label_of(mentions, mention.owner)
    return f"{before}_{mention.name}", head


def part_of(whole: Span, before: int, part: str) -> Span:
    """The span of a part of a name, behind so many of its characters."""
    column = whole.column + before
    return Span(whole.file, whole.line, column, whole.line, column + len(part))
