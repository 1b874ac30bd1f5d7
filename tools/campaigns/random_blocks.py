"""Random networks of blocks that end anywhere, are used several times and inside of each other."""

from dataclasses import dataclass, field
from random import Random

CHANNELS = 3
"""The channels of every value, so that everything can follow everything."""

NEURONS = """\
neuron lif { threshold = 0.6 }
neuron soft { decay = 0.7  reset = soft  threshold = 0.5 }
"""


@dataclass
class BlockNetwork:
    """Writes a network of blocks.

    Attributes:
        rng: Decides everything.
        axes: Number of spatial axes; without any the layers are linear.
        lines: The lines of the network.
        blocks: Names of the blocks so far; each takes and gives a value of `CHANNELS` channels.
        choices: Number of choices so far.
    """

    rng: Random
    axes: int
    lines: list[str] = field(default_factory=list[str])
    blocks: list[str] = field(default_factory=list[str])
    choices: int = 0

    def layer(self) -> str:
        """A layer with weights that keeps the shape."""
        rng = self.rng
        bias = rng.choice(("", ", bias = false"))
        if self.axes == 0:
            return f"linear({CHANNELS}{bias})"
        kernel = rng.choice((1, 3))
        convolution = f"conv({kernel}, out = {CHANNELS}{bias})"
        match rng.randrange(9):
            case 0 | 1:
                return f"transposed({kernel}, out = {CHANNELS}{bias})"
            case 2:
                self.choices += 1
                behind = rng.choice(("", " -> norm", f" -> norm -> {self.neuron()}"))
                other = rng.choice(("identity", f"conv(1, out = {CHANNELS})", f"{convolution} -> {self.neuron()}"))
                return f"choose(one = {convolution}{behind}, two = {other})"
            case 3:
                return f"conv({kernel}, out = {CHANNELS}{bias}, sign = {rng.choice(('excitatory', 'inhibitory'))})"
            case 4:
                return f"conv({kernel}, out = {CHANNELS}{bias}, groups = all)"
            case _:
                return convolution

    def norm(self) -> str:
        """A norm: mostly one that folds."""
        plain = ("norm", "norm", "norm", "norm(eps = 0.01)", "norm(affine = false)", "norm(scale = threshold)")
        return self.rng.choice((*plain, "norm(per = step, steps = 3)"))

    def neuron(self) -> str:
        """A neuron."""
        return self.rng.choice(("lif", "lif", "soft", "lif(decay = 0.2)"))

    def stages(self) -> list[str]:
        """A part of a chain of layers, norms and neurons: it begins and ends anywhere."""
        chain = [stage for _ in range(3) for stage in (self.layer(), self.norm(), self.neuron())]
        first = self.rng.randrange(3)
        found = chain[first : first + self.rng.randint(1, 4)]
        if self.blocks and self.rng.random() < 0.5:
            found.insert(self.rng.randint(0, len(found)), self.rng.choice(self.blocks))
        return found

    def block(self) -> None:
        """A block; now and then it uses the value after its first stage twice."""
        name, (first, *others) = f"part{len(self.blocks)}", self.stages()
        weights = self.rng.choice(("shared", "shared", "shared", "own"))
        behind = "".join(f" -> {stage}" for stage in others)
        result = f"s{behind}" if not others or self.rng.random() < 0.85 else f"add(s, s{behind})"
        self.lines.append(f"block {name}(v) {{ weights = {weights}  s = v -> {first}  return {result} }}")
        self.blocks.append(name)

    def after(self) -> str:
        """What follows a use of a block."""
        neuron = self.neuron()
        ends = (f" -> {neuron}", f" -> {self.norm()} -> {neuron}", f" -> {self.norm()} -> {neuron}", "")
        return self.rng.choice((*ends, *(f" -> {block} -> {neuron}" for block in self.blocks)))

    def text(self) -> str:
        """The spec."""
        rng = self.rng
        for _ in range(rng.randint(1, 3)):
            self.block()
        size = "".join(f", {rng.randint(2, 4)}" for _ in range(self.axes))
        body = [f"input x : {rng.choice(('real', 'spike', 'events'))}[{CHANNELS}{size}]", *self.lines]
        wires = ["x"]
        uses = [
            block for block in self.blocks for _ in range(rng.randint(1, 4) if block != self.blocks[-1] else rng.randint(2, 4))
        ]
        rng.shuffle(uses)
        for number, block in enumerate(uses[:6]):
            taken = rng.choice(wires[-2:])
            if rng.random() < 0.2:
                taken = f"add({taken}, {rng.choice(wires)})"
            body.append(f"w{number} = {taken} -> {block}{self.after()}")
            wires.append(f"w{number}")
        outputs = dict.fromkeys((wires[-1], rng.choice(wires[1:])))
        body += [f"output y{number} = {wire} -> identity" for number, wire in enumerate(outputs)]
        inside = "".join(f"  {line}\n" for line in body)
        return f"sdhs 1\n\n{NEURONS}\nnetwork net {{\n{inside}}}\n"


def spec(rng: Random) -> str:
    """The text of a spec of blocks."""
    return BlockNetwork(rng, rng.choice((0, 1, 2, 2))).text()
