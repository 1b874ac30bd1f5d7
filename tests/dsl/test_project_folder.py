"""Which folder is the project's: specs that are copied with what they import are sound, and imports stay inside."""

import re
import shutil
from pathlib import Path

import pytest

from spikegraph.dsl.resolve import resolve

SPECS = Path(__file__).parents[2] / "specs"
NAMES = [path.relative_to(SPECS).as_posix() for path in sorted(SPECS.rglob("*.sdhs")) if "genotypes" not in path.parts]


def told(path: Path) -> list[tuple[str, str | None]]:
    return [(d.code, d.help) for d in resolve(path).diagnostics if d.severity == "error"]


@pytest.fixture(scope="module")
def copied(tmp_path_factory) -> Path:
    """The folder `specs`, as `cp -r specs FOLDER` copies it."""
    return Path(shutil.copytree(SPECS, tmp_path_factory.mktemp("elsewhere") / "x"))


@pytest.mark.parametrize("name", NAMES)
def test_a_copied_folder_of_specs_is_sound(name, copied):
    assert told(copied / name) == []


def test_the_help_of_a_part_names_the_cure(tmp_path):
    for part in ("zoo", "lib"):
        shutil.copytree(SPECS / part, tmp_path / "my specs" / part)
    found = told(tmp_path / "my specs" / "zoo" / "resnet18.sdhs")
    assert {code for code, _ in found} == {"SG0502"}
    commands = {each for _, help in found for each in re.findall("`touch '(.*)'`", help or "")}
    assert commands == {str(tmp_path / "my specs" / "sdhs.lock")}
    Path(commands.pop()).touch()
    assert told(tmp_path / "my specs" / "zoo" / "resnet18.sdhs") == []


def test_the_help_is_for_specs_that_are_there(tmp_path, monkeypatch):
    """A stranger's spec gets no advice that would open a folder to it, and learns nothing about other files."""
    plain = "import only files inside it; links may not lead out of it"
    folder = tmp_path / "home" / "downloads"
    folder.mkdir(parents=True)
    (tmp_path / "home" / "secret.txt").touch()
    (tmp_path / "home" / "own.sdhs").touch()
    (folder / "link.sdhs").symlink_to(tmp_path / "home" / "own.sdhs")
    spec = folder / "spec.sdhs"
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for text in ("../secret.txt", "../nothing.sdhs", "../own.sdhs", "/etc/passwd", "link.sdhs"):
        spec.write_text(f'sdhs 1\nimport "{text}"\n')
        assert told(spec) == [("SG0502", plain)]
    (folder / "pyproject.toml").touch()
    monkeypatch.setenv("HOME", str(tmp_path))
    spec.write_text('sdhs 1\nimport "../own.sdhs"\n')
    assert told(spec) == [("SG0502", plain)], "the project is marked: it is the user who says how large it is"


def test_a_file_that_is_imported_marks_no_project(tmp_path):
    """The spec that is checked decides; a mark beside a file that it imports opens nothing."""
    project = tmp_path / "project"
    (project / "lib").mkdir(parents=True)
    (project / "lib" / "sdhs.lock").touch()
    (project / "lib" / "a.sdhs").write_text('sdhs 1\nimport "../../out.sdhs"\n')
    (project / "spec.sdhs").write_text('sdhs 1\nimport "lib/a.sdhs"\n')
    (tmp_path / "out.sdhs").write_text("sdhs 1\nneuron lif {}\n")
    assert [code for code, _ in told(project / "spec.sdhs")] == ["SG0502"]
