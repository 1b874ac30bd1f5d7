"""`SPIKEGRAPH_MARCH`: the processor that kernels are compiled for; a value that can't be used is an error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spikegraph.backends.torch.native import build
from spikegraph.compiled.compiler import CompilerFailedError, compiler
from spikegraph.compiled.library import fingerprint, processor
from spikegraph.compiled.march import MarchError, march, named

ROOT = Path(__file__).parents[2]
HASWELL = "flags : fpu sse sse2 pni ssse3 sse4_1 sse4_2 popcnt movbe avx f16c fma avx2 bmi1 bmi2 abm"
"""What Linux lists for a processor with AVX2 and without AVX-512."""


def test_the_default_is_this_machine():
    assert march(("no compiler is asked",), HASWELL, {}) == "native"
    assert march(("no compiler is asked",), HASWELL, {"SPIKEGRAPH_MARCH": " native "}) == "native"
    assert march(("no compiler is asked",), HASWELL, {"SPIKEGRAPH_MARCH": ""}) == "native"


def test_the_processor_of_a_run():
    """`rerun` compiles for the processor that the run's manifest names."""
    assert named("g++ (Debian) 12.2.0 -std=c++17 -O3 -march=x86-64-v3 -fPIC") == "x86-64-v3"
    assert named("g++ (Debian) 12.2.0 -std=c++17 -O3 -march=native") is None
    assert named("") is None


@pytest.mark.native
@pytest.mark.skipif(not processor().startswith("flags"), reason="names of x86")
class TestOnX86:
    def test_older_processors(self):
        for name in ("x86-64", "x86-64-v2", "x86-64-v3", "haswell"):
            assert march(compiler(), HASWELL, {"SPIKEGRAPH_MARCH": name}) == name

    def test_a_newer_processor_is_refused(self):
        with pytest.raises(MarchError) as caught:
            march(compiler(), HASWELL, {"SPIKEGRAPH_MARCH": "x86-64-v4"})
        lacking = "avx512bw, avx512cd, avx512dq, avx512f, avx512vl"
        assert caught.value.summary == f"SPIKEGRAPH_MARCH=x86-64-v4: this processor lacks its instructions {lacking}"
        assert caught.value.help == "name an older one, or unset SPIKEGRAPH_MARCH"

    @pytest.mark.parametrize("name", ["x86-64-v33", "-O0", "native -O0", "x86-64-v3;", "\u00e9"])
    def test_an_unknown_processor_is_refused(self, name):
        with pytest.raises(MarchError) as caught:
            march(compiler(), HASWELL, {"SPIKEGRAPH_MARCH": name})
        known = f"{Path(compiler()[0]).name} knows no processor of this name"
        assert caught.value.summary == f"SPIKEGRAPH_MARCH={name}: {known}"

    def test_the_library_is_another_one(self, monkeypatch):
        """Its flags are part of its name in the cache."""
        names = set()
        for name in ("native", "x86-64", "x86-64-v2"):
            monkeypatch.setenv("SPIKEGRAPH_MARCH", name)
            flags = build.flags()
            assert [flag for flag in flags if flag.startswith("-march")] == [f"-march={name}"]
            assert name == "native" or build.WIDE not in flags
            names.add(fingerprint(build.Recipe(build.SOURCES, build.HEADERS, flags), compiler()))
        assert len(names) == 3

    def test_the_command_says_so(self, tmp_path):
        """Kernels that can't be had are no error; a wrong value is one, because somebody asked for something else."""
        command = [sys.executable, "-m", "spikegraph", "compile", "builtin:cifar10", "--train", "--out", str(tmp_path / "run")]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "SPIKEGRAPH_MARCH": "x86-64-v33", "COLUMNS": "200"}
        done = subprocess.run([*command, "--device", "cpu"], capture_output=True, text=True, check=False, env=environment)
        assert done.returncode == 2
        assert "error: SPIKEGRAPH_MARCH=x86-64-v33: " in done.stderr
        assert "help: name one that its option -march takes, such as x86-64-v3, or unset SPIKEGRAPH_MARCH\n" in done.stderr


def test_a_compiler_that_fails_isnt_the_values_fault(tmp_path):
    path = tmp_path / "c++"
    path.write_text("#!/bin/sh\nexit 3\n")
    path.chmod(0o755)
    with pytest.raises(CompilerFailedError, match=r"`c\+\+` failed with status 3"):
        march((str(path),), HASWELL, {"SPIKEGRAPH_MARCH": "x86-64-v3"})
