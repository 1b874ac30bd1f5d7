"""The words of EVT 3, compared with reading one after the other."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from .recording_files import read, require_same


def word_of(kind: int, value: int) -> int:
    return kind << 12 | value


def by_words(words: list[int]) -> list[tuple[int, int, int, bool]]:
    """The events of EVT 3 as its documentation reads one word after the other."""
    found: list[tuple[int, int, int, bool]] = []
    high = low = y = None
    turns = first = on = 0
    for word in words:
        kind, value = word >> 12, word & 0xFFF
        if kind == 8:
            turns += high is not None and value < high
            high, low = value, 0
        elif kind == 6:
            low = value
        elif kind == 0:
            y = value & 2047
        elif kind == 3:
            first, on = value & 2047, value >> 11
        if kind in (2, 4, 5):
            pixels = [value & 2047] if kind == 2 else [first + k for k in range((12, 8)[kind - 4]) if value >> k & 1]
            first += {2: 0, 4: 12, 5: 8}[kind]
            if high is not None and low is not None and y is not None:
                polarity = bool(value >> 11 if kind == 2 else on)
                found += [(x, y, turns << 24 | high << 12 | low, polarity) for x in pixels]
    return found


def test_all_words(tmp_path: Path) -> None:
    """The time rises by at most 9 of its higher parts, so it often begins again without the word for 0 or for 4095."""
    random, words, high = np.random.default_rng(0), list[int](), 0
    for kind in random.choice([0, 2, 3, 4, 5, 6, 7, 8, 10, 14, 15], 60_000).tolist():
        high = (high + int(random.integers(10))) % 4096 if kind == 8 else high
        words.append(word_of(kind, high if kind == 8 else int(random.integers(2048 if kind == 6 else 4096))))
    words = [word for k, word in enumerate(words) if word >> 12 != 6 or words[k - 1] >> 12 == 8]  # times don't go back
    (tmp_path / "a.raw").write_bytes(b"% evt 3.0\n% end\n" + np.array(words, "<u2").tobytes())
    expected = by_words(words)
    assert len(expected) > 50_000
    assert expected[-1][2] > 5 << 24
    require_same(read(tmp_path / "a.raw"), np.array(expected).T)


def test_a_pause_while_the_time_begins_again(tmp_path: Path) -> None:
    """There is no word for the highest or the lowest times."""
    t = np.array([4000, 4060, 4060, 4096 + 30, 4096 + 3800, 2 * 4096 + 3000]) * 4096 + 5
    words: list[int] = []
    for when in t.tolist():
        words += [word_of(8, when >> 12 & 4095), word_of(6, 5), word_of(0, 1), word_of(2, 2048 + 2)]
    (tmp_path / "a.raw").write_bytes(b"% evt 3.0\n% end\n" + np.array(words, "<u2").tobytes())
    require_same(read(tmp_path / "a.raw"), (np.full(6, 2), np.full(6, 1), t, np.ones(6)))
