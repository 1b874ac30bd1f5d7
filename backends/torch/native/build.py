"""Compiles the C++ sources in this folder once for this machine, and loads the library."""

import contextlib
import ctypes
import functools
import hashlib
import os
import platform
import shutil
import stat
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from spikegraph.cache import cache_folder

FOLDER = Path(__file__).parent
SOURCES = {
    FOLDER / "neuron.cpp": ("-ffp-contract=off",),  # forward and backward pass must compute the same membrane potentials
    FOLDER / "sparse.cpp": (),
}
"""The sources, with flags of their own."""
HEADERS = (FOLDER / "common.h",)
SWITCH = "SPIKEGRAPH_NATIVE"
"""Environment variable; `0` disables compiled code."""

FLAGS = (
    "-std=c++17",
    "-O3",
    "-march=native",
    "-fno-math-errno",
    "-fno-trapping-math",
    "-fopenmp",
    "-fPIC",
    "-Wno-ignored-attributes",
)
WIDE = "-mprefer-vector-width=512"

HASH = ".sha256"
"""Ending of the file with a library's hash."""


class NoCompilerError(RuntimeError):
    """Compiled code isn't available; the message gives the reason and the fix."""


def library() -> ctypes.CDLL:
    """The library of compiled functions. The first call on a machine compiles it in a few seconds; later ones load it.

    Raises:
        NoCompilerError: Compiled code is disabled, there is no compiler, or the library can't be built or loaded.
    """
    found = _attempt()
    if isinstance(found, str):
        raise NoCompilerError(found)
    return found


@torch.compiler.assume_constant_result  # pyright: ignore[reportUnknownMemberType]
def missing() -> str | None:
    """The reason why compiled code isn't available, or None if it is."""
    found = _attempt()
    return found if isinstance(found, str) else None


def compiled_with() -> str:
    """The version of the compiler and its flags, or nothing where compiled code isn't available."""
    if missing() is not None:
        return ""
    compiler, flags = _compiler()
    return " ".join((*_version(compiler).splitlines()[:1], *flags))


@functools.cache
def _attempt() -> ctypes.CDLL | str:
    """The library, or the reason why there is none. Nothing that fails here may stop a run."""
    try:
        compiler, flags = _compiler()
        name = f"native-{_fingerprint(compiler, flags)}.so"
    except (OSError, RuntimeError, ValueError) as error:
        return str(error)
    reasons: list[str] = []
    for folder in (_cache, _temporary):
        try:
            return _loaded(compiler, flags, _private(folder()) / name)
        except (OSError, RuntimeError, ValueError) as error:
            reasons.append(str(error))
    return "compiled code can't be used: " + "; ".join(dict.fromkeys(reasons))


def _compiler() -> tuple[str, tuple[str, ...]]:
    """The compiler and its flags."""
    if os.environ.get(SWITCH) == "0":
        raise NoCompilerError(f"compiled code is disabled by {SWITCH}=0")
    if not sys.platform.startswith("linux"):
        raise NoCompilerError(f"compiled code is only supported on Linux, not on {sys.platform}")
    compiler = next((c for c in (os.environ.get("CXX"), "g++", "c++") if c and shutil.which(c)), None)
    if compiler is None:
        raise NoCompilerError("no C++ compiler was found: install g++, or set CXX to a compatible compiler")
    return compiler, (*FLAGS, WIDE) if "avx512f" in processor() else FLAGS


def _loaded(compiler: str, flags: tuple[str, ...], kept: Path) -> ctypes.CDLL:
    """Loads the library; compiles it if it is missing or not as it was written, and once again if it can't be loaded."""
    if _intact(kept):
        with contextlib.suppress(OSError):
            return ctypes.CDLL(str(kept))
    _compile(compiler, flags, kept)
    return ctypes.CDLL(str(kept))


def _private(folder: Path) -> Path:
    """Makes a folder that only the user can enter; refuses one that others can enter or that belongs to somebody else."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise NoCompilerError(f"{folder} must be a folder of yours with mode 700: delete it, or set XDG_CACHE_HOME")
    return folder


def _intact(kept: Path) -> bool:
    """Returns true if a library is as this user wrote it, and only this user can write to it."""
    try:
        found = kept.lstat()
        ours = stat.S_ISREG(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
        return ours and kept.with_suffix(HASH).read_text(encoding="utf-8") == _sha256(kept.read_bytes())
    except (OSError, ValueError):
        return False


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@functools.cache
def processor() -> str:
    """The processor's feature flags; compiled code is reused only on processors with the same ones."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.exists() else []
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.machine())


def _version(compiler: str) -> str:
    return subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout


def _fingerprint(compiler: str, flags: tuple[str, ...]) -> str:
    """Identifies everything on which the library depends: sources, compiler, processor, C library and system."""
    uname = platform.uname()
    system = (*platform.libc_ver(), uname.system, uname.release, uname.machine, str(_openmp()))
    parts = (
        *(f.read_text(encoding="utf-8") for f in (*SOURCES, *HEADERS)),
        _version(compiler),
        *flags,
        str([*SOURCES.values()]),
        processor(),
        *system,
    )
    return _sha256("\0".join(parts).encode())[:16]


def _cache() -> Path:
    folder = cache_folder()
    if not folder.is_absolute():
        raise NoCompilerError(f"there is no home folder for the cache ({folder}): set XDG_CACHE_HOME")
    return folder / "native"


def _temporary() -> Path:
    return Path(tempfile.gettempdir()) / f"spikegraph-{os.getuid()}"


def _openmp() -> Path | None:
    """The OpenMP library that torch has loaded; a second one in the process would compete with it for the cores."""
    torch.get_num_threads()
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    paths = {line.split(maxsplit=5)[-1] for line in maps if "libgomp" in line or "libomp" in line}
    return Path(min(paths)) if paths else None


def _compile(compiler: str, flags: tuple[str, ...], kept: Path) -> None:
    """Compiles the sources in parallel, and renames the library to `kept` when complete, so the file is never partial."""
    openmp = _openmp()
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        made = [Path(folder) / f"{source.stem}.o" for source in SOURCES]
        out = Path(folder) / kept.name
        with ThreadPoolExecutor() as pool:
            steps = (
                [compiler, *flags, *own, "-c", str(s), "-o", str(m)] for (s, own), m in zip(SOURCES.items(), made, strict=True)
            )
            list(pool.map(_run, steps))
        link = [str(openmp)] if openmp is not None else ["-fopenmp"]
        _run([compiler, "-shared", "-Wl,--no-undefined", *map(str, made), *link, "-o", str(out)])
        out.chmod(0o700)
        out.with_suffix(HASH).write_text(_sha256(out.read_bytes()), encoding="utf-8")
        out.replace(kept)
        out.with_suffix(HASH).replace(kept.with_suffix(HASH))


def _run(step: list[str]) -> None:
    done = subprocess.run(step, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoCompilerError(f"`{Path(step[0]).name}` failed: {done.stderr.strip()[-2000:]}")
