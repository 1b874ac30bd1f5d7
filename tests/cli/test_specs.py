"""Specs on the command line: the bundled ones by name, and never in place of a missing file."""

from pathlib import Path

import pytest

BUNDLED = ("builtin:stereo", "--genotype", "builtin:genotypes/stereo")


@pytest.mark.parametrize(
    "command",
    [
        ("check", *BUNDLED),
        ("compile", *BUNDLED),
        ("stats", *BUNDLED),
        ("render", *BUNDLED, "--level", "trellis", "-o", "trellis.dot"),
        ("diff", "builtin:genotypes/seeds/cifar10-0", "builtin:genotypes/seeds/cifar10-1"),
        ("fmt", "--check", "builtin:stereo"),
    ],
    ids=lambda command: command[0],
)
def test_bundled_specs_everywhere(spikegraph, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    done = spikegraph(*command)
    assert (done.status, "bundled" in done.err) == (0, False)


def test_bundled_specs_are_for_import_too(spikegraph, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "g.txt").write_text("Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1)], normal_concat=[2])")
    done = spikegraph("import", "g.txt", "--from", "darts", "--for", "builtin:cifar10")
    assert done.status == 1
    assert "builtin" not in done.err


@pytest.mark.parametrize("command", [("check",), ("compile",), ("compile", "--train"), ("stats",), ("render", "-o", "a.svg")])
def test_a_missing_file_is_never_replaced(spikegraph, tmp_path, monkeypatch, command):
    monkeypatch.chdir(tmp_path)
    done = spikegraph(command[0], "specs/stereo.sdhs", *command[1:])
    assert (done.status, done.out) == (2, "")
    assert "there is no `specs/stereo.sdhs`; the bundled spec of this name is `builtin:stereo`" in done.err
    assert list(tmp_path.iterdir()) == []


def test_the_nearest_file(spikegraph):
    done = spikegraph("check", "specs/sterio.sdhs")
    assert done.status == 2
    assert "there is no `specs/sterio.sdhs`; did you mean `specs/stereo.sdhs`?" in done.err
    done = spikegraph("check", "specs/stereo.sdhs", "--genotype", "nowhere.sdhs")
    assert (done.status, "there is no `nowhere.sdhs`" in done.err) == (2, True)


def test_an_unknown_name(spikegraph):
    done = spikegraph("compile", "builtin:sterio")
    assert (done.status, done.out) == (2, "")
    assert done.err == "error: no bundled spec is called `builtin:sterio`\nhelp: did you mean `builtin:stereo`?\n"


def test_bundled_specs_are_not_rewritten(spikegraph):
    done = spikegraph("fmt", "builtin:stereo")
    assert done.status == 2
    assert "bundled specs can't be changed; copy the file, or use --check" in done.err


def test_the_list(spikegraph):
    done = spikegraph("specs")
    assert done.out.splitlines()[0].split() == ["name", "what", "it", "is"]
    listed = dict(line.split(None, 1) for line in done.out.splitlines())
    assert listed["builtin:stereo"] == "SpikeDHS-Stereo: event-based deep stereo on MVSEC."
    found = spikegraph("specs", "--json").json
    assert found["format_version"] == 1
    for spec in found["specs"]:
        assert list(spec) == ["name", "description", "path"]
        assert Path(spec["path"]).is_file()


def test_completion_of_names():
    from spikegraph.cli.spec_options import SPEC

    found = SPEC.shell_complete(None, None, "builtin:ci")  # type: ignore[arg-type]
    assert [item.value for item in found] == [
        "builtin:cifar10",
        "builtin:cifar10-dvs",
        "builtin:cifar10-n4",
        "builtin:cifar100",
    ]
