"""Kernels of Triton from generated text."""

# pyright: basic

import functools
import hashlib
import importlib.util
import linecache
import os
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
"""Whether Triton interprets kernels, on any device; a program decides it before it imports Triton."""

GENERATED = f"{__name__}.generated"
"""The module of kernels from text."""

CAPABILITY = (8, 0)
"""The least compute capability of NVIDIA's GPUs that Triton supports (https://github.com/triton-lang/triton, Compatibility)."""


@functools.cache
def installed() -> bool:
    """Whether Triton can be imported; it is imported where a kernel is needed."""
    return importlib.util.find_spec("triton") is not None


_here = threading.local()  # torch's compiler knows no context variables


@contextmanager
def assumed() -> Generator[None]:
    """In the block tensors without memory, on the device `meta`, count as a GPU's, so that what one needs can be counted.

    It holds for this thread alone.
    """
    before = _assuming()
    _here.assumed = True
    try:
        yield
    finally:
        _here.assumed = before


def _assuming() -> bool:
    return getattr(_here, "assumed", False)


def possible() -> bool:
    """Whether any tensor of this process could be given to Triton's kernels."""
    return INTERPRETED or torch.cuda.is_available() or _assuming()


def usable(x: Tensor) -> bool:
    """Whether Triton's kernels can read this tensor."""
    if _assuming() and x.device.type == "meta":
        return True
    return (x.device.type == "cuda" or INTERPRETED) and _runs_on(x.device)


def _runs_on(device: torch.device) -> bool:
    """Whether Triton is installed and supports a device."""
    return _there() and (INTERPRETED or _supported(device))


# What `torch.compiler.assume_constant_result` sets, as in `native/build.py`: torch's compiler warns of functions with a cache.
_runs_on.__dict__["_dynamo_marked_constant"] = True


@functools.cache
def _there() -> bool:
    """Whether Triton is installed; if not, a notice says so once."""
    if not installed():
        help = 'install it with `pip install "spikegraph[cuda]"`'
        print(f"note: Triton is missing, so neurons run as operations of torch, which is slower; {help}", file=sys.stderr)
    return installed()


@functools.cache
def _supported(device: torch.device) -> bool:
    """Whether Triton supports a GPU; if not, a notice says so once. One that isn't there, as that of a fake tensor, counts."""
    if not torch.cuda.is_available():
        return True
    own = torch.cuda.get_device_properties(device)
    if (own.major, own.minor) >= CAPABILITY:
        return True
    needed = f"Triton needs compute capability {'.'.join(map(str, CAPABILITY))}, and {own.name} has {own.major}.{own.minor}"
    print(f"note: {needed}, so neurons run as operations of torch, which is slower", file=sys.stderr)
    return False


@functools.cache
def no_kernel(model: str, why: str) -> None:
    """A notice, once, that neurons of a model run as operations of torch although Triton is there."""
    print(f"note: neurons of `{model}` run as operations of torch, which is slower than a kernel: {why}", file=sys.stderr)


@functools.cache
def _tell_when_compiling() -> None:
    """Prints a notice, once, when Triton has compiled the first kernel of ours that its cache lacked: more follow."""
    import triton  # noqa: PLC0415 (Triton takes a second to import, and may be missing)

    knobs: Any = getattr(triton, "knobs", None)
    told = list[bool]()
    if not hasattr(getattr(knobs, "compilation", None), "listener"):  # older versions of Triton call nobody
        return
    other = knobs.compilation.listener

    def compiled(*, src: Any, cache_hit: bool, **more: Any) -> None:
        if other is not None:
            other(src=src, cache_hit=cache_hit, **more)
        if not cache_hit and not told and getattr(src, "fn", None) is not None and src.fn.__module__ == GENERATED:
            told.append(True)
            where = f"once, in {knobs.cache.dir}"
            print(f"note: compiling neurons as kernels of Triton, {where}; the first steps take longer", file=sys.stderr)

    knobs.compilation.listener = compiled


def start(
    text: str,
    name: str,
    grid: tuple[int, ...],
    tensors: Sequence[Tensor | int],
    constants: Mapping[str, object],
    *,
    double: bool,
) -> None:
    """Starts a kernel, with as many programs as the grid has.

    Args:
        text: The text.
        name: The kernel's name in it.
        grid: The programs.
        tensors: The arguments; the kernel runs on the device of the first.
        constants: Further ones by name.
        double: Whether sums and potentials are float64; else they are float32.
    """
    import triton.language as tl  # noqa: PLC0415 (Triton takes a second to import, and may be missing)

    _tell_when_compiling()
    # Products and sums aren't joined to one operation: both ways must compute the same potentials, and those of torch.
    real = tl.float64 if double else tl.float32
    with torch.cuda.device_of(tensors[0]):
        kernel(text, name)[grid](*tensors, **constants, A=real, enable_fp_fusion=False)


@functools.cache
def kernel(text: str, name: str) -> Any:
    """The kernel of this name in a text, which Triton compiles at each first call with other types of arguments.

    It stays, since Triton takes a kernel that nobody has from the device, where captured CUDA graphs may start it.
    """
    import triton  # noqa: PLC0415 (Triton takes a second to import, and may be missing)
    import triton.language as tl  # noqa: PLC0415 (Triton takes a second to import, and may be missing)

    from spikegraph.backends.torch.triton import functions  # noqa: PLC0415 (Triton takes a second to import, and may be missing)

    # Triton reads the source of a function again, by its file.
    file = f"<kernels {hashlib.sha256(text.encode()).hexdigest()[:16]}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    names = {k: v for k, v in vars(functions).items() if not k.startswith("__")}
    scope = {**names, "triton": triton, "tl": tl, "__name__": GENERATED}
    exec(compile(text, file, "exec"), scope)
    return scope[name]
