"""`imports.json` of a sweep's folder: the files that its spec imports."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic.dataclasses import dataclass

from spikegraph.runs.json_file import STRICT


@dataclass(frozen=True, config=STRICT)
class Imports:
    """The files that a spec imports, as they were. Paths are relative to the project's folder.

    Attributes:
        spec: The spec's own file.
        texts: The text of each other file.
        targets: For each file that has imports, which file each of them names, by its text.
    """

    spec: str
    texts: Mapping[str, str]
    targets: Mapping[str, Mapping[str, str]]
