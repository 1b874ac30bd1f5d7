"""Reads and writes numbers: digits and, for durations, a unit."""

import math
import re

from spikegraph.base.nearest import did_you_mean, listed, nearest

_FORM = re.compile(r"(?P<digits>[0-9]+)(?P<rest>(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?P<unit>[A-Za-z_][A-Za-z0-9_]*)?")

SECONDS: dict[str, float] = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
"""The units of durations, in seconds."""

LARGEST = 10**15
"""Largest number, written or computed; no size of a network comes near it."""


class MalformedError(ValueError):
    """A malformed number or call: the diagnostic's code, how to write it, and the text that was probably meant."""

    def __init__(self, code: str, message: str, help: str | None = None, instead: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.help = help
        self.instead = instead


def read_number(text: str) -> tuple[int | float, str | None]:
    """Value and unit of a written number.

    Raises:
        MalformedError: the digits are malformed, the unit is unknown, or the number is too large.
    """
    match = _FORM.fullmatch(text)
    if match is None or (match["unit"] or "").startswith("_") or text[:2].lower() in ("0x", "0b", "0o"):
        plain = text.replace("_", "")
        instead = plain if _FORM.fullmatch(plain) and plain.isdecimal() else None
        help = "numbers look like `3`, `0.2`, `1e-3` or `50ms`"
        raise MalformedError("SG0107", f"`{text[:40]}` is not a number", help, instead)
    unit = match["unit"]
    if unit is not None and unit not in SECONDS:
        near = nearest(unit, SECONDS)
        number = text[: -len(unit)]
        if near is None and unit[0].isupper():
            help, instead = f"write a product with `*`: `{number} * {unit}`", f"{number} * {unit}"
        else:
            help = did_you_mean(unit, SECONDS) or f"the units are {listed(SECONDS, last='and')}"
            instead = None if near is None else number + near
        raise MalformedError("SG0108", f"unknown unit `{unit}`", help, instead)
    digits, rest = match["digits"], match["rest"]
    if len(digits) > 400 or len(rest) > 400:
        raise MalformedError("SG0107", "a number of more than 400 digits")
    if not rest:
        value: int | float = int(digits)
        if value > LARGEST:
            raise MalformedError("SG0218", f"`{text[:40]}` is too large", f"whole numbers go up to {LARGEST}")
        return value, unit
    value = float(digits + rest)
    if not math.isfinite(value) or value > LARGEST:
        raise MalformedError("SG0218", f"`{text[:40]}` is too large", f"numbers go up to {LARGEST}")
    return value, unit


def write_number(value: int | float) -> str:
    """The canonical text of a number: `3`, `0.2`, `1e-5`; reading it gives the same value.

    Raises:
        ValueError: the number is negative (its sign is an operator) or not finite.
    """
    if isinstance(value, int):
        text = str(value)
    else:
        if not math.isfinite(value):
            raise ValueError(f"{value} cannot be written")
        text = re.sub(r"e([+-])0*", lambda m: "e" + m[1].replace("+", ""), repr(value))
    if text.startswith("-"):
        raise ValueError(f"{value} is negative; its sign is an operator")
    return text
