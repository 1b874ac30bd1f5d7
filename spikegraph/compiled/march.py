"""The processor that C++ sources are compiled for: this machine's, or the one that `SPIKEGRAPH_MARCH` names."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

from spikegraph.base.errors import WRONG_USAGE, UserError
from spikegraph.compiled.compiler import Command, CompilerFailedError, run

VARIABLE = "SPIKEGRAPH_MARCH"
"""Environment variable: a processor as the compiler's `-march` names it, such as `x86-64-v3`."""

NATIVE = "native"
"""This machine's processor, the default."""

FLAGS = {
    "SSE3": "pni",
    "LZCNT": "abm",
    "BMI": "bmi1",
    **{
        name: f"avx512_{name[6:].lower()}" for name in ("AVX512BF16", "AVX512FP16", "AVX512VNNI", "AVX512VBMI2", "AVX512BITALG")
    },
    "AVX512VPOPCNTDQ": "avx512_vpopcntdq",
    "AVXVNNI": "avx_vnni",
    **{
        name: name.lower()
        for name in (
            *("SSSE3", "SSE4_1", "SSE4_2", "POPCNT", "AVX", "AVX2", "FMA", "F16C", "BMI2", "MOVBE", "FMA4", "XOP", "GFNI"),
            *("AVX512F", "AVX512BW", "AVX512CD", "AVX512DQ", "AVX512VL", "AVX512IFMA", "AVX512VBMI"),
        )
    },
}
"""Instructions that a compiler may use by itself: the name in its macro `__NAME__`, and in the system's list of flags."""


class MarchError(UserError):
    """`SPIKEGRAPH_MARCH` names no processor that the compiler knows, or one whose instructions this machine lacks."""

    status: ClassVar[int] = WRONG_USAGE


def march(compiler: Command, flags: str, environment: Mapping[str, str] = os.environ) -> str:
    """The processor to compile for, as `-march` takes it.

    Args:
        compiler: The compiler.
        flags: This processor's flags, as the system lists them.
        environment: The environment variables.

    Raises:
        MarchError: The variable's value can't be used.
        CompilerFailedError: The compiler fails at anything.
        OSError: It can't be started.
    """
    name = environment.get(VARIABLE, "").strip()
    if name in ("", NATIVE):
        return NATIVE
    lacking = sorted(macros(compiler, name).intersection(FLAGS) - _known(flags)) if flags.startswith("flags") else []
    if lacking:
        what = ", ".join(FLAGS[macro] for macro in lacking)
        raise MarchError(
            f"{VARIABLE}={name}: this processor lacks its instructions {what}", f"name an older one, or unset {VARIABLE}"
        )
    return name


def macros(compiler: Command, name: str) -> frozenset[str]:
    """The macros `__NAME__` that a compiler defines for a processor, without underscores.

    Raises:
        MarchError: The compiler doesn't know the processor.
        CompilerFailedError: It fails at anything.
        OSError: It can't be started.
    """
    asked = (*compiler, "-dM", "-E", "-x", "c++", os.devnull)
    try:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.+_-]*", name):
            raise CompilerFailedError(name)
        text = run((*asked, f"-march={name}"))
    except CompilerFailedError:
        run(asked)
        raise MarchError(
            f"{VARIABLE}={name}: {Path(compiler[0]).name} knows no processor of this name",
            f"name one that its option -march takes, such as x86-64-v3, or unset {VARIABLE}",
        ) from None
    return frozenset(re.findall(r"^#define __(\w+?)__ ", text, re.MULTILINE))


def named(flags: str) -> str | None:
    """The processor that a compiler's flags name; None without one, and for the machine's own."""
    found = re.search(r"(?<= -march=)\S+", flags)
    return None if found is None or found[0] == NATIVE else found[0]


def _known(flags: str) -> set[str]:
    """The macros of the instructions that a processor has."""
    has = set(flags.partition(":")[2].split())
    return {macro for macro, flag in FLAGS.items() if flag in has}
