"""Random stages of pipelines: operations, neurons, blocks, choices and cells."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field

from spikegraph.generate.blocks import Block, BlockUse, Wire
from spikegraph.generate.expressions import Argument, Branches, Fires, Operation, Pipe, Scope, Stage, fits, literal, plain
from spikegraph.generate.neurons import changed
from spikegraph.generate.searchable import ChainUse, TrellisUse
from spikegraph.generate.world import World
from spikegraph.ir.neuron import Neuron
from spikegraph.ir.opdef import OPS, Op
from spikegraph.ir.ops.convolution import Conv
from spikegraph.ir.ops.products import Iand
from spikegraph.ir.ops.wiring import Identity
from spikegraph.ir.samples import Draw, Sample
from spikegraph.ir.types import Value

TRIES = 6
"""How often a stage is drawn until one fits."""

DEEPEST = 2
"""How deep blocks that are made for a use lie in each other."""


@dataclass
class Stages(ABC):
    """The statements of a network, or of a block, as they are drawn.

    Attributes:
        world: What all bodies share.
        scope: The types of the values so far.
        prefix: First letter of the names of its wires.
        depth: How many blocks are around it.
        top: Whether it is a block beside the network.
        wires: Its statements.
        params: Its params.
        carried: The types of the values of the step before that it takes.
        pending: Such values that no statement defines yet, each with the wire that takes it.
        joined: The number of the first wire that needs all time steps, so that no loop may lead through it.
    """

    world: World
    scope: Scope
    prefix: str = "w"
    depth: int = 0
    top: bool = False
    wires: list[Wire] = field(default_factory=list[Wire])
    params: dict[str, Argument] = field(default_factory=dict[str, Argument])
    carried: dict[str, Value] = field(default_factory=dict[str, Value])
    pending: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    joined: int | None = None

    # Names and values.

    @property
    def draw(self) -> Draw:
        """The source of decisions."""
        return self.world.draw

    def known(self) -> list[str]:
        """The values that may be taken, the last first."""
        closed = [n for n, v in self.scope.values.items() if not n.startswith("previous(") and v.levels == 1]
        return closed[::-1]

    def put(self, pipe: Pipe, name: str | None = None) -> None:
        """Adds a wire; by default its name is its number."""
        self.wires.append(Wire(f"{self.prefix}{len(self.wires)}" if name is None else name, pipe))
        self.scope.joined.clear()
        self.wires[-1].follow(self.scope)
        if self.scope.joined and self.joined is None:
            self.joined = len(self.wires) - 1

    def argument(self, value: object) -> Argument:
        """A value, or a param of it."""
        draw, wanted = self.draw, self.world.wanted
        if not wanted.params or not draw.boolean(wanted.params) or value == "none":  # a param of `none` has no value
            return literal(value)
        if isinstance(value, int) and not isinstance(value, bool):
            able = [n for n, v in self.scope.params.items() if type(v) is int and v and value % v == 0 and value]
            if able and draw.boolean(0.6):
                name = draw.choice(able)
                of = self.scope.params[name]
                factor = value // of if isinstance(of, int) else 1
                return Argument(name if factor == 1 else f"{factor} * {name}", value, name, factor)
        return self.param(literal(value))

    def param(self, default: Argument) -> Argument:
        """A new param with this default."""
        name = f"{self.prefix.upper()}{len(self.params)}"
        self.params[name] = default
        self.scope.params[name] = default.of(self.scope.params)
        return Argument(name, default.value, name)

    def fires(self, x: Value) -> tuple[Stage, ...] | None:
        """Neurons, whose further currents are values of the same type; None if there are none."""
        others = [n for n in self.world.neurons if not n.plain]
        if not others or self.draw.boolean(0.5):
            return self.checked((Fires(self.neuron()),), x)
        text, neuron = changed(self.draw, self.draw.choice(others), self.world.wanted)
        same = [n for n in self.known() if self.scope.values[n] == x]
        currents = {name: self.draw.choice(same) for name in neuron.inputs[1:]} if same else {}
        return self.checked((Fires(Argument(text, neuron), currents),), x)

    def neuron(self) -> Argument:
        """A use of a plain neuron: by its name, with changes, or a param."""
        draw = self.draw
        able = [n for n, v in self.scope.params.items() if isinstance(v, Neuron)]
        if able and draw.boolean(0.3):
            name = draw.choice(able)
            return Argument(name, self.scope.params[name], name)
        text, neuron = changed(draw, draw.choice(self.world.plain), self.world.wanted)
        found = Argument(text, neuron)
        chance = self.world.wanted.params
        return self.param(found) if chance and draw.boolean(chance / 2) else found

    # Stages.

    def stages(self, x: Value, most: int) -> tuple[tuple[Stage, ...], Value]:
        """At least one stage that the value can go through, with the type behind them."""
        found: list[Stage] = []
        while self.world.room > 0 and len(found) < most:
            if found and not self.draw.boolean(0.6):
                break
            stage = self.stage(x, found[-1] if found else None)
            if stage is None:
                break
            found += stage
            self.world.room -= 1
            for each in stage:
                x = each.infer(x, self.scope)
        return tuple(found), x

    def stage(self, x: Value, last: Stage | None) -> tuple[Stage, ...] | None:
        """A stage that takes the value, with the operations that make it fit; None if several tries find none."""
        draw, wanted = self.draw, self.world.wanted
        if x.levels > 1:
            return self.operation("restore", x)
        for _ in range(TRIES):
            made: tuple[Stage, ...] | None
            if isinstance(last, Operation) and last.op is not Identity and draw.boolean(0.35):
                made = self.following(last, x)
            elif draw.boolean(wanted.blocks):
                made = self.block_use(x)
            elif draw.boolean(wanted.cells) and self.world.cells.cells:
                made = self.chain(x)
            elif draw.boolean(wanted.trellises) and self.world.cells.trellises:
                made = self.trellis(x)
            elif draw.boolean(wanted.choices):
                made = self.choice(x)
            elif draw.boolean(0.2):
                made = self.fires(x)
            else:
                made = self.operation(self.name(), x)
            if made is not None:
                return made
        return None

    def name(self) -> str:
        """The name of an operation: half of the time of one with weights."""
        names = self.world.operations
        layers = [n for n in names if OPS[n].with_norm is not Op.with_norm or OPS[n].traits.statistics]
        return self.draw.choice(layers if layers and self.draw.boolean(0.5) else names)

    def following(self, last: Operation, x: Value) -> tuple[Stage, ...] | None:
        """What often follows a layer: a norm, or behind that a neuron."""
        if last.op.traits.statistics or "norm" not in self.world.operations:
            return self.fires(x)
        return self.operation("norm", x)

    def checked(self, stages: tuple[Stage, ...], x: Value) -> tuple[Stage, ...] | None:
        """The stages, if they take the value."""
        for stage in stages:
            value = fits(stage, x, self.scope)
            if value is None:
                return None
            x = value
        return stages

    def allowed(self, kind: type[Op]) -> bool:
        """Whether an operation may be there."""
        return kind.name in self.world.operations

    def operation(self, name: str, x: Value) -> tuple[Stage, ...] | None:
        """A use of an operation, with the operations that make the value fit; None if what was drawn doesn't fit."""
        op = OPS[name]
        others = tuple(dict.fromkeys(self.scope.values[n] for n in self.known()))
        sample = op.sample(self.draw, x, others)
        if sample is None or (op is Iand and self.world.open):
            return None
        before = self.checked(tuple(plain(each) for each in sample.before), x)
        if before is None or not all(self.allowed(type(each)) for each in sample.before):
            return None
        operands = self.operands(sample, op, x)
        if operands is None:
            return None
        stage = Operation(op, self.arguments(op, sample.arguments), operands)
        found = self.checked((*before, stage), x)
        if found is None or not self.world.wanted.operation(stage.made(self.scope)):
            return None
        self.world.strict |= op is Iand
        return found

    def operands(self, sample: Sample, op: type[Op], x: Value) -> tuple[Pipe, ...] | None:
        """The operands behind the first; one that the first leads to needs a name for it, a wire of its type."""
        found: list[Pipe] = []
        for wanted in sample.operands:
            value = wanted if isinstance(wanted, Value) else x
            same = [n for n in self.known() if self.scope.values[n] == value]
            if not same:
                return None
            found.append(Pipe(self.draw.choice(same), () if isinstance(wanted, Value) else tuple(map(plain, wanted))))
        return tuple(found)

    def arguments(self, op: type[Op], given: Mapping[str, object]) -> dict[str, Argument]:
        """Arguments with their texts, and the neuron if the operation has one."""
        found: dict[str, Argument] = {}
        for name, value in given.items():
            if name in op.of_neurons and self.world.threshold and self.draw.boolean(0.5):
                found[name] = Argument(self.draw.choice(("threshold", "threshold / 2")), value)
            else:
                found[name] = self.argument(value)
        if "neuron" in op.model_fields:
            first = self.world.neurons[0]
            found["neuron"] = self.neuron() if self.draw.boolean(0.4) else Argument("", first.neuron)
        return found

    # Blocks, choices, cells.

    def block_use(self, x: Value) -> tuple[Stage, ...] | None:
        """A use of a block that is there, or of a new one; or several in a row."""
        draw = self.draw
        for block in self.world.blocks[::-1]:
            if draw.boolean(0.5) and (block.top or not self.top):
                made = self.use_of(block, x)
                if made is not None:
                    return made
        if self.depth >= DEEPEST or self.world.room < 1:
            return None
        return self.use_of(self.new_block(x), x)

    @abstractmethod
    def new_block(self, x: Value) -> Block:
        """A block that takes the value, and now and then a second one."""

    def use_of(self, block: Block, x: Value) -> tuple[Stage, ...] | None:
        """A use of a block, with other values for some of its params."""
        draw, operands = self.draw, list[Pipe]()
        for _, shape in zip(block.operands[1:], block.shapes[1:], strict=True):
            able = [n for n in self.known() if self.scope.values[n].shape == shape]
            if not able:
                return None
            operands.append(Pipe(draw.choice(able)))
        given: dict[str, Argument] = {}
        for name, default in block.params.items():
            if isinstance(default.value, Neuron) and draw.boolean(0.4):
                given[name] = self.neuron()
            elif type(default.value) is int and block.free and draw.boolean(0.3):
                given[name] = literal(draw.integer(1, 4))
        times = draw.choice((0, 0, 2, 3))
        found = self.checked((BlockUse(block, tuple(operands), given, times),), x)
        return found or (self.checked((BlockUse(block, tuple(operands), {}),), x) if times or given else None)

    def choice(self, x: Value) -> tuple[Stage, ...] | None:
        """An open choice: branches that give one shape."""
        draw = self.draw
        if self.world.room < 2 or self.world.strict:
            return None
        self.world.open = True
        first, value = self.stages(x, 2)
        if not first:
            return None
        branches = {"one": first}
        for name in ("two", "three")[: draw.integer(1, 2)]:
            able: list[tuple[Stage, ...]] = []
            if value.shape == x.shape:
                able.append((plain(Identity()),))
            able.append((*first, Fires(self.neuron())))
            other, found = self.stages(x, 2)
            able += [other] if other and found.shape == value.shape else []
            branches[name] = draw.choice(able)
        return self.checked((Branches(branches),), x)

    def chain(self, x: Value) -> tuple[Stage, ...] | None:
        """A chain of cells."""
        cells = [self.draw.choice(self.world.cells.cells) for _ in range(self.draw.integer(1, 2))]
        down = "resize" if self.draw.boolean(0.2) else None
        return self.checked((ChainUse(cells, self.argument(self.draw.integer(1, 3)), down),), x)

    def trellis(self, x: Value) -> tuple[Stage, ...] | None:
        """A trellis, which a spec uses once, behind a layer with channels for all nodes of its cell."""
        trellis = self.world.cells.trellises[0]
        if self.depth or self.world.trellises or not x.size:
            return None
        before = plain(Conv(kernel=1, out=trellis.cell.parts * self.draw.integer(1, 2)))
        found = self.checked((before, TrellisUse(trellis)), x)
        self.world.trellises += [] if found is None else [trellis.name]
        return found
