"""A package index accepts the archives: twine's strict check, and the metadata that it shows."""

import sys
import tomllib

from .archives import ROOT
from .environments import run

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_twine_finds_nothing(wheel, sdist):
    done = run(sys.executable, "-m", "twine", "--no-color", "check", "--strict", str(wheel.path), str(sdist.path), cwd=ROOT)
    assert done.stdout.count("PASSED") == 2
    assert "warning" not in (done.stdout + done.stderr).lower()


def test_the_links_of_the_project(archive):
    links = dict(link.split(", ", maxsplit=1) for link in archive.metadata.get_all("Project-URL"))
    assert set(links) == {"Repository", "Documentation", "Changelog", "Issues", "Paper"}
    repository = links["Repository"]
    assert all(links[name].startswith(f"{repository}/") for name in ("Documentation", "Changelog", "Issues"))


def test_the_source_archive_has_what_its_tests_read(sdist):
    needed = {"CITATION.cff", "REUSE.toml", "SECURITY.md", ".ci/run", ".github/workflows/ci.yml", ".pre-commit-config.yaml"}
    assert needed - set(sdist.files) == set()
