"""What may be written as a value: of a key, in a call, in the dataflow of a network."""

from collections.abc import Iterator

from spikegraph.dsl.schema.cell import NeuronUse, Pipeline
from spikegraph.dsl.schema.key import Key
from spikegraph.dsl.schema.loss_sums import LossSum
from spikegraph.dsl.schema.losses import LOSSES, OF
from spikegraph.dsl.schema.network import INPUT_KINDS
from spikegraph.ir.opdef import OPS
from spikegraph.service import vocabulary
from spikegraph.service.cursor import Call
from spikegraph.service.document import At
from spikegraph.service.found import Found
from spikegraph.service.names import BOUND, CALLED, WORDS
from spikegraph.service.neuron_models import changed_keys
from spikegraph.service.offers import Completion, Keyed, Offers, plain
from spikegraph.service.outline import Node
from spikegraph.service.paths import declarations


class Values(Offers):
    """What may be written as a value."""

    def of_key(self, keyed: Keyed) -> Iterator[Completion]:
        """The values of a key; inside of a call what its parameters take."""
        key, call = keyed.key, self.at.call
        if isinstance(key.type, Pipeline):
            yield from plain(vocabulary.values(key.type)) if call is None and not self.at.path else ()
            yield from self.pipeline(call)
        elif call is not None and isinstance(key.type, NeuronUse):
            yield from self.of_neuron(call) if call.name is not None else self.arguments(call)
        elif call is not None:
            yield from self.arguments_of_key(key, call) if self.at.last in ("(", ",") else ()
            yield from self.of_parameter()
            yield from self.of_loss(keyed, call) if isinstance(key.type, LossSum) else ()
        else:
            yield from plain(vocabulary.values(key.type)) if not self.at.path else ()
            kind = vocabulary.declared_kind(key.type) or ("model" if key.name == "model" else None)
            yield from self.named(*(() if kind is None else (kind,)))
            if key.name == "rank_without":
                yield from self.ranked(keyed)

    def ranked(self, keyed: Keyed) -> Iterator[Completion]:
        """The candidates of the cell whose key it is."""
        definitions = keyed.document.names[keyed.piece].definitions
        number = next((i for i, definition in enumerate(definitions) if definition.node is keyed.node), None)
        cell = None if number is None else Found(keyed.document, At(keyed.piece, number))
        yield from (self.of(*found) for found in ({} if cell is None else self.workspace.candidates(cell)).values())

    def arguments_of_key(self, key: Key[object], call: Call) -> Iterator[Completion]:
        """The parameters of a call of a key's vocabulary that it doesn't have yet."""
        entry = next((each for each in vocabulary.values(key.type) if each.name == call.function), None)
        for name, what in () if entry is None else entry.parameters:
            if name not in call.given:
                yield Completion(name, "argument", f"{name} = ...", what)

    def of_parameter(self) -> Iterator[Completion]:
        """The words of the parameter, of a call of the key's vocabulary, whose value this is."""
        call = self.at.call
        if self.keyed is None or call is None:
            return
        given = call.argument if call.name is None else call.name
        found = vocabulary.parameter(self.keyed.key.type, call.function, given)
        yield from () if found is None else plain(vocabulary.values(found.type))

    def texts(self) -> Iterator[Completion]:
        """What may be written in the string: words of the parameter that need quotes, without them."""
        for each in self.of_parameter():
            if each.name.startswith('"'):
                name = each.name.strip('"')
                yield Completion(name, each.sort, name, each.doc)

    def of_loss(self, keyed: Keyed, call: Call) -> Iterator[Completion]:
        """The outputs of a run's network that a loss takes, and the wires that a penalty or another parameter takes."""
        loss = LOSSES.get(call.function)
        name = keyed.document.text_of(keyed.piece, keyed.node.names[0]) if keyed.node.names else ""
        first = loss is not None and loss.parameters[:1] == (OF,)
        outputs = first and call.name in (None, OF.name)
        wanted = outputs or call.name in (None, "at", "to")
        for each in self.members(keyed.document, name).values() if loss is not None and wanted else ():
            if each.kind in ("wire", "input", "block") and (not outputs or each.definition.node.kind == "output"):
                yield self.of(*each)

    def in_statement(self, node: Node, statement: Node) -> Iterator[Completion]:
        """The wires and operations of a dataflow; the kind of an input, and the params that its sizes may have."""
        at = self.at
        if statement.kind == "input":
            opened = any(token.text == "[" for token in at.before[statement.value[0] :])
            params = (each for each in self.visible() if each.sort == "param") if opened else ()
            yield from params
            kinds = {} if opened else INPUT_KINDS
            yield from (Completion(kind, "value", f"{kind}[...]", doc) for kind, doc in kinds.items())
        elif node.kind == "model":
            yield from self.visible()
        elif node.kind in ("network", "block", "candidates"):
            yield from self.pipeline(at.call, bound=statement.kind == "param")

    def pipeline(self, call: Call | None, *, bound: bool = False) -> Iterator[Completion]:
        """The values and operations of a dataflow, and the arguments of its open call."""
        if self.at.path:
            yield from self.brought(*self.taken(bound=bound))
            return
        if call is not None and call.name is not None and (found := [*self.of_neuron(call)]):
            yield from found
            return
        if call is not None and self.at.last in ("(", ","):
            yield from self.arguments(call)
        if call is not None and (call.name is not None or self.at.last in ("(", ",")):
            yield from self.choices(call)
        yield from self.dataflow(bound=bound)

    def taken(self, *, bound: bool) -> tuple[str, ...]:
        """The kinds of declarations that a dataflow takes, or that a param is bound to; cells are arguments of `chain`."""
        return BOUND if bound else (*CALLED[:3], *(("cell",) if self.at.call is not None else ()))

    def arguments(self, call: Call) -> Iterator[Completion]:
        """The arguments that a call in a dataflow doesn't have yet."""
        owner = self.workspace.declared(self.document, call.function, CALLED) or self.inside(call.function)
        if owner is None:
            entry = vocabulary.called(call.function)
            found = [] if entry is None else [Completion(n, "argument", f"{n} = ...", what) for n, what in entry.parameters]
        elif owner.kind == "neuron":
            of_neuron = changed_keys(self.workspace, owner)
            found = [Completion(k.name, "argument", f"{k.name} = {k.default}", k.doc) for k in of_neuron]
        else:
            members = (owner.document.symbol(at) for at in owner.document.members(owner.at).values())
            of = owner.definition.name
            found = [Completion(m.name, "argument", f"param of `{of}`") for m in members if m.kind == "param"]
        yield from (each for each in found if each.name not in call.given)

    def of_neuron(self, call: Call) -> Iterator[Completion]:
        """The values of the key of a neuron that a call changes."""
        owner = self.workspace.declared(self.document, call.function, CALLED)
        for key in changed_keys(self.workspace, owner) if owner is not None and owner.kind == "neuron" else ():
            if key.name == call.name:
                kind = vocabulary.declared_kind(key.type)
                yield from plain(vocabulary.values(key.type))
                yield from self.declared(*(() if kind is None else (kind,)))

    def choices(self, call: Call) -> Iterator[Completion]:
        """The words that the argument of an operation takes."""
        op = OPS.get(call.function)
        operands = 0 if op is None else len(op.operands) - call.piped
        yield from plain(vocabulary.choices(call.function, call.name or call.argument - operands))

    def dataflow(self, *, bound: bool) -> Iterator[Completion]:
        """After an arrow what takes a value; else values first."""
        if self.at.last != "->":
            yield from self.visible()
        found = self.document.names[self.at.piece].definitions
        blocks = (i for i, d in enumerate(found) if d.kind == "block" and d.parent is not None)
        yield from (self.of(self.document, At(self.at.piece, i)) for i in blocks)
        yield from (self.of(*each) for each in self.by_like() if each.kind == "block")
        yield from self.declared(*CALLED[:3], *self.taken(bound=bound), "import")
        yield from plain(vocabulary.operations())

    def visible(self) -> Iterator[Completion]:
        """The wires, inputs and params of the declarations around the place, innermost first, then those by `like`."""
        definitions, call = self.document.names[self.at.piece].definitions, self.at.call
        before = call is not None and call.function == "previous"  # whose wire may be the one that is being defined
        for node in reversed(self.at.around):
            owner = next(
                (i for i, d in enumerate(definitions) if d.node is node and d.kind in ("network", "block", "model")), None
            )
            for i, definition in enumerate(definitions):
                here = definition.node is self.at.statement and not before
                if owner is not None and definition.parent == owner and definition.kind != "block" and not here:
                    yield self.of(self.document, At(self.at.piece, i))
        written = () if before or self.at.statement is None else self.at.statement.names
        own = set(map(self.text, written))
        yield from (self.of(*found) for found in self.by_like() if found.kind != "block" and found.definition.name not in own)

    def by_like(self) -> Iterator[Found]:
        """What the network around the place has of those behind its `like`."""
        node = self.at.around[0]
        base = None if node.kind != "network" or node.base is None else self.text(node.base)
        yield from () if base is None else self.members(self.document, base).values()

    def is_bound(self, found: Found) -> bool:
        """Whether a definition is a param that is a neuron or a cell."""
        document, piece, (first, behind) = found.document, found.at.piece, found.definition.node.value
        if found.kind != "param" or first == behind:
            return False
        return document.token(piece, first).kind == "name" and document.text_of(piece, first) not in WORDS[1:]

    def branches(self, found: Found) -> Iterator[str]:
        """The names of what a wire chooses from."""
        document, piece = found.document, found.at.piece
        texts = [document.text_of(piece, i) for i in range(*found.definition.node.value)] if found.kind == "wire" else []
        open_: list[str] = []
        for i, text in enumerate(texts):
            if text in ("(", "["):
                open_.append(texts[i - 1] if i else "")
            elif text in (")", "]") and open_:
                open_.pop()
            elif open_ == ["choose"] and texts[i + 1 : i + 2] == ["="]:
                yield text

    def path_declarations(self, path: tuple[str, ...]) -> Iterator[Found]:
        """The declarations that a path names."""
        return declarations(self.workspace, self.document, path) if path else iter(())
