"""How values are passed to compiled code, and how memory for its results is made."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from spikegraph.backends.torch.native.calls import as_values, rows_of


@dataclass(frozen=True)
class Plan:
    """How tensors are passed to compiled code: with channels in the last axis, unless all channels are processed alike."""

    sums: torch.dtype
    moved: bool
    low: bool

    def rows(self, x: Tensor) -> Tensor:
        """The tensor as rows of the type of sums or bfloat16."""
        x = x if x.dtype in (self.sums, torch.bfloat16) else x.to(self.sums)
        return rows_of(x) if self.moved else x.contiguous()

    def state_rows(self, state: Tensor | None) -> Tensor | None:
        """A state [N, C, *size] as rows of one step; None if there is none."""
        return None if state is None else self.rows(state.to(self.sums).unsqueeze(0))

    def values(self, rows: Tensor) -> Tensor:
        """Rows as a value [T, N, C, *size]."""
        return as_values(rows) if self.moved else rows

    def empty(self, like: Tensor, dtype: torch.dtype | None = None) -> Tensor:
        """Memory for a result with the shape of a value [T, N, C, *size], as rows."""
        steps, samples, *rest = like.shape
        shape = (steps, samples, *rest[1:], rest[0]) if self.moved else like.shape
        return torch.empty(shape, dtype=dtype or self.sums, device=like.device)

    def results(self, terms: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Memory for spikes and state, as rows."""
        return self.empty(terms[0], torch.bfloat16 if self.low else None), self.empty(terms[0][:1])
