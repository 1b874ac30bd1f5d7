"""How a tensor [T, N, C, *size] is divided between the programs of a kernel."""

from dataclasses import dataclass
from math import prod

from torch import Tensor

WARP = 32
COLUMNS = 32
"""The most channels of a program where they are the last axis: few, so that sums of channels are those of many positions."""


@dataclass(frozen=True)
class Tiles:
    """The division of a time step, whose numbers lie in memory one behind the other.

    Attributes:
        last: Whether channels are the last axis of the memory.
        places: Positions of all samples.
        channels: Channels; 1 where all channels are computed alike.
        each: Positions of a sample.
        rows: Positions of a program.
        columns: Channels of a program, if they are the last axis.
        warps: Groups of 32 threads of a program.
        elements: Numbers of a thread.
        access: Numbers of an access to memory.
    """

    last: bool
    places: int
    channels: int
    each: int
    rows: int
    columns: int
    warps: int
    elements: int
    access: int

    @classmethod
    def of(cls, x: Tensor, *, alike: bool, elements: int, access: int | None = None) -> "Tiles":
        """That of tensors like x [T, N, C, *size], with this many numbers for each thread.

        Args:
            x: A tensor whose steps are dense, in one of the two formats.
            alike: Whether all channels are computed alike.
            elements: 8, 4 or 2.
            access: Numbers of an access, those of a step unless more steps are accessed at once.
        """
        access = access or elements
        n, c, each = x.shape[1], x.shape[2], prod(x.shape[3:])
        most = 4 * WARP * elements
        if alike:
            places = n * c * each
            rows = min(most, _power(places))
            return cls(False, places, 1, places, rows, 1, max(1, rows // (WARP * elements)), elements, access)
        if channels_last(x):
            columns = min(_power(c), COLUMNS)
            rows = min(most // columns, _power(n * each))
            return cls(True, n * each, c, each, rows, columns, max(1, rows * columns // (WARP * elements)), elements, access)
        rows = min(most, _power(n * each))
        return cls(False, n * each, c, each, rows, 1, max(1, rows // (WARP * elements)), elements, access)

    @property
    def parts(self) -> int:
        """Into how many parts positions are divided."""
        return -(-self.places // self.rows)

    @property
    def grid(self) -> tuple[int, ...]:
        """The programs. Those of the same positions are neighbours if channels are the last axis, else those of a channel."""
        columns = -(-self.channels // self.columns)
        return (self.parts * columns,) if self.last else (self.parts, columns)

    def arguments(self) -> dict[str, object]:
        """The kernel's arguments of sizes."""
        sizes: dict[str, object] = {
            "P": self.places,
            "C": self.channels,
            "STEP": self.places * self.channels,
            "ROWS": self.rows,
            "WIDE": (self.places + self.rows) * (self.channels + self.columns) >= 1 << 31,
        }
        along = self.channels if self.last else self.each
        sizes |= {"EACH": next(k for k in (8, 4, 2, 1) if k <= self.access and along % k == 0), "num_warps": self.warps}
        return {**sizes, "COLS": self.columns} if self.last else {**sizes, "L": self.each}


def channels_last(x: Tensor) -> bool:
    """Whether the channels of a tensor [T, N, C, *size] are, or may be taken for, the last axis of its memory."""
    return x.movedim(2, -1).is_contiguous()


def dense(x: Tensor, like: Tensor) -> Tensor:
    """The tensor in the memory format of `like`, copied if it has another one."""
    if channels_last(like):
        return x if channels_last(x) else x.movedim(2, -1).contiguous().movedim(-1, 2)
    return x.contiguous()


def _power(n: int) -> int:
    """The least power of 2 from n on."""
    return 1 << max(n - 1, 0).bit_length()
