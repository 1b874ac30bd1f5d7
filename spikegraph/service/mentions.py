"""The names in a piece of a text: where they are declared, and where they are used."""

from typing import NamedTuple

from spikegraph.service.outline import Node


class Definition(NamedTuple):
    """A name that is declared.

    Attributes:
        kind: The kind of a declaration, or `param`, `parameter`, `input`, `wire`, `candidate`; of models `number`, `weights`,
            `option`, `state`; `import` for what stands before a dot.
        name: The name.
        token: Number of the name's token.
        node: What declares it.
        parent: Number of the definition that it is part of.
    """

    kind: str
    name: str
    token: int
    node: Node
    parent: int | None


class Mention(NamedTuple):
    """A name that is used.

    Attributes:
        token: Number of the name's token.
        name: The name.
        kinds: What it may be, best first.
        local: Number of its definition, if that is in the piece.
        owner: Number of the mention that it is a part of: the block whose param it is.
        called: Whether an operation may have this name too.
        base: Number of the mention of the network behind `like`, whose wires it may be.
    """

    token: int
    name: str
    kinds: tuple[str, ...] = ()
    local: int | None = None
    owner: int | None = None
    called: bool = False
    base: int | None = None
