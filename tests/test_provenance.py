"""Where a run's numbers come from: the revision, the code, packages and plug-ins."""

import shutil
import subprocess
import sys
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

import spikegraph
from spikegraph.base.errors import PluginError
from spikegraph.plugins import local_files
from spikegraph.runs import provenance
from spikegraph.runs.manifest import Plugin
from spikegraph.runs.provenance import code_sha256, hash_of, packages, plugin, source

ROOT = Path(__file__).parents[1]


def git(folder: Path, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", "-C", str(folder), *identity, *arguments], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_the_revision_of_a_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.py").write_text("1")
    git(tmp_path, "init", "-q")
    assert source(tmp_path) == "git, unknown revision"
    git(tmp_path, "add", "a.py")
    git(tmp_path, "commit", "-qm", "a")
    revision = git(tmp_path, "rev-parse", "HEAD")
    assert source(tmp_path) == f"git {revision[:12]}"
    (tmp_path / "notes.txt").touch()
    assert source(tmp_path) == f"git {revision[:12]}"
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    assert source(tmp_path) == f"git {revision[:12]}"
    (tmp_path / "a.py").write_text("2")
    assert source(tmp_path) == f"git {revision[:12]}, modified"
    monkeypatch.setenv("PATH", "")
    assert source(tmp_path) == "git, unknown revision"


def test_an_installed_package_has_a_version(tmp_path: Path) -> None:
    assert source(tmp_path) == f"package {spikegraph.__version__}"


def test_the_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same in a clone and where the folders are inside the package, as in a wheel; any changed line is another."""
    wheel = tmp_path / "site-packages" / "spikegraph"
    shutil.copytree(ROOT / "spikegraph", wheel, ignore=lambda folder, names: {"dsl", "backends", "__pycache__"} & set(names))
    for name in ("dsl", "backends"):
        shutil.copytree(ROOT / name, wheel / name, ignore=shutil.ignore_patterns("__pycache__"))
    code_sha256.cache_clear()
    clone = code_sha256()
    monkeypatch.setattr(spikegraph, "__file__", str(wheel / "__init__.py"))
    code_sha256.cache_clear()
    assert code_sha256() == clone
    for changed in ("dsl/grammar.lark", "backends/torch/native/neuron.cpp", "base/files.py"):
        before = (wheel / changed).read_text()
        (wheel / changed).write_text(before + "\n")
        code_sha256.cache_clear()
        assert code_sha256() != clone, changed
        (wheel / changed).write_text(before)
    code_sha256.cache_clear()


def test_files_are_named_and_sorted(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    a, b = (("a", tmp_path / "a"), ("b", tmp_path / "b"))
    assert hash_of([a, b]) == hash_of([b, a]) != hash_of([("b", a[1]), ("a", b[1])])


def test_packages() -> None:
    found = packages()
    assert found["numpy"] == version("numpy")
    assert list(found) == sorted(found, key=str.lower)


def test_a_broken_installation_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    class Broken:
        metadata: Any = None

    class Nameless:
        metadata: Any = {"Version": "1"}  # noqa: RUF012

    monkeypatch.setattr(provenance, "distributions", lambda: [Broken(), Nameless()])
    packages.cache_clear()
    assert packages() == {}
    packages.cache_clear()


def test_plug_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file by what ran of it, also when it is edited later, a package by its version and its list of hashes."""
    path = tmp_path / "ops.py"
    path.write_text("x = 1\n")
    monkeypatch.chdir(tmp_path)
    local_files.load_plugin("ops.py")
    path.write_text("x = 2\n")
    assert plugin("ops.py") == Plugin("", sha256(b"x = 1\n").hexdigest())
    with pytest.raises(PluginError, match=r"`ops\.py` has changed since it was loaded, and its older content still runs"):
        local_files.load_plugin("ops.py")
    found = plugin("click")
    assert found.version == version("click")
    assert len(found.sha256) == 64
    assert plugin("no-such-package") == Plugin("", "")


def test_nothing_of_it_needs_torch() -> None:
    code = "import sys; sys.modules['torch'] = None; import spikegraph.runs.provenance as p; p.packages(); p.code_sha256()"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
