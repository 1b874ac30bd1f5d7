"""Networks that don't compute with spikes, each with the code and the line that says so."""

import pytest

from .certified_specs import certificate, found

OTHERS = {
    "a norm with a factor for each step": ("last = first -> conv(3, out = 8) -> norm(per = step) -> lif", [("SG1002", 1)]),
    "such a norm on spikes": ("last = first -> norm(per = step) -> lif", [("SG1002", 1)]),
    "such a norm where the input is encoded": ("last = image -> conv(3, out = 8) -> norm(per = step) -> lif", [("SG1002", 1)]),
    "a norm of samples": ("last = first -> conv(3, out = 8) -> norm(kind = instance) -> lif", [("SG1002", 1)]),
    "a norm of samples on the input": ("last = image -> norm(kind = layer) -> conv(3, out = 8) -> lif", [("SG1002", 1)]),
    "layers of which one has the other's channels as positions": (
        "last = first -> conv(1, out = 8) -> swap_axes(channels, width) -> conv(1, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "layers of which one joins time steps": (
        "last = first -> conv(1, out = 8) -> time_to_channels(steps = 4) -> conv(1, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "attention over time": (
        """
        a = first -> reduce(over = space, by = mean) -> time_to_channels(steps = 4) -> linear(4) -> sigmoid
        last = mul(first -> conv(3, out = 8), a -> channels_to_time(steps = 4) -> spread(8)) -> lif
        """,
        [("SG1004", 2)],
    ),
    "a constant that differs by step": (
        """
        t = first -> frame_times -> swap_axes(channels, width) -> reduce(over = space, by = mean)
        last = mul(first -> conv(1, out = 1), t -> channels_to_time(steps = 8)) -> lif
        """,
        [("SG1004", 2)],
    ),
    "spikes that a running rate scales": ("last = first -> rate_scale(first) -> conv(1, out = 8) -> lif", [("SG1001", 1)]),
    "layers with a reshaping between them": (
        "last = first -> conv(1, out = 8) -> reshape(size = [8, 8]) -> conv(3, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "a bias before a padded convolution": ("last = first -> conv(1, out = 8) -> conv(3, out = 8) -> lif", [("SG1001", 1)]),
    "a folded norm before a padded convolution": (
        "last = first -> conv(1, out = 8, bias = false) -> norm -> conv(3, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "a bias before a padding": ("last = first -> conv(1, out = 8) -> pad(3) -> conv(1, out = 8) -> lif", [("SG1001", 1)]),
    "a bias that is delayed": ("last = first -> conv(1, out = 8) -> pool -> delayed(8, most = 2) -> lif", [("SG1001", 1)]),
    "a norm on a membrane": ("last = first -> conv(3, out = 8) -> quiet -> norm -> lif", [("SG1002", 1)]),
    "a norm on a ReLU": ("last = first -> conv(3, out = 8) -> relu -> norm -> lif", [("SG1002", 1)]),
    "a norm on a maximum": ("last = first -> conv(3, out = 8) -> pool(max) -> norm -> lif", [("SG1002", 1)]),
    "a norm on a sum of a convolution and spikes": (
        "last = add(first -> conv(3, out = 8), first) -> norm -> lif",
        [("SG1002", 1)],
    ),
    "a norm on a convolution that has another use": (
        "a = first -> conv(3, out = 8)\nlast = add(a -> norm, a) -> lif",
        [("SG1002", 2)],
    ),
    "a norm on a sum of convolutions of which one has another use": (
        """
        a = first -> conv(3, out = 8)
        b = add(a, first -> conv(1, out = 8)) -> norm -> lif
        last = add(b, a -> lif)
        """,
        [("SG1002", 2)],
    ),
    "a norm on a sum that an output shows": (
        """
        a = add(first -> conv(3, out = 8), first -> conv(1, out = 8))
        output shown = a
        last = a -> norm -> lif
        """,
        [("SG1002", 3)],
    ),
    "different norms on weights that are shared": (
        """
        block tied(v) {
          weights = shared
          return v -> conv(3, out = 8, bias = false)
        }
        a = add(first -> tied, first -> conv(1, out = 8)) -> norm -> lif
        last = add(a -> tied, a -> conv(1, out = 8)) -> norm -> lif
        """,
        [("SG1002", 5), ("SG1002", 6)],
    ),
    "a bilinear resizing before a layer": (
        "large = first -> upsample(mode = bilinear)\nlast = large -> conv(3, out = 8) -> norm -> lif",
        [("SG1003", 1)],
    ),
    "a bilinear resizing before a pooling and a layer": (
        "large = first -> upsample(mode = bilinear)\nlast = large -> pool(avg) -> conv(3, out = 8) -> norm -> lif",
        [("SG1003", 1)],
    ),
    "two padded convolutions in a row": (
        "a = first -> conv(3, out = 8) -> norm\nlast = a -> conv(3, out = 8) -> norm -> lif",
        [("SG1001", 1)],
    ),
    "two padded convolutions without norms": ("last = first -> conv(3, out = 8) -> conv(3, out = 8) -> lif", [("SG1001", 1)]),
    "a padded convolution behind a pooled one": (
        "last = first -> conv(3, out = 8) -> pool(avg) -> conv(3, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "padded convolutions around a 1 x 1 convolution": (
        "last = first -> conv(3, out = 8) -> conv(1, out = 4) -> conv(3, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "a padded convolution of a sum of currents": (
        """
        a = add(first -> conv(3, out = 8), first -> conv(1, out = 8))
        last = a -> conv(3, out = 8) -> lif
        """,
        [("SG1001", 1)],
    ),
    "an unpadded convolution before a padded one": (
        "last = first -> conv(3, out = 8, padding = 0) -> conv(3, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "a padding between convolutions without padding": (
        """
        a = first -> conv(3, out = 8, padding = 0, bias = false)
        last = a -> conv(1, out = 8, padding = 1) -> conv(3, out = 8, padding = 0) -> lif
        """,
        [("SG1001", 2)],
    ),
    "the margin of a norm between convolutions without padding": (
        """
        a = first -> conv(3, out = 8, padding = 0, bias = false) -> norm(margin = 1)
        last = a -> conv(3, out = 8, padding = 0) -> norm -> lif
        """,
        [("SG1001", 1)],
    ),
    "a resizing between convolutions without padding": (
        "last = first -> conv(3, out = 8, padding = 0) -> upsample -> conv(3, out = 8, padding = 0) -> lif",
        [("SG1001", 1)],
    ),
    "a layer behind a layer that a neuron takes too": (
        "a = first -> conv(1, out = 8)\nlast = add(a -> conv(1, out = 8) -> lif, a -> lif)",
        [("SG1001", 1)],
    ),
    "a ReLU before a layer": ("last = first -> conv(3, out = 8) -> relu -> conv(3, out = 8) -> lif", [("SG1001", 1)]),
    "a membrane before a layer": (
        "a = first -> conv(3, out = 8) -> quiet\nlast = a -> conv(1, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "an analog residual": ("a = add(first, first -> conv(1, out = 8))\nlast = a -> conv(1, out = 8) -> lif", [("SG1001", 1)]),
    "a maximum of currents before a layer": (
        "last = first -> conv(1, out = 8) -> pool(max) -> conv(1, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "a maximum of currents over time before a layer": (
        "a = first -> conv(1, out = 8) -> reduce(over = time, by = max)\nlast = a -> conv(1, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "learned numbers that are added to spikes before a layer": (
        "a = first -> learned\nlast = add(first, a) -> conv(1, out = 8) -> lif",
        [("SG1001", 2)],
    ),
    "learned numbers times a current": ("a = first -> conv(1, out = 8)\nlast = mul(a, a -> learned) -> lif", [("SG1004", 2)]),
    "a tanh before a layer": ("last = first -> conv(3, out = 8) -> tanh -> conv(3, out = 8) -> lif", [("SG1001", 1)]),
    "a sigmoid of spikes before a layer": ("last = first -> sigmoid -> conv(3, out = 8) -> lif", [("SG1001", 1)]),
    "an exp of the input before a layer": ("a = image -> exp\nlast = a -> conv(3, out = 8) -> lif", [("SG1001", 1)]),
    "padded convolutions around a difference": (
        "a = sub(first -> conv(3, out = 8), first -> conv(1, out = 8))\nlast = a -> conv(3, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "a difference of a current and spikes before a layer": (
        "a = sub(first -> conv(1, out = 8), first)\nlast = a -> conv(1, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "a maximum of the input before a layer": ("a = image -> pool(max)\nlast = a -> conv(3, out = 8) -> lif", [("SG1001", 1)]),
    "a ReLU of the input before a layer": ("a = image -> relu\nlast = a -> conv(3, out = 8) -> lif", [("SG1001", 1)]),
    "a current that spikes gate before a layer": (
        "a = mul(first, first -> conv(1, out = 8))\nlast = a -> conv(1, out = 8) -> lif",
        [("SG1001", 1)],
    ),
    "an accumulator without a neuron": (
        """
        half = first -> pool(avg, kernel = 1, stride = 1)
        c = add(half, previous(c))
        last = c -> conv(1, out = 8) -> lif
        """,
        [("SG1001", 2)],
    ),
    "a leaky accumulator of pooled spikes": (
        """
        c = add(first -> pool(avg, kernel = 1, stride = 1), previous(c) -> pool(avg, kernel = 3, stride = 1))
        last = c -> conv(1, out = 8) -> lif
        """,
        [("SG1001", 1)],
    ),
    "a layer in a loop of currents": (
        """
        c = add(first -> conv(1, out = 8), previous(c) -> conv(1, out = 8))
        last = c -> lif
        """,
        [("SG1001", 1)],
    ),
    "weights of frames": (
        "w = image -> frame_times -> conv(1, out = 1)\nlast = weigh_frames(first -> conv(1, out = 3), w) -> lif",
        [("SG1004", 2)],
    ),
}


@pytest.mark.parametrize(("body", "places"), OTHERS.values(), ids=list(OTHERS))
def test_a_network_that_does_not_compute_with_spikes(body, places, tmp_path):
    assert found(body, tmp_path) == places


def test_the_message_of_a_division(tmp_path):
    (place,) = certificate("last = div(first, first -> conv(3, out = 8)) -> lif", tmp_path).places
    assert place.summary == "`last.div` divides by real[8, 16, 16] of `last.div.conv`, which isn't constant"
    assert place.help == "multiply spikes by it, or write a constant as `scale`"
