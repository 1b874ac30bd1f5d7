"""Which Graphviz is used, and the error if there is none."""

import stat

import pytest

from spikegraph.backends.graphviz import engine
from spikegraph.backends.graphviz.drawing import Drawing
from spikegraph.backends.graphviz.engine import picture
from spikegraph.backends.graphviz.theme import LIGHT
from spikegraph.base.errors import NotThereError, RenderError

DOT = 'digraph { a [label="α → b"] }'


@pytest.fixture
def drawing():
    drawing = Drawing("one", LIGHT)
    drawing.put("a", label="a")
    return drawing


def no_system(monkeypatch):
    monkeypatch.setattr(engine.shutil, "which", lambda name: None)


def program(folder, text):
    path = folder / "dot"
    path.write_text(text, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_the_bundled_engine_draws(monkeypatch, capfd):
    no_system(monkeypatch)
    assert "α → b" in picture(DOT, "svg").decode()
    assert capfd.readouterr() == ("", ""), "output of the engine's libraries is hidden"


def test_the_system_comes_first(monkeypatch, tmp_path):
    program(tmp_path, '#!/bin/sh\necho "$@"\ncat\n')
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert picture(DOT, "svg").decode() == f"-Tsvg\n{DOT}"
    assert picture(DOT, "png").decode() == f"-Tpng -Gdpi={engine.DOTS_PER_INCH}\n{DOT}"


def test_a_failing_system_is_reported(monkeypatch, tmp_path):
    program(tmp_path, "#!/bin/sh\necho 'Error: out of paper' >&2\nexit 1\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(RenderError, match="out of paper"):
        picture(DOT, "svg")


def test_an_error_without_a_status_is_reported(monkeypatch, tmp_path):
    program(tmp_path, "#!/bin/sh\necho 'Error: not well-formed' >&2\necho '<svg/>'\n")
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with pytest.raises(RenderError, match="not well-formed"):
        picture(DOT, "svg")


def test_wrong_dot_is_reported(monkeypatch):
    no_system(monkeypatch)
    with pytest.raises(RenderError, match="Graphviz could not draw"):
        picture("digraph { a -> ", "svg")


def test_no_graphviz_is_installed(monkeypatch, drawing, tmp_path):
    no_system(monkeypatch)
    monkeypatch.setattr(engine, "find_spec", lambda name: None)
    with pytest.raises(RenderError) as caught:
        drawing.write(tmp_path / "a.svg")
    assert "pip install pygraphviz" in caught.value.help
    assert "`dot` is on the PATH" in caught.value.help
    drawing.write(tmp_path / "a.dot")
    assert (tmp_path / "a.dot").read_text(encoding="utf-8") == drawing.source


def test_files_are_written_whole(drawing, tmp_path):
    for suffix, start in ((".svg", b"<?xml"), (".PDF", b"%PDF-"), (".png", b"\x89PNG")):
        drawing.write(tmp_path / "new" / f"a{suffix}")
        assert (tmp_path / "new" / f"a{suffix}").read_bytes().startswith(start)
    assert len(list((tmp_path / "new").iterdir())) == 3


def test_an_unknown_ending(drawing, tmp_path):
    with pytest.raises(NotThereError) as caught:
        drawing.write(tmp_path / "a.jpeg")
    assert caught.value.help == "use a name that ends in .svg, .pdf, .png, .dot"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way(drawing, tmp_path):
    (tmp_path / "a.svg").mkdir()
    with pytest.raises(IsADirectoryError):
        drawing.write(tmp_path / "a.svg")
    assert [p.name for p in tmp_path.iterdir()] == ["a.svg"]


def test_a_drawing_shows_itself(drawing):
    assert drawing._repr_mimebundle_()["image/svg+xml"] == drawing._repr_svg_()
    assert "<svg" in drawing._repr_svg_()
