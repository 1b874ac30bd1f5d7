"""The structure of a declaration from its tokens: statements with their names and values, whether or not they are whole.

The parser of `dsl` reads sound texts only; an editor's text is broken most of the time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from spikegraph.base.record import record
from spikegraph.dsl.schema.statements import KINDS
from spikegraph.service.lexer import CLOSING, OPENING, Token, tokens

Range = tuple[int, int]
"""Numbers of tokens: the first one, and the one behind the last."""

_CLOSER = dict(zip(OPENING, CLOSING, strict=True))
RUNS = ("search", "retrain")


@record
class Node:
    """A declaration or a statement. Numbers are those of tokens of its piece.

    Attributes:
        kind: The word of a declaration, such as `cell`; of statements `entry`, `param`, `output`, `input`, `return`, `block`,
            `dgs`, `number`, `weights`, `option`, `state`, `emit`, `over`; `version` and `import`.
        range: All of it.
        names: What it names: of a declaration its name, of an entry the parts of its path, of inputs all of them.
        keywords: The words that are keywords here.
        parameters: The parameters of a block, or the inputs of a model.
        base: The name behind `like`.
        on: The data set of a run.
        header: The arguments of a run.
        value: What is behind `=` or `:`.
        body: What is in braces.
        braces: The braces; the second is None where it is missing.
    """

    kind: str
    range: Range
    names: tuple[int, ...] = ()
    keywords: tuple[int, ...] = ()
    parameters: tuple[int, ...] = ()
    base: int | None = None
    on: int | None = None
    header: Range = (0, 0)
    value: Range = (0, 0)
    body: "tuple[Node, ...]" = ()
    braces: tuple[int, int | None] | None = None

    def walk(self) -> "Iterator[Node]":
        """The node and all inside it, in order."""
        yield self
        for inner in self.body:
            yield from inner.walk()


@record
class Outline:
    """A piece of a text: its tokens without comments, its comments, and its declarations."""

    tokens: tuple[Token, ...]
    comments: tuple[Token, ...]
    nodes: tuple[Node, ...]

    def walk(self) -> Iterator[Node]:
        """All nodes in order."""
        for node in self.nodes:
            yield from node.walk()


@lru_cache(4096)
def outline(text: str) -> Outline:
    """The structure of a text; made once."""
    found = tokens(text)
    sound = tuple([t for t in found if t.kind != "comment"])
    return Outline(sound, tuple([t for t in found if t.kind == "comment"]), tuple(_Reader(sound, text).items()))


class _Reader:
    """Reads tokens from left to right, without looking at what they mean."""

    def __init__(self, found: Sequence[Token], text: str) -> None:
        self.tokens, self.source, self.at, self.end = found, text, 0, len(found)
        self.last_value: Range = (0, 0)
        self.texts = [t.text for t in found]
        self.is_name = [t.kind == "name" for t in found]

    def text(self, i: int) -> str:
        return self.texts[i] if i < self.end else ""

    def named(self, i: int) -> bool:
        return i < self.end and self.is_name[i]

    def items(self) -> Iterator[Node]:
        while self.at < self.end:
            found = self.item()
            if found is None:
                self.at += 1
            else:
                yield found

    def item(self) -> Node | None:
        i, word = self.at, self.text(self.at)
        if word == "sdhs" and i + 1 < self.end and self.tokens[i + 1].kind == "number":
            self.at += 2
            return Node("version", (i, self.at), keywords=(i,))
        if word == "import" and i + 1 < self.end and self.tokens[i + 1].kind in ("text", "open"):
            return self.imported()
        if word in ("block", "model") and self.named(i + 1):
            return self.callable(word)
        if word == "path" and self.named(i + 1):
            self.at += 2
            return Node("path", (i, self.past_value()), (i + 1,), (i,), value=self.last_value)
        if word in RUNS and self.named(i + 1):
            return self.run(word)
        if self.named(i) and self.named(i + 1) and (word in KINDS or self.text(i + 2) in ("{", "like")):
            return self.declaration(word)
        return None

    def imported(self) -> Node:
        i = self.at
        self.at += 2
        if self.text(self.at) == "as" and self.named(self.at + 1):
            self.at += 2
            return Node("import", (i, self.at), (i + 3,), (i, i + 2), value=(i + 1, i + 2))
        return Node("import", (i, self.at), (), (i,), value=(i + 1, i + 2))

    def callable(self, word: str) -> Node:
        i = self.at
        self.at += 2
        inside = self.brackets() if self.text(self.at) == "(" else (0, 0)
        parameters = tuple(n for n in range(*inside) if self.named(n))
        return self.with_body(Node(word, (i, i), (i + 1,), (i,), parameters))

    def declaration(self, word: str) -> Node:
        i = self.at
        self.at += 2
        base, keywords = None, (i,)
        if self.text(self.at) == "like" and self.named(self.at + 1):
            base, keywords = self.at + 1, (i, self.at)
            self.at += 2
        return self.with_body(Node(word, (i, i), (i + 1,), keywords, base=base))

    def run(self, word: str) -> Node:
        i = self.at
        self.at += 2
        header = self.brackets() if self.text(self.at) == "(" else (0, 0)
        on, keywords = None, (i,)
        if self.text(self.at) == "on":
            keywords = (i, self.at)
            self.at += 1
            if self.named(self.at):
                on = self.at
                self.at += 1
        return self.with_body(Node(word, (i, i), (i + 1,), keywords, on=on, header=header))

    def with_body(self, head: Node) -> Node:
        """The node of a head, whose braces may be here."""
        body: list[Node] = []
        braces: tuple[int, int | None] | None = None
        if self.text(self.at) == "{":
            opened = self.at
            self.at += 1
            while self.at < self.end and self.text(self.at) != "}":
                found = self.statement()
                if found is None:
                    self.at += 1
                else:
                    body.append(found)
            braces = (opened, self.at if self.at < self.end else None)
            self.at = min(self.at + 1, self.end)
        return replace(head, range=(head.range[0], self.at), body=tuple(body), braces=braces)

    def statement(self) -> Node | None:
        i, word = self.at, self.text(self.at)
        if word == "return":
            self.at += 1
            return Node("return", (i, self.past_value()), (), (i,), value=self.last_value)
        if word in ("output", "param", "number", "option", "state") and self.named(i + 1) and self.text(i + 2) == "=":
            self.at += 3
            return Node(word, (i, self.past_value()), (i + 1,), (i,), value=self.last_value)
        if word == "weights" and self.named(i + 1) and self.text(i + 2) == "[":
            self.at += 2
            self.brackets()
            self.at += self.text(self.at) == "="
            return Node(word, (i, self.past_value()), (i + 1,), (i,), value=self.last_value)
        if word in ("emit", "over") and self.named(i + 1):
            self.at += 1
            return Node(word, (i, self.past_value()), (), (i,), value=self.last_value)
        if word == "input" and self.named(i + 1):
            return self.inputs()
        if word == "block" and self.named(i + 1) and self.text(i + 2) in ("(", "{"):
            return self.callable("block")
        if word == "dgs" and self.text(i + 1) == "at":
            self.at += 2
            while self.at < self.end and self.text(self.at) not in ("{", "}"):
                self.at += 1
            return self.with_body(Node("dgs", (i, i), (), (i, i + 1), value=(i + 2, self.at)))
        return self.entry()

    def inputs(self) -> Node:
        i = self.at
        names = [i + 1]
        self.at += 2
        while self.text(self.at) == "," and self.named(self.at + 1):
            names.append(self.at + 1)
            self.at += 2
        self.at += self.text(self.at) == ":"
        return Node("input", (i, self.past_value()), tuple(names), (i,), value=self.last_value)

    def entry(self) -> Node | None:
        key = self.key(self.at)
        if key is None:
            return None
        i, (names, behind) = self.at, key
        self.at = behind + 1
        return Node("entry", (i, self.past_value()), names, value=self.last_value)

    def key(self, i: int) -> tuple[tuple[int, ...], int] | None:
        """The names of a path that begins here, and the `=` behind it; None where there is none."""
        if not self.named(i):
            return None
        names, i = [i], i + 1
        while True:
            if self.text(i) == "." and self.named(i + 1):
                names.append(i + 1)
                i += 2
            elif self.text(i) == "[" and self.text(i - 1) != "in":
                while i < self.end and self.text(i) not in ("]", "}", "="):
                    i += 1
                i += self.text(i) == "]"
            else:
                return (tuple(names), i) if self.text(i) == "=" else None

    def past_value(self) -> int:
        """Goes to the end of a value: the next statement, or a closing brace; `last_value` is its range."""
        start = self.at
        while self.at < self.end and not self.ends_value(start):
            if self.text(self.at) in ("(", "[", "{"):
                self.brackets()
            else:
                self.at += 1
        self.last_value = (start, self.at)
        return self.at

    def ends_value(self, start: int) -> bool:
        """Whether the token here belongs to the next statement."""
        i, word = self.at, self.text(self.at)
        if word in ("}", "return"):
            return True
        if not self.named(i) or (i > start and self.text(i - 1) == "."):
            return False
        if word == "block" and self.named(i + 1) and self.text(i + 2) == "(":
            return True
        if word == "dgs" and self.text(i + 1) == "at":
            return True
        if word == "input" and self.named(i + 1) and self.text(i + 2) in (":", ","):
            return True
        if word in ("emit", "over", "weights") and i > start and self.named(i + 1):
            return True
        if word in ("output", "param", "number", "option", "state", "path") and self.named(i + 1) and self.text(i + 2) == "=":
            return True
        if word in KINDS and self.named(i + 1) and self.text(i + 2) in ("{", "like"):
            return True
        return self.key(i) is not None

    def brackets(self) -> Range:
        """Goes behind the bracket that closes the one here; where none does, to the next line that begins a statement."""
        wanted = [_CLOSER[self.text(self.at)]]
        self.at += 1
        start = self.at
        while self.at < self.end and wanted:
            text = self.text(self.at)
            if text in _CLOSER:
                wanted.append(_CLOSER[text])
            elif text == wanted[-1]:
                wanted.pop()
            elif text == "}":
                break
            self.at += 1
        if not wanted:
            return start, self.at - 1
        stop, self.at = self.at, start
        while self.at < stop and not (self.begins_line(self.at) and self.ends_value(start)):
            self.at += 1
        return start, self.at

    def begins_line(self, i: int) -> bool:
        return "\n" in self.source[self.tokens[i - 1].end : self.tokens[i].start]
