"""The table of memory and processor time."""

from pathlib import Path

import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.runs.usage import HEAD, UsageLog, read_usage


def test_lines_are_appended_now_and_then(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    assert read_usage(path) == []
    log = UsageLog(path, lambda: 7)
    log.add("search", 1, 1)
    log.add("search", 1, 2)  # at once: too early for another line
    log.add("search", 1, 3, now=True)
    UsageLog(path, lambda: 0).add("retrain", 2, 5)  # another process resumes the run
    found = read_usage(path)
    assert [(u.phase, u.epoch, u.step, u.device_memory_bytes) for u in found] == [
        ("search", 1, 1, 7),
        ("search", 1, 3, 7),
        ("retrain", 2, 5, 0),
    ]
    assert all(u.memory_bytes > 1 << 20 and u.processor_seconds > 0 for u in found)
    assert found[0].time <= found[1].time <= found[2].time
    path.write_text(path.read_text() + "17.5,retr")  # a process was killed
    assert read_usage(path) == found
    UsageLog(path, lambda: 0).add("retrain", 2, 6)
    assert [u.step for u in read_usage(path)] == [1, 3, 5, 6]


def test_a_file_of_weeks_is_read(tmp_path: Path) -> None:
    path = tmp_path / "usage.csv"
    line = "1790000000.123,retrain,1000,100000,12345678901,12345678.90,12345678901\n"
    lines = 20 * 24 * 3600 // 5  # 20 days, a line each 5 s
    path.write_text(f"{HEAD}\n" + line * lines)
    assert len(read_usage(path)) == lines


def test_an_empty_file_gets_its_head(tmp_path: Path) -> None:
    (tmp_path / "usage.csv").touch()
    UsageLog(tmp_path / "usage.csv", lambda: 0).add("retrain", 1, 1)
    assert [u.step for u in read_usage(tmp_path / "usage.csv")] == [1]


@pytest.mark.parametrize(
    ("text", "message"),
    [("time\n", "line 1 isn't the head of a table of usage"), (f"{HEAD}\n1,2\n", "line 2 isn't one of a table of usage")],
)
def test_a_damaged_table_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "usage.csv"
    path.write_text(text)
    with pytest.raises(RunFolderError) as error:
        read_usage(path)
    assert str(path) in str(error.value)
    assert message in str(error.value)
    assert "delete the file" in str(error.value)
