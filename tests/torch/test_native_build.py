"""Without compiled code a run goes on with operations of torch, and says why."""

import shutil

import pytest
import torch

from spikegraph.backends.torch.native import build
from spikegraph.compiled import compiler as cxx

from ..forked import python

attempt = build._attempt.__wrapped__
"""Without the cache of the process."""


def test_compiled_code_can_be_disabled(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPIKEGRAPH_NATIVE", "0")
    assert attempt() == "compiled code is disabled by SPIKEGRAPH_NATIVE=0"


def test_a_compiler_that_hangs_is_a_reason(monkeypatch, tmp_path) -> None:
    path = tmp_path / "c++"
    path.write_text('#!/bin/sh\n[ "$1" = --version ] || exec sleep 1000\n')
    path.chmod(0o755)
    monkeypatch.setenv("CXX", str(path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cxx, "TIME_LIMIT_S", 0.5)
    assert str(attempt()).startswith("`c++` didn't end within 0.5 s and was killed: set CXX to another compiler, or ")


def test_a_run_gets_one_notice(monkeypatch, notices) -> None:
    """Training goes on with operations of torch."""
    from spikegraph.backends.torch import main

    monkeypatch.setattr(main, "missing", lambda: "no compiler")
    assert notices("cpu", "fp32") == ["note: no compiler; neurons run as operations of torch, which is slower"]


def test_which_kernels_run_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    from spikegraph.backends.torch import main

    slower = "neurons run as operations of torch, which is slower"
    monkeypatch.setattr(main, "missing", lambda: None)
    assert main.kernels_line(torch.device("cpu"), "bf16") == "kernels: neurons run as compiled C++"
    assert main.kernels_line(torch.device("cpu"), "fp16") == f"note: compiled kernels take no float16; {slower}"
    assert main.kernels_line(torch.device("mps"), "fp32") == f"note: there are no kernels for the device `mps`; {slower}"
    empty = torch.empty
    monkeypatch.setattr(torch, "empty", lambda size, device: empty(size))  # there is no GPU
    for there, line in ((True, "kernels: neurons run as kernels of Triton"), (False, None)):
        monkeypatch.setattr(main.triton, "usable", lambda x, there=there: there)
        assert main.kernels_line(torch.device("cuda"), "fp32") == line


def test_the_openmp_library_is_that_of_torch(tmp_path) -> None:
    """Another package may bring a copy of its own, whose path may come first."""
    path = build.openmp()
    if path is None or str(tmp_path) > str(path):
        pytest.skip("no path is found, or it comes first")
    shutil.copy(path, tmp_path / path.name)
    module = "spikegraph.backends.torch.native.build"
    program = f"import ctypes, sys, torch; ctypes.CDLL(sys.argv[1]); from {module} import openmp; print(openmp())"
    ended = python("-c", program, tmp_path / path.name)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, f"{path}\n", "")
