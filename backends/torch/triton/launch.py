"""A call of kernels: its tensors in one memory format, and its division between programs."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes  # pyright: ignore[reportPrivateUsage]

from spikegraph.backends.torch.memory import sum_type
from spikegraph.backends.torch.operators import imitating
from spikegraph.backends.torch.triton.form import Form, same_gradients
from spikegraph.backends.torch.triton.library import start
from spikegraph.backends.torch.triton.tiles import Tiles, channels_last, dense
from spikegraph.backends.torch.triton.widths import MOST, Width, Widths, widths
from spikegraph.equations.step import Step

STEPS: dict[str, tuple[Step, bool]] = {}
"""The steps that were computed, and whether their results are spikes, by their names in operators."""


def named(step: Step, *, spikes: bool) -> str:
    """The name of a step in operators, which take no other objects."""
    name = hashlib.sha256(repr((step, spikes)).encode()).hexdigest()[:16]
    STEPS[name] = step, spikes
    return name


@dataclass(frozen=True)
class Launch:
    """A call.

    Attributes:
        form: What its text depends on.
        spikes: Whether its results are spikes or counts.
        terms: The terms of all currents, in one memory format.
        state: The states before the first step, [1, N, C, *size]; none at the sequence's start.
        given: The given numbers, [numbers, C], or None.
        tiles: Its division between programs of kernels that keep nothing: forward, and for moments.
        widths: How kernels go back.
        backs: Its division between programs of those without sums, and of those with sums.
    """

    form: Form
    spikes: bool
    terms: Sequence[Tensor]
    state: Sequence[Tensor]
    given: Tensor | None
    tiles: Tiles
    widths: Widths
    backs: tuple[Tiles, Tiles]

    @classmethod
    def of(
        cls,
        name: str,
        terms: Sequence[Tensor],
        state: Sequence[Tensor],
        given: Sequence[Tensor],
        counts: Sequence[int],
        normed: Sequence[bool],
    ) -> "Launch":
        """That of the step with this name."""
        _, spikes = STEPS[name]
        first, real = terms[0], sum_type(*terms)
        alike = not any(normed) and all(g.numel() == 1 for g in given)
        same = same_gradients(counts, normed, [x.dtype for x in terms])
        form = _form(name, tuple(counts), tuple(normed), same, started=bool(state), last=not alike and channels_last(first))
        back = widths(form, len(first))
        numbers_of_threads = ((w.elements, w.access) for w in (Width(MOST, 1), back.gradients, back.sums))
        tiles, *backs = (Tiles.of(first, alike=alike, elements=each, access=access) for each, access in numbers_of_threads)
        like = first if channels_last(first) else first.contiguous()
        numbers = torch.stack([g.reshape(-1).expand(tiles.channels) for g in given]).to(real) if given else None
        return cls(
            form,
            spikes,
            [dense(x, like) for x in terms],
            [dense(s.to(real).unsqueeze(0), like) for s in state],
            numbers,
            tiles,
            back,
            (backs[0], backs[1]),
        )

    @property
    def real(self) -> torch.dtype:
        """The type of potentials and sums."""
        return sum_type(*self.terms)

    def empty(self, steps: int, dtype: torch.dtype | None = None) -> Tensor:
        """Memory of this many time steps, in the format of the terms."""
        first = self.terms[0]
        shape = (steps, *first.shape[1:])
        if channels_last(first):
            found = first.new_empty((*shape[:2], *shape[3:], shape[2]), dtype=dtype or self.real)
            return found.movedim(-1, 2)
        return first.new_empty(shape, dtype=dtype or self.real)

    def inputs(self, affines: Sequence[Tensor]) -> list[Tensor]:
        """What both ways read."""
        own, first = self.form.constants, self.terms[0]
        if imitating() is not None:
            constants = [first.new_empty(len(own), dtype=self.real)] if own else []
        else:
            constants = [_constants(own, self.real, first.device)] if own else []
        return [*self.terms, *affines, *constants, *([] if self.given is None else [self.given]), *self.state]

    def prepare(self) -> None:
        """Makes what kernels read beside their arguments, where a compiler traces: it may run them in memory that it reuses."""
        own, device = self.form.constants, self.terms[0].device
        if own and (device.type != "cuda" or torch.cuda.is_available()):
            _constants(own, self.real, device)

    def run(self, text: str, name: str, tiles: Tiles, tensors: Sequence[Tensor | int], **constants: object) -> None:
        """Starts a kernel; where kernels are imitated, tells of it instead, with the steps that it reads and writes."""
        seen = imitating()
        if seen is not None:
            steps, part = len(self.terms[0]), self.widths.segment if name == "backward" else len(self.terms[0])
            found = [x for x in tensors if isinstance(x, Tensor)]
            seen(name, [x[:part] if x.dim() == self.terms[0].dim() and len(x) == steps else x for x in found])
            return
        start(text, name, tiles.grid, tensors, {**constants, **tiles.arguments()}, double=self.real == torch.float64)

    def sums(self, rows: int, tiles: Tiles) -> Tensor:
        """Memory for sums [rows, parts, C] of kernels with this division."""
        return self.terms[0].new_empty((rows, tiles.parts, tiles.channels), dtype=self.real)


@lru_cache(1024)
def _form(
    name: str, counts: tuple[int, ...], normed: tuple[bool, ...], same: tuple[int, ...], *, started: bool, last: bool
) -> Form:
    return Form(STEPS[name][0], counts, normed, same, started, last)


@cache
def _constants(numbers: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Numbers in memory, with values also where tensors have none. They stay, since captured CUDA graphs read them."""
    with _disable_current_modes():
        return torch.tensor(numbers, dtype=dtype, device=device)
