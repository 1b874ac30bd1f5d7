"""The licences that `REUSE.toml` states for files."""

import re
import tomllib
from dataclasses import dataclass


@dataclass(frozen=True)
class Annotation:
    """What one entry states.

    Attributes:
        patterns: The files, as regular expressions.
        licence: An SPDX expression.
        holders: The copyright holders, with years.
    """

    patterns: tuple[re.Pattern[str], ...]
    licence: str
    holders: tuple[str, ...]


def several(value):
    return (value,) if isinstance(value, str) else tuple(value)


def pattern(glob):
    """`**` matches anything, `*` anything but a slash."""
    parts = re.split(r"(\*\*|\*)", glob)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part) or re.escape(part) for part in parts))


def read_annotations(path):
    """The entries of a file `REUSE.toml`."""
    return [
        Annotation(tuple(map(pattern, several(e["path"]))), e["SPDX-License-Identifier"], several(e["SPDX-FileCopyrightText"]))
        for e in tomllib.loads(path.read_text(encoding="utf-8"))["annotations"]
    ]


def annotation_of(name, annotations):
    """The last entry that matches a file's path, or None."""
    return next((a for a in reversed(annotations) if any(p.fullmatch(name) for p in a.patterns)), None)
