"""What ends a training of which only a share is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spikegraph.backends.torch.model import Model


class Paused(Exception):  # noqa: N818 (it isn't an error)
    """A training has reached the share up to which it was wanted; a checkpoint of it is saved.

    Attributes:
        model: The model as it is.
    """

    def __init__(self, model: Model) -> None:
        super().__init__()
        self.model = model
