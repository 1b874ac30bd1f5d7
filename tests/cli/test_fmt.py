import io
import os
import stat
import sys

import pytest

UGLY = "sdhs 1\n# why\nneuron   lif {decay=0.2   # tau\n}\n"


@pytest.fixture
def ugly(tmp_path):
    path = tmp_path / "ugly.sdhs"
    path.write_text(UGLY)
    return path


def test_in_place_and_once(spikegraph, ugly):
    done = spikegraph("fmt", ugly)
    assert (done.status, done.out) == (0, f"reformatted {ugly}\n")
    text = ugly.read_text()
    assert "# why" in text
    assert "# tau" in text
    assert "  decay = 0.2" in text
    assert spikegraph("fmt", ugly).out == ""
    assert ugly.read_text() == text
    assert [p.name for p in ugly.parent.iterdir()] == ["ugly.sdhs"]


def test_check_writes_nothing_and_shows_the_difference(spikegraph, ugly):
    done = spikegraph("fmt", "--check", ugly)
    assert done.status == 1
    assert done.out.startswith(f"--- {ugly}\n+++ ")
    assert "\n-neuron   lif {decay=0.2   # tau\n" in done.out
    assert ugly.read_text() == UGLY
    assert spikegraph("fmt", ugly).status == 0
    assert (spikegraph("fmt", "--check", ugly).status, spikegraph("fmt", "--check", ugly).out) == (0, "")


def test_the_specs_of_the_package_are_in_the_canonical_form(spikegraph):
    done = spikegraph("fmt", "--check", "specs/stereo.sdhs", "specs/lib/spikedhs.sdhs", "specs/genotypes/stereo.sdhs")
    assert (done.status, done.out) == (0, "")


def test_a_file_with_syntax_errors_is_left_alone(spikegraph, ugly):
    broken = ugly.with_name("broken.sdhs")
    broken.write_text("sdhs 1\nneuron lif { decay = }\n")
    done = spikegraph("fmt", broken, ugly)
    assert done.status == 1
    assert "broken.sdhs:2:" in done.err
    assert broken.read_text() == "sdhs 1\nneuron lif { decay = }\n"
    assert ugly.read_text() != UGLY


def test_permissions_and_links_stay(spikegraph, ugly):
    ugly.chmod(0o640)
    link = ugly.with_name("link.sdhs")
    link.symlink_to(ugly)
    assert spikegraph("fmt", link).status == 0
    assert link.is_symlink()
    assert ugly.read_text() != UGLY
    assert stat.S_IMODE(ugly.stat().st_mode) == 0o640


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_cannot_be_written_into(spikegraph, ugly):
    ugly.parent.chmod(0o500)
    done = spikegraph("fmt", ugly)
    ugly.parent.chmod(0o700)
    assert done.status == 3
    assert done.err == f"error: {ugly}: Permission denied\n"


def stdin(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))


def test_standard_input(spikegraph, ugly, monkeypatch):
    stdin(monkeypatch, UGLY.encode())
    done = spikegraph("fmt", "-")
    assert done.status == 0
    assert spikegraph("fmt", ugly).status == 0
    assert done.out == ugly.read_text()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"sdhs 1\nneuron {", "<stdin>:2:8: error[SG0106]: expected a name after `neuron`, found `{`"),
        (b"sdhs 1\n\xff", "<stdin>:2:1: error[SG0102]: `<stdin>` is not UTF-8: byte 0xff at offset 7"),
        (b"\xef\xbb\xbf" + UGLY.encode(), "<stdin>:1:1: error[SG0114]: `<stdin>` starts with a byte order mark"),
        (b"#" * 4_194_305, "<stdin>:1:1: error[SG0104]: `<stdin>` is too large"),
    ],
    ids=["syntax", "bytes", "mark", "size"],
)
def test_wrong_standard_input(spikegraph, monkeypatch, data, error):
    stdin(monkeypatch, data)
    done = spikegraph("fmt", "-")
    assert (done.status, done.out) == (1, "")
    assert done.err.splitlines()[0] == error
    assert done.err.endswith("\n1 error\n")


def test_a_printer_that_changes_the_meaning_is_caught(spikegraph, ugly, monkeypatch):
    from spikegraph.dsl import printer

    monkeypatch.setattr(printer, "print_file", lambda _: "sdhs 1\nneuron lif {\n  decay = 0.3\n}\n")
    done = spikegraph("fmt", ugly)
    assert done.status == 3
    assert "has another meaning; the file is unchanged" in done.err
    assert ugly.read_text() == UGLY


def test_a_comment_before_the_number_of_the_version_adds_no_blank_line(spikegraph, tmp_path):
    path = tmp_path / "net.sdhs"
    path.write_text('sdhs # first\n# second\n1 # third\nimport "other.sdhs"\n')
    assert spikegraph("fmt", path).status == 0
    assert path.read_text() == f'sdhs 1{"":28}# first\n# second\n# third\nimport "other.sdhs"\n'
    path.write_text('sdhs\n# second\n1\nimport "other.sdhs"\n')
    assert spikegraph("fmt", path).status == 0
    assert path.read_text() == 'sdhs 1\n# second\nimport "other.sdhs"\n'
