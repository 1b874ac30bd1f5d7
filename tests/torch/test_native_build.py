"""The build of compiled code: a failure is a reason and no exception, and only one's own intact file is loaded."""

import ctypes
import os
from pathlib import Path

import pytest

from spikegraph.backends.torch.native import build

pytestmark = pytest.mark.native

attempt = build._attempt.__wrapped__
"""Without the cache of the process."""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache and the temporary folder, and a source that compiles quickly."""
    source = tmp_path / "seven.cpp"
    source.write_text('extern "C" int seven() { return 7; }')
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(build, "SOURCES", {source: ()})
    monkeypatch.setattr(build, "_temporary", lambda: tmp_path / "tmp" / "spikegraph-1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The libraries that were compiled."""
    made: list[Path] = []
    real = build._compile
    monkeypatch.setattr(build, "_compile", lambda compiler, flags, kept: (made.append(kept), real(compiler, flags, kept)))
    return made


def seven(found: object) -> int:
    assert isinstance(found, ctypes.CDLL), found
    return found.seven()


def library(folders: Path) -> Path:
    (found,) = folders.glob("**/*.so")
    return found


def compiler(folders: Path, script: str) -> str:
    path = folders / "c++"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


def test_a_library_is_compiled_once_into_a_private_folder(folders: Path, compiled: list[Path]) -> None:
    assert [seven(attempt()), seven(attempt())] == [7, 7]
    assert compiled == [library(folders)]
    assert library(folders).parent == folders / "cache" / "spikegraph" / "native"
    assert library(folders).parent.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("damage", ["truncated", "replaced", "without its hash", "writable for others", "a link"])
def test_a_library_that_is_not_as_it_was_written_is_compiled_again(folders: Path, compiled: list[Path], damage: str) -> None:
    seven(attempt())
    kept = library(folders)
    match damage:
        case "truncated":
            copy = kept.read_bytes()[:1000]
            kept.unlink()
            kept.write_bytes(copy)
        case "replaced":
            kept.unlink()
            kept.write_bytes(b"another library")
        case "without its hash":
            kept.with_suffix(build.HASH).unlink()
        case "writable for others":
            kept.chmod(0o777)
        case _:
            kept.rename(folders / "elsewhere.so")
            kept.symlink_to(folders / "elsewhere.so")
    assert seven(attempt()) == 7
    assert seven(attempt()) == 7
    assert len(compiled) == 2
    assert not kept.is_symlink() and build._intact(kept)


def test_a_library_of_another_user_is_compiled_again(folders: Path, compiled: list[Path], monkeypatch) -> None:
    seven(attempt())
    real, kept = Path.lstat, library(folders)

    def foreign(path: Path) -> os.stat_result:
        found = list(real(path))
        found[4] += path == kept and len(compiled) < 2
        return os.stat_result(found)

    monkeypatch.setattr(Path, "lstat", foreign)
    assert seven(attempt()) == 7
    assert len(compiled) == 2


@pytest.mark.parametrize("obstacle", ["mode", "owner", "a file", "a link"])
def test_a_cache_folder_that_others_can_enter_is_not_used(folders: Path, monkeypatch, obstacle: str) -> None:
    native = folders / "cache" / "spikegraph" / "native"
    native.parent.mkdir(parents=True)
    if obstacle == "a file":
        native.touch()
    elif obstacle == "a link":
        (folders / "other").mkdir(mode=0o700)
        native.symlink_to(folders / "other")
    else:
        native.mkdir(mode=0o755 if obstacle == "mode" else 0o700)
    if obstacle == "owner":
        real = Path.lstat
        monkeypatch.setattr(Path, "lstat", lambda p: os.stat_result([*real(p)[:4], os.getuid() + (p == native), *real(p)[5:]]))
    assert seven(attempt()) == 7
    assert library(folders).parent == folders / "tmp" / "spikegraph-1"


@pytest.mark.parametrize("script", ["echo 'No space left on device' >&2; exit 1", "kill -9 $$", "exit 0", "echo > $0.log"])
def test_a_compiler_that_fails_gives_a_reason(folders: Path, monkeypatch, script: str) -> None:
    monkeypatch.setenv("CXX", compiler(folders, script))
    found = attempt()
    assert isinstance(found, str) and found.startswith("compiled code can't be used: ")
    if "space" in script:
        assert found.count("No space left on device") == 1
    assert not list(folders.glob("**/*.so"))


def test_other_reasons(folders: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(folders))
    monkeypatch.delenv("CXX", raising=False)
    assert str(attempt()).startswith("no C++ compiler was found: install g++")
    monkeypatch.setenv("CXX", compiler(folders, "exit 0"))
    Path(folders / "c++").write_text("no program")
    assert "Exec format error" in str(attempt())
    monkeypatch.setenv("SPIKEGRAPH_NATIVE", "0")
    assert attempt() == "compiled code is disabled by SPIKEGRAPH_NATIVE=0"


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("function", ["mkdir", "write_text", "replace", "read_text"])
def test_a_file_system_that_refuses(folders: Path, monkeypatch, function: str) -> None:
    """As with a full disk, or a home folder that can't be written."""
    monkeypatch.setattr(Path, function, full)
    assert "No space left on device" in str(attempt())


def test_without_a_home(folders: Path, compiled: list[Path], monkeypatch) -> None:
    """No folder called `~` is made in the working directory."""
    monkeypatch.setattr(build, "cache_folder", lambda: Path("~/.cache/spikegraph"))
    assert seven(attempt()) == 7
    assert library(folders).parent == folders / "tmp" / "spikegraph-1"
    assert not Path("~").exists()


def test_a_file_system_without_execution(folders: Path, compiled: list[Path], monkeypatch) -> None:
    """Each folder is tried once, and a file that is there is compiled again once."""

    def refused(name: str) -> None:
        raise OSError(f"{name}: failed to map segment from shared object")

    seven(attempt())
    monkeypatch.setattr(build.ctypes, "CDLL", refused)
    assert str(attempt()).count("failed to map segment") == 2
    assert len(compiled) == 3


def test_another_system_has_another_library(folders: Path, monkeypatch) -> None:
    before = build._fingerprint("g++", ())
    monkeypatch.setattr(build.platform, "libc_ver", lambda: ("glibc", "2.17"))
    assert build._fingerprint("g++", ()) != before


def test_a_run_gets_one_notice(monkeypatch, notices) -> None:
    """Training goes on with operations of torch."""
    from spikegraph.backends.torch import main

    monkeypatch.setattr(main, "missing", lambda: "no compiler")
    assert notices("cpu", "fp32") == ["note: no compiler; neurons run as operations of torch, which is slower"]
