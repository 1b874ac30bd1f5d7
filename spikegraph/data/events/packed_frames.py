"""The most bytes to which frames of LZ4 or Zstandard unpack, from the heads of their blocks; nothing is unpacked.

The layouts are those of https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md and RFC 8878, section 3.1.1.
"""

from __future__ import annotations

from collections.abc import Callable

LZ4, LZ4_HIGH, ZSTD, ZSTD_HIGH = 1, 2, 3, 4
"""The numbers of AEDAT 4."""

LZ4_MAGIC, ZSTD_MAGIC = 0x184D2204, 0xFD2FB528
SKIPPED = 0x184D2A5
"""The magic number of a frame without content, but for its last four bits."""

BEST_LZ4 = 255
"""How many bytes a byte of a block of LZ4 can stand for."""

LARGEST_ZSTD_BLOCK = 1 << 17


def unpacked_at_most(data: bytes, compression: int) -> int:
    """A bound of the size to which bytes unpack; frames that are damaged count up to the damage.

    Args:
        data: The packed bytes.
        compression: As AEDAT 4 numbers it; 0 for none.
    """
    if compression not in (LZ4, LZ4_HIGH, ZSTD, ZSTD_HIGH):
        return len(data)
    total, at = 0, 0
    magic, frame = (LZ4_MAGIC, _lz4) if compression in (LZ4, LZ4_HIGH) else (ZSTD_MAGIC, _zstd)
    while at + 8 <= len(data):
        found = _number(data, at, 4)
        if found >> 4 == SKIPPED:
            at += 8 + _number(data, at + 4, 4)
            continue
        if found != magic:
            break
        size, at = frame(data, at + 4)
        total += size
    return total


def _number(data: bytes, at: int, size: int) -> int:
    return int.from_bytes(data[at : at + size], "little")


def _lz4(data: bytes, at: int) -> tuple[int, int]:
    """The bound of a frame, and the byte after it."""
    flags, block = data[at], data[at + 1]
    largest = 1 << (8 + 2 * (block >> 4 & 7))
    checksum = 4 * (flags >> 4 & 1)
    at += 3 + 8 * (flags >> 3 & 1) + 4 * (flags & 1)

    def head(word: int) -> tuple[int, int, bool]:
        size = word & 0x7FFF_FFFF
        return min(largest, size if word >> 31 else size * BEST_LZ4), size + checksum, not word

    total, at = _blocks(data, at, 4, head)
    return total, at + 4 * (flags >> 2 & 1)


def _zstd(data: bytes, at: int) -> tuple[int, int]:
    """The bound of a frame, and the byte after it."""
    flags = data[at]
    single = flags >> 5 & 1
    at += 1 + (1 - single) + (0, 1, 2, 4)[flags & 3] + (single, 2, 4, 8)[flags >> 6]

    def head(word: int) -> tuple[int, int, bool]:
        kind, size = word >> 1 & 3, word >> 3
        unpacked = size if kind < 2 else LARGEST_ZSTD_BLOCK
        return min(unpacked, LARGEST_ZSTD_BLOCK), 1 if kind == 1 else size, bool(word & 1)

    total, at = _blocks(data, at, 3, head)
    return total, at + 4 * (flags >> 2 & 1)


def _blocks(data: bytes, at: int, width: int, head: Callable[[int], tuple[int, int, bool]]) -> tuple[int, int]:
    """The bound of the blocks of a frame, and the byte after them.

    Args:
        data: The packed bytes.
        at: The byte of the first block.
        width: Bytes of the head of a block.
        head: From the head to the bound of the block, its packed bytes, and whether it is the last.
    """
    total = 0
    while at + width <= len(data):
        size, packed, last = head(_number(data, at, width))
        total, at = total + size, at + width + packed
        if last:
            break
    return total, at
