"""Random small networks as text, for a comparison of the certificate with `plain_judge`."""

import random

HEAD = """sdhs 1
neuron lif {{ decay = 0.5 }}
neuron quiet {{ decay = 0.5 fires = false }}
neuron many {{ decay = 0.5 levels = 3 }}
network net {{
  input image : real[4, 8, 8]
  input seen : spike[4, 8, 8]
  time = 2
{body}
}}
"""
UNARY = (
    "conv(1, out = 4)",
    "conv(3, out = 4)",
    "conv(1, out = 4, bias = false)",
    "norm",
    "norm",
    "norm(per = step)",
    "norm(kind = layer)",
    "lif",
    "lif",
    "many",
    "quiet",
    "relu",
    "pool(avg, kernel = 3, stride = 1)",
    "pool(max, kernel = 3, stride = 1)",
    "mean(time)",
    "dropout(0.5)",
    "upsample(mode = bilinear) -> pool(max)",
    "upsample -> pool(avg)",
    "concat({other}) -> vote(2)",
)
BINARY = ("add", "add", "add", "mul", "mul", "iand")
TAME_UNARY = (
    "conv(1, out = 4)",
    "conv(3, out = 4)",
    "conv(1, out = 4)",
    "norm",
    "pool(avg, kernel = 3, stride = 1)",
    "mean(time)",
)
TAME_BINARY = ("add", "add", "add", "mul")
"""Those of every other network, most of whose values are spikes, so that it is refused for one reason if for any."""


def network(seed):
    """The text of a random network, whose wires all have the shape [4, 8, 8]; some are the operands of several operations."""
    chance = random.Random(seed)
    tame = seed % 2 == 0
    unary, binary = (TAME_UNARY, TAME_BINARY) if tame else (UNARY, BINARY)
    wires, lines = ["image", "seen"], []
    for number in range(chance.randint(3, 9)):
        recent = wires[-3:] if chance.random() < 0.7 else wires
        one, other = chance.choice(recent), chance.choice(wires)
        if chance.random() < 0.35:
            value = f"{chance.choice(binary)}({one}, {other})"
        elif chance.random() < 0.1:
            value = f"add({one}, previous(w{number}))"
        else:
            steps = (chance.choice(unary) for _ in range(chance.randint(1, 3)))
            value = " -> ".join((one, *steps)).replace("{other}", other)
        if tame and chance.random() < 0.6:
            value = f"{value} -> lif"
        wires.append(f"w{number}")
        lines.append(f"  w{number} = {value}")
    lines.append(f"  output result = {wires[-1]}")
    if chance.random() < 0.3:
        lines.append(f"  output shown = {chance.choice(wires[2:])}")
    return HEAD.format(body="\n".join(lines))
