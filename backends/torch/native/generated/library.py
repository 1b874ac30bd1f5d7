"""The compiled functions of a step, made at its first use on a machine."""

import ctypes
import functools
import sys

from spikegraph.backends.torch.native.build import FOLDER, HEADERS, flags, missing, openmp
from spikegraph.compiled.library import Recipe, load

OWN_FLAGS = ("-ffp-contract=off",)
"""Forward and backward pass must compute the same membrane potentials, and those of operations of torch."""


@functools.cache
def functions(source: str) -> ctypes.CDLL | None:
    """The functions of a source; None, with a notice, if they can't be compiled."""
    if missing() is not None:
        return None
    headers, own = (*HEADERS, FOLDER / "equations.h"), {"step.cpp": source}
    try:
        return load(Recipe({}, headers, (*flags(), *OWN_FLAGS), openmp(), own, "the kernels of a neuron model"))
    except (OSError, RuntimeError, ValueError) as error:
        print(f"note: {error}; its neurons run as operations of torch, which is slower", file=sys.stderr, flush=True)
        return None
