"""A sweep's folder: what a start finds there."""

from pathlib import Path

import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.sweep.folder import Plan, SweepFolder
from spikegraph.sweep.points import Point

PLAN = Plan("net.sdhs", (Point("seed-0", 0),), ("spikegraph",), "", "2026", 1, 1, 1, "cpu")


@pytest.mark.parametrize("written", [0, 1, 2])
def test_a_start_that_was_killed_while_it_wrote_a_file(tmp_path, written, monkeypatch):
    """A killed process removes nothing, so the temporary file of what it wrote stays."""
    folder, replaced = SweepFolder(tmp_path), []

    def killed(self, target):
        if len(replaced) == written:
            raise KeyboardInterrupt
        replaced.append(target)
        return replace(self, target)

    replace = Path.replace
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", killed)
        patch.setattr(Path, "unlink", lambda self, missing_ok=False: None)
        with pytest.raises(KeyboardInterrupt):
            folder.begin(PLAN, "sdhs 1\n", None, "genotype")
    assert len(list(tmp_path.glob(".*.part"))) == 1
    folder.begin(PLAN, "sdhs 1\n\n", None, None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logs", "spec.sdhs", "sweep.json"]
    assert folder.read_spec() == "sdhs 1\n\n"


def test_files_of_others_are_left_alone(tmp_path):
    (tmp_path / ".mine.part").write_text("mine")
    with pytest.raises(RunFolderError, match="isn't empty and has no sweep"):
        SweepFolder(tmp_path).begin(PLAN, "sdhs 1\n", None, None)
    assert (tmp_path / ".mine.part").read_text() == "mine"
