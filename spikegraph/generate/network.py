"""Random statements of a network or of a block: pipelines of everything that the registries have."""

from dataclasses import replace

from typing_extensions import override

from spikegraph.generate.blocks import Block
from spikegraph.generate.expressions import Argument, Fires, Operation, Pipe, Stage, fits, plain
from spikegraph.generate.searchable import TrellisUse
from spikegraph.generate.stages import TRIES, Stages
from spikegraph.ir.opdef import OPS
from spikegraph.ir.ops.convolution import Conv, Linear
from spikegraph.ir.ops.resizing import Resize
from spikegraph.ir.ops.wiring import Add
from spikegraph.ir.type_rules import TypeRuleError
from spikegraph.ir.types import Kind, Value


class Body(Stages):
    """The statements of a network, or of a block, as they are drawn."""

    @override
    def new_block(self, x: Value) -> Block:
        draw, world = self.draw, self.world
        top = self.top or draw.boolean(0.25)
        number = len(world.blocks)
        operands = {"x": x}
        others = [self.scope.values[n] for n in self.known()]
        if others and draw.boolean(0.25):
            operands["y"] = draw.choice(others)
        params = {} if top else {n: a.of(self.scope.params) for n, a in world.params.items()}
        scope = replace(self.scope, values=dict(operands), params=params)
        inner = Body(world, scope, "abc"[self.depth], self.depth + 1, top)
        for _ in range(draw.integer(0, 2)):
            inner.statement()
        inner.close()
        result, _ = inner.pipe(most=3)
        weights = draw.choice(("shared", "own", None))
        shapes = tuple(v.shape for v in operands.values())
        name = f"part{number}"
        while any(b.name == name for b in world.blocks):  # blocks within this one have been added
            number += 1
            name = f"part{number}"
        made = Block(name, tuple(operands), inner.params, tuple(inner.wires), result, weights, top, shapes, inner.carried)
        world.blocks.append(made)
        return made

    def pipe(self, most: int = 4) -> tuple[Pipe, Value]:
        """A pipeline from one of the values; now and then of one operation, from a value that it takes."""
        draw = self.draw
        if draw.boolean(0.2):
            name = draw.choice(self.world.operations)
            for start in self.known()[:TRIES]:
                made = self.operation(name, self.scope.values[start])
                if made is not None:
                    self.world.room -= 1
                    pipe = Pipe(start, made)
                    return pipe, pipe.infer(self.scope)
        start = draw.choice(self.known()[:4] if draw.boolean(0.8) else self.known())
        stages, value = self.stages(self.scope.values[start], most)
        calls = draw.boolean(0.1) and not any(isinstance(s, TrellisUse) for s in stages)
        return Pipe(start, stages, calls=calls), value

    def statement(self) -> None:
        """Adds a wire."""
        draw, wanted = self.draw, self.world.wanted
        if wanted.loops and draw.boolean(wanted.loops) and self.loop():
            return
        pipe, value = self.pipe()
        if value.levels > 1:
            like = pipe.start if not pipe.calls else self.known()[0]
            end = self.checked((self.restored(like),), value)
            if end is None:
                return
            pipe, value = pipe.then(*end), fits(end[0], value, self.scope) or value
        if pipe.stages:
            self.put(pipe)

    def restored(self, like: str) -> Stage:
        """The layer behind a trellis whose level is open."""
        return Operation(OPS["restore"], self.arguments(OPS["restore"], {}), (Pipe(like),))

    def loop(self) -> bool:
        """Adds a wire that takes a value of the step before: its own, or one that follows later; false if there is none."""
        draw, source = self.draw, self.known()[0]
        x = self.scope.values[source]
        spiking = self.world.spiking
        back = Value(Kind.SPIKE if spiking else Kind.REAL, x.channels, x.size)
        layer = plain(Conv(kernel=1, out=x.channels) if x.size else Linear(out=x.channels))
        layers = (layer,) if self.allowed(layer.op) else ()
        ends: tuple[Stage, ...] = (Fires(Argument(spiking[0].name, spiking[0].neuron)),) if spiking else (layer,)
        later = self.allowed(layer.op) and self.allowed(Resize)
        own = not later or draw.boolean(0.5)
        name = f"{self.prefix}{len(self.wires)}" if own else f"{self.prefix}back{len(self.pending)}"
        value = f"previous({name})"
        if value in self.scope.values or (not spiking and not layers) or Add.name not in self.world.operations:
            return False
        self.scope.values[value] = self.carried[value] = back
        total = Operation(Add, {}, (Pipe(value, layers),))
        pipe = Pipe(source, (*layers, total, *(ends if own else ())))
        try:
            made = pipe.infer(self.scope)
        except (TypeRuleError, ValueError):
            return self.forget(value)
        if own and made != back:
            return self.forget(value)
        self.put(pipe)
        if not own:
            self.pending.append((name, self.wires[-1].name))
        return True

    def forget(self, value: str) -> bool:
        """Removes a value of the step before that nothing takes."""
        del self.scope.values[value], self.carried[value]
        return False

    def close(self) -> None:
        """Adds the values that loops carry to the next step, each from a value with as many axes as the loop has."""
        spiking = self.world.spiking
        for name, like in self.pending:
            wanted = self.carried[f"previous({name})"]
            free = [w.name for w in self.wires[: self.joined]]
            able = [n for n in free if self.fits_loop(n, wanted)]
            layer = plain(Conv(kernel=1, out=wanted.channels) if wanted.size else Linear(out=wanted.channels))
            fires = (Fires(Argument(spiking[0].name, spiking[0].neuron)),) if wanted.kind is Kind.SPIKE else ()
            source = self.draw.choice((like, *able))
            fitted = (layer, Operation(Resize, {}, (Pipe(like),)), *fires)
            same = self.scope.values[source].size == wanted.size
            if not same and self.checked(fitted, self.scope.values[source]) is None:
                source, same = like, True
            self.put(Pipe(source, (layer, *fires) if same else fitted), name)
        self.pending.clear()

    def fits_loop(self, name: str, wanted: Value) -> bool:
        """Whether a loop can be closed from a value: it has time steps and as many axes."""
        value = self.scope.values[name]
        return value.levels == 1 and value.steps and len(value.size) == len(wanted.size)
