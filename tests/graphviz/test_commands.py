"""The commands `spikegraph render` and `spikegraph diff`."""

import json
from pathlib import Path

import numpy as np
import pytest

from spikegraph.cli.entry import run


@pytest.fixture
def other(tmp_path, genotype):
    path = tmp_path / "other.sdhs"
    text = genotype.read_text(encoding="utf-8").replace("c5(prev)", "c3(prev)").replace("[1, 1, 0]", "[1, 0, 0]")
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path, spec, genotype, alpha, beta, manifest):
    path = tmp_path / "run"
    path.mkdir()
    (path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (path / "resolved.sdhs").write_text(spec.read_text(encoding="utf-8"), encoding="utf-8")
    (path / "genotype.sdhs").write_text(genotype.read_text(encoding="utf-8"), encoding="utf-8")
    values = {f"{k}.alpha": v for k, v in alpha.items()} | {f"{k}.beta": v for k, v in beta.items()}
    entry = {"time": 1.0, "event": "epoch", "phase": "search", "epoch": 1, "step": 1, "losses": {}}
    (path / "metrics.jsonl").write_text(json.dumps({**entry, "architecture": values}) + "\n", encoding="utf-8")
    return path


def drawn(capsys, tmp_path, *arguments):
    """The DOT text that a successful call writes."""
    path = tmp_path / "out.dot"
    assert run([*map(str, arguments), "-o", str(path)]) == 0
    assert str(path) in "".join(capsys.readouterr())
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("level", "part"),
    [("network", "weights shared, 5 layers"), ("trellis", "the chosen path"), ("cell", ">c5</FONT>"), ("ops", "19 operations")],
)
def test_levels_of_a_spec(level, part, spec, genotype, capsys, tmp_path):
    text = drawn(capsys, tmp_path, "render", spec, "--genotype", genotype, "--level", level)
    assert part in text or (level == "ops" and " operations (" in text)


def test_a_genotype_alone(genotype, capsys, tmp_path):
    assert '"small/n0"' in drawn(capsys, tmp_path, "render", genotype)
    assert '"way/2,0"' in drawn(capsys, tmp_path, "render", genotype, "--level", "trellis", "--dark")


def test_a_genotype_alone_is_not_a_network(genotype, capsys, tmp_path):
    assert run(["render", str(genotype), "--level", "ops", "-o", str(tmp_path / "a.svg")]) == 2
    assert "help: give the spec, and this file as --genotype" in capsys.readouterr().err


def test_a_run_brings_alpha_and_beta(folder, alpha, capsys, tmp_path):
    text = drawn(capsys, tmp_path, "render", folder, "--level", "cell", "--phase", "search")
    shown = np.exp(alpha["small"]) / np.exp(alpha["small"]).sum(axis=1, keepdims=True)
    assert f">{shown[0, 0]:.2f}<" in text
    assert "kept by decoding" in text
    assert "probability of the move (beta)" in drawn(capsys, tmp_path, "render", folder, "--level", "trellis")
    assert "cells[2]" in drawn(capsys, tmp_path, "render", folder, "--expand", "features.cells")


def test_a_run_without_a_search_says_so(folder, capsys, tmp_path):
    assert "Trained without a search" not in drawn(capsys, tmp_path, "render", folder)
    entry = {"time": 1.0, "event": "epoch", "phase": "retrain", "epoch": 1, "step": 1, "losses": {}}
    (folder / "metrics.jsonl").write_text(json.dumps(entry) + "\n", encoding="utf-8")
    for level in ("network", "trellis", "cell", "ops"):
        text = drawn(capsys, tmp_path, "render", folder, "--level", level)
        assert "Trained without a search: the genotype was given." in text


