"""The files of a spec as they were read, so that the same spec can be read again without them."""

import os
from collections.abc import Mapping
from pathlib import Path

from spikegraph.base.record import record

Targets = Mapping[str, Mapping[str, str]]
"""For each file what its imports name: the file by the text of the import."""


@record
class SpecFiles:
    """A spec and the files that it imports.

    Attributes:
        spec: The spec's own file. Paths are relative to the project's folder, and links are followed.
        texts: The text of each file.
        targets: For each file that has imports, which file each of them names, by its text.
    """

    spec: str
    texts: Mapping[str, str]
    targets: Targets

    def in_order(self) -> list[tuple[str, dict[str, int]]]:
        """The text of each file, with the numbers of the files that its imports name; the spec has number 0.

        Specs whose lists are equal mean the same, wherever the files are.
        """
        numbers, found = {self.spec: 0}, list[tuple[str, dict[str, int]]]()
        waiting = [self.spec]
        for path in waiting:
            targets = sorted(self.targets.get(path, {}).items())
            for _, target in targets:
                if target not in numbers:
                    numbers[target] = len(numbers)
                    waiting.append(target)
            found.append((self.texts.get(path, ""), {text: numbers[target] for text, target in targets}))
        return found


def spec_files(root: Path, spec: Path, texts: Mapping[Path, str], targets: Mapping[tuple[Path, str], Path]) -> SpecFiles:
    """The files of a spec, by their real paths, as paths relative to the project's folder `root`."""

    def below(path: Path) -> str:
        return Path(os.path.relpath(path, root)).as_posix()

    found = dict[str, dict[str, str]]()
    for (path, text), target in targets.items():
        found.setdefault(below(path), {})[text] = below(target)
    return SpecFiles(below(spec), {below(path): text for path, text in texts.items()}, found)
