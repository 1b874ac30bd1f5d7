"""Where the numbers of a run come from: code, packages, plug-ins and processor, for its manifest."""

import os
import platform
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution, distributions, version
from pathlib import Path
from typing import Any

import spikegraph
from spikegraph.base.processor import this_processor
from spikegraph.plugins.local_files import loaded_as, loaded_sha256
from spikegraph.runs.manifest import Manifest, Plugin

COMPUTING = ("numpy", "h5py", "pillow", "torchvision")
"""Packages beside torch whose versions may change the numbers of a run; pillow decodes images."""

UNKNOWN = "unknown"

CODE = (".py", ".cpp", ".h", ".lark")
"""Endings of the package's files that are code."""

TOP = ("dsl", "backends")
"""Folders of the package that are beside it in a clone."""


def with_plugins(manifest: Manifest, names: Iterable[str]) -> Manifest:
    """A manifest that has plug-ins too: the paths of files, from this working directory, and the names of packages."""
    held = loaded_as(manifest.plugins, manifest.directory)
    moved = manifest.directory not in ("", str(Path.cwd()))
    added = {str(Path(name).resolve()) if moved and name.endswith(".py") else name: name for name in names if name not in held}
    files = {shown: plugin(name) for shown, name in added.items()}
    return replace(manifest, plugins=(*manifest.plugins, *added), plugin_files={**manifest.plugin_files, **files})


def with_provenance(manifest: Manifest) -> Manifest:
    """A manifest with what is the same for every run of this process."""
    return replace(
        manifest,
        versions={
            "spikegraph": spikegraph.__version__,
            "python": platform.python_version(),
            **manifest.versions,
            **{name: _version(name) for name in COMPUTING},
        },
        processor=this_processor().name,
        source=source(),
        code_sha256=code_sha256(),
        packages=packages(),
    )


@cache
def packages() -> dict[str, str]:
    """The versions of all installed packages, by name."""
    found: dict[str, str] = {}
    for each in distributions():
        metadata: Any = each.metadata  # a broken installation may have none
        if metadata is not None and metadata.get("Name"):
            found.setdefault(metadata.get("Name"), metadata.get("Version", UNKNOWN))  # the first one on the path is imported
    return {name: found[name] for name in sorted(found, key=str.lower)}


def plugin(name: str) -> Plugin:
    """The version and the hash of a plug-in as it runs: the path of a file, or the name of a package."""
    loaded = loaded_sha256(name)
    if loaded is not None:
        return Plugin("", loaded)
    try:
        package = distribution(name)
    except PackageNotFoundError:  # entry points of a package without metadata
        return Plugin("", "")
    files = package.read_text("RECORD")
    return Plugin(package.version, "" if files is None else sha256(files.encode()).hexdigest())


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return UNKNOWN


def source(root: Path | None = None) -> str:
    """The git revision of a clone and whether its files are modified; elsewhere the package's version.

    Args:
        root: The folder above the package.
    """
    folder = root or Path(spikegraph.__file__).resolve().parents[1]
    if not (folder / ".git").exists():
        return f"package {spikegraph.__version__}"
    revision = _git(folder, "rev-parse", "HEAD")
    if revision is None:
        return "git, unknown revision"
    modified = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return f"git {revision[:12]}" + {None: ", perhaps modified", "": ""}.get(modified, ", modified")


def _git(folder: Path, *arguments: str) -> str | None:
    """The output of git; None if it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ["git", "-c", "core.fsmonitor=false", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10, env=environment)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


@cache
def code_sha256() -> str:
    """SHA-256 over the names and contents of the package's code, the same in a clone and in an installed package."""
    return hash_of(_code())


def hash_of(files: Iterable[tuple[str, Path]]) -> str:
    """SHA-256 over named files, whatever their order."""
    digest = sha256()
    for name, path in sorted(files):
        digest.update(f"{name}\0{sha256(path.read_bytes()).hexdigest()}\0".encode())
    return digest.hexdigest()


def _code() -> Iterator[tuple[str, Path]]:
    package = Path(spikegraph.__file__).parent
    for name in ("", *TOP):
        inside = package / name
        folder = (inside if inside.is_dir() else package.parent / name).resolve()
        for parent, below, files in os.walk(folder):
            if not name:
                below[:] = [each for each in below if each not in TOP or Path(parent) != folder]
            for file in files:
                if file.endswith(CODE):
                    path = Path(parent, file)
                    yield str(Path(name, path.relative_to(folder)).as_posix()), path
