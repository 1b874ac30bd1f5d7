"""Compiles the C++ sources in this folder once for this machine, and loads the library."""

import ctypes
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from spikegraph.cache import cache_folder

FOLDER = Path(__file__).parent
SOURCES = tuple(FOLDER / name for name in ("neuron.cpp", "sparse.cpp"))
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


class NoCompilerError(RuntimeError):
    """Compiled code isn't available; the message gives the reason and the fix."""


@functools.cache
def library() -> ctypes.CDLL:
    """The library of compiled functions. The first call on a machine compiles it in a few seconds; later ones load it.

    Raises:
        NoCompilerError: Compiled code is disabled, there is no compiler, or it failed.
    """
    if os.environ.get(SWITCH) == "0":
        raise NoCompilerError(f"compiled code is disabled by {SWITCH}=0")
    if not sys.platform.startswith("linux"):
        raise NoCompilerError(f"compiled code is only supported on Linux, not on {sys.platform}")
    compiler = next((c for c in (os.environ.get("CXX"), "g++", "c++") if c and shutil.which(c)), None)
    if compiler is None:
        raise NoCompilerError("no C++ compiler was found: install g++, or set CXX to a compatible compiler")
    flags = (*FLAGS, WIDE) if "avx512f" in processor() else FLAGS
    kept = _folder() / f"native-{_fingerprint(compiler, flags)}.so"
    if not kept.exists():
        _compile(compiler, flags, kept)
    return ctypes.CDLL(str(kept))


@functools.cache
def missing() -> str | None:
    """The reason why compiled code isn't available, or None if it is."""
    try:
        library()
    except NoCompilerError as error:
        return str(error)
    return None


@functools.cache
def processor() -> str:
    """The processor's feature flags; compiled code is reused only on processors with the same ones."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.exists() else []
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.machine())


def _fingerprint(compiler: str, flags: tuple[str, ...]) -> str:
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    parts = (*(f.read_text(encoding="utf-8") for f in (*SOURCES, *HEADERS)), version, *flags, processor(), str(_openmp()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _folder() -> Path:
    """The folder of compiled code: the user's cache, or a temporary folder of the user if that can't be written."""
    base = cache_folder()
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        base = Path(tempfile.gettempdir()) / f"spikegraph-{os.getuid()}"
        base.mkdir(mode=0o700, exist_ok=True)
        if base.stat().st_uid != os.getuid():
            raise NoCompilerError(f"{base} belongs to another user: set XDG_CACHE_HOME to your own folder") from None
    return base


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
        out = Path(folder) / "native.so"
        with ThreadPoolExecutor() as pool:
            steps = ([compiler, *flags, "-c", str(s), "-o", str(m)] for s, m in zip(SOURCES, made, strict=True))
            list(pool.map(_run, steps))
        link = [str(openmp)] if openmp is not None else ["-fopenmp"]
        _run([compiler, "-shared", "-Wl,--no-undefined", *map(str, made), *link, "-o", str(out)])
        out.replace(kept)


def _run(step: list[str]) -> None:
    done = subprocess.run(step, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise NoCompilerError(f"`{' '.join(step)}` failed:\n{done.stderr.strip()[-2000:]}")
