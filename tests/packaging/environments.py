"""New environments in which packages are installed."""

import os
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass
from pathlib import Path


def run(*command, cwd):
    """Runs a program without this process's environment and returns its output; fails with its error output."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SPIKEGRAPH"))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@dataclass(frozen=True)
class Environment:
    """A new environment; its dependencies come from the tests' environment.

    Attributes:
        folder: Its folder.
    """

    folder: Path

    @classmethod
    def made(cls, folder):
        venv.create(folder, with_pip=False)
        made = cls(folder)
        # This ignores .pth files there, so that an editable install of the checkout isn't included.
        (made.packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
        return made

    @property
    def programs(self):
        """The folder of its programs."""
        return self.folder / "bin"

    @property
    def packages(self):
        """The folder of its packages."""
        (found,) = (self.folder / "lib").glob("python*/site-packages")
        return found

    def install(self, source, *, editable=False):
        """Installs a package from a file or folder, without its dependencies."""
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet", "--python", str(self.programs / "python")]
        options = ["--no-deps", "--no-build-isolation", "--no-index", *(["--editable"] if editable else [])]
        run(*pip, "install", *options, str(source), cwd=self.folder)

    def run(self, program, *arguments, cwd):
        return run(str(self.programs / program), *arguments, cwd=cwd)
