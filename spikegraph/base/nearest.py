"""Names in sentences: the nearest known one, and several in a row."""

from collections.abc import Iterable
from functools import lru_cache
from itertools import islice

_NEAR = 0.6
_MOST = 500
"""Most names to compare, which limits the time that a help text may take."""


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most similar to `name`, or None if none is near enough.

    Similarity is `difflib`'s ratio, ignoring case, and must be at least 0.6; of equal names the first one counts.
    """
    return _nearest(name.lower()[:80], tuple(islice(known, _MOST)))


@lru_cache(maxsize=64)
def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    from difflib import SequenceMatcher  # noqa: PLC0415 (only for the message of an error)

    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(name)
    best, best_ratio = None, _NEAR
    for candidate in known:
        matcher.set_seq1(candidate.lower()[:80])
        if matcher.real_quick_ratio() < best_ratio or matcher.quick_ratio() < best_ratio:
            continue
        ratio = matcher.ratio()
        if ratio > best_ratio or (best is None and ratio >= best_ratio):
            best, best_ratio = candidate, ratio
    return best


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """``did you mean `x`?``, or None if no name is near enough."""
    near = nearest(name, known)
    return None if near is None else f"did you mean `{near}`?"


def listed(names: Iterable[str], limit: int = 12, last: str = "or") -> str:
    """Names for a sentence: `` `a`, `b` or `c` ``, cut after `limit`; `last` is the word before the last name."""
    quoted = [f"`{name}`" for name in names]
    if len(quoted) > limit:
        return ", ".join(quoted[:limit]) + f" and {len(quoted) - limit} more"
    if len(quoted) < 2:
        return "".join(quoted)
    return ", ".join(quoted[:-1]) + f" {last} {quoted[-1]}"
