"""The names that a piece of a text declares, and where it mentions names, as far as the piece alone tells."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from spikegraph.base.record import record
from spikegraph.dsl.schema.statements import KINDS
from spikegraph.service.mentions import Definition, Mention
from spikegraph.service.outline import RUNS, Node, Outline, Range, outline

CALLED = ("block", "trellis", "neuron", "cell", "candidates")
"""The kinds of declarations that a dataflow names."""

BOUND = ("neuron", "cell")
"""The kinds of declarations that a run or a genotype binds a param to."""

SUBJECTS = (("cell", "network"), ("trellis",))
"""The kinds of declarations that a genotype is about, and those that a path is about."""

BROUGHT = frozenset((*CALLED, "model", "network"))
"""The kinds of declarations that a file may name without having them: those of the file that imports it."""

WORDS = ("none", "true", "false")
"""Values that name nothing."""

_KEYS: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("cell", "candidates"): ("candidates",),
    ("cell", "neuron"): ("neuron",),
    ("cell", "preprocess"): CALLED,
    ("trellis", "cell"): ("cell",),
    ("network", "neuron"): ("neuron",),
    ("block", "neuron"): ("neuron",),
    ("neuron", "model"): ("model",),
    ("search", "stems"): ("neuron",),
    ("retrain", "stems"): ("neuron",),
}
"""The kinds of declarations that a key's value names."""

SETTINGS: Mapping[str, tuple[str, ...]] = {"network": ("time", "neuron"), "block": ("weights",)}
"""The keys of networks and blocks, which are no wires."""

WEIGHTS = ("take", "freeze", "rates")
"""Keys of runs whose values are names of weights, or patterns of them."""

_PLACES = (*WEIGHTS, "loss")
"""Keys of runs whose values are paths in the network."""

_PARTS = ("param", "wire", "block", "candidate", *KINDS)
"""What stands behind a dot in a path: a part of a declaration, or a declaration of a named import."""


@record
class Names:
    """All definitions and mentions of a piece."""

    definitions: tuple[Definition, ...]
    mentions: tuple[Mention, ...]


@lru_cache(4096)
def names(text: str) -> Names:
    """The names of a piece."""
    found = _Finder(outline(text))
    for node in found.outline.nodes:
        found.item(node)
    return Names(tuple(found.definitions), tuple(found.mentions))


class _Scope:
    """The values and blocks that a dataflow sees."""

    def __init__(self, above: "_Scope | None" = None) -> None:
        self.values: dict[str, int] = {} if above is None else dict(above.values)
        self.blocks: dict[str, int] = {} if above is None else dict(above.blocks)


_NOTHING = _Scope()


