"""What is found of several things stays, also where a program ends or hangs at one of them."""

import importlib
import sys
import time
from pathlib import Path
from typing import Any

import pytest

PROGRAM = """
import json, os, signal, sys, time
for name in sys.argv[1:]:
    if name == "wrong":
        raise RuntimeError("illegal access\\nmore about it")
    if name == "hangs":
        time.sleep(60)
    if name == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    print(json.dumps({"letters": len(name)}), flush=True)
"""


@pytest.fixture
def found_of(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "tools"))
    parts = importlib.import_module("gpu_check.parts")
    return lambda *names, **how: list(parts.parts([sys.executable, "-c", PROGRAM], names, **{"seconds": 30, **how}))


def test_what_ends_the_program(found_of: Any) -> None:
    assert found_of("a", "wrong", "bb", "killed", "ccc") == [
        ("a", {"letters": 1}),
        ("wrong", {"error": "RuntimeError: illegal access (status 1)"}),
        ("bb", {"letters": 2}),
        ("killed", {"error": "it ended with status -9"}),
        ("ccc", {"letters": 3}),
    ]


def test_what_hangs(found_of: Any) -> None:
    wanted = [("hangs", {"error": "it took longer than 5 s"}), ("a", {"letters": 1})]
    assert found_of("hangs", "a", seconds=5) == wanted


def test_the_time_is_over(found_of: Any) -> None:
    assert found_of("a", "b", until=time.monotonic() - 1) == [(n, {"error": "not tried: time was over"}) for n in ("a", "b")]


def test_nothing_works(found_of: Any) -> None:
    assert found_of(*["wrong"] * 11)[-2:] == [
        ("wrong", {"error": "RuntimeError: illegal access (status 1)"}),
        ("wrong", {"error": "not tried: the program ended at 10 others"}),
    ]
