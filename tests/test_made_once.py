"""What several processes need is made by one of them, while the others wait."""

import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from .made_once import made_once


@pytest.fixture
def factory(tmp_path):
    """Makes what a process of this name has of pytest's temporary folders."""

    def of(process):
        base = tmp_path / process
        base.mkdir(exist_ok=True)
        return SimpleNamespace(getbasetemp=lambda: base)

    return of


def test_one_makes_it_and_the_others_wait(factory, tmp_path):
    made = []

    def make(path):
        made.append(path)
        time.sleep(0.05)
        path.write_text("whole")

    def read(process):
        return made_once(factory(process), "text", make).read_text()

    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(read, ("popen-gw0", "popen-gw1", "popen-gw2"))) == ["whole"] * 3
    assert made == [tmp_path / "text"]


def test_what_failed_is_made_again(factory):
    def fail(path):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        made_once(factory("alone"), "text", fail)
    assert made_once(factory("alone"), "text", lambda path: path.write_text("whole")).read_text() == "whole"
