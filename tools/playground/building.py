"""Builds the playground: a folder that any server of static files serves. `tools/playground/build -o DIR` calls it."""

import argparse
import base64
import gzip
import html
import io
import json
import os
import shutil
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

import notice
import packages
import reduced_wheel
from packages import BuildError, run

HERE = Path(__file__).resolve().parent
PAGE = HERE / "page"
FIRST = "images"
"""The bundled spec that the page begins with."""

CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spikegraph" / "playground"
"""Where archives of packages are kept."""


def main() -> int:
    """Reads the command line and builds. The status is 1 where it fails."""
    parser = argparse.ArgumentParser(prog="build", description="Build the playground, a page that checks and draws specs.")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="Write to this folder, which is new.")
    parser.add_argument("--packages", type=Path, default=CACHE, metavar="DIR", help="Keep archives of packages here.")
    given = parser.parse_args()
    try:
        build(given.output, given.packages.absolute())
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{given.output}: {transferred(given.output) / 1e6:.1f} MB in a first visit")
    return 0


def build(output: Path, archives: Path) -> None:
    """Builds the page into a new folder.

    Args:
        output: The folder; written beside its place first, so that a failure leaves nothing there.
        archives: The folder with the archives of packages; missing ones are added.

    Raises:
        BuildError: The folder exists, or something that is needed is missing.
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise BuildError(f"{output} isn't an empty folder; name another one, or delete it")
    packages.fetch(archives)
    with tempfile.TemporaryDirectory() as folder:
        made, parts = Path(folder) / "page", Path(folder) / "parts"
        made.mkdir()
        parts.mkdir()
        _unpack(archives, parts)
        reduced_wheel.build(parts)
        wheels = [*(archives / p.file for p in packages.WHEELS), *parts.glob("*.whl")]
        files = {name: content for wheel in wheels for name, content in _contents(wheel).items()}
        compiled = _compiled(parts, files)
        write_page(made, parts, files, compiled, wheels)
        shutil.copytree(made, output, dirs_exist_ok=True)


def write_page(
    made: Path, parts: Path, files: dict[str, bytes], compiled: dict[str, dict[str, bytes]], wheels: list[Path]
) -> None:
    """Writes all files of the page."""
    for path in PAGE.iterdir():
        if path.name != "index.html":
            shutil.copyfile(path, made / path.name)
    index = (PAGE / "index.html").read_text(encoding="utf-8")
    (made / "index.html").write_text(with_text(index, first_text()), encoding="utf-8")
    runtime = parts / "pyodide" / "package"
    for name in ("pyodide.mjs", "pyodide.asm.mjs"):
        (made / name).write_bytes(_without_map((runtime / name).read_bytes()))
    lock = json.loads((runtime / "pyodide-lock.json").read_text(encoding="utf-8"))
    (made / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": {}}), encoding="utf-8")
    graphviz = parts / "graphviz" / "package" / "dist" / "index.js"
    (made / "graphviz.mjs").write_bytes(_without_map(graphviz.read_bytes()))
    _packed(made / "pyodide.asm.wasm", (runtime / "pyodide.asm.wasm").read_bytes())
    _packed(made / "python_stdlib.zip", _standard((runtime / "python_stdlib.zip").read_bytes(), compiled["standard"]))
    _packed(made / "site.tar", _tar(with_compiled(files, compiled["site"])))
    (made / "NOTICE.txt").write_text(notice.text(wheels), encoding="utf-8")


def first_text() -> str:
    """The text that the page begins with."""
    return (reduced_wheel.ROOT / "specs" / f"{FIRST}.sdhs").read_text(encoding="utf-8")


def with_text(index: str, text: str) -> str:
    """The page with a text in its box."""
    return index.replace("{{text}}", "\n" + html.escape(text))  # a line break at the start of a text box isn't part of it


def transferred(folder: Path) -> int:
    """The bytes of a first visit where the server compresses what isn't yet."""
    sizes = 0
    for path in folder.iterdir():
        content = path.read_bytes()
        sizes += len(content) if path.suffix == ".packed" else len(gzip.compress(content))
    return sizes


def with_compiled(files: dict[str, bytes], compiled: dict[str, bytes]) -> dict[str, bytes]:
    """Files with compiled modules in place of their sources."""
    found: dict[str, bytes] = {}
    for name, content in files.items():
        if name in compiled:
            found[f"{name}c"] = compiled[name]
        else:
            found[name] = content
    return found


def _unpack(archives: Path, parts: Path) -> None:
    for name, package in (("pyodide", packages.PYODIDE), ("graphviz", packages.GRAPHVIZ)):
        with tarfile.open(archives / package.file) as archive:
            archive.extractall(parts / name, filter="data")


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith(("/", "/RECORD"))]
        return {name: archive.read(name) for name in names}


def _compiled(parts: Path, files: dict[str, bytes]) -> dict[str, dict[str, bytes]]:
    """The modules that the page loads, compiled by the very Python that will load them."""
    folder = parts / "site"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    (parts / "files.json").write_text(json.dumps({name: str(folder / name) for name in files}), encoding="utf-8")
    runtime = parts / "pyodide" / "package"
    command = (str(HERE / "compile.mjs"), f"{runtime}{os.sep}", str(parts / "files.json"), str(parts))
    run(packages.program("node"), *command, cwd=parts)
    found = json.loads((parts / "compiled.json").read_text(encoding="utf-8"))
    return {where: {name: base64.b64decode(code) for name, code in modules.items()} for where, modules in found.items()}


def _standard(whole: bytes, compiled: dict[str, bytes]) -> bytes:
    """The zip file of the standard library, stored, so that it is compressed as a whole."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as archive, zipfile.ZipFile(made, "w") as target:
        names = [name for name in archive.namelist() if not name.endswith("/")]
        for name, content in with_compiled({name: archive.read(name) for name in names}, compiled).items():
            target.writestr(zipfile.ZipInfo(name), content)
    return made.getvalue()


def _tar(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


def _without_map(script: bytes) -> bytes:
    """A script without the last line that names a file for debuggers, which the page doesn't have."""
    return script.partition(b"\n//# sourceMappingURL=")[0]


def _packed(path: Path, content: bytes) -> None:
    """Writes a file compressed, under a name that servers don't take for an encoding; the page unpacks it."""
    path.with_name(f"{path.name}.packed").write_bytes(gzip.compress(content, 9, mtime=0))
