"""Twenty architectures in words, each with a spec that was written from them, and the parameters that the words say."""

import re
from pathlib import Path

import pytest

FILES = sorted((Path(__file__).parent / "described").glob("*.sdhs"))
PARAMETERS = re.compile(r"^# parameters: ([-0-9+*/() ]+)$", re.MULTILINE)


def test_there_are_twenty():
    assert len(FILES) == 20


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_tools_count_what_the_words_say(session, path):
    text = path.read_text(encoding="utf-8")
    arithmetic = PARAMETERS.findall(text)
    assert len(arithmetic) == 1, "the parameters are one line of arithmetic"
    assert session.data("check", text=text)["diagnostics"] == []
    assert session.data("stats", text=text)["parameters"] == eval(arithmetic[0], {"__builtins__": {}})
