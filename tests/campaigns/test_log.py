"""A campaign that is started again runs only the cases that are missing."""

import io
from pathlib import Path

from cases import Outcome
from log import Log


def test_a_campaign_goes_on_where_it_ended(tmp_path):
    ran = []

    def case(seed):
        ran.append(seed)
        return Outcome("even" if seed % 2 == 0 else "odd", seed != 3, "broke" if seed == 3 else "")

    log = Log(tmp_path / "deep" / "c.jsonl", "abc")
    log.run(case, [0, 1])
    with log.path.open("a") as file:
        file.write('{"seed": 2, "ki')  # killed while it wrote
    # the incomplete line is not an outcome
    assert list(log.outcomes(range(4))) == [0, 1]
    log = Log(log.path, "abc")
    log.run(case, range(4))
    assert ran == [0, 1, 2, 3]
    assert log.outcomes(range(4))[3] == Outcome("odd", False, "broke")
    assert log.outcomes([7]) == {}


def test_outcomes_of_another_revision_are_run_again(tmp_path):
    path = tmp_path / "c.jsonl"
    path.write_text('{"seed": 0, "kind": "old", "passed": true, "detail": ""}\n')  # of a version that named no revision
    Log(path, "abc").run(lambda seed: Outcome("then", False), [0])
    now = Log(path, "def")
    assert now.outcomes([0]) == {}
    now.run(lambda seed: Outcome("now", True), [0])
    assert now.outcomes([0]) == {0: Outcome("now", True)}
    assert Log(path, "abc").outcomes([0]) == {0: Outcome("then", False)}


def test_a_campaign_that_is_killed_loses_no_line(tmp_path, monkeypatch):
    """However early: when the log is opened for the first new case, it has all lines that were whole."""
    log = Log(tmp_path / "c.jsonl", "abc")
    log.run(lambda seed: Outcome("a", True), range(3))
    whole = log.path.read_bytes()
    log.path.write_bytes(whole + b'{"seed": 3')
    opened, found = Path.open, list[bytes]()

    def observed(path, *how, **more):
        file = opened(path, *how, **more)
        with io.FileIO(log.path) as now:
            found.append(now.read())
        return file

    monkeypatch.setattr(Path, "open", observed)
    log.run(lambda seed: Outcome("b", True), [3])
    assert all(content.startswith(whole) for content in found)
    assert log.path.read_bytes().startswith(whole)
    assert list(log.outcomes(range(4))) == [0, 1, 2, 3]
