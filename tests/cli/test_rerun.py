"""`rerun` repeats a run from its folder alone, and compares bit for bit."""

import json
import shutil
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from spikegraph.base.files import write_whole
from spikegraph.cli.entry import run as spikegraph_main
from spikegraph.runs.record import read_run
from spikegraph.runs.repeated import Result, compared

from ..data.image_files import coloured_images, write_cifar10
from .images_spec import SPEC

SAME = tuple(Result(what, None) for what in ("weights", "summary", "genotype", "journal"))
PAGE = """\
environment

the same

results

weights   identical
summary   identical
genotype  identical
journal   identical

the repetition is in again
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a run of a search and a retraining, `whole`, whose spec is gone, and its data."""
    path = tmp_path_factory.mktemp("rerun")
    write_cifar10(path / "data", *coloured_images())
    (path / "net.sdhs").write_text(SPEC.replace("OPERATION", ""))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        given = ["net.sdhs", "--profile", "tiny", "--set", "search.batch=2", "--seed", "3", "--data", "data", "--out", "whole"]
        assert spikegraph_main(["compile", "--train", *given, "--device", "cpu", "--log", "csv"]) == 0
    (path / "net.sdhs").unlink()
    return path


@pytest.fixture
def runs(folder, tmp_path, monkeypatch):
    """A copy of this folder, in which the test works; the data are where they were."""
    shutil.copytree(folder / "whole", tmp_path / "whole")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edited(path, **changes):
    """Changes keys of a JSON file."""
    write_whole(path, json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_run_repeats_from_its_folder(spikegraph, runs, monkeypatch):
    monkeypatch.chdir(runs)
    done = spikegraph("rerun", "whole", "-o", "again")
    assert (done.status, done.out) == (0, PAGE), done.err
    assert compared(read_run(Path("whole")), read_run(Path("again"))) == SAME
    rows = [
        [line.partition(",")[2] for line in Path(name, "metrics.csv").read_text().splitlines()] for name in ("whole", "again")
    ]
    assert rows[0] == rows[1]
    assert {row.partition(",")[0] for row in rows[0][1:]} >= {"step", "epoch", "test"}
    held, again = (json.loads(Path(name, "manifest.json").read_text()) for name in ("whole", "again"))
    assert again["command"] == ["spikegraph", "rerun", "whole", "-o", "again"]
    assert (held["profile"], again["profile"], again["seed"]) == ("tiny", None, 3)
    for name in ("resolved.sdhs", "genotype.sdhs"):
        assert Path("whole", name).read_bytes() == Path("again", name).read_bytes()


def test_what_differs_is_printed(spikegraph, runs, monkeypatch):
    """Another torch, another package and another result; the journal differs where a line was changed."""
    monkeypatch.chdir(runs)
    manifest, summary = (json.loads(Path("whole", f"{name}.json").read_text()) for name in ("manifest", "summary"))
    torch, percent = manifest["versions"]["torch"], summary["evaluation"]["metrics"]["accuracy_percent"]
    packages = {**manifest["packages"], "leftover": "1.0"}
    forced = [{"time": "monday", "differences": [{"what": "threads", "run": "1", "now": "2"}]}]
    edited(Path("whole/manifest.json"), versions={**manifest["versions"], "torch": "2.0"}, packages=packages, forced=forced)
    evaluation = {**summary["evaluation"], "metrics": {"accuracy_percent": 12.5}}
    edited(Path("whole/summary.json"), evaluation=evaluation)
    done = spikegraph("rerun", "whole", "-o", "again", "--json")
    assert done.status == 1
    assert "note: the run was continued with --force at monday (other threads), so it may not repeat\n" in done.err
    assert done.json == {
        "format_version": 1,
        "run": "whole",
        "rerun": "again",
        "identical": False,
        "provenance": [
            {"what": "torch", "run": "2.0", "now": torch},
            {"what": "package leftover", "run": "1.0", "now": "none"},
        ],
        "results": [
            {"what": "weights", "identical": True, "difference": None},
            {
                "what": "summary",
                "identical": False,
                "difference": f"evaluation.metrics.accuracy_percent: 12.5, now {percent!r}",
            },
            {"what": "genotype", "identical": True, "difference": None},
            {"what": "journal", "identical": True, "difference": None},
        ],
    }


def test_a_run_that_is_not_complete(spikegraph, runs, monkeypatch):
    monkeypatch.chdir(runs)
    edited(Path("whole/summary.json"), complete=False)
    done = spikegraph("rerun", "whole")
    assert (done.status, done.out) == (3, "")
    assert done.err == (
        "error: whole isn't complete, so there is nothing to compare with\n"
        "help: continue it with `spikegraph compile --train --out whole --resume`\n"
    )
    assert not Path("runs").exists()


def test_data_that_are_gone(spikegraph, runs, folder, monkeypatch):
    monkeypatch.chdir(runs)
    edited(Path("whole/manifest.json"), directory="elsewhere")
    done = spikegraph("rerun", "whole")
    assert done.status == 3
    assert done.err == (
        "error: the run's data folder elsewhere/data isn't there any more\nhelp: give its new place with --data DIR\n"
    )


@pytest.mark.parametrize("kind", ["bit", "sign of zero", "name", "metadata"])
def test_weights_differ_by_one_bit(runs, kind):
    again = runs / "again"
    shutil.copytree(runs / "whole", again)
    path = again / "weights.safetensors"
    tensors = load_file(path)
    name = sorted(tensors)[0]
    metadata = {"format": "spikegraph-weights", "format_version": "2", "temperatures": "{}"}
    match kind:
        case "bit":
            tensors[name].view("uint32").flat[0] ^= 1
        case "sign of zero":
            save_file({**tensors, name: tensors[name] * 0}, runs / "whole" / "weights.safetensors", metadata)
            tensors[name] = tensors[name] * -0.0
        case "name":
            tensors["more"] = tensors.pop(name)
        case _:
            metadata["temperatures"] = '{"a": 1.0}'
    save_file(tensors, path, metadata)
    count = len(tensors) + 1
    expected = {"name": f"the names differ: {name}, more", "metadata": f"1 of {count} tensors differ, first the metadata"}.get(
        kind, f"1 of {count} tensors differ, first {name}"
    )
    found = compared(read_run(runs / "whole"), read_run(again))
    assert found == (Result("weights", expected), *SAME[1:])


def test_the_journal_and_the_genotype_differ(runs):
    again = runs / "again"
    shutil.copytree(runs / "whole", again)
    lines = (again / "metrics.jsonl").read_text().splitlines()
    entry = json.loads(lines[1])
    before, entry["lr"] = entry["lr"], 0.125
    (again / "metrics.jsonl").write_text("\n".join([lines[0], json.dumps({**entry, "time": 1.0}), *lines[2:]]) + "\n")
    genotype = (again / "genotype.sdhs").read_text()
    (again / "genotype.sdhs").write_text(genotype + "# other\n")
    assert compared(read_run(runs / "whole"), read_run(again)) == (
        *SAME[:2],
        Result("genotype", "the architectures differ"),
        Result("journal", f"search, epoch 1, step {entry['step']}, step: lr: {before!r}, now 0.125"),
    )
    (again / "metrics.jsonl").write_text("\n".join(lines[:-1]) + "\n")
    assert compared(read_run(runs / "whole"), read_run(again))[3].difference == f"{len(lines)} lines, now {len(lines) - 1}"
