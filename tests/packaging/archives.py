"""The wheel and the source archive: their files under the names that they have in the checkout, and their metadata."""

import tarfile
import tomllib
import zipfile
from dataclasses import dataclass
from email.message import Message
from email.parser import Parser
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOVED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["hatch"]["build"]["targets"]["wheel"][
    "sources"
]
MADE = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "PKG-INFO"}
"""What the build tool writes."""


@dataclass(frozen=True)
class Archive:
    """A built archive.

    Attributes:
        path: Its file.
        files: Contents by the paths that they have in the checkout.
        metadata: The metadata that a package index reads.
    """

    path: Path
    files: dict[str, bytes]
    metadata: Message

    @classmethod
    def wheel(cls, path):
        with zipfile.ZipFile(path) as archive:
            contents = {name: archive.read(name) for name in archive.namelist()}
        (info,) = {name.partition("/")[0] for name in contents if ".dist-info/" in name}
        files = {}
        for name, content in contents.items():
            if name.startswith(f"{info}/licenses/"):
                files[name.removeprefix(f"{info}/licenses/")] = content
            elif not name.startswith(f"{info}/") or name.removeprefix(f"{info}/") not in MADE:
                files[in_checkout(name)] = content
        return cls(path, files, parsed(contents[f"{info}/METADATA"]))

    @classmethod
    def sdist(cls, path):
        with tarfile.open(path) as archive:
            members = [member for member in archive.getmembers() if not member.isdir()]
            contents = {m.name.partition("/")[2]: archive.extractfile(m).read() for m in members}
        metadata = parsed(contents["PKG-INFO"])
        return cls(path, {name: content for name, content in contents.items() if name not in MADE}, metadata)


def in_checkout(name):
    """The path in the checkout of a file in the wheel."""
    for source, target in MOVED.items():
        if name.startswith(f"{target}/"):
            return source + name.removeprefix(target)
    return name


def parsed(metadata):
    return Parser().parsestr(metadata.decode())
