"""Networks that compute with spikes by the definition in `docs/language.md`, each written out."""

import pytest

from .certified_specs import certificate

CERTIFIED = {
    "an average pooling before a layer": "last = first -> pool(avg) -> conv(3, out = 8) -> norm -> lif",
    "average poolings in a row, and a maximum behind them": """
      last = first -> pool(avg) -> pool(max) -> pool(avg) -> conv(3, out = 8) -> norm -> lif""",
    "an average pooling with smaller windows at the border": """
      last = first -> pool(avg, kernel = 3, stride = 1) -> conv(3, out = 8) -> norm -> lif""",
    "an average pooling beside spikes": """
      small = first -> pool(avg, kernel = 3, stride = 1)
      last = concat(first, small) -> conv(3, out = 8) -> norm -> lif""",
    "a sum of a pooling and spikes": """
      small = first -> pool(avg, kernel = 3, stride = 1)
      last = add(first, small) -> conv(3, out = 8) -> norm -> lif""",
    "a pooling of a pooled concatenation behind a resizing": """
      small = concat(first, first) -> pool(avg) -> upsample -> pool(avg)
      last = small -> conv(3, out = 8) -> norm -> lif""",
    "a mean over an axis, and over channels": """
      rows = first -> reduce(over = height, by = mean) -> conv(3, out = 8) -> norm -> lif
      last = add(first, first -> reduce(over = channels, by = mean) -> conv(1, out = 8) -> lif, rows -> pool)""",
    "sums over space, and over channels of heads": """
      rows = first -> reduce(over = space, by = sum) -> lif
      heads = first -> reduce(over = channels, by = sum, heads = 2) -> conv(1, out = 8) -> norm -> lif
      last = mul(rows, heads) -> reduce(over = heads, by = sum, heads = 4) -> conv(1, out = 8) -> lif""",
    "a maximum and a sum of spikes over time": """
      a = first -> reduce(over = time, by = sum) -> conv(1, out = 8) -> lif
      last = add(a, first -> reduce(over = time, by = max) -> conv(1, out = 8)) -> lif""",
    "spikes of all time steps as channels, and channels as time steps": """
      a = first -> time_to_channels(steps = 4) -> conv(3, out = 8) -> channels_to_time(steps = 4) -> lif
      b = concat(a, a, a, a) -> time_to_channels(steps = 4) -> channels_to_time(steps = 4) -> conv(3, out = 8)
      last = add(b, image -> time_to_channels(steps = 4) -> conv(3, out = 8)) -> lif""",
    "differences of spikes, and constant multiples of them": """
      a = sub(first, first -> conv(3, out = 8) -> lif) -> scale(0.3) -> conv(1, out = 8) -> norm -> lif
      last = sub(a -> scale(-2), first -> pool(avg, kernel = 3, stride = 1)) -> conv(1, out = 8) -> lif""",
    "constant multiples and differences of currents": """
      a = sub(first -> conv(3, out = 8) -> norm, first -> conv(1, out = 8)) -> scale(0.25)
      last = mul(a, first -> scale(3)) -> lif""",
    "constant multiples between layers": "last = first -> conv(3, out = 8) -> scale(2) -> conv(1, out = 8) -> lif",
    "a constant multiple and a difference where the input is encoded": """
      last = sub(image -> scale(2) -> conv(3, out = 8), image -> conv(1, out = 8)) -> norm -> lif""",
    "attention with a scale behind it": """
      last = attend(first, first, first, scale = 1) -> scale(0.125) -> conv(1, out = 8) -> lif""",
    "parts of channels": """
      last = concat(first -> split(2, 1), first -> split([6, 2], 1) -> spread(6)) -> conv(3, out = 8) -> lif""",
    "learned numbers that are added to currents, and that spikes take": """
      a = first -> conv(1, out = 8)
      last = add(a, a -> learned, mul(first, first -> learned(size = []))) -> lif""",
    "functions of a current before a neuron": "last = first -> conv(3, out = 8) -> tanh -> sigmoid -> exp -> lif",
    "a current that is gated by spikes behind a sigmoid": """
      last = mul(first, first -> conv(1, out = 8) -> sigmoid) -> lif""",
    "a quotient by a constant": """
      last = div(first -> conv(1, out = 1), first -> frame_times -> reduce(over = space, by = mean)) -> lif""",
    "a vote before a layer": "last = first -> vote(2) -> conv(1, out = 8) -> norm -> lif",
    "a mean over time before a layer": "last = first -> mean(time) -> conv(1, out = 8) -> norm -> lif",
    "a sum of convolutions before a norm": """
      last = add(first -> conv(3, out = 8), first -> conv(1, out = 8)) -> norm -> lif""",
    "a sum of sums before a norm": """
      a = add(first -> conv(3, out = 8), first -> conv(1, out = 8))
      last = add(a, first -> conv(5, out = 8)) -> norm -> lif""",
    "a convolution of the input and a recurrent one before a norm": """
      last = add(image -> conv(3, out = 8), previous(last) -> conv(3, out = 8)) -> norm -> lif""",
    "a pooling between a convolution and its norm": "last = first -> conv(3, out = 8) -> pool(avg) -> norm -> lif",
    "a concatenation of convolutions before a norm": """
      last = concat(first -> conv(3, out = 4), first -> conv(1, out = 4)) -> norm -> lif""",
    "a norm on the input": "last = add(image -> norm -> conv(3, out = 8) -> norm -> lif, first)",
    "a norm on spikes": "last = first -> norm -> lif",
    "a norm on spikes before a convolution": "last = first -> norm -> conv(3, out = 8, padding = 0) -> lif",
    "two layers that encode the input": """
      last = image -> conv(3, out = 8) -> norm -> conv(3, out = 8) -> norm -> lif""",
    "poolings and resizings of the input": """
      last = image -> pool(avg) -> upsample(mode = bilinear) -> conv(3, out = 8) -> lif""",
    "spikes that are delayed by many steps": "\n".join(
        ("d0 = first", *(f"d{i} = previous(d{i - 1})" for i in range(1, 31)), "last = d30 -> conv(3, out = 8) -> lif")
    ),
    "a linear recurrence that encodes the input": """
      c = add(image -> conv(3, out = 8), previous(c) -> conv(1, out = 8))
      last = c -> lif -> conv(3, out = 8) -> lif""",
    "a maximum of spikes": "last = first -> pool(max) -> conv(3, out = 8) -> norm -> lif",
    "a maximum of a current before a neuron": "last = first -> conv(3, out = 8) -> pool(max) -> lif",
    "tdBN": "last = first -> conv(3, out = 8) -> norm(scale = threshold) -> lif",
    "a norm without weight": "last = first -> conv(3, out = 8) -> norm(affine = false) -> lif",
    "membrane potentials that are added": """
      a = first -> conv(3, out = 8) -> norm -> quiet
      b = add(a, a -> lif -> conv(3, out = 8) -> norm) -> quiet
      last = add(a, b) -> lif -> conv(3, out = 8) -> norm -> lif""",
    "SEW blocks with ADD": """
      a = add(first, first -> conv(3, out = 8) -> norm -> lif)
      b = add(a, a -> conv(3, out = 8) -> norm -> lif)
      last = b -> conv(3, out = 8) -> norm -> lif""",
    "SEW blocks with AND": "last = mul(first, first -> conv(3, out = 8) -> norm -> lif)",
    "SEW blocks with IAND": "last = iand(first -> conv(3, out = 8) -> norm -> lif, first) -> conv(1, out = 8) -> lif",
    "a current that spikes gate": "last = mul(first, first -> conv(3, out = 8) -> norm) -> lif",
    "a current that counts gate": """
      last = mul(first -> conv(1, out = 8) -> pool(avg), add(first, first) -> pool) -> lif""",
    "squeeze and excite with a spiking gate": """
      gate = first -> pool -> linear(4) -> lif -> linear(8) -> lif
      last = mul(first -> conv(3, out = 8) -> norm, gate) -> lif""",
    "attention without softmax": """
      q = first -> conv(1, out = 8) -> norm -> lif
      k = first -> conv(1, out = 8) -> norm -> lif
      v = first -> conv(1, out = 8) -> norm -> lif
      last = attend(q, k, v, heads = 2, scale = 0.125) -> lif""",
    "attention before a layer": """
      q = first -> conv(1, out = 8) -> norm -> lif
      last = attend(q, q, first, heads = 2) -> conv(1, out = 8) -> norm -> lif""",
    "attention of spikes to a current": """
      q = first -> conv(1, out = 8) -> norm -> lif
      last = attend(q, first -> conv(1, out = 8), q, heads = 2) -> lif""",
    "two products of matrices": """
      q = first -> conv(1, out = 8) -> norm -> lif
      v = first -> conv(1, out = 8)
      last = product(product(q, first, heads = 2, transpose = right) -> lif, v, heads = 2) -> lif""",
    "a product of matrices before a layer": """
      q = first -> conv(1, out = 8) -> norm -> lif
      last = product(q, product(first, q, transpose = left)) -> conv(1, out = 8) -> norm -> lif""",
    "spikes with other axes": """
      t = first -> tokens -> swap_axes(channels, width) -> conv(1, out = 8) -> norm -> lif
      last = t -> reshape(size = [4, 4]) -> channel_shuffle(2) -> conv(3, out = 8) -> norm -> lif""",
    "a convolution padded with the value of a norm": """
      a = first -> conv(1, out = 8, bias = false) -> norm(margin = 1)
      last = a -> conv(3, out = 8, groups = all, padding = 0, bias = false) -> conv(1, out = 8, bias = false) -> norm -> lif""",
    "a shuffle and tokens between 1 x 1 convolutions": """
      last = first -> conv(1, out = 8) -> channel_shuffle(2) -> tokens -> conv(1, out = 8) -> norm -> lif""",
    "dual spike self-attention": """
      y = first -> conv(4, out = 8, stride = 4, padding = 0) -> norm
      z = first -> conv(4, out = 8, stride = 4, padding = 0) -> norm
      pairs = product(y, first, heads = 2, transpose = right) -> rate_scale(first, heads = 2) -> lif
      both = product(pairs, z, heads = 2, transpose = left) -> rate_scale(pairs, heads = 2, terms = positions)
      last = both -> reshape(channels = 8, size = [16, 16]) -> lif -> conv(1, out = 8) -> norm -> lif""",
    "a scaled current before a layer": """
      last = first -> conv(3, out = 8) -> norm -> rate_scale(first) -> conv(1, out = 8) -> norm -> lif""",
    "integer spikes": "last = first -> conv(3, out = 8) -> lif(levels = 4) -> conv(3, out = 8) -> norm -> lif",
    "a chain of 1 x 1 convolutions": "last = first -> conv(1, out = 4) -> conv(1, out = 8) -> norm -> lif",
    "a 1 x 1 convolution before a padded one": """
      last = first -> conv(1, out = 4, bias = false) -> conv(3, out = 8) -> norm -> lif""",
    "a 1 x 1 convolution whose norm pads": """
      last = first -> conv(1, out = 4, bias = false) -> norm(margin = 1) -> conv(3, out = 8, padding = 0) -> norm -> lif""",
    "a 1 x 1 convolution behind a padded one": "last = first -> conv(3, out = 4) -> norm -> conv(1, out = 8) -> lif",
    "convolutions without padding in a row": """
      last = first -> conv(3, out = 4, padding = 0) -> conv(3, out = 8, padding = 0) -> norm -> lif""",
    "convolutions that need no padding": """
      last = first -> conv(2, out = 4, stride = 2) -> conv(2, out = 8, stride = 2) -> norm -> lif""",
    "linear layers in a row": "last = first -> pool -> linear(8) -> linear(8) -> lif",
    "a padded convolution before a linear layer": "last = first -> conv(3, out = 8) -> flatten -> linear(8) -> lif",
    "a resizing to the nearest": "last = first -> upsample -> conv(3, out = 8) -> norm -> lif",
    "spikes that a recurrent layer takes": """
      last = add(first -> conv(3, out = 8), previous(last) -> conv(3, out = 8)) -> lif""",
    "a block that is used twice, with its norm": """
      block twin(x) {
        weights = shared
        return x -> conv(3, out = 8) -> norm -> lif
      }
      last = first -> twin -> twin""",
    "zeros beside a convolution": "last = add(first -> conv(3, out = 8), first -> zero) -> norm -> lif",
    "a dropout": "last = first -> dropout(0.5) -> conv(3, out = 8) -> norm -> lif",
}


@pytest.mark.parametrize("body", CERTIFIED.values(), ids=list(CERTIFIED))
def test_a_network_that_computes_with_spikes(body, tmp_path):
    given = certificate(body, tmp_path)
    assert [(p.code, p.node, p.summary) for p in given.places] == []
    assert given.holds
