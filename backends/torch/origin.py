"""Where a model is from: what its graph alone doesn't say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from spikegraph.passes.phase_pipelines import Phase

if TYPE_CHECKING:
    from torch import Tensor

    from spikegraph.program.program import Program


@dataclass(frozen=True)
class Origin:
    """Where a model is from.

    Attributes:
        program: Its spec, with its genotype.
        phase: The form in which it was made; None with passes of one's own.
        separate: Of a model whose norms are folded, the weights before folding: the file that has them, or the tensors by
            name; None if nothing is known of them.
        seed: The seed of its training, on which a random choice of test samples depends.
        data_folder: The folder of the data that it was trained on; None for data of the package.
    """

    program: Program
    phase: Phase | None
    separate: Path | Mapping[str, Tensor] | None = None
    seed: int = 0
    data_folder: Path | None = None

    def __deepcopy__(self, memo: Any) -> Self:
        """Itself, since nothing in it changes."""
        return self
