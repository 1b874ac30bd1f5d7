"""EITNet and EIS, written from their descriptions, against networks of torch with the same weights, on the peer of DDES."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import nn

from spikegraph.analysis.layers import roles
from spikegraph.program.program import Program

from .ddes_peer import Act, Peer, Residual, act2
from .judge import parameters, size
from .peers import ZOO, follow, randomise

RANDOM = torch.Generator().manual_seed(0)
EVENTS = torch.randint(-1, 2, (2, 3, 5, 100, 61), generator=RANDOM).double()
"""Of the left and of the right camera, at three time steps."""
FRAMES = torch.rand(2, 3, 1, 100, 61, generator=RANDOM, dtype=torch.float64)


def padded(view: torch.Tensor, multiple: int) -> torch.Tensor:
    return F.pad(view, [n for size in reversed(view.shape[2:]) for n in (-size % multiple, 0)])


def conv(source: int, target: int, kernel: int = 3, *, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(source, target, kernel, 1, dilation * (kernel // 2), dilation)


class Attention(nn.Module):
    """Softmax over pixels of the keys, and over the descriptions of what each pixel asks for."""

    def __init__(self, c: int, terms: int = 16) -> None:
        super().__init__()
        self.keys, self.values, self.queries, self.last = conv(c, terms, 1), conv(c, c, 1), conv(c, terms, 1), conv(c, c, 1)
        self.first, self.second = (nn.InstanceNorm2d(terms, affine=True) for _ in range(2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        where = self.first(self.keys(x)).flatten(2).softmax(2)
        context = torch.einsum("nkp,ncp->nkc", where, self.values(x).flatten(2))
        mix = self.second(self.queries(x)).softmax(1)
        return x + self.last(torch.einsum("nkhw,nkc->nchw", mix, context))


class Modulated(nn.Module):
    def __init__(self, c: int) -> None:
        super().__init__()
        self.seen, self.last = conv(c, c), conv(c, c)
        self.reach = nn.ModuleList(conv(c, c // 4, dilation=k) for k in (1, 2, 3, 4))
        self.factors, self.shifts = conv(c, c), conv(c, c)

    def forward(self, x: torch.Tensor, image: torch.Tensor) -> torch.Tensor:
        seen = self.seen(image).relu()
        reach = torch.cat([layer(seen) for layer in self.reach], 1)
        plain = F.instance_norm(x)
        return self.last(plain * (1 + self.factors(reach)) + self.shifts(reach)).relu()


def enlarging(source: int, target: int) -> Act:
    return Act(nn.ConvTranspose2d(source, target, 4, 2, 1), target, 2)


class Translating(Peer):
    """EITNet."""

    def __init__(self, c: int, f: int, planes: int, multiple: int, deep: int) -> None:
        super().__init__(c, f, planes, multiple)
        self.translation = nn.Sequential(act2(c, c), Attention(c), *(Residual(c) for _ in range(deep)))
        self.drawing = nn.Sequential(enlarging(c, c // 2), enlarging(c // 2, c // 4), conv(c // 4, 1), nn.Sigmoid())
        self.modulated = Modulated(c)
        self.images = list[torch.Tensor]()

    def embed(self, view: torch.Tensor) -> torch.Tensor:
        events = super().embed(view)
        seen = self.translation(events)
        self.images.append(self.drawing(seen)[..., -view.shape[2] :, -view.shape[3] :])
        return events + self.modulated(events, seen)


class Recycling(Peer):
    """EIS; views are lists of events and of images at each time step, of which the last one is returned."""

    def __init__(self, c: int, f: int, planes: int, multiple: int) -> None:
        super().__init__(c, f, planes, multiple)
        del self.events
        self.both, self.new, self.kept = act2(6, c // 2), conv(c // 2, c // 2), nn.Conv2d(c // 2, c // 2, 3, 1, 1, bias=False)
        self.embedding[0] = act2(c // 2, c, 5, 2)

    def embed(self, view: torch.Tensor) -> torch.Tensor:
        kept = None
        for step in padded(view, self.multiple):  # [6, H, W], the events and the image
            joined = self.new(self.both(step[None]))
            before = torch.zeros_like(joined) if kept is None else kept
            kept = (joined + self.kept(before)).tanh()
        return self.embedding(kept)


def placed(peer: Translating) -> Callable[[list[nn.Module]], list[nn.Module]]:
    """Layers in the order of the spec: the shortcut's before those of the matching, and the image's behind all others."""
    shortcut, match, last = (set(part.modules()) for part in (peer.beside, peer.match, peer.drawing))

    def place(modules: list[nn.Module]) -> list[nn.Module]:
        stay = [m for m in modules if m not in shortcut | last]
        first = next(i for i, m in enumerate(stay) if m in match)
        early, behind = ([m for m in modules if m in of] for of in (shortcut, last))
        return [*stay[:first], *early, *stay[first:], *behind]

    return place


def test_eitnet_translates_and_matches() -> None:
    peer = Translating(8, 2, 16, 64, 2).double()
    randomise(peer)
    left, right = EVENTS[:, 0, None]
    small = ("eitnet.C=8", "eitnet.F=2", "eitnet.deep=2")
    model = follow("eitnet", peer, left, right, overrides=small, parts=placed(peer))
    with torch.no_grad():
        peer.images.clear()
        expected = peer(left, right)
        inputs = {
            "left": left[None],
            "right": right[None],
            "frame_left": FRAMES[0, :1, None],
            "frame_right": FRAMES[1, :1, None],
        }
        found, _ = model.run(inputs, wanted=("similarity", "image_left", "image_right"))
    torch.testing.assert_close(found["similarity"][0, :, 0], expected, rtol=0, atol=1e-9)
    assert expected.std() > 1e-3
    for name, image in zip(("image_left", "image_right"), peer.images, strict=True):
        assert image.std() > 1e-3
        torch.testing.assert_close(found[name][0], image, rtol=0, atol=1e-9)


def test_eis_keeps_what_it_made_of_earlier_stacks() -> None:
    peer = Recycling(8, 2, 16, 64).double()
    randomise(peer)
    left, right = (torch.cat([events, frames], 1) for events, frames in zip(EVENTS, FRAMES, strict=True))
    model = follow("eis", peer, left, right, overrides=("eis.C=8", "eis.F=2"))
    inputs = {"left": EVENTS[0][:, None], "right": EVENTS[1][:, None]}
    inputs |= {"frame_left": FRAMES[0][:, None], "frame_right": FRAMES[1][:, None]}
    with torch.no_grad():
        found, _ = model.run(inputs, wanted=("similarity",))
        for t in range(3):
            expected = peer(left[: t + 1], right[: t + 1])
            assert expected.std() > 1e-3
            torch.testing.assert_close(found["similarity"][t, :, 0], expected, rtol=0, atol=1e-9)


def test_the_sizes() -> None:
    assert parameters("eitnet") == size(lambda: Translating(64, 8, 16, 64, 4)) == 2_897_846
    assert parameters("eis") == size(lambda: Recycling(64, 8, 16, 64)) == 2_284_405


def test_eitnet_needs_images_in_training_alone() -> None:
    program = Program.read(ZOO / "eitnet.sdhs")
    deployed = program.build("deploy").plain
    assert list(program.build("retrain").graph.inputs()) == ["left", "right", "frame_left", "frame_right"]
    assert list(deployed.inputs()) == ["left", "right"]
    drawing = size(lambda: Translating(64, 8, 16, 64, 4).drawing)
    assert sum(roles(deployed).values()) == 2_897_846 - drawing == 2_856_597
