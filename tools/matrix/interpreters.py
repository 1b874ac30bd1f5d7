"""Interpreters of other versions on this machine: on the path, of pyenv, and of uv."""

import os
import shutil
import subprocess
from pathlib import Path


def find(version: str) -> str | None:
    """The program of a Python version such as `3.12`; None if there is none."""
    candidates = [shutil.which(f"python{version}"), *_of_pyenv(version), _of_uv(version)]
    return next((name for name in candidates if name is not None and _is(name, version)), None)


def _of_pyenv(version: str) -> list[str]:
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    return [str(path) for path in sorted(root.glob(f"versions/{version}*/bin/python{version}"))]


def _of_uv(version: str) -> str | None:
    uv = shutil.which("uv")
    if uv is None:
        return None
    done = subprocess.run([uv, "python", "find", "--offline", version], capture_output=True, text=True, check=False)
    return done.stdout.strip() or None if done.returncode == 0 else None


def _is(program: str, version: str) -> bool:
    """Whether a program is this version, and can make environments."""
    code = "import ensurepip, sys, venv; print('.'.join(map(str, sys.version_info[:2])))"
    done = subprocess.run([program, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip() == version
