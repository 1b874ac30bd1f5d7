"""Files in the format of safetensors that carry their own checksum, so that one changed bit is noticed.

The metadata have `sha256`, the SHA-256 of the whole file with 64 zeros in the place of this value.
"""

import json
from hashlib import sha256
from typing import Any

BLANK = "0" * 64
"""The value of `sha256` in the metadata before a file is sealed."""

_KEY = b'"sha256":"'


def sealed(content: bytes) -> bytes:
    """The content of a file whose metadata have `sha256` with the value `BLANK`, with the checksum instead.

    The metadata are sorted, so that a run that is repeated writes the same bytes; safetensors has them in any order.

    Raises:
        ValueError: The metadata have no `sha256`.
    """
    head = json.loads(content[8 : _end(content)])
    head["__metadata__"] = dict(sorted(head["__metadata__"].items()))
    text = json.dumps(head, separators=(",", ":"))
    text += " " * (-len(text) % 8)
    start = len(text).to_bytes(8, "little") + text.encode()
    at, data = _place(start), memoryview(content)[_end(content) :]
    return b"".join((start[:at], _checksum((start, data), at), start[at + len(BLANK) :], data))


def metadata(content: bytes) -> dict[str, str]:
    """The metadata of a file.

    Raises:
        ValueError: The content doesn't have the format of safetensors.
    """
    found: Any = json.loads(content[8 : _end(content)])
    try:
        return dict(found.get("__metadata__", {}))
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError("it isn't a safetensors file") from error


def check(content: bytes) -> None:
    """Compares a file with its checksum.

    Raises:
        ValueError: It was changed after it was written, or has no checksum.
    """
    at = _place(content)
    if content[at : at + len(BLANK)] != _checksum((content,), at):
        raise ValueError("its content doesn't match its checksum")


def _checksum(parts: tuple[bytes | memoryview, ...], at: int) -> bytes:
    """The checksum of a file in parts; the first one has the place of the checksum at `at`."""
    first = memoryview(parts[0])
    found = sha256()
    for part in (first[:at], BLANK.encode(), first[at + len(BLANK) :], *parts[1:]):
        found.update(part)
    return found.hexdigest().encode()


def _place(content: bytes) -> int:
    at = content.find(_KEY, 8, _end(content))
    if at < 0:
        raise ValueError("it has no checksum")
    return at + len(_KEY)


def _end(content: bytes) -> int:
    """The end of the header, whose length is in the first eight bytes."""
    end = 8 + int.from_bytes(content[:8], "little")
    if len(content) < end:
        raise ValueError("its header is incomplete")
    return end
