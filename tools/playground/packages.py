"""The packages of other projects that the page is made from: versions, hashes, licences, and how they are got."""

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PYTHON, ABI, PLATFORM = "3.14", "cp314", "pyemscripten_2026_0_wasm32"
"""Python and the platform of Pyodide 314."""


@dataclass(frozen=True)
class Package:
    """A package of a registry.

    Attributes:
        name: Name in the registry.
        version: Version.
        file: Name of its archive.
        sha256: The archive's hash.
        licence: SPDX expression of what the page takes from it.
        source: Where its source is.
    """

    name: str
    version: str
    file: str
    sha256: str
    licence: str
    source: str

    @property
    def is_wheel(self) -> bool:
        """Whether it is a package of Python."""
        return self.file.endswith(".whl")


def _github(name: str) -> str:
    return f"https://github.com/{name}"


def _pure(name: str, version: str, sha256: str, licence: str, source: str) -> Package:
    file = f"{name.replace('-', '_')}-{version}-py3-none-any.whl"
    return Package(name, version, file, sha256, licence, _github(source))


PYODIDE = Package(
    "pyodide",
    "314.0.7",
    "pyodide-314.0.7.tgz",
    "66b7949e5a0cba2250b586d7e368bf12fb482800748d182c4618254b685ffaa0",
    "MPL-2.0 AND PSF-2.0",
    _github("pyodide/pyodide"),
)
GRAPHVIZ = Package(
    "@hpcc-js/wasm-graphviz",
    "1.29.2",
    "hpcc-js-wasm-graphviz-1.29.2.tgz",
    "fbabf5f7a085f37009477d3585b2da1e4960f99dda54004e69c20553c8d172df",
    "Apache-2.0 AND EPL-2.0 AND MIT",
    _github("hpcc-systems/hpcc-js-wasm"),
)
WHEELS = (
    _pure(
        "annotated-types",
        "0.8.0",
        "f072f4d804ea359e4eaf198b1af7a8b0943881a87f31bb764f8bf219bb9419e0",
        "MIT",
        "annotated-types/annotated-types",
    ),
    _pure("graphviz", "0.21", "54f33de9f4f911d7e84e4191749cac8cc5653f815b06738c54db9a15ab8b1e42", "MIT", "xflr6/graphviz"),
    _pure("lark", "1.3.1", "c629b661023a014c37da873b4ff58a817398d12635d3bbb2c5a03be7fe5d1e12", "MIT", "lark-parser/lark"),
    _pure("pydantic", "2.14.4", "653a2ad9f6d8858529c77c72717d0ea991d6c6837fe683246b2f4b2bbfc3fadc", "MIT", "pydantic/pydantic"),
    Package(
        "pydantic-core",
        "2.50.5",
        f"pydantic_core-2.50.5-{ABI}-{ABI}-{PLATFORM}.whl",
        "b2910ec0fa5aeb9bef70156f2b79f4783978fdcfaa7b2f1b5d1814458d2e79a1",
        "MIT",
        _github("pydantic/pydantic"),
    ),
    _pure(
        "typing-extensions",
        "4.16.0",
        "481caa481374e813c1b176ada14e97f1f67a4539ce9cfeb3f350d78d6370c2e8",
        "PSF-2.0",
        "python/typing_extensions",
    ),
    _pure(
        "typing-inspection",
        "0.4.5",
        "bc210535442b39e1bf2805e0c7a17dfd6a4ace760c84c7f7d16245d23a6b1c39",
        "MIT",
        "pydantic/typing-inspection",
    ),
)
PACKAGES = (PYODIDE, GRAPHVIZ, *WHEELS)


class BuildError(Exception):
    """The page can't be built; the text says why, and what to do."""


def fetch(folder: Path) -> None:
    """Gets the archives that aren't in a folder, by `npm pack` and `pip download`, and checks the hash of each.

    Raises:
        BuildError: A program is missing or fails, or an archive isn't the one that this file names.
    """
    folder.mkdir(parents=True, exist_ok=True)
    missing = [package for package in PACKAGES if not (folder / package.file).is_file()]
    wheels = [f"{p.name}=={p.version}" for p in missing if p.is_wheel]
    if wheels:
        target = ("--platform", PLATFORM, "--python-version", PYTHON, "--implementation", "cp", "--abi", ABI)
        options = ("--disable-pip-version-check", "--quiet", "--only-binary=:all:", "--no-deps", "--dest", str(folder))
        run(sys.executable, "-m", "pip", "download", *options, *target, *wheels, cwd=folder)
    archives = [f"{p.name}@{p.version}" for p in missing if not p.is_wheel]
    if archives:
        run(program("npm"), "pack", "--silent", *archives, cwd=folder)
    for package in PACKAGES:
        check(package, folder / package.file)


def check(package: Package, path: Path) -> None:
    """Checks that an archive is the one that is meant.

    Raises:
        BuildError: It isn't there, or it is another.
    """
    if not path.is_file():
        raise BuildError(f"{path} is missing; was {package.name} {package.version} withdrawn?")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != package.sha256:
        raise BuildError(f"{path} has the SHA-256 {found}, not {package.sha256}; delete it, and build again")


def program(name: str) -> str:
    """The path of a program.

    Raises:
        BuildError: It isn't installed.
    """
    found = shutil.which(name)
    if found is None:
        raise BuildError(f"`{name}` isn't installed; install Node.js 20 or later, which comes with npm")
    return found


def run(*command: str, cwd: Path) -> str:
    """What a program prints.

    Raises:
        BuildError: It fails.
    """
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        last = "\n".join((done.stderr or done.stdout).strip().splitlines()[-12:])
        raise BuildError(f"`{Path(command[0]).name} {' '.join(command[1:4])} ...` failed:\n{last}")
    return done.stdout
