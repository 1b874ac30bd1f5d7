"""The versions that `pyproject.toml` admits."""

import re
import tomllib
from pathlib import Path

BOUND = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[^\]]*\])?>=(?P<version>[0-9.]+)(?:; .*)?")
NEWEST_PYTHON = 13
"""The newest minor version of Python 3 that is tried."""


def pythons(project: Path) -> list[str]:
    """The versions of Python, the oldest first: `3.11`, `3.12`, `3.13`."""
    text = _project(project)["requires-python"]
    found = re.fullmatch(r">=3\.(\d+)", text)
    if found is None:
        raise ValueError(f"{project}: requires-python is {text!r}, expected `>=3.N`")
    return [f"3.{minor}" for minor in range(int(found[1]), NEWEST_PYTHON + 1)]


def oldest(project: Path) -> list[str]:
    """A constraint for each dependency, those of the extras `tensorboard` and `dev` included: its oldest version."""
    data = _project(project)
    extras = data["optional-dependencies"]
    return [constraint(text) for text in (*data["dependencies"], *extras["tensorboard"], *extras["dev"])]


def constraint(requirement: str) -> str:
    """The constraint to the oldest version: `torch>=2.6` gives `torch==2.6.*`, `a>=1.2.3` gives `a==1.2.3`.

    Raises:
        ValueError: The requirement isn't a lower bound alone.
    """
    found = BOUND.fullmatch(requirement)
    if found is None:
        raise ValueError(f"`{requirement}` isn't NAME>=VERSION")
    exact = found["version"].count(".") >= 2
    return f"{found['name']}=={found['version']}{'' if exact else '.*'}"


def _project(project: Path) -> dict:
    return tomllib.loads(project.read_text(encoding="utf-8"))["project"]
