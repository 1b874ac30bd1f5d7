"""Files that aren't text or are too large: each gets a diagnostic with a position, not a traceback."""

import pytest

from spikegraph.dsl.limits import LARGEST_FILE
from spikegraph.program.program import Program


def told(path):
    return [(d.code, d.span.line, d.span.column, d.summary.replace(str(path), "FILE")) for d in Program.read(path).check()]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", ("SG0103", 1, 1, "the text is empty")),
        (b" \n\t\n", ("SG0103", 1, 1, "the text is empty")),
        (b"sdhs 1\n# caf\xe9\n", ("SG0102", 2, 6, "`FILE` is not UTF-8: byte 0xe9 at offset 12")),
        ("sdhs 1\n".encode("utf-16"), ("SG0102", 1, 1, "`FILE` is not UTF-8: byte 0xff at offset 0")),
        (b"\xef\xbb\xbfsdhs 1\n", ("SG0114", 1, 1, "`FILE` starts with a byte order mark")),
        (b"sdhs 1\n\0", ("SG0109", 2, 1, "`U+0000` has no meaning here")),
        (b"# only a comment\n", ("SG0110", 2, 1, "the language's version is missing")),
    ],
)
def test_unreadable_text(data, expected, tmp_path):
    path = tmp_path / "spec.sdhs"
    path.write_bytes(data)
    assert told(path) == [expected]


def test_too_large(tmp_path):
    path = tmp_path / "spec.sdhs"
    path.write_bytes(b"sdhs 1\n" + b"#" * LARGEST_FILE)
    assert told(path) == [("SG0104", 1, 1, f"`FILE` has {LARGEST_FILE + 7} bytes")]


def test_missing_and_folder(tmp_path):
    assert told(tmp_path / "none.sdhs") == [("SG0101", 1, 1, "there is no file `FILE`")]
    assert told(tmp_path) == [("SG0101", 1, 1, "`FILE` is a folder")]


@pytest.mark.parametrize(
    "value",
    ["+".join(["1"] * 3000), "-" * 3000 + "1", "a" + ".b" * 3000, "a" + "[0]" * 3000, "[" * 3000 + "]" * 3000],
    ids=["sum", "minus", "dots", "indices", "brackets"],
)
def test_deep_trees_are_refused(value, tmp_path):
    path = tmp_path / "spec.sdhs"
    path.write_text(f"sdhs 1\nneuron lif {{ decay = {value} }}\n")
    assert [code for code, *_ in told(path)] == ["SG0105"]


def test_imported_file_that_cannot_be_read(tmp_path):
    (tmp_path / "spec.sdhs").write_text('sdhs 1\nimport "bad.sdhs"\ncell c { nodes = 1 candidates = a neuron = b }\n')
    (tmp_path / "bad.sdhs").write_bytes(b"sdhs 1\n\xff")
    found = list(Program.read(tmp_path / "spec.sdhs").check())
    assert [(d.code, d.span.file, d.span.line) for d in found] == [("SG0102", str(tmp_path / "bad.sdhs"), 2)]
