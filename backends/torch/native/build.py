"""The library of compiled functions: the C++ sources in this folder, compiled once for this machine."""

import ctypes
import functools
import os
from pathlib import Path

import torch

from spikegraph.compiled.compiler import NoCompilerError, compiler, run
from spikegraph.compiled.library import Recipe, load, processor
from spikegraph.compiled.march import NATIVE, macros, march

FOLDER = Path(__file__).parent
SOURCES = {
    FOLDER / "neuron.cpp": ("-ffp-contract=off",),  # forward and backward pass must compute the same membrane potentials
    FOLDER / "norms.cpp": ("-ffp-contract=off",),  # as torch's operations round
    FOLDER / "sparse.cpp": (),
    FOLDER / "winograd.cpp": (),
}
"""The sources, with flags of their own."""
HEADERS = tuple(FOLDER / name for name in ("common.h", "rows.h", "vectors.h", "exponential.h", "surrogates.h", "terms.h"))
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


def library() -> ctypes.CDLL:
    """The library of compiled functions. The first call on a machine compiles it in a few seconds; later ones load it.

    Raises:
        NoCompilerError: Compiled code is disabled, there is no compiler, or the library can't be built or loaded.
        MarchError: `SPIKEGRAPH_MARCH` has a value that can't be used.
    """
    found = _attempt()
    if isinstance(found, str):
        raise NoCompilerError(found)
    return found


def missing() -> str | None:
    """The reason why compiled code isn't available, or None if it is.

    Raises:
        MarchError: `SPIKEGRAPH_MARCH` has a value that can't be used.
    """
    found = _attempt()
    return found if isinstance(found, str) else None


# What `torch.compiler.assume_constant_result` sets; the decorator would import torch's compiler, which takes seconds.
missing.__dict__["_dynamo_marked_constant"] = True


def compiled_with() -> str:
    """The version of the compiler and its flags, or nothing where compiled code isn't available."""
    if missing() is not None:
        return ""
    return " ".join((*run([*compiler(), "--version"]).splitlines()[:1], *flags()))


@functools.cache
def _attempt() -> ctypes.CDLL | str:
    """The library, or the reason why there is none. Nothing that fails here may stop a run but a wrong `SPIKEGRAPH_MARCH`."""
    if os.environ.get(SWITCH) == "0":
        return f"compiled code is disabled by {SWITCH}=0"
    try:
        return load(Recipe(SOURCES, HEADERS, flags(), openmp()))
    except (OSError, RuntimeError, ValueError) as error:
        return str(error)


def flags() -> tuple[str, ...]:
    """The compiler's flags for all sources, with the processor that it compiles for."""
    target = march(compiler(), processor())
    wide = "avx512f" in processor() if target == NATIVE else "AVX512F" in macros(compiler(), target)
    flags = tuple(f"-march={target}" if flag == "-march=native" else flag for flag in FLAGS)
    return (*flags, WIDE) if wide else flags


def openmp() -> Path | None:
    """The OpenMP library that torch uses; a second one would compete with it for the cores, and others may be loaded too.

    It is where the process has torch's function of OpenMP; None where torch has none of a library of its own.
    """
    maps = Path("/proc/self/maps")
    if not maps.exists():  # not on Linux
        return None
    try:
        function = ctypes.CDLL(torch._C.__file__).omp_get_max_threads  # pyright: ignore[reportPrivateUsage]
    except (OSError, AttributeError):
        return None
    at = ctypes.cast(function, ctypes.c_void_p).value or 0
    for line in maps.read_text(encoding="utf-8").splitlines():
        begin, end = (int(address, 16) for address in line.split(maxsplit=1)[0].split("-"))
        if begin <= at < end:
            path = Path(line.split(maxsplit=5)[-1])
            return path if "omp" in path.name else None
    return None
