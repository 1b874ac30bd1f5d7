"""Seeded damages: of bytes, and of JSON values."""

import json
import random
from collections.abc import Callable
from typing import Any

EXTREMES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1, 2**63, 2**64 - 1)


def damaged(data: bytes, rng: random.Random, other: bytes = b"") -> tuple[str, bytes]:
    """Damages bytes.

    Args:
        data: The bytes.
        rng: Decides how.
        other: The content of another file, which may take the place of this one.

    Returns:
        What was done in a word or two, and the result.
    """
    name = rng.choice(list(DAMAGES))
    if name == "another file":
        return name, other
    return name, DAMAGES[name](bytearray(data), rng)


def _flip(data: bytearray, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 8, 64))):
        if data:
            data[_at(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(data)


def _overwrite(data: bytearray, rng: random.Random) -> bytes:
    start, count = _at(data, rng), rng.choice((1, 2, 4, 8, 32, 256))
    data[start : start + count] = rng.randbytes(count)
    return bytes(data)


def _number(data: bytearray, rng: random.Random) -> bytes:
    size = rng.choice((1, 2, 4, 8))
    start = _at(data, rng)
    value = rng.choice(EXTREMES) % (1 << 8 * size)
    data[start : start + size] = value.to_bytes(size, rng.choice(("little", "big")))
    return bytes(data)


def _truncate(data: bytearray, rng: random.Random) -> bytes:
    return bytes(data[: rng.randrange(len(data) + 1)])


def _remove(data: bytearray, rng: random.Random) -> bytes:
    start = _at(data, rng)
    del data[start : start + rng.choice((1, 2, 8, 100, 1000))]
    return bytes(data)


def _insert(data: bytearray, rng: random.Random) -> bytes:
    start = _at(data, rng)
    data[start:start] = rng.randbytes(rng.choice((1, 2, 8, 100)))
    return bytes(data)


def _repeat(data: bytearray, rng: random.Random) -> bytes:
    start, target = _at(data, rng), _at(data, rng)
    part = data[start : start + rng.choice((4, 8, 64, 512))]
    data[target : target + len(part)] = part
    return bytes(data)


def _zeros(data: bytearray, rng: random.Random) -> bytes:
    start, count = _at(data, rng), rng.choice((8, 64, 512, 4096))
    data[start : start + count] = bytes(min(count, len(data) - start))
    return bytes(data)


def _noise(data: bytearray, rng: random.Random) -> bytes:
    return rng.randbytes(rng.choice((0, 1, 100, 10_000)))


def _at(data: bytearray, rng: random.Random) -> int:
    """A place; half of the places are near the beginning, where formats say what follows."""
    end = len(data) if rng.random() < 0.5 else min(len(data), 2048)
    return rng.randrange(max(1, end))


DAMAGES: dict[str, Callable[[bytearray, random.Random], bytes]] = {
    "flipped bits": _flip,
    "overwritten": _overwrite,
    "extreme number": _number,
    "truncated": _truncate,
    "removed": _remove,
    "inserted": _insert,
    "repeated": _repeat,
    "zeros": _zeros,
    "noise": _noise,
    "another file": _noise,
}

ODD_VALUES: tuple[Callable[[random.Random], str], ...] = (
    lambda r: "null",
    lambda r: r.choice(("true", "false")),
    lambda r: "NaN",
    lambda r: r.choice(("Infinity", "-Infinity", "1e999", "-1e308", "1e308", "1e-320")),
    lambda r: r.choice(("-1", "0", str(2**31), str(2**63 - 1), str(2**63), str(-(2**64)), "9" * r.choice((100, 4000, 5000)))),
    lambda r: r.choice(
        ('""', '"x"', '"\\u0000"', '"\\u001b[31m"', '"\\ud800"', '"../../x"', '"/etc/passwd"', '"' + "x" * 100_000 + '"')
    ),
    lambda r: r.choice(("[]", "{}", "[[]]", "[{}]", "[1, [2]]", '{"": 1}', '{"x": {}}')),
    lambda r: "[" * (n := r.choice((50, 500, 100_000))) + "]" * n,
    lambda r: '{"a":' * (n := r.choice((50, 500, 20_000))) + "1" + "}" * n,
    lambda r: str(r.uniform(-1e6, 1e6)),
    lambda r: "[" + ",".join(["0"] * r.choice((1000, 200_000))) + "]",
)
"""Texts of JSON values that a record doesn't expect."""


def odd_json(text: str, rng: random.Random) -> str:
    """A JSON text in which one value, at any depth, is replaced by an odd one, or a key is removed or repeated."""
    value = json.loads(text)
    places: list[tuple[Any, Any]] = []

    def visit(node: Any) -> None:
        items: list[tuple[Any, Any]] = []
        if isinstance(node, dict):
            items = list(node.items())
        elif isinstance(node, list):
            items = list(enumerate(node))
        for key, below in items:
            places.append((node, key))
            visit(below)

    visit(value)
    if not places or rng.random() < 0.05:
        return rng.choice(ODD_VALUES)(rng)
    parent, key = rng.choice(places)
    if isinstance(parent, dict) and rng.random() < 0.2:
        parent[rng.choice(("", "x", "\u001b[31m", "9" * 30))] = parent.pop(key)
        return json.dumps(value)
    mark = "\u2400mark\u2400"
    parent[key] = mark
    return json.dumps(value).replace(json.dumps(mark), rng.choice(ODD_VALUES)(rng), 1)
