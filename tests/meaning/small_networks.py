"""Small networks that together have every operation of the project."""

from spikegraph.program.program import Program

CELLS = """
candidates ops {
  c3    = conv(3) -> norm -> lif
  c5    = conv(5) -> norm -> lif(surrogate = dspike(b = 5))
  bare  = conv(1) -> norm
  skip  = identity
  none  = zero
}
candidates poolings {
  pool3 = pool(max, kernel = 3, stride = 1, padding = centred)
  avg3  = pool(avg, kernel = 3, stride = 1, padding = centred)
  sep3  = conv(3, groups = all) -> conv(1) -> norm -> lif
  skip  = identity
  none  = zero
}
cell small { nodes = 2  candidates = ops  neuron = lif  keep = 1 }
cell half like small { stride = 2 }
"""
NETWORKS = {
    "layers": """
neuron lif { decay = 0.6 }
neuron many { decay = 0.5  levels = 3  spike_at = nearest  reset = soft }
neuron adaptive { model = alif  threshold = learn(0.4)  reset = late }
neuron synapse { model = cuba(current_decay = learn(0.5, per = channel))  decay_input = true }
neuron sum { model = if  fires = false }
neuron leaky { model = relu(slope = 0.25) }
network net {
  neuron = lif
  input x : spike[4, 7, 6]
  input w : real[4, 7, 6]
  a  = x -> conv([3, 2], out = 6, groups = 2, stride = [2, 1], bias = false) -> norm(scale = threshold) -> lif
  b  = add(x -> conv(3, out = 4, sign = inhibitory) -> norm, w -> norm(kind = instance)) -> many
  c  = b -> conv(3, out = 4, dilation = 2) -> norm(affine = false) -> adaptive
  d  = iand(c, x) -> mul(b) -> conv(1, out = 4) -> norm(kind = layer) -> synapse
  e  = a -> transposed(4, out = 4, stride = [2, 1], like = x) -> norm -> lif
  f  = concat(d, e, c -> identity) -> pool(max, kernel = 3, padding = 1) -> conv(3, out = 4) -> norm -> lif
  g  = f -> resize(x, mode = bilinear) -> relu -> leaky
  u  = f -> upsample(mode = bilinear) -> crop(f) -> conv(1, out = 4)
  h  = f -> resize(x, margin = 1) -> conv(3, out = 4, padding = 0) -> norm -> lif
  r  = f -> conv(1, out = 4, bias = false) -> norm(margin = 1) -> conv(3, out = 4, padding = 0) -> norm(margin = 1)
  at = attend(g -> norm -> lif, h, x, heads = 2) -> lif
  ps = product(product(g -> lif, x, heads = 2, transpose = left), at, heads = 2, transpose = right)
  sc = ps -> rate_scale(at, heads = 2, momentum = 0.5) -> rate_scale(ps, terms = positions)
  k  = add(at -> pool, w -> pool(avg, kernel = 3, stride = 3, padding = even) -> pool, u -> pool) -> dropout -> linear(6) -> sum
  output votes = k -> vote(2) -> mean(time)
  output pairs = sc -> reshape(size = [2, 3, 7]) -> swap_axes(channels, depth) -> tokens -> channel_shuffle(2)
  output top   = at -> pad(4) -> reduce(height, max) -> flatten -> linear(3)
  output reps  = r
  output tops  = b -> reduce(channels, sum)
}
""",
    "blocks": """
neuron lif { }
block res(x) {
  weights = own
  param out = 4
  a = x -> conv(3, out = out, stride = 2, bias = false) -> norm -> lif
  return add(a -> conv(3, out = out, bias = false) -> norm, project(x, like = a)) -> lif
}
network net {
  input image : real[3, 9, 8]
  time = 3
  block twice(v) { weights = shared  return v -> conv(3, out = 4) -> norm -> lif }
  s = image -> stem(3, out = 4)
  b = s -> twice -> twice -> project(like = s)
  output logits = b -> repeat(res(out = 6), 2) -> norm(per = step) -> lif -> pool -> linear(5) -> mean(time)
}
""",
    "loops": """
neuron lif { decay = 0.4 }
network net {
  input s : spike[3, 6, 5]
  a = add(s -> conv(3, out = 4) -> norm, previous(b) -> conv(3, out = 4) -> norm) -> lif
  b = a -> conv(3, out = 4) -> norm -> lif
  c = add(previous(s) -> conv(1, out = 4), b)
  output y = c -> pool -> linear(3)
}
""",
    "frames": """
neuron lif { }
network net {
  input events : events[4, 8, 6]
  t = events -> frame_times -> conv(1, out = 5) -> relu -> conv(1, out = 2)
  a = events -> weigh_frames(t) -> norm -> lif -> conv(3, out = 2) -> norm -> lif
  v = a -> stack(3) -> conv(3, out = 2) -> norm(kind = plane) -> lif
  p = v -> pool(avg, kernel = [3, 1, 1], stride = [3, 1, 1], padding = even)
  output d = p -> conv(1, out = 1) -> reduce(depth, mean) -> disparity
}
""",
    "sound": """
neuron lif { threshold = learn(0.5)  decay = learn(0.3, per = channel) }
network net {
  input s : spike[1, 15]
  a = s -> conv(4, out = 6, stride = 2) -> norm -> lif
  b = a -> pool(avg, padding = even) -> flatten -> delayed(5, most = 3) -> norm -> lif
  output y = b -> linear(4) -> mean(time)
}
""",
    "functions": """
neuron lif { decay = 0.6 }
neuron sum { model = if  fires = false }
network net {
  neuron = lif
  input x : spike[6, 5, 4]
  q = x -> conv(1, out = 6) -> norm -> lif
  k = x -> conv(3, out = 6) -> norm -> lif
  m = q -> reduce(channels, sum, heads = 3) -> scale(0.5) -> lif
  a = mul(m -> spread(6), k) -> conv(1, out = 6) -> norm -> lif
  c = sub(a, mul(k, q) -> reduce(space, mean) -> scale(2)) -> conv(1, out = 6) -> norm -> lif
  d = div(c -> reduce(heads, sum, heads = 2), c -> split([2, 3, 1], 1) -> conv(1, out = 3) -> tanh -> exp)
  g = sub(d -> conv(1, out = 6) -> norm -> sigmoid, c) -> conv(1, out = 6) -> norm -> lif
  output most  = g -> conv(1, out = 3) -> reduce(time, max)
  output total = g -> reduce(space, sum) -> reduce(time, sum) -> linear(4)
  output mean  = g -> sum -> pool -> reduce(time, mean)
}
""",
    "time": """
neuron lif { decay = 0.6 }
network net {
  input x : real[2, 5, 4]
  a = x -> conv(3, out = 4) -> norm
  s = a -> reduce(space, mean) -> reduce(channels, max) -> time_to_channels(steps = 3) -> linear(2) -> relu -> linear(3)
  b = mul(a, s -> sigmoid -> channels_to_time(steps = 3) -> spread(4)) -> lif
  c = b -> time_to_channels(steps = 4) -> conv(3, out = 6) -> channels_to_time(steps = 3) -> norm -> lif
  d = add(c -> erf, c -> learned(start = 0.5)) -> conv(3, out = 2)
  output y = d -> pool -> time_to_channels(steps = 3) -> linear(6, autapses = false)
}
""",
    "choices": """
neuron lif { }
network net {
  input x : real[3, 6, 6]
  time = 2
  a = x -> each_step -> conv(3, out = 4) -> norm -> lif
  b = a -> choose(skip = identity, c3 = conv(3, out = 4) -> norm -> lif)
  output y = b -> pool -> linear(3) -> mean(time)
}
genotype net { b = c3 }
""",
    "cells": f"""
neuron lif {{ }}
{CELLS}
cell back like small {{ edges = [n0(prev2, prev, previous(n1)), n1(prev, n0)]  keep = 2  output = last  mix = membrane }}
cell pre like half {{ preprocess = conv(1) -> norm  neuron = none  candidates = poolings }}
network net {{
  input image : real[3, 9, 8]
  time = 2
  s = image -> stem(3, out = 4)
  c = s -> chain([small, half, back, pre], width = 2)
  aux = c[1] -> auxiliary(classes = 3, channels = 4, features = 5)
  output logits = c -> pool -> linear(3) -> mean(time)
  output other = c[1] -> conv(1, out = 1)
}}
genotype small {{ n0 = bare(prev)  n1 = skip(n0) }}
genotype half {{ n0 = skip(prev2)  n1 = none(prev) }}
genotype back {{ n0 = c5(prev) + c3(previous(n1))  n1 = bare(n0) + skip(prev) }}
genotype pre {{ n0 = sep3(prev2)  n1 = pool3(prev) }}
""",
    "trellis": """
neuron lif { }
candidates few { c3 = conv(3) -> norm -> lif  skip = identity }
cell small { nodes = 1  candidates = few  neuron = lif  keep = 1 }
trellis grid { cell = small  layers = 2  levels = 2 }
trellis coarse { cell = small  layers = 2  levels = 3  finest = 1  down = resize  resize = bilinear }
network net {
  input left, right : events[2, 7, 9]
  block view(v) {
    weights = shared
    s = v -> stem(3, out = 3)
    return s -> grid -> restore(s)
  }
  volume = cost_volume(view(left), view(right), planes = 3)
  s = volume -> stem(3, out = 2, stride = 2)
  output d = s -> coarse -> restore(volume, out = 1, last = membrane) -> subpixel(step = 1, scale = 2)
}
genotype small { n0 = c3(prev2) }
path grid = [1, 1]
path coarse = [1, 2]
""",
    "models": """
neuron lif { model = alif  threshold = learn(0.4, per = channel)  decay = learn(0.3) }
neuron two { model = tclif }
candidates few {
  c3   = conv(3) -> norm -> lif
  c1   = conv(1) -> norm -> lif(surrogate = dspike(b = 5))
  skip = identity
}
cell small { nodes = 2  candidates = few  neuron = lif  keep = 1 }
trellis grid { cell = small  layers = 2  levels = 2 }
network net {
  input x : events[2, 7, 9]
  s = x -> stem(3, out = 4)
  c = s -> grid -> restore(s)
  output y = c -> conv(3, out = 3) -> norm -> two(soma = add(c -> conv(1, out = 3) -> norm, s -> conv(1, out = 3)))
}
genotype small { n0 = c1(prev2)  n1 = c3(n0) }
path grid = [1, 0]
""",
    "path": """
neuron lif { }
candidates few { c3 = conv(3) -> norm -> lif  skip = identity }
cell small { nodes = 2  candidates = few  neuron = lif  keep = 1 }
trellis walk { cell = small  layers = 4  levels = 3 }
network net {
  input x : events[2, 7, 9]
  s = x -> stem(3, out = 4)
  c = s -> walk
  output y = concat(c -> resize(s), s) -> conv(1, out = 3)
}
genotype small { n0 = skip(prev2)  n1 = c3(n0) }
path walk = [1, 2, 1, 0]
""",
}
SEARCHED = ["choices", "cells", "trellis", "models"]


def text_of(name, *, decided):
    """The text of a network, with or without its genotypes and paths."""
    lines = NETWORKS[name].splitlines()
    return "\n".join(["sdhs 1", *(line for line in lines if decided or not line.startswith(("genotype", "path ")))])


def program_of(name, *, decided=True, more=""):
    return Program.of_text(text_of(name, decided=decided) + more, f"{name}.sdhs").checked()


RUN = """
dataset d {{ source = python }}
{kind} net on d {{
  epochs = 1
  batch = 1
  weights = sgd(lr = 0.1)
  loss = cross_entropy(logits) + 0.5 * cross_entropy(aux)
  {keys}
}}
"""
