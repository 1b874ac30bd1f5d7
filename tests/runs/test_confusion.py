"""Confusion matrices."""

import json
from pathlib import Path

import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.runs.confusion import classes_in, confusion, right
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.summary import Evaluation, Summary


def test_pairs_are_counted_by_class() -> None:
    found = confusion([(2, 0), (0, 0), (2, 2), (0, 3), (2, 2)])
    assert list(found.items()) == [(0, {0: 1, 3: 1}), (2, {0: 1, 2: 2})]
    assert right(found) == 3
    assert classes_in(found) == 4
    assert (right({}), classes_in({})) == (0, 0)


def test_the_file_has_a_line_for_each_pair_that_occurs(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    matrix = confusion((k, (k * k) % 100) for k in range(100))
    folder.write_summary(Summary(evaluation=Evaluation({"accuracy_percent": 1.0}, 100, 1.0, confusion=matrix)))
    text = folder.summary.read_text(encoding="utf-8")
    assert json.loads(text)["evaluation"]["confusion"]["7"] == {"49": 1}
    assert len(text.splitlines()) < 350
    evaluation = folder.read_summary().evaluation
    assert evaluation is not None
    assert evaluation.confusion == matrix


def test_a_summary_of_an_older_version_has_none(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_summary(Summary(evaluation=Evaluation({"accuracy_percent": 1.0}, 100, 1.0)))
    found = json.loads(folder.summary.read_text(encoding="utf-8"))
    del found["evaluation"]["confusion"]
    folder.summary.write_text(json.dumps(found), encoding="utf-8")
    evaluation = folder.read_summary().evaluation
    assert evaluation is not None
    assert evaluation.confusion == {}


def test_counts_are_whole_numbers(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_summary(Summary(evaluation=Evaluation({}, 1, 1.0, confusion={0: {1: 1}})))
    text = folder.summary.read_text(encoding="utf-8")
    folder.summary.write_text(text.replace('"1": 1', '"1": 0.5'), encoding="utf-8")
    with pytest.raises(RunFolderError, match=r"`evaluation\.confusion\.0\.1` should be a valid integer"):
        folder.read_summary()