def test_pictures(spec, genotype, tmp_path, capsys):
    for suffix, start in ((".svg", b"<?xml"), (".pdf", b"%PDF-"), (".png", b"\x89PNG")):
        path = tmp_path / f"a{suffix}"
        assert run(["render", str(spec), "--genotype", str(genotype), "-o", str(path)]) == 0
        assert path.read_bytes().startswith(start)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--level", "ops", "--expand", "featurs"], "nothing called `featurs`"),
        (["--level", "cell", "--only", "smal"], "help: did you mean `small`?"),
        (["--level", "sideways"], "'sideways' is not one of"),
        (["--only", "small"], "--only small is for cells, trellises and neurons, not for level `network`"),
        (["--level", "cell", "--expand", "a"], "--expand a is for levels `network` and `ops`, not for `cell`"),
        (["--level", "neuron", "--expand", "a"], "--expand a is for levels `network` and `ops`, not for `neuron`"),
    ],
)
def test_wrong_usage(arguments, message, spec, genotype, tmp_path, capsys):
    assert run(["render", str(spec), "--genotype", str(genotype), "-o", str(tmp_path / "a.dot"), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_chain_has_no_trellis(deep, tmp_path, capsys):
    assert run(["render", str(deep), "--level", "trellis", "-o", str(tmp_path / "a.dot")]) == 2
    assert "deep has no trellis" in capsys.readouterr().err


def test_an_unknown_ending(spec, tmp_path, capsys):
    assert run(["render", str(spec), "-o", str(tmp_path / "a.gif")]) == 2
    assert "help: use a name that ends in .svg, .pdf, .png, .dot" in capsys.readouterr().err


def test_a_wrong_spec(tmp_path, capsys):
    path = tmp_path / "wrong.sdhs"
    path.write_text("sdhs 1\nneurn lif { }\n", encoding="utf-8")
    assert run(["render", str(path), "-o", str(tmp_path / "a.svg")]) == 1
    assert "error[SG" in capsys.readouterr().err


def test_diff(genotype, other, capsys):
    assert run(["diff", str(genotype), str(other)]) == 0
    assert capsys.readouterr().out == (
        "chosen -> other\n\ncell small\n  n0  c5(prev)  ->  c3(prev)  operation\n\npath way\n  layer 1  level 1  ->  level 0\n"
    )


def test_exit_code(genotype, other):
    assert run(["diff", "--exit-code", str(genotype), str(other)]) == 1
    assert run(["diff", "--exit-code", str(genotype), str(genotype)]) == 0


def test_diff_json_and_diagram(genotype, other, tmp_path, capsys):
    assert run(["diff", "--json", str(genotype), str(other), "-o", str(tmp_path / "d.svg")]) == 0
    data = json.loads(capsys.readouterr().out)
    assert [e["node"] for e in data["edges"]] == ["n0"]
    assert "− c5" in (tmp_path / "d.svg").read_text(encoding="utf-8")


def test_diff_of_many(genotype, other, folder, tmp_path, capsys):
    arguments = ["diff", str(genotype), str(other), str(folder), "--consensus", str(tmp_path / "most.sdhs")]
    assert run([*arguments, "-o", str(tmp_path / "d.dot")]) == 0
    out = capsys.readouterr().out
    assert ["small", "n0", "c5(prev)", "2/3"] in [line.split()[:4] for line in out.splitlines()]
    assert "different choices, of 7" in out
    assert run(["diff", "--exit-code", str(genotype), str(tmp_path / "most.sdhs")]) == 0
    assert ">c5 2/3<" in (tmp_path / "d.dot").read_text(encoding="utf-8")


def test_equal_names_are_distinguished(genotype, tmp_path, capsys):
    (tmp_path / "again").mkdir()
    again = tmp_path / "again" / "chosen.sdhs"
    again.write_text(genotype.read_text(encoding="utf-8"), encoding="utf-8")
    assert run(["diff", "--json", str(genotype), str(again)]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["a"] != data["b"]


def test_diff_needs_two_files(genotype, capsys):
    assert run(["diff", str(genotype)]) == 2
    assert "at least two" in capsys.readouterr().err


def test_diff_of_a_spec_without_genotypes(spec, genotype, capsys):
    assert run(["diff", str(spec), str(genotype)]) == 2
    assert "has no genotype" in capsys.readouterr().err


def test_diff_of_three_real_searches(tmp_path, capsys):
    seeds = Path(__file__).parents[2] / "specs" / "genotypes" / "seeds"
    files = sorted(map(str, seeds.glob("cifar10-*.sdhs")))
    assert len(files) == 3
    text = drawn(capsys, tmp_path, "diff", *files)
    assert "3/3" in text and "1/3" in text
    assert run(["diff", *files, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["distances"] == [[0, 9, 7], [9, 0, 7], [7, 7, 0]]
    assert run(["diff", *files[:2], "--exit-code"]) == 1
    shown = capsys.readouterr().out
    assert "cell normal" in shown and "cell reduction" in shown
