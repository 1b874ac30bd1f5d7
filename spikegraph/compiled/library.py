"""Compiles C++ sources once per machine, by one process at a time, and loads the library."""

import ctypes
import functools
import os
import platform
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from spikegraph.base.files import write_whole
from spikegraph.compiled import compiler as cxx
from spikegraph.compiled.compiler import Command, CompilerFailedError, NoCompilerError, run, run_all
from spikegraph.compiled.lock import locked
from spikegraph.compiled.stored import cache, intact, private, sha256, store, temporary

LOCK, BUILD, FAILED = ".lock", ".build", ".failed"
"""Endings of the files beside a library: its lock, the folder of its build, and why the last build failed."""


@dataclass(frozen=True)
class Recipe:
    """What a library is made of.

    Attributes:
        sources: The source files, each with flags of its own.
        headers: The files that they include.
        flags: The flags for all sources.
        openmp: The OpenMP library to link with; by default the compiler's.
        generated: Sources that are no files, by name; they include the headers by their names.
        what: What it is, in notices.
    """

    sources: Mapping[Path, Sequence[str]]
    headers: Sequence[Path] = ()
    flags: Sequence[str] = ()
    openmp: Path | None = None
    generated: Mapping[str, str] = field(default_factory=dict[str, str])
    what: str = "the native kernels"


def load(recipe: Recipe) -> ctypes.CDLL:
    """The library. The first call on a machine compiles it, while other processes wait; later ones load it.

    Raises:
        NoCompilerError: There is no compiler, it fails or hangs, or the library can't be stored or loaded.
        OSError: The compiler can't be started.
    """
    compiler = cxx.compiler()
    name = f"native-{fingerprint(recipe, compiler)}.so"
    reasons: list[str] = []
    for folder in (cache, temporary):
        try:
            return _loaded(recipe, compiler, private(folder()) / name)
        except CompilerFailedError:
            raise
        except (OSError, RuntimeError, ValueError) as error:
            reasons.append(str(error))
    raise NoCompilerError("compiled code can't be used: " + "; ".join(dict.fromkeys(reasons)))


@functools.cache
def processor() -> str:
    """The processor's feature flags; compiled code is reused only on processors with the same ones."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.exists() else []
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.machine())


def fingerprint(recipe: Recipe, compiler: Command) -> str:
    """Identifies everything on which a library depends: sources, compiler, processor, C library and system."""
    uname = platform.uname()
    parts = (
        *(f.read_text(encoding="utf-8") for f in (*recipe.sources, *recipe.headers)),
        *(part for source in recipe.generated.items() for part in source),
        run([*compiler, "--version"]),
        *compiler[1:],
        *recipe.flags,
        str([tuple(own) for own in recipe.sources.values()]),
        processor(),
        *platform.libc_ver(),
        uname.system,
        uname.release,
        uname.machine,
        str(recipe.openmp),
    )
    return sha256("\0".join(parts).encode())[:16]


def _loaded(recipe: Recipe, compiler: Command, kept: Path) -> ctypes.CDLL:
    """Loads the library; builds it if it is missing or not as it was written, and once again if it can't be loaded."""
    unloadable = False
    if intact(kept):
        try:
            return ctypes.CDLL(str(kept))
        except OSError:
            unloadable = True
    known = _failure(kept)
    with locked(
        kept.with_suffix(LOCK),
        2 * cxx.TIME_LIMIT_S,
        lambda: _tell(f"another process compiles {recipe.what} in {kept.parent}; waiting for it"),
    ) as waited:
        # Who waited for a build that failed doesn't repeat it.
        if waited and (failure := _failure(kept)) != known and failure is not None:
            raise CompilerFailedError(failure[1])
        if not intact(kept) or (unloadable and not waited):
            _tell(f"compiling {recipe.what} for this processor, once, in {kept.parent}; it takes up to a minute")
            _build(recipe, compiler, kept)
        return ctypes.CDLL(str(kept))


def _tell(notice: str) -> None:
    print(f"note: {notice}", file=sys.stderr, flush=True)


def _failure(kept: Path) -> tuple[int, str] | None:
    """When and why the last build failed; None if it didn't."""
    path = kept.with_suffix(FAILED)
    try:
        return path.stat().st_mtime_ns, path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None


def _build(recipe: Recipe, compiler: Command, kept: Path) -> None:
    """Builds the library; only the owner of its lock may."""
    folder = kept.with_suffix(BUILD)
    shutil.rmtree(folder, ignore_errors=True)  # of a process that was killed
    try:
        folder.mkdir(mode=0o700)
        store(_compiled(recipe, compiler, folder / kept.name).read_bytes(), kept)
    except CompilerFailedError as error:
        with suppress(OSError):  # the disk may be full; the reason is raised in any case
            write_whole(kept.with_suffix(FAILED), str(error))
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    kept.with_suffix(FAILED).unlink(missing_ok=True)


def _compiled(recipe: Recipe, compiler: Command, out: Path) -> Path:
    """Compiles the sources in parallel, links them, and checks in another process that the result can be loaded."""
    sources = dict(recipe.sources)
    for name, text in recipe.generated.items():
        source = out.with_name(name)
        source.write_text(text, encoding="utf-8")
        sources[source] = [f"-I{folder}" for folder in dict.fromkeys(header.parent for header in recipe.headers)]
    made = [out.with_name(f"{source.stem}.o") for source in sources]
    steps = [
        [*compiler, *recipe.flags, *own, "-c", str(source), "-o", str(m)]
        for (source, own), m in zip(sources.items(), made, strict=True)
    ]
    run_all(steps)
    link = ["-fopenmp"] if recipe.openmp is None else [str(recipe.openmp)]
    run([*compiler, "-shared", "-Wl,--no-undefined", *map(str, made), *link, "-o", str(out)])
    # A damaged library would kill this process.
    own = [] if recipe.openmp is None else [str(recipe.openmp.parent)]
    folders = [*own, *os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)]
    # An empty part would be the working directory, where anybody may have put a library.
    environment = {**os.environ, "LD_LIBRARY_PATH": os.pathsep.join(filter(None, folders))}
    check = [sys.executable, "-I", "-S", "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1])", str(out)]
    try:
        run(check, environment, out.parent)
    except CompilerFailedError as error:
        reason = str(error).strip().splitlines()[-1]
        raise NoCompilerError(f"`{Path(compiler[0]).name}` made a library that can't be loaded: {reason}") from error
    return out
