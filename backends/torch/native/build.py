"""Compiles the C++ beside this file for this machine, once, and loads it."""

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
"""The environment variable that turns compiled code off, with `0`."""

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
    """Compiled code can't be had here; the message says why, and what gives it."""


@functools.cache
def library() -> ctypes.CDLL:
    """The compiled functions; takes some seconds the first time on a machine, and is kept for later processes.

    Raises:
        NoCompilerError: It is switched off, there is no compiler, or the compiler failed.
    """
    if os.environ.get(SWITCH) == "0":
        raise NoCompilerError(f"compiled neurons are switched off by {SWITCH}=0")
    if not sys.platform.startswith("linux"):
        raise NoCompilerError(f"compiled neurons are made on Linux only, not on {sys.platform}")
    compiler = next((c for c in (os.environ.get("CXX"), "g++", "c++") if c and shutil.which(c)), None)
    if compiler is None:
        raise NoCompilerError("no C++ compiler is found: install g++ (or name one like it in $CXX)")
    flags = (*FLAGS, WIDE) if "avx512f" in processor() else FLAGS
    kept = _folder() / f"native-{_fingerprint(compiler, flags)}.so"
    if not kept.exists():
        _compile(compiler, flags, kept)
    return ctypes.CDLL(str(kept))


@functools.cache
def missing() -> str | None:
    """Why neurons aren't compiled here, or None where they are."""
    try:
        library()
    except NoCompilerError as error:
        return str(error)
    return None


@functools.cache
def processor() -> str:
    """What the processor can do; compiled code is kept for its like only."""
    cpu = Path("/proc/cpuinfo")
    lines = cpu.read_text(encoding="utf-8").splitlines() if cpu.exists() else []
    return next((line for line in lines if line.startswith(("flags", "Features"))), platform.machine())


def _fingerprint(compiler: str, flags: tuple[str, ...]) -> str:
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    parts = (*(f.read_text(encoding="utf-8") for f in (*SOURCES, *HEADERS)), version, *flags, processor(), str(_openmp()))
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _folder() -> Path:
    """Where compiled code is kept: the user's cache, or a folder of the user's own where that can't be written."""
    base = cache_folder()
    try:
        base.mkdir(parents=True, exist_ok=True)
    except OSError:
        base = Path(tempfile.gettempdir()) / f"spikegraph-{os.getuid()}"
        base.mkdir(mode=0o700, exist_ok=True)
        if base.stat().st_uid != os.getuid():
            raise NoCompilerError(f"{base} belongs to somebody else: set XDG_CACHE_HOME to a folder of yours") from None
    return base


def _openmp() -> Path | None:
    """The threads' library that torch has loaded: a second one in the process would fight with it over the cores."""
    torch.get_num_threads()
    maps = Path("/proc/self/maps").read_text(encoding="utf-8").splitlines()
    paths = {line.split(maxsplit=5)[-1] for line in maps if "libgomp" in line or "libomp" in line}
    return Path(min(paths)) if paths else None


def _compile(compiler: str, flags: tuple[str, ...], kept: Path) -> None:
    """Compiles beside `kept`, the sources at once, and renames, so that no process ever loads half a file."""
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
