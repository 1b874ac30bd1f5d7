"""Random edits of texts: tokens, lines, characters and bytes."""

import re
from collections.abc import Sequence
from random import Random

TOKEN = re.compile(r'"[^"\n]*"|#[^\n]*|->|[A-Za-z_]\w*|[0-9][\w.]*|\s+|\S')
STRAYS = (
    *"{}[]()=,.:+-*/#\"'\\;",
    *("->", "0", "-1", "1.5.2", "50ms", "1e9", "1e400", "99999999999999999999", "1000000000000"),
    *("é", "\0", "\t", "\x1b[31m", "\u202e", "\ufeff", "\ud7ff", "\U0001f600", "\r", "\x0c", "\u2028"),
    *("none", "like", "all", "cell", "search", "import", "dgs", "return", "output", "at", "on", "sdhs", "true"),
    *("a" * 300, "[" * 40, "(" * 3000, "-" * 3000, "x.y[3]", "C / 0", "lif(1, a = 2)", "\n" * 50, " " * 5000, "a b " * 2000),
)


def tokens(rng: Random, text: str, pool: Sequence[str] = STRAYS, most: int = 4) -> str:
    """The text after one to `most` edits of tokens."""
    for _ in range(rng.randint(1, most)):
        found = TOKEN.findall(text) or [" "]
        at = rng.randrange(len(found))
        match rng.randrange(10):
            case 0:
                del found[at]
            case 1:
                found.insert(at, rng.choice(pool))
            case 2:
                found[at] = rng.choice(pool)
            case 3:
                found[at] = rng.choice(found)
            case 4:
                other = rng.randrange(len(found))
                found[at], found[other] = found[other], found[at]
            case 5:
                cut = rng.randrange(len(found[at]))
                found[at] = found[at][:cut] + rng.choice("abx_ 9\n") + found[at][cut + 1 :]
            case 6:
                start = rng.randrange(len(found))
                found[at:at] = found[start : start + rng.randint(1, 30)]
            case 7:
                del found[at : at + rng.randint(1, 60)]
            case 8:
                number = re.fullmatch(r"[0-9]+", found[at])
                found[at] = rng.choice(("0", "10", "65537", "1000000000000")) if number else found[at] * rng.randint(2, 5)
            case _:
                found = found[:at]
        text = "".join(found) or " "
    return text


def lines(rng: Random, text: str) -> str:
    """The text with a line that is gone, doubled, moved, or repeated many times."""
    found = text.splitlines(keepends=True) or [text]
    at = rng.randrange(len(found))
    match rng.randrange(4):
        case 0:
            del found[at]
        case 1:
            found.insert(rng.randrange(len(found)), found[at])
        case 2:
            found.insert(rng.randrange(len(found)), found.pop(at))
        case _:
            found[at:at] = [found[at]] * rng.randint(2, 200)
    return "".join(found) or " "


def soup(rng: Random, texts: Sequence[str]) -> str:
    """Random tokens of texts in a row, after the version."""
    pool = [token for text in texts for token in TOKEN.findall(text) if not token.isspace()]
    return "sdhs 1\n" + rng.choice((" ", "\n")).join(rng.choice((*STRAYS, *pool)) for _ in range(rng.randint(1, 60)))


def octets(rng: Random, data: bytes) -> bytes:
    """The bytes after one to eight edits of single bytes."""
    found = bytearray(data or b" ")
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(found))
        match rng.randrange(3):
            case 0:
                found[at] = rng.randrange(256)
            case 1:
                found[at] ^= 1 << rng.randrange(8)
            case _:
                found.insert(at, rng.randrange(256))
    return bytes(found)
