"""The confusion matrix on the page."""

import json
import shutil

import made_runs
import numpy as np
import pytest
import reader
from reader import absent, rows, section
from saved_files import saved

from spikegraph.backends.graphviz.theme import DARK, LIGHT
from spikegraph.backends.report.page import report
from spikegraph.backends.report.palette import shades
from spikegraph.backends.report.record import Record
from spikegraph.charts.matrix import Matrix, matrix_svg, percent, shade


def evaluation(folder):
    return json.loads((folder / "summary.json").read_text())["evaluation"]


def figure(part):
    return next(f for f in part.all("figure") if "chart" in f.classes)


def changed(source, target, matrix):
    """A copy of a run with another matrix, or without one."""
    shutil.copytree(source, target)
    found = json.loads((target / "summary.json").read_text())
    found["evaluation"] |= {"confusion": matrix}
    (target / "summary.json").write_text(json.dumps(found))
    return reader.read(report([Record.read(target)]))


def test_counts_and_shares(tree, runs):
    part = figure(section(tree("images"), "examples"))
    matrix = evaluation(runs["images"])["confusion"]
    whole = next(t for t in part.all("div") if "classes" in t.classes)
    head, *body = rows(whole)
    names = [*(f"class & {k}" for k in range(9)), "class 9"]
    assert head == ["true class\u00a0↓ predicted\u00a0→", *names, "all"]
    for true, (name, *cells, total) in enumerate(body):
        assert (name, total) == (names[true], "40")
        for predicted, cell in enumerate(cells):
            n = matrix[str(true)].get(str(predicted), 0)
            assert cell == (f"{n}{percent(n / 40)}" if n else "")
    # The drawing has the same numbers.
    drawing = part.one("svg", role="img")
    assert drawing.attributes["aria-label"].startswith("confusion matrix: true class by predicted class, 10 classes;")
    drawn = {g.one("title").text: [t.text for t in g.all("text")] for g in drawing.all("g")}
    assert drawn == {
        f"true class {names[int(t)]}, predicted class {names[int(p)]}: {n} ({percent(n / 40)})": [str(n), percent(n / 40)]
        for t, of in matrix.items()
        for p, n in of.items()
    }


def test_the_file_has_the_counts(tree, runs):
    name, (head, *found) = saved(figure(section(tree("images"), "examples")))
    assert name == "images-confusion-matrix.csv"
    assert head == ["true class", "predicted class", "samples", "share of the true class"]
    matrix = evaluation(runs["images"])["confusion"]
    assert [(int(n), float(share)) for _, _, n, share in found] == [(n, n / 40) for of in matrix.values() for n in of.values()]


def test_the_most_frequent_mistakes_come_first(runs, tmp_path):
    matrix = {"0": {"0": 5, "1": 3}, "1": {"1": 1, "0": 3, "2": 4}, "2": {"2": 8}}
    part = figure(section(changed(runs["images"], tmp_path / "three", matrix), "examples"))
    listed = next(t for t in part.all("div") if "table" in t.classes)
    assert rows(listed) == [
        ["true class", "predicted", "samples", "share"],
        ["class & 1", "class & 2", "4", "50\u00a0%"],
        ["class & 0", "class & 1", "3", "38\u00a0%"],
        ["class & 1", "class & 0", "3", "38\u00a0%"],
    ]
    right = section(changed(runs["images"], tmp_path / "right", {"0": {"0": 5}}), "examples")
    assert "No mistake: every sample is right." in right.text


def test_a_run_without_a_matrix(tree, runs, tmp_path):
    assert "This run has no confusion matrix" in absent(changed(runs["images"], tmp_path / "old", {}), "examples")
    assert "confusion" not in section(tree("seed0"), "examples").text


def test_a_hundred_classes(runs, tmp_path):
    matrix = made_runs.confusion(np.random.default_rng(3), 100)
    part = figure(section(changed(runs["images"], tmp_path / "hundred", matrix), "examples"))
    whole = next(t for t in part.all("div") if "classes" in t.classes)
    assert [len(row) for row in rows(whole)] == [102] * 101
    assert "open" in next(d for d in part.all("details")).attributes
    drawing = part.one("svg", role="img")
    cells = list(drawing.all("g"))
    assert len(cells) == sum(len(of) for of in matrix.values())
    assert not [t for g in cells for t in g.all("text")]
    strength = {g.one("rect").attributes["class"]: g.one("rect").attributes["fill-opacity"] for g in cells}
    assert strength == {"cell right": "0.85", "cell wrong": "0.4"}
    labels = list(drawing.all("text", text_anchor="end"))
    assert 15 < len(labels) < 26


def test_shades_grow_with_the_share():
    assert [shade(s, right=True) for s in (0.001, 0.2, 0.21, 0.99, 1.0)] == ["hit1", "hit1", "hit2", "hit5", "hit5"]
    assert shade(0.5, right=False) == "miss3"
    shares = {0.0: "0", 0.001: "<1", 0.005: "<1", 0.0051: "1", 0.374: "37", 1.0: "100"}
    assert {share: percent(share) for share in shares} == {share: f"{text}\u00a0%" for share, text in shares.items()}


def test_classes_without_samples_and_long_names():
    matrix = Matrix("m", "true", "predicted", ["a very long name of a class", "b"], {1: {0: 2}})
    assert matrix.share(0, 0) is None
    assert matrix.share(1, 0) == 1.0
    texts = [t.text for t in reader.read(matrix_svg(matrix)).all("text")]
    assert "a very long …" in texts
    assert "2" in texts


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_texts_on_all_shades_have_contrast(theme):
    def light(colour):
        channels = [v / 255 for v in bytes.fromhex(colour.removeprefix("#"))]
        linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    found = shades(theme)
    assert len(set(found.values())) == 10
    for colour in found.values():
        high, low = sorted((light(theme.ink), light(colour)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5
