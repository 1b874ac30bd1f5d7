"""A fresh environment with the package and what its tests need."""

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

TESTING = ("beartype", "hypothesis", "pytest", "pyyaml", "tensorboard")
"""What the fast tests need of the extra `dev`."""

SHOWN = ("python", "torch", "numpy", "pydantic", "click", "lark")
"""The versions in the table."""

NO_TESTS = 5
"""pytest's status if there is no test."""


class Environment:
    """A virtual environment.

    Attributes:
        path: Its folder.
        root: The checkout.
        constraints: For pip.
        torch: Whether torch is installed.
        whole: Whether the packages of all tests are installed, not only those of the language, the graph and the commands.
        variables: Environment variables of the tests.
    """

    def __init__(
        self,
        path: Path,
        root: Path,
        constraints: Sequence[str],
        *,
        torch: bool = True,
        whole: bool = False,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.path, self.root, self.constraints, self.torch, self.variables = path, root, constraints, torch, variables or {}
        self.whole, self.python = whole, path / "bin" / "python"

    def make(self, python: str) -> str | None:
        """Makes the environment; returns what went wrong, or None."""
        self.remove()
        subprocess.run([python, "-m", "venv", str(self.path)], check=True)
        project = tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        needed = [text for text in project["optional-dependencies"]["dev"] if self.whole or text.startswith(TESTING)]
        if self.torch:
            return self._install("-e", str(self.root), *needed)
        others = [text for text in project["dependencies"] if not text.startswith("torch")]
        return self._install(*others, *needed) or self._install("--no-deps", "-e", str(self.root))

    def _install(self, *arguments: str) -> str | None:
        given = self.path / "constraints.txt"
        given.write_text("\n".join(self.constraints) + "\n", encoding="utf-8")
        command = [self.python, "-m", "pip", "install", "-q", "--no-cache-dir", "-c", given, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=self._environment())
        if done.returncode == 0:
            return None
        errors = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        return f"pip can't install it: {' '.join(errors)[:300] or done.stderr.strip()[-300:]}"

    def versions(self) -> dict[str, str]:
        """The versions of Python and of the main dependencies."""
        shown = [name for name in SHOWN[1:] if self.torch or name != "torch"]
        code = (
            "import json, platform; from importlib.metadata import version; "
            f"print(json.dumps({{'python': platform.python_version(), **{{n: version(n) for n in {shown!r}}}}}))"
        )
        done = subprocess.run([self.python, "-c", code], capture_output=True, text=True, check=True, env=self._environment())
        return json.loads(done.stdout)

    def test(self, folder: str) -> dict[str, Any]:
        """Runs a folder of tests, or the files of a pattern.

        Returns:
            How many passed, failed and were skipped, and the names of those that failed.
        """
        report = self.path / "report.xml"
        report.unlink(missing_ok=True)
        command = [
            self.python,
            "-m",
            "pytest",
            "-q",
            "-m",
            "not slow",
            "-p",
            "no:cacheprovider",
            f"--junitxml={report}",
            *(sorted(str(path.relative_to(self.root)) for path in self.root.glob(folder)) if "*" in folder else [folder]),
        ]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True, check=False, env=self._environment())
        if done.returncode == NO_TESTS or not report.exists():
            last = (done.stdout + done.stderr).strip().splitlines()
            return {"problem": f"pytest ended with status {done.returncode}: {last[-1] if last else ''}"[:300]}
        suite = ElementTree.parse(report).getroot().find("testsuite")
        assert suite is not None
        count = {key: int(suite.get(key, 0)) for key in ("tests", "failures", "errors", "skipped")}
        failed = count["failures"] + count["errors"]
        names = [
            f"{case.get('classname')}::{case.get('name')}"
            for case in suite.iter("testcase")
            if case.find("failure") is not None or case.find("error") is not None
        ]
        passed = count["tests"] - failed - count["skipped"]
        return {"passed": passed, "failed": failed, "skipped": count["skipped"], "names": names[:20]}

    def remove(self) -> None:
        """Removes the folder."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _environment(self) -> dict[str, str]:
        dropped = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
        kept = {k: v for k, v in os.environ.items() if k not in dropped}
        return kept | {"OMP_NUM_THREADS": "1", "PIP_NO_INPUT": "1"} | dict(self.variables)
