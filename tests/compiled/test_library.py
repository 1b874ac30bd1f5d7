"""Libraries are compiled once, stored in private, and only one's own intact file is loaded."""

import ctypes
import os
from dataclasses import replace
from pathlib import Path

import pytest

from spikegraph.backends.torch.native.build import openmp
from spikegraph.compiled import library, stored
from spikegraph.compiled.compiler import NoCompilerError
from spikegraph.compiled.library import Recipe, load

pytestmark = pytest.mark.native


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The libraries that were compiled."""
    made: list[Path] = []
    real = library._build
    monkeypatch.setattr(library, "_build", lambda recipe, compiler, kept: (made.append(kept), real(recipe, compiler, kept)))
    return made


def seven(recipe: Recipe) -> int:
    return load(recipe).seven()


def the_library(folders: Path) -> Path:
    (found,) = folders.glob("**/*.so")
    return found


def reason(recipe: Recipe) -> str:
    with pytest.raises((NoCompilerError, OSError)) as caught:
        load(recipe)
    return str(caught.value)


def test_a_library_is_compiled_once_into_a_private_folder(recipe: Recipe, folders: Path, compiled: list[Path]) -> None:
    assert [seven(recipe), seven(recipe)] == [7, 7]
    kept = the_library(folders)
    assert compiled == [kept]
    assert kept.parent == folders / "cache" / "spikegraph" / "native"
    assert kept.parent.stat().st_mode & 0o777 == 0o700
    assert sorted(p.suffix for p in kept.parent.iterdir()) == [".lock", ".sha256", ".so"]


def test_a_library_in_the_working_directory_is_not_loaded(recipe: Recipe, folders: Path, monkeypatch) -> None:
    """The check's process finds the OpenMP library by LD_LIBRARY_PATH, in which an empty part is the working directory."""
    (folders / "libc.so.6").write_text("junk")
    monkeypatch.chdir(folders)
    monkeypatch.delenv("LD_LIBRARY_PATH", raising=False)
    assert seven(replace(recipe, openmp=openmp())) == 7


@pytest.mark.parametrize("damage", ["truncated", "one bit", "replaced", "without its hash", "writable for others", "a link"])
def test_a_library_that_is_not_as_it_was_written_is_compiled_again(
    recipe: Recipe, folders: Path, compiled: list[Path], damage: str
) -> None:
    seven(recipe)
    kept = the_library(folders)
    content = kept.read_bytes()
    match damage:
        case "truncated":
            kept.unlink()
            kept.write_bytes(content[:1000])
        case "one bit":
            kept.unlink()
            kept.write_bytes(content[:5000] + bytes([content[5000] ^ 1]) + content[5001:])
        case "replaced":
            kept.unlink()
            kept.write_bytes(b"another library")
        case "without its hash":
            kept.with_suffix(stored.HASH).unlink()
        case "writable for others":
            kept.chmod(0o777)
        case _:
            kept.rename(folders / "elsewhere.so")
            kept.symlink_to(folders / "elsewhere.so")
    assert seven(recipe) == 7
    assert seven(recipe) == 7
    assert len(compiled) == 2
    assert not kept.is_symlink() and stored.intact(kept)


def test_a_library_of_another_user_is_compiled_again(recipe: Recipe, folders: Path, compiled: list[Path], monkeypatch) -> None:
    seven(recipe)
    real, kept = Path.lstat, the_library(folders)

    def foreign(path: Path) -> os.stat_result:
        found = list(real(path))
        found[4] += path == kept and len(compiled) < 2
        return os.stat_result(found)

    monkeypatch.setattr(Path, "lstat", foreign)
    assert seven(recipe) == 7
    assert len(compiled) == 2


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_library_that_another_user_really_wrote_is_not_loaded(recipe: Recipe, folders: Path, compiled: list[Path]) -> None:
    """It has the right hash, and its initialiser would leave a trace."""
    seven(recipe)
    kept, trace = the_library(folders), folders / "executed"
    source = folders / "evil.cpp"
    source.write_text(
        '#include <cstdio>\nextern "C" int seven() { return 8; }\n'
        f'__attribute__((constructor)) static void run() {{ std::fclose(std::fopen("{trace}", "w")); }}\n'
    )
    assert os.system(f"{os.environ.get('CXX', 'g++')} -shared -fPIC {source} -o {kept}") == 0
    kept.with_suffix(stored.HASH).write_text(stored.sha256(kept.read_bytes()))
    os.chown(kept, 1234, 1234)
    assert seven(recipe) == 7
    assert not trace.exists()
    assert (len(compiled), kept.stat().st_uid) == (2, 0)


@pytest.mark.parametrize("obstacle", ["mode", "owner", "a file", "a link"])
def test_a_cache_folder_that_others_can_enter_is_not_used(recipe: Recipe, folders: Path, monkeypatch, obstacle: str) -> None:
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
    assert seven(recipe) == 7
    assert the_library(folders).parent == folders / "tmp" / "spikegraph-1"


@pytest.mark.parametrize("mask", [0o002, 0o077, 0o000])
def test_any_mask_of_the_user(recipe: Recipe, compiled: list[Path], mask: int) -> None:
    """Files that others could write by default would be compiled again at each start."""
    before = os.umask(mask)
    try:
        assert [seven(recipe), seven(recipe), len(compiled)] == [7, 7, 1]
    finally:
        os.umask(before)


def test_both_files_are_on_the_disk_before_they_are_renamed(recipe: Recipe, monkeypatch) -> None:
    events: list[tuple[str, str]] = []
    sync, replace = os.fsync, Path.replace

    def synced(descriptor: int) -> None:
        events.append(("sync", str(Path(f"/proc/self/fd/{descriptor}").readlink())))
        sync(descriptor)

    def replaced(path: Path, target: Path) -> Path:
        events.append(("rename", str(path)))
        return replace(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", replaced)
    seven(recipe)
    renamed = [name for what, name in events if what == "rename"]
    assert len(renamed) == 2
    assert all(events.index(("sync", name)) < events.index(("rename", name)) for name in renamed)


def full(*_: object, **__: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("function", ["mkdir", "replace", "read_bytes"])
def test_a_file_system_that_refuses(recipe: Recipe, monkeypatch, function: str) -> None:
    """As with a full disk, or a home folder that can't be written."""
    monkeypatch.setattr(Path, function, full)
    assert "No space left on device" in reason(recipe)


def test_without_a_home(recipe: Recipe, folders: Path, monkeypatch) -> None:
    """No folder called `~` is made in the working directory."""
    monkeypatch.setattr(stored, "cache_folder", lambda: Path("~/.cache/spikegraph"))
    assert seven(recipe) == 7
    assert the_library(folders).parent == folders / "tmp" / "spikegraph-1"
    assert not Path("~").exists()


def test_a_file_system_without_execution(recipe: Recipe, compiled: list[Path], monkeypatch) -> None:
    """Each folder is tried once, and a file that is there is compiled again once."""

    def refused(name: str) -> None:
        raise OSError(f"{name}: failed to map segment from shared object")

    seven(recipe)
    monkeypatch.setattr(ctypes, "CDLL", refused)
    assert reason(recipe).count("failed to map segment") == 2
    assert len(compiled) == 3


def test_another_system_has_another_library(recipe: Recipe, monkeypatch) -> None:
    before = library.fingerprint(recipe, ("g++",))
    monkeypatch.setattr(library.platform, "libc_ver", lambda: ("glibc", "2.17"))
    assert library.fingerprint(recipe, ("g++",)) != before
