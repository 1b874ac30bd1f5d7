"""The request for the picture at a place: which it is, what it marks, and what is shown while the text is wrong."""

import re

import pytest
from pygls.exceptions import JsonRpcException

from ..service.texts import TEXT, place

PREVIEW = "spikegraph/preview"


@pytest.fixture
def edited(session):
    """The session, and the path of a text that is closed behind the test."""
    path = session.folder / "drawn.sdhs"
    yield session, path
    session.close(path)


def asked(session, path, text, where, **more):
    found = place(text, where)
    position = {"line": found.line - 1, "character": found.column - 1}
    return session.ask(PREVIEW, {"textDocument": {"uri": path.as_uri()}, "position": position, **more})


def box(answer):
    [mark] = answer.marks
    [name] = re.findall(rf'<g id="{mark}" class="node">\s*<title>([^<]*)</title>', answer.svg)
    return name


def test_the_picture_follows_the_place_and_outlives_errors(edited):
    session, path = edited
    session.open(path, TEXT)
    first = asked(session, path, TEXT, "b    = a|")
    assert (first.title, first.level, first.reason, first.current, box(first)) == ("network", "network", None, True, "b")
    assert box(asked(session, path, TEXT, "a    = im|age")) == "a"
    dark = asked(session, path, TEXT, "b    = a|", dark=True)
    assert (dark.svg.count("<title>"), dark.svg == first.svg) == (first.svg.count("<title>"), False)

    broken = TEXT.replace("pool(max)", "pool(most)")
    session.open(path, broken)
    kept = asked(session, path, broken, "b    = a|")
    assert (kept.svg, kept.current, box(kept)) == (first.svg, False, "b")
    assert kept.reason.startswith("drawn.sdhs, line 20: ")
    cell = asked(session, path, broken, "b    = a|", level="cell")
    assert (cell.title, cell.svg, cell.current, cell.marks) == ("cell", None, False, [])

    session.open(path, TEXT.replace("b    = a     ->", "b = c = a"))
    assert asked(session, path, TEXT, "classes = 1|0").svg == first.svg


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"position": {"line": 0, "character": 0}}, "spikegraph/preview takes `textDocument` with `uri` and `position`"),
        ({"textDocument": {"uri": "file:///a"}, "position": {"line": -1, "character": 0}}, "spikegraph/preview takes"),
        (
            {"textDocument": {"uri": "file:///a"}, "position": {"line": 0, "character": 0}, "level": "all"},
            "`level` is one of network, trellis, cell, ops, not 'all'",
        ),
    ],
    ids=["document", "line", "level"],
)
def test_wrong_parameters_are_refused(session, params, message):
    with pytest.raises(JsonRpcException, match=re.escape(message)):
        session.ask(PREVIEW, params)
