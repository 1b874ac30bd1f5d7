"""What a developer runs, by name: `nox -s quick` while working, `nox -s test types docs` before sending a change.

The sessions run in the environment that `nox` is called in, which has the extra `dev`, and install nothing.
"""

import subprocess
import tempfile

import nox

nox.options.default_venv_backend = "none"
nox.options.sessions = ["quick"]
nox.needs_version = ">=2024.10"

PROCESSES = ("-n", "2")
"""Processes of pytest. Each has one thread."""


def changed(revision: str) -> list[str]:
    """The Python files that differ from a revision of git, or that git doesn't know yet."""
    commands = (
        ("git", "diff", "--name-only", "--relative", "--diff-filter=d", revision, "--", "*.py"),
        ("git", "ls-files", "--others", "--exclude-standard", "--", "*.py"),
    )
    texts = [subprocess.run(command, capture_output=True, text=True, check=True).stdout for command in commands]
    return sorted({line for text in texts for line in text.splitlines()})


@nox.session
def quick(session: nox.Session) -> None:
    """Lint, the types of the changed files, and the tests marked `quick`: `nox -s quick [-- REVISION]`, by default HEAD."""
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")
    files = changed(*(session.posargs or ["HEAD"]))
    types = subprocess.Popen(["pyright", *files]) if files else None  # it takes as long as the tests
    try:
        session.run("pytest", "-q", *PROCESSES, "-m", "quick")
    except BaseException:
        if types is not None:
            types.terminate()
        raise
    finally:
        found = 0 if types is None else types.wait()
    if found != 0:
        session.error("pyright found the errors above")


@nox.session
def test(session: nox.Session) -> None:
    """All tests that aren't `long`: `nox -s test [-- ARGUMENTS OF PYTEST]`."""
    session.run("pytest", *PROCESSES, *session.posargs)


@nox.session
def types(session: nox.Session) -> None:
    """The types of all files."""
    session.run("pyright", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Builds the site, types the commands of README and docs, and compares the pages and tables that tools write."""
    with tempfile.TemporaryDirectory() as folder:
        session.run("python", "tools/site/build", "-o", folder)
    session.run("python", "tools/reference.py", "--check")
    session.run("python", "tools/zoo.py", "--check")
    session.run("pytest", *PROCESSES, "tests/docs", "tests/diagnostics", "tests/nir/test_page.py", *session.posargs)


@nox.session
def bench(session: nox.Session) -> None:
    """Costs as ratios to other libraries: `nox -s bench [-- SECTION ...]`."""
    session.run("python", "tools/bench", *session.posargs)


@nox.session
def coverage(session: nox.Session) -> None:
    """The lines that tests don't run: `nox -s coverage [-- ARGUMENTS OF PYTEST]`. It runs in one process."""
    session.run("coverage", "run", "--source", "dsl,spikegraph,backends", "-m", "pytest", *session.posargs)
    session.run("coverage", "report", "--skip-covered", "--show-missing")
