"""The size of DDES and DDES-SNN, counted from their tables, and the wiring of DDES, compared with a network written here."""

import torch

from .ddes_peer import Peer
from .peers import follow, randomise


def test_the_parameters(zoo_parameters):
    """Convolutions have a bias, and all but a few an instance norm of two numbers for each channel."""

    def plain(volume: int, source: int, target: int) -> int:
        return volume * source * target + target

    def normed(volume: int, source: int, target: int) -> int:
        return plain(volume, source, target) + 2 * target

    weights_of_events = 64 + 64 + 3 * plain(1, 64, 64) + 64
    embedding = 2 * normed(25, 64, 64) + 4 * normed(9, 64, 64) + normed(9, 64, 8)
    matching = plain(9, 128, 64) + 4 * normed(9, 64, 64) + plain(9, 64, 8)
    hourglass = normed(27, 8, 8)
    hourglass += sum(normed(27, n, 2 * n) + normed(27, 2 * n, 2 * n) for n in (8, 16, 32, 64))
    hourglass += sum(normed(64, 2 * n, n) + normed(27, n, n) for n in (64, 32, 16, 8))
    hourglass += normed(64, 8, 4) + plain(48, 4, 1)
    counted = weights_of_events + embedding + matching + hourglass
    assert zoo_parameters("ddes") == zoo_parameters("ddes_snn") == counted == 2_327_989
    assert round(counted / 1e6, 2) == 2.33


def test_the_wiring():
    planes, multiple = 16, 64
    peer = Peer(4, 2, planes, multiple).double()
    randomise(peer)
    left, right = torch.randint(-1, 2, (2, 2, 5, 100, 61)).double()
    model = follow("ddes", peer, left, right, overrides=("ddes.C=4", "ddes.F=2"))
    with torch.no_grad():
        expected = peer(left, right)
        found, _ = model.run({"left": left[None], "right": right[None]}, wanted=("similarity", "disparity"))  # type: ignore[operator]
    assert expected.std() > 1e-3
    torch.testing.assert_close(found["similarity"][0, :, 0], expected, rtol=0, atol=1e-9)
    # The authors' estimator: the mean of the best plane and two on each side, two pixels apart.
    best = expected.argmax(1, keepdim=True)
    index = torch.arange(2 * planes).view(1, -1, 1, 1)
    near = expected.masked_fill((index - best).abs() > 2, -torch.inf).softmax(1)
    torch.testing.assert_close(found["disparity"][0], (near * 2 * index).sum(1, keepdim=True), rtol=0, atol=1e-8)
