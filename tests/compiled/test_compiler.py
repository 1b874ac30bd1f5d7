"""A compiler that fails, hangs, crashes or writes garbage gives a reason; it stops no run and leaves nothing behind."""

import re
import time
from pathlib import Path

import pytest

from spikegraph.compiled import compiler as cxx
from spikegraph.compiled.compiler import CompilerFailedError, NoCompilerError
from spikegraph.compiled.library import Recipe, load

pytestmark = pytest.mark.native

# Only a library that can't be loaded may be due to the folder, so that another one is tried.
FAILURES = [
    ("echo 'No space left on device' >&2; exit 1", "`c++` failed with status 1: No space left on device"),
    ("kill -9 $$", "`c++` was ended by the signal SIGKILL"),
    ("echo 'internal compiler error' >&2; kill -SEGV $$", "`c++` was ended by the signal SIGSEGV: internal compiler error"),
    ("ulimit -f 0; echo 1234 > $out.x; kill -XFSZ $$", "`c++` was ended by the signal SIGXFSZ"),
    ("echo garbage > $out", "`c++` made a library that can't be loaded: OSError: "),
    (": > $out", "`c++` made a library that can't be loaded: OSError: "),
    ("exit 0", "`c++` made a library that can't be loaded: OSError: "),
]


@pytest.mark.parametrize(("script", "message"), FAILURES, ids=[script for script, _ in FAILURES])
def test_a_compiler_that_fails_gives_a_reason(recipe: Recipe, folders: Path, compiler, script: str, message: str) -> None:
    compiler(script)
    with pytest.raises(NoCompilerError) as caught:
        load(recipe)
    assert str(caught.value).removeprefix("compiled code can't be used: ").startswith(message)
    assert not list(folders.glob("**/*.so")) and not list(folders.glob("**/*.build"))


def test_a_library_that_would_kill_the_process(recipe: Recipe, folders: Path, compiler) -> None:
    """A linker that is cut off after it wrote the headers: loading such a file is a bus error."""
    real = cxx.run([*cxx.compiler(), "-print-prog-name=g++"]).strip()
    compiler(f'{real} "$@" && case "$1" in -shared) truncate -s 4096 "$out" ;; esac')
    with pytest.raises(NoCompilerError, match=r"`c\+\+` made a library that can't be loaded: "):
        load(recipe)


def test_a_compiler_that_hangs_is_killed_with_its_children(recipe: Recipe, folders: Path, compiler, monkeypatch) -> None:
    """As g++ does, the script starts another process, which holds the pipes open."""
    compiler(f"sleep 1000 & echo $! > {folders}/child; wait")
    monkeypatch.setattr(cxx, "TIME_LIMIT_S", 1.0)
    with pytest.raises(CompilerFailedError) as caught:
        load(recipe)
    fix = "set CXX to another compiler, or SPIKEGRAPH_NATIVE=0 to do without"
    assert str(caught.value) == f"`c++` didn't end within 1 s and was killed: {fix}"
    child = int((folders / "child").read_text())
    while (status := Path(f"/proc/{child}/stat")).exists() and status.read_text().split()[2] != "Z":
        time.sleep(0.01)  # the system ends it; the test hangs if nobody killed it


def test_a_source_that_fails_stops_the_others(folders: Path, compiler, monkeypatch) -> None:
    compiler('case "$*" in *wrong.cpp*) echo broken >&2; exit 1 ;; esac; sleep 1000')
    monkeypatch.setattr(cxx, "TIME_LIMIT_S", 60.0)
    sources = [folders / "slow.cpp", folders / "wrong.cpp"]
    for source in sources:
        source.touch()
    with pytest.raises(CompilerFailedError, match=r"^`c\+\+` failed with status 1: broken$"):
        load(Recipe(dict.fromkeys(sources, ())))


def test_a_compiler_that_hangs_before_it_compiles(recipe: Recipe, folders: Path, monkeypatch) -> None:
    path = folders / "c++"
    path.write_text("#!/bin/sh\nsleep 1000\n")
    path.chmod(0o755)
    monkeypatch.setenv("CXX", str(path))
    monkeypatch.setattr(cxx, "TIME_LIMIT_S", 0.5)
    with pytest.raises(CompilerFailedError, match=r"`c\+\+` didn't end within 0.5 s"):
        load(recipe)


def test_no_compiler(recipe: Recipe, folders: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(folders))
    monkeypatch.delenv("CXX", raising=False)
    with pytest.raises(NoCompilerError, match=r"^no C\+\+ compiler was found: install g\+\+"):
        load(recipe)


@pytest.mark.parametrize("value", ["clang++-99", "clang++-99 -stdlib=libc++", 'g++ "-O1'])
def test_a_compiler_that_is_not_there_is_no_other_one(recipe: Recipe, monkeypatch, value: str) -> None:
    monkeypatch.setenv("CXX", value)
    with pytest.raises(NoCompilerError, match=rf"^the C\+\+ compiler CXX={re.escape(value)} was not found: "):
        load(recipe)


def test_a_compiler_with_arguments(recipe: Recipe, folders: Path, compiler, monkeypatch) -> None:
    """As ccache, which takes the compiler as its first argument."""
    path = compiler(f'echo "$1 $2" >> {folders}/log; exec "$@"')
    monkeypatch.setenv("CXX", f"{path} g++")
    assert load(recipe).seven() == 7
    assert (folders / "log").read_text().splitlines() == ["g++ --version", "g++ -fPIC", "g++ -shared"]


def test_a_compiler_that_is_no_program(recipe: Recipe, compiler) -> None:
    compiler("exit 0").write_text("no program")
    with pytest.raises(OSError, match="Exec format error"):
        load(recipe)
