"""The wheel of the page: that of the checkout, without samples and without packages that answers about texts don't need."""

import base64
import hashlib
import re
import sys
import tempfile
import zipfile
from pathlib import Path

from packages import run

ROOT = Path(__file__).resolve().parents[2]

WITHOUT = (
    "docs",
    *("backends/torch", "backends/search", "backends/distributed", "backends/nir", "backends/python", "backends/report"),
    *("agents", "cli", "compiled", "foreign/known", "generate", "loggers", "lsp", "meaning", "overview", "starters"),
    *("streaming", "sweep", "upgrade", "validation"),
)
"""Packages that train, compute, report, read other code, or talk to terminals, editors and agents, and the pages of the
documentation: nothing that answers about a text imports or reads them."""

LEFT_OUT = re.compile(
    rf"spikegraph/(data/[^/]+\.(npz|NOTICE\.txt)|({'|'.join(WITHOUT)})/.*)|.*/licenses/(spikegraph|tests)/.*|.*/RECORD"
)
"""Names of the wheel's files that the page's wheel doesn't have; RECORD is written anew."""

NEEDED = ("graphviz", "lark", "pydantic", "typing-extensions")
"""The dependencies of what is left."""


def build(folder: Path) -> Path:
    """Builds the wheel into a folder; the checkout stays as it is."""
    with tempfile.TemporaryDirectory() as made:
        run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", made, cwd=ROOT)
        (whole,) = Path(made).glob("*.whl")
        return reduce(whole, folder / whole.name)


def reduce(whole: Path, path: Path) -> Path:
    """Writes a wheel without what the page doesn't need; its metadata and RECORD say what it has."""
    record: list[str] = []
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        names = [name for name in source.namelist() if LEFT_OUT.fullmatch(name) is None]
        for name in names:
            content = source.read(name)
            if name.endswith(".dist-info/METADATA"):
                content = _metadata(content.decode()).encode()
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
            record.append(f"{name},sha256={digest},{len(content)}")
            target.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
        place = next(name for name in source.namelist() if name.endswith("/RECORD"))
        target.writestr(zipfile.ZipInfo(place), "\n".join([*record, f"{place},,"]) + "\n", zipfile.ZIP_DEFLATED)
    return path


def _metadata(text: str) -> str:
    """Metadata without the dependencies and notices of what was left out."""
    head, end, body = text.partition("\n\n")
    kept: list[str] = []
    for line in head.splitlines():
        key, _, value = line.partition(": ")
        name = re.split(r"[^\w-]", value, maxsplit=1)[0]
        if key == "Requires-Dist" and (name not in NEEDED or ";" in value):
            continue
        if key == "Provides-Extra" or (key == "License-File" and "/" in value):
            continue
        kept.append("License-Expression: Apache-2.0" if key == "License-Expression" else line)
    return "\n".join(kept) + end + body
