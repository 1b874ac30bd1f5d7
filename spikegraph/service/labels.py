"""How nodes are labelled, and the names in their labels."""

from collections.abc import Iterator, Sequence

from spikegraph.dsl.source import Span
from spikegraph.service.mentions import Mention


def unnumbered(label: str) -> Iterator[str]:
    """The label of a node, then those of which it may be the second one, or a later one: `lif22`, `lif2` and `lif`."""
    yield label
    for end in range(len(label) - 1, 0, -1):
        if not label[end:].isdecimal():
            return
        if label[end] != "0" and label[end:] != "1":
            yield label[:end]


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
