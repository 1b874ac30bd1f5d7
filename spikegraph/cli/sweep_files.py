"""The spec of a sweep and the files that it imports, in the sweep's folder."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spikegraph.dsl.spec_files import SpecFiles
    from spikegraph.program.program import Program
    from spikegraph.sweep.folder import SweepFolder
    from spikegraph.sweep.imports import Imports


def imports_of(program: "Program") -> "Imports | None":
    """What a sweep's folder keeps of the files that a spec imports; None if it imports none."""
    from spikegraph.sweep.imports import Imports  # noqa: PLC0415 (slow to import)

    files = program.source.files
    if files is None or not files.targets:
        return None
    texts = {path: text for path, text in files.texts.items() if path != files.spec}
    return Imports(files.spec, texts, files.targets)


def given_genotype(program: "Program") -> str | None:
    """The text of the genotype that was given with a sweep's spec; None without one."""
    if program.genotype is None or program.genotype_text is not None:
        return None if program.genotype is None else program.genotype_text
    from spikegraph.dsl import ast  # noqa: PLC0415 (only where it leaves something to search)
    from spikegraph.dsl.printer import print_file  # noqa: PLC0415

    return print_file(ast.File(ast.VERSION, tuple(program.genotype.items), (), program.genotype.span))


def held_files(folder: "SweepFolder") -> "SpecFiles | None":
    """The files of a sweep's spec; None in a sweep of an older version whose spec has imports.

    Raises:
        RunFolderError: A file is missing or damaged.
    """
    from spikegraph.dsl.spec_files import SpecFiles  # noqa: PLC0415 (slow to import)
    from spikegraph.runs.json_file import read_record  # noqa: PLC0415
    from spikegraph.sweep.folder import FORMAT_VERSION, RESTORE  # noqa: PLC0415
    from spikegraph.sweep.imports import Imports  # noqa: PLC0415

    text = folder.read_spec()
    if folder.joined.exists():
        return None
    if not folder.imports.exists():
        return SpecFiles(folder.spec.name, {folder.spec.name: text}, {})
    held = read_record(folder.imports, Imports, RESTORE, FORMAT_VERSION)
    return SpecFiles(held.spec, {**held.texts, held.spec: text}, held.targets)


def same_imports(folder: "SweepFolder", program: "Program") -> bool:
    """Whether a program's imports are those of a sweep, but for their layout.

    Raises:
        RunFolderError: A file of the sweep is missing or damaged.
    """
    from spikegraph.runs.json_file import read_text  # noqa: PLC0415 (slow to import)
    from spikegraph.sweep.folder import RESTORE  # noqa: PLC0415

    files, now = held_files(folder), program.source.files
    if files is None or now is None:
        return same(read_text(folder.joined, RESTORE), _joined(program))
    (_, first), *held = files.in_order()
    (_, first_now), *given = now.in_order()
    alike = first == first_now and [targets for _, targets in held] == [targets for _, targets in given]
    return alike and all(same(text, other) for (text, _), (other, _) in zip(held, given, strict=True))


def same(held: str | None, given: str | None) -> bool:
    """Whether two texts are equal, or differ in their layout alone."""
    from spikegraph.dsl.equality import same_text  # noqa: PLC0415 (slow to import)

    return held == given or (held is not None and given is not None and same_text(held, given))


def _joined(program: "Program") -> str | None:
    """The spec with its imports in their place, as sweeps of older versions have it; None if it has none."""
    if len(program.source.diagnostics.sources) == 1:
        return None
    from spikegraph.dsl import ast  # noqa: PLC0415 (only where there are imports)
    from spikegraph.dsl.printer import print_file  # noqa: PLC0415

    return print_file(ast.File(ast.VERSION, tuple(program.source.items), (), program.source.span))
