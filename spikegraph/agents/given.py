"""The spec of a call: a text, a file, or a text in place of a file, with genotype, profile and values."""

import os
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any, cast

from spikegraph.agents.files import TEXT, Files
from spikegraph.agents.tool import Arguments, Parameter, ToolError
from spikegraph.base.record import record
from spikegraph.base.resources import SUFFIX, is_builtin, located
from spikegraph.dsl.project_folder import confined
from spikegraph.passes.phase_pipelines import PHASE_NAMES, Phase
from spikegraph.program.program import Program
from spikegraph.service.service import Service

SPEC = (
    Parameter("text", "string", "The spec as text, beginning with `sdhs 1`. With `path` too, it takes the place of that file."),
    Parameter("path", "string", "A `.sdhs` file below the server's root, or `builtin:NAME`, in place of `text`."),
)
"""How a tool is given a spec."""

CHANGES = (
    Parameter("genotype", "string", "Genotypes and paths as text, in place of the spec's own: what a search decided."),
    Parameter("genotype_path", "string", "The same from a file below the root, or `builtin:genotypes/NAME`."),
    Parameter("profile", "string", "A profile of the spec to apply."),
    Parameter("set", "array", "Values to set, `PATH=VALUE` each, such as `net.width=32`."),
)
"""What changes the spec."""

PHASE = Parameter(
    "phase",
    "string",
    "The form of the network: search (the supernet), retrain, or deploy (norms folded). Default: retrain, or search where "
    "something is to be searched and no genotype is given.",
    choices=PHASE_NAMES,
)

_GENOTYPE = "genotype.sdhs"


@record
class Given:
    """The spec of a call: its path, and the texts that take the place of files, by real path."""

    files: Files
    path: Path
    texts: Mapping[Path, str]
    genotype: Path | None = None
    profile: str | None = None
    values: tuple[str, ...] = ()

    @classmethod
    def of(cls, files: Files, arguments: Arguments, prefix: str = "") -> "Given":
        """The spec of a call; parameters have `prefix` before their names.

        Raises:
            ToolError: There is no text and no file, or a file is outside of the root.
        """
        text, named = arguments.get(f"{prefix}text"), arguments.get(f"{prefix}path")
        if text is None and named is None:
            raise ToolError(f"no spec is given: neither `{prefix}text` nor `{prefix}path`", SPEC[0].doc)
        if text is None:
            path, texts = files.spec(str(named)), dict[Path, str]()
        else:
            path = _free(files, TEXT) if named is None else _place(files, str(named))
            texts = {path.resolve(): str(text)}
        genotype, in_file = arguments.get(f"{prefix}genotype"), arguments.get(f"{prefix}genotype_path")
        if genotype is not None and in_file is not None:
            raise ToolError("both `genotype` and `genotype_path` are given", "leave one of them out")
        found = None if in_file is None else files.spec(str(in_file))
        if genotype is not None:
            found = _free(files, _GENOTYPE, texts)
            texts[found.resolve()] = str(genotype)
        values = tuple(cast("list[str]", arguments.get("set", [])))
        return cls(files, path, texts, found, arguments.get("profile"), values)

    @contextmanager
    def reading(self) -> Generator[None]:
        """Inside, imports stay below the root."""
        with confined(self.files.folder_of(self.path)):
            yield

    def program(self) -> Program:
        """The program; call it inside of `reading`."""
        return Program.read(
            self.path, genotype=self.genotype, profile=self.profile, overrides=list(self.values), texts=self.texts
        )

    def service(self) -> Service:
        """A service with the text open and checked; call it inside of `reading`."""
        made = Service()
        for path, text in self.texts.items():
            made.open(path, text)
        made.check(self.here)
        return made

    @property
    def here(self) -> Path:
        """The path of the text in a service."""
        return self.path.resolve()


def _place(files: Files, named: str) -> Path:
    """The file whose place a text takes."""
    return located(named) if is_builtin(named) else files.inside(named)


def _free(files: Files, name: str, taken: Collection[Path] = ()) -> Path:
    """A path for a text that takes the place of no file; nothing can import it, since it isn't there."""
    stem, names = Path(name).stem, count(2)
    path = files.root / name
    while os.path.lexists(path) or path in taken:
        path = files.root / f"{stem}-{next(names)}{SUFFIX}"
    return path


def phase_of(arguments: Arguments) -> Phase | None:
    """The phase of a call, if it names one."""
    found: Any = arguments.get("phase")
    return cast("Phase | None", found)
