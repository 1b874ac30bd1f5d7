"""Specs of networks with every kind of state."""

from collections.abc import Iterator

NEURONS = {
    "lif": "decay = 0.5  reset = soft",
    "reached": "spike_at = reached  threshold = 0.3",
    "late": "reset = late  levels = 2",
    "plif": "decay = learn(0.6, per = channel)  threshold = learn(0.4)",
    "tempered": "surrogate = superspike(b = learn(3, per = channel))",
    "alif": "model = alif(adaptation = learn(0.3), adaptation_decay = 0.8)",
    "cuba": "model = cuba(current_decay = learn(0.3, per = channel))  decay_input = true",
    "integer": "levels = 3  reset = soft  threshold = 0.3",
    "nearest": "levels = 3  spike_at = nearest",
    "quiet": "decay = learn(0.6)  fires = false",
    "potential": "fires = false",
    "relu": "model = relu",
}

NETWORK = """sdhs 1
neuron one { NEURON }
network net {
  input view : real[2, 6, 8]
  stem = view -> conv(3, out = 4, stride = 2) -> norm -> one
  deep = stem -> conv(3, out = 6) -> norm -> one
  output features = deep
  output logits = deep -> pool -> linear(4) -> mean(time)
}
"""

OTHERS = {
    "loop": """
  input x : real[3, 6, 5]
  half = add(x -> conv(3, out = 4), previous(b) -> conv(3, out = 4)) -> lif
  b = half -> conv(3, out = 2) -> lif
  output y = b -> pool -> linear(2)
""",
    "image": """
  input x : real[3, 6, 5]
  time = 4
  a = x -> each_step -> conv(3, out = 4) -> norm(per = step) -> lif
  output y = add(a, x -> conv(1, out = 4)) -> pool -> linear(2) -> mean(time)
""",
    "names": """
  input view : spike[2, 6, 5]
  time = 4
  cat = view -> conv(3, out = 4) -> norm(per = step) -> lif
  output mul = concat(cat, view) -> pool -> linear(2)
""",
    "once": """
  input x : real[3, 6, 5]
  time = 4
  output once = x -> conv(3, out = 2) -> norm -> pool -> linear(2) -> mean(time)
  output y = x -> conv(3, out = 4) -> lif
""",
    "over time": """
  input x : real[3, 6, 5]
  a = x -> conv(3, out = 4) -> lif
  output most = add(a, x -> conv(1, out = 4)) -> reduce(over = time, by = max)
  output all = a -> reduce(over = space, by = sum) -> reduce(over = time, by = sum)
  output y = a -> reduce(over = time, by = mean) -> reduce(over = channels, by = sum, heads = 2)
""",
    "steps as channels": """
  input x : real[3, 6, 5]
  a = x -> conv(3, out = 4) -> lif
  output y = a -> time_to_channels(steps = 6) -> conv(3, out = 2) -> pool -> linear(2, autapses = false)
""",
    "channels as steps": """
  input x : real[3, 6, 5]
  time = 4
  output y = x -> conv(3, out = 8) -> channels_to_time -> lif
""",
    "functions": """
  input x : real[6, 6, 5]
  a = x -> conv(3, out = 6) -> lif
  m = a -> reduce(over = channels, by = sum, heads = 2) -> scale(0.5) -> lif
  b = sub(mul(m -> spread(6), a), x -> tanh -> erf) -> split(3, 1)
  output ratio = div(b, a -> split([4, 2], 1) -> conv(1, out = 2) -> sigmoid -> exp)
  output most = a -> reduce(over = heads, by = max, heads = 2) -> reduce(over = space, by = mean)
""",
    "a class token": """
  input x : real[6, 4, 4]
  rows   = x -> conv(1, out = 6) -> lif -> tokens -> swap_axes(channels, width)
  tokens = concat(rows -> learned(channels = 1, start = 0.5), rows) -> swap_axes(channels, width)
  placed = add(tokens, tokens -> learned(start = 0.25)) -> lif -> swap_axes(channels, width)
  output y = placed -> split([1, 16], 0) -> flatten -> linear(3)
""",
    "delays": """
  input x : spike[2, 6, 8]
  a = x -> flatten -> delayed(6, most = 3) -> lif -> delayed(4, most = 2, sigma = 1.5)
  output y = add(a, previous(b) -> delayed(4, most = 1, bias = false))
  b = y -> lif
""",
    "events": """
  input x : events[2, 6, 8]
  a = x -> conv(3, out = 4) -> norm(kind = instance) -> lif
  output y = a -> pool(avg, kernel = 3, stride = 2, padding = even) -> conv(3, out = 2) -> lif
""",
}


def texts() -> Iterator[tuple[str, str]]:
    """All specs by name."""
    for name, neuron in NEURONS.items():
        yield name, NETWORK.replace("NEURON", neuron)
    for name, body in OTHERS.items():
        yield name, f"sdhs 1\nneuron lif {{ }}\nnetwork net {{{body}}}\n"