class _Finder:
    def __init__(self, found: Outline) -> None:
        self.outline = found
        self.texts = [token.text for token in found.tokens]
        self.is_name = [token.kind == "name" for token in found.tokens]
        self.definitions: list[Definition] = []
        self.mentions: list[Mention] = []
        self.base: int | None = None
        self.setting: str | None = None

    def define(self, kind: str, token: int, node: Node, parent: int | None) -> int:
        self.definitions.append(Definition(kind, self.texts[token], token, node, parent))
        return len(self.definitions) - 1

    def mention(self, token: int, *kinds: str, local: int | None = None, owner: int | None = None, called: bool = False) -> int:
        self.mentions.append(Mention(token, self.texts[token], kinds, local, owner, called))
        return len(self.mentions) - 1

    def item(self, node: Node) -> None:
        self.base = None
        if node.base is not None:
            base = self.mention(node.base, node.kind)
            self.base = base if node.kind == "network" else None
        if node.kind in RUNS:
            self.run(node)
        elif node.kind == "genotype":
            owner = self.mention(node.names[0], *SUBJECTS[0])
            for entry in node.body:
                param = self.path(entry.names, owner)
                self.candidates_of(entry.value, owner)
                self.bound(entry.value, param)
        elif node.kind == "path":
            self.mention(node.names[0], *SUBJECTS[1])
        elif node.kind == "profile":
            self.define("profile", node.names[0], node, None)
            for entry in node.body:
                self.of_profile(entry)
        elif node.kind == "block":
            self.block(node, None, _NOTHING)
        elif node.kind == "network":
            self.dataflow(node, self.define("network", node.names[0], node, None), _Scope())
        elif node.kind == "model":
            self.model(node)
        elif node.names:
            self.declaration(node)

    def declaration(self, node: Node) -> None:
        own = self.define(node.kind, node.names[0], node, None)
        of_cell: int | None = None
        for entry in node.body:
            key = self.texts[entry.names[0]] if entry.names else ""
            kinds = _KEYS.get((node.kind, key))
            if node.kind == "candidates" and entry.kind == "entry":
                self.define("candidate", entry.names[0], entry, own)
                self.value(entry.value, _NOTHING, CALLED)
            elif kinds is not None:
                before = len(self.mentions)
                self.value(entry.value, _NOTHING, kinds)
                of_cell = before if key == "candidates" and len(self.mentions) > before else of_cell
            elif key == "rank_without" and of_cell is not None:
                for i in self.tokens(entry.value):
                    self.mention(i, "candidate", owner=of_cell)

    def block(self, node: Node, parent: int | None, scope: _Scope) -> None:
        own = self.define("block", node.names[0], node, parent)
        if parent is not None:
            scope.blocks[self.texts[node.names[0]]] = own
        inner = _Scope(scope)
        for i in node.parameters:
            inner.values[self.texts[i]] = self.define("parameter", i, node, own)
        self.dataflow(node, own, inner)

    def dataflow(self, node: Node, own: int, scope: _Scope) -> None:
        """The statements of a network or a block; a wire is known to all of them, so that one that comes later is found too."""
        sort = {"param": "param", "output": "wire", "input": "input"}
        for inner in node.body:
            wire = inner.kind == "entry" and len(inner.names) == 1 and self.texts[inner.names[0]] not in SETTINGS[node.kind]
            kind = "wire" if wire else sort.get(inner.kind)
            for i in inner.names if kind is not None else ():
                scope.values[self.texts[i]] = self.define(kind or "", i, inner, own)
        for inner in node.body:
            if inner.kind == "block":
                self.block(inner, own, scope)
        for inner in node.body:
            key = self.texts[inner.names[0]] if inner.kind == "entry" else ""
            if inner.kind == "input":
                self.value((inner.value[0] + 1, inner.value[1]), scope, ())  # what is behind the kind, which is no name
            elif inner.kind != "block":
                set_ = inner.kind == "param" or key in SETTINGS[node.kind]
                self.setting = self.texts[inner.names[0]] if set_ and inner.names else None
                self.value(inner.value, scope, _KEYS.get((node.kind, key), CALLED))
                self.setting = None

    def model(self, node: Node) -> None:
        own = self.define("model", node.names[0], node, None)
        scope = _Scope()
        for i in node.parameters:
            scope.values[self.texts[i]] = self.define("parameter", i, node, own)
        sort = {"number": "number", "weights": "weights", "option": "option", "state": "state", "entry": "wire"}
        for inner in node.body:
            for i in inner.names:
                if self.texts[i] not in scope.values:
                    scope.values[self.texts[i]] = self.define(sort.get(inner.kind, "wire"), i, inner, own)
                else:
                    self.mention(i, local=scope.values[self.texts[i]])
        for inner in node.body:
            for i in range(*inner.range):
                text = self.texts[i]
                if self.is_name[i] and i not in inner.names and i not in inner.keywords and text in scope.values:
                    self.mention(i, local=scope.values[text])

    def run(self, node: Node) -> None:
        network = self.mention(node.names[0], "network")
        if node.on is not None:
            self.mention(node.on, "dataset")
        param: int | None = None
        for i in self.tokens(node.header):
            if self.text(i + 1) == "=":
                param = self.mention(i, "param", owner=network)
            else:
                self.bound((i, i + 1), param)
        for entry in node.body:
            key = self.texts[entry.names[0]] if entry.names else ""
            if entry.kind == "dgs" or key in _PLACES:
                self.places(entry.value, network)
            elif (node.kind, key) in _KEYS:
                self.value(entry.value, _NOTHING, _KEYS[node.kind, key])

    def places(self, value: Range, network: int) -> None:
        """Paths in a network: `features.stem0`."""
        owner = network
        for i in self.tokens(value):
            owner = owner if self.text(i - 1) == "." else network
            if self.text(i + 1) not in ("(", "="):
                owner = self.mention(i, "wire", "block", "input", owner=owner)

    def bound(self, value: Range, param: int | None) -> None:
        """The neurons and cells of the values that a run or genotype binds a param to."""
        for i in self.tokens(value):
            if param is None or self.texts[i] in WORDS:
                continue
            if self.text(i - 1) == ".":
                self.mention(i, *BOUND, owner=len(self.mentions) - 1)
            elif self.text(i + 1) == ".":
                self.mention(i, "import")
            elif self.text(i + 1) != "(":
                self.mention(i, *BOUND, owner=param)

    def path(self, parts: Iterable[int], owner: int | None) -> int | None:
        """A path whose first part names a declaration or a run, unless it is one of parts of `owner`; its last mention."""
        for i in parts:
            kinds = (*KINDS, "block", "path", *RUNS, "import") if owner is None else _PARTS
            owner = self.mention(i, *kinds, owner=owner)
        return owner

    def of_profile(self, entry: Node) -> None:
        """A path and its value; what belongs to a run is a mention of the run's network too."""
        run = len(self.mentions)
        self.path(entry.names, None)
        parts = [self.texts[i] for i in entry.names]
        if len(parts) == 2 and parts[0] in RUNS and parts[1] in _PLACES:
            self.places(entry.value, run)
        else:
            self.value(entry.value, _NOTHING, CALLED)

    def candidates_of(self, value: Range, cell: int) -> None:
        """The operations of a genotype's terms, which are candidates of the cell."""
        for i in self.tokens(value):
            if self.text(i + 1) == "(":
                self.mention(i, "candidate", owner=cell)

    def tokens(self, value: Range) -> Iterable[int]:
        return (i for i in range(*value) if self.is_name[i])

    def text(self, i: int) -> str:
        return self.texts[i] if 0 <= i < len(self.texts) else ""

    def value(self, value: Range, scope: _Scope, kinds: tuple[str, ...]) -> None:
        """The names in an expression."""
        open_: list[int | None] = []
        before: list[str] = []
        last: int | None = None
        for i in range(*value):
            text = self.texts[i]
            if text in ("(", "["):
                open_.append(last if text == "(" else None)
                before.append(self.text(i - 1) if text == "(" else text)
            elif text in (")", "]") and open_:
                open_.pop()
                before.pop()
            last = None
            if not self.is_name[i] or text in WORDS:
                continue
            if self.text(i - 1) == ".":
                owner = len(self.mentions) - 1
                last = self.mention(i, *kinds, owner=owner if owner >= 0 else None)
            elif self.text(i + 1) == "=" and open_:
                if open_[-1] is not None:
                    self.mention(i, "param", owner=open_[-1])
            else:
                cells = before[-2:] == ["chain", "["]
                last = self.used(i, scope, ("cell",) if cells else kinds, cells=cells)

    def used(self, i: int, scope: _Scope, kinds: tuple[str, ...], *, cells: bool = False) -> int:
        """The mention of a name that is no argument's; that of a cell of a chain may be a param, but no wire."""
        text, set_ = self.texts[i], self.setting is not None
        called = set_ or self.text(i - 1) == "->" or self.text(i + 1) == "("
        tables = (scope.blocks, scope.values) if called else (scope.values, scope.blocks)
        local = next((table[text] for table in tables if text in table), None)
        kind = None if local is None else self.definitions[local].kind
        if (cells and kind != "param") or (called and kind not in ("block", "param")) or text == self.setting:
            local = (
                None  # what is set, called or a cell of a chain is no wire, nor itself: a declaration elsewhere has this name
            )
        if self.text(i + 1) == "." and local is None:
            kinds = ("import",)
        number = self.mention(i, *kinds, local=local, called=called)
        if local is None and not cells and text != self.setting:
            self.mentions[number] = self.mentions[number]._replace(base=self.base)
        return number
