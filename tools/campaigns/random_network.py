"""Random dataflows whose types are known while they are written, so that most of them are valid."""

from dataclasses import dataclass, field
from random import Random


@dataclass(frozen=True)
class Cell:
    """What a dataflow needs to know of a declared cell."""

    name: str
    nodes: int
    stride: int


@dataclass(frozen=True)
class Trellis:
    """What a dataflow needs to know of a declared trellis."""

    name: str
    nodes: int


@dataclass(frozen=True)
class Wire:
    """A value of the network: its name, channels and sizes; the cells of a chain can be taken one by one."""

    name: str
    channels: int
    size: tuple[int, ...]
    cells: int = 0


@dataclass
class Dataflow:
    """Adds random wires to the lines of a network.

    Attributes:
        rng: Decides everything.
        neurons: Names of the declared neurons.
        cells: Cells for chains.
        trellises: Trellises.
        params: Values of the network's params by name.
    """

    rng: Random
    neurons: list[str]
    cells: list[Cell]
    trellises: list[Trellis]
    params: dict[str, int]
    lines: list[str] = field(default_factory=list[str])
    wires: list[Wire] = field(default_factory=list[Wire])
    stems: list[str] = field(default_factory=list[str])
    chains: list[str] = field(default_factory=list[str])
    blocks: int = 0

    def width(self) -> tuple[str, int]:
        """A number of channels, as text and as a number."""
        if self.params and self.rng.random() < 0.5:
            name = self.rng.choice(sorted(self.params))
            factor = self.rng.choice((1, 2))
            text = self.rng.choice((f"{factor} * {name}", f"({name} + {name}) * {factor} / 2"))
            return text, factor * self.params[name]
        count = self.rng.choice((2, 3, 4, 6))
        return str(count), count

    def neuron(self) -> str:
        """A neuron's use."""
        name = self.rng.choice(self.neurons)
        changes = ("decay = 0.3", "threshold = 0.7", "reset = soft", "surrogate = arctan(b = 2)", "detach_reset = true")
        return f"{name}({self.rng.choice(changes)})" if self.rng.random() < 0.3 else name

    def named(self) -> str:
        """`, neuron = ...`, which may be left out where there is only one."""
        return "" if len(self.neurons) == 1 and self.rng.random() < 0.6 else f", neuron = {self.neuron()}"

    def stage(self, channels: int, size: tuple[int, ...]) -> tuple[str, int, tuple[int, ...]]:
        """One stage of a pipeline, with the channels and the size after it."""
        rng = self.rng
        stride = rng.choice((1, 1, 1, 2)) if min(size) > 3 else 1
        strided = f", stride = {stride}" if stride > 1 else ""
        after = tuple(-(-n // stride) for n in size)
        match rng.randrange(9):
            case 0 | 1:
                text, out = self.width()
                bias = rng.choice(("", "", ", bias = false"))
                return f"conv({rng.choice((1, 3, 5))}, out = {text}{strided}{bias})", out, after
            case 2 | 3:
                text, out = self.width()
                return f"stem({rng.choice((1, 3))}, out = {text}{strided}{self.named()})", out, after
            case 4:
                return rng.choice(("norm", "norm(eps = 0.001)", "norm(momentum = 0)", "norm(momentum = 1)")), channels, size
            case 5:
                return rng.choice(("relu", "identity", self.neuron())), channels, size
            case 6:
                kind, kernel = rng.choice(("max", "avg")), rng.choice((1, 2, 3, 5))
                return f"pool(kind = {kind}, kernel = {kernel}, stride = {stride})", channels, after
            case 7 if max(size) <= 6:
                scale, mode = rng.choice((1, 2, 3)), rng.choice(("nearest", "bilinear"))
                grown = tuple((n - 1) * scale + 1 if n % 2 else n * scale for n in size)
                return f"upsample(scale = {scale}, mode = {mode})", channels, grown
            case _:
                return self.neuron(), channels, size

    def pipe(self, wire: Wire, least: int = 1) -> tuple[str, int, tuple[int, ...]]:
        """A pipeline of plain stages from a wire."""
        text, channels, size = self.taken(wire), wire.channels, wire.size
        for _ in range(self.rng.randint(least, 3)):
            stage, channels, size = self.stage(channels, size)
            text += f" -> {stage}"
        return text, channels, size

    def taken(self, wire: Wire) -> str:
        """A wire, for a chain perhaps its last cell."""
        return f"{wire.name}[{wire.cells - 1}]" if wire.cells and self.rng.random() < 0.4 else wire.name

    def step(self) -> None:
        """Adds a wire of a random form."""
        rng, wire = self.rng, self.rng.choice(self.wires[-3:])
        layers = (self.plain, self.plain, self.chained, self.through_trellis, self.restored, self.block)
        cells = (self.chained, self.chained, self.through_trellis) if self.cells else ()
        rng.choice((*layers, *cells, self.joined, self.volume))(wire)

    def put(self, text: str, channels: int, size: tuple[int, ...], cells: int = 0) -> Wire:
        """Adds a wire."""
        wire = Wire(f"w{len(self.wires)}", channels, size, cells)
        self.lines.append(f"{wire.name} = {text}")
        self.wires.append(wire)
        if text.rpartition("-> ")[2].startswith("stem("):
            self.stems.append(wire.name)
        return wire

    def plain(self, wire: Wire) -> None:
        """A pipeline."""
        self.put(*self.pipe(wire))

    def chained(self, wire: Wire) -> None:
        """A chain of one to three cells."""
        if not self.cells or min(wire.size) < 3:
            return self.plain(wire)
        chosen = [self.rng.choice(self.cells) for _ in range(self.rng.randint(1, 3))]
        text, width = self.width()
        size = wire.size
        for cell in chosen:
            width *= cell.stride
            size = tuple(-(-n // cell.stride) for n in size)
        names = ", ".join(cell.name for cell in chosen)
        arguments = self.rng.choice((f"[{names}], width = {text}", f"cells = [{names}], width = {text}", f"[{names}], {text}"))
        made = self.put(f"{self.taken(wire)} -> chain({arguments})", width * chosen[-1].nodes, size, len(chosen))
        return self.chains.append(made.name)

    def through_trellis(self, wire: Wire) -> None:
        """A trellis and the layer that restores its resolution."""
        if not self.trellises:
            return self.plain(wire)
        trellis = self.trellises.pop()
        channels = trellis.nodes * self.rng.choice((1, 2))
        stem = self.put(f"{self.taken(wire)} -> stem(3, out = {channels}{self.named()})", channels, wire.size)
        path = self.put(f"{stem.name} -> {trellis.name}", channels, wire.size)
        self.wires.pop()
        return self.restore(path, stem)

    def restored(self, wire: Wire) -> None:
        """A strided layer, and one that restores its resolution."""
        if min(wire.size) < 3:
            return self.plain(wire)
        text, out = self.width()
        low = self.put(
            f"{self.taken(wire)} -> stem(3, out = {text}, stride = 2{self.named()})", out, tuple(-(-n // 2) for n in wire.size)
        )
        return self.restore(low, wire)

    def restore(self, wire: Wire, like: Wire) -> None:
        """A restore to the size of another wire."""
        out = self.rng.choice((None, 1, 3))
        options = "" if out is None else f", out = {out}"
        options += self.rng.choice(("", ", last = membrane", ", kernel = 1")) + self.named()
        name = f"w{len(self.wires)}x" if wire not in self.wires else wire.name
        if wire not in self.wires:  # a trellis, whose level is still open: nothing else may use it
            self.lines[-1] = self.lines[-1].replace(f"{wire.name} =", f"{name} =", 1)
        self.put(f"{name} -> restore({like.name}{options})", out or like.channels, like.size)

    def joined(self, wire: Wire) -> None:
        """A sum, a concatenation or a resizing of two wires."""
        others = [w for w in self.wires if w.size == wire.size]
        other = self.rng.choice(others)
        if other.channels == wire.channels and self.rng.random() < 0.5:
            self.put(f"add({self.taken(wire)}, {self.taken(other)})", wire.channels, wire.size)
        elif self.rng.random() < 0.5:
            self.put(f"concat({wire.name}, {other.name})", wire.channels + other.channels, wire.size)
        else:
            mode = self.rng.choice(("nearest", "bilinear"))
            self.put(f"{self.taken(wire)} -> resize({other.name}, mode = {mode})", wire.channels, other.size)

    def volume(self, wire: Wire) -> None:
        """A cost volume, or a nested operation."""
        others = [w for w in self.wires if w.size == wire.size and w.channels == wire.channels]
        if len(wire.size) != 2 or wire.size[0] * wire.size[1] > 100:
            text, out = self.width()
            self.put(f"conv(norm({wire.name}), 3, out = {text})", out, wire.size)
            return
        planes = self.rng.choice((1, 3))
        text = f"cost_volume({wire.name}, {self.rng.choice(others).name}, planes = {planes})"
        self.put(text, 2 * wire.channels, (planes, *wire.size))

    def block(self, wire: Wire) -> None:
        """A block that ends anywhere and is used up to four times; what follows a use differs from use to use."""
        rng, name = self.rng, f"part{self.blocks}"
        self.blocks += 1
        stage, channels, size = self.stage(wire.channels, wire.size)
        last = rng.choice(("", "", " -> norm", f" -> norm -> {self.neuron()}", " -> relu", f" -> {self.neuron()}"))
        weights = rng.choice(("", "", "\n    weights = shared", "\n    weights = own"))
        self.lines.append(f"block {name}(v) {{{weights}\n    s = v -> {stage}\n    return s{last}\n  }}")
        after = ("", "", " -> norm", f" -> norm -> {self.neuron()}", f" -> {self.neuron()}")
        self.put(rng.choice((f"{wire.name} -> {name}", f"{name}({wire.name})")) + rng.choice(after), channels, size)
        for _ in range(rng.choice((0, 1, 1, 3))):
            same = rng.choice([w for w in self.wires if (w.channels, w.size) == (wire.channels, wire.size)])
            self.put(f"{name}({same.name}){rng.choice(after)}", channels, size)
