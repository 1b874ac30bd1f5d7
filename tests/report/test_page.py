"""The page without a browser: complete, self-contained and correct."""

import json
import re
import shutil

import made_runs
import pytest
import reader
from reader import absent, rows, section, titles

from spikegraph.backends.report.page import report
from spikegraph.backends.report.record import Record
from spikegraph.base.errors import TrainError

SECTIONS = (
    "summary",
    "curves",
    "results",
    "diagrams",
    "search",
    "genotype",
    "surrogates",
    "rates",
    "costs",
    "examples",
    "speed",
    "spec",
)
PAGES = [
    ("seed0",),
    ("images",),
    ("labels",),
    ("seed0", "seed1"),
    ("begun",),
    ("searching",),
    ("retraining",),
    ("begun", "images", "retraining", "seed1"),
]


@pytest.mark.parametrize("names", PAGES, ids="-".join)
def test_every_page_is_complete_and_loads_nothing(page, tree, names):
    root = tree(*names)
    expected = [*SECTIONS[:1], *(["runs"] if len(names) > 1 else []), *SECTIONS[1:]]
    assert [s.attributes["id"] for s in root.all("section")] == expected
    ids = [e.attributes["id"] for e in root.all() if "id" in e.attributes]
    assert len(set(ids)) == len(ids)
    for element in root.all():
        for name in ("href", "src", "xlink:href"):
            address = element.attributes.get(name)
            assert address is None or address.startswith("data:") or address[1:] in ids, address
        for name in ("aria-labelledby", "data-copy"):
            assert element.attributes.get(name) in (None, *ids)
    text = page(*names).read_text(encoding="utf-8")
    assert not re.search(r"@import|url\(|https?://(?!www\.w3\.org)", text)
    (policy,) = (m for m in root.all("meta") if "http-equiv" in m.attributes)
    assert policy.attributes["content"].startswith("default-src 'none'")
    for picture in root.all("svg", role="img"):
        assert picture.attributes["aria-label"]
        assert [t.text for t in picture.all("text")]
    for image in root.all("img"):
        assert image.attributes["alt"]


@pytest.mark.parametrize("names", PAGES, ids="-".join)
def test_every_chart_has_a_title_and_its_numbers(tree, names):
    for figure in tree(*names).all("figure"):
        if "chart" in figure.classes and "tile" not in figure.classes:
            assert figure.one("figcaption").one("strong").text
            table = next(figure.one("details").all("table"))
            assert len(list(table.all("tr"))) > 1


def test_the_summary_and_the_results(tree, runs):
    root = tree("seed0")
    part = section(root, "results")
    metrics = json.loads((runs["seed0"] / "summary.json").read_text())["evaluation"]["metrics"]
    figures = [f for f in part.all("figure") if "tile" in f.classes]
    assert [f.one("h3").text for f in figures] == [
        "mean depth error",
        "median depth error",
        "mean disparity error",
        "one pixel accuracy",
    ]
    assert figures[2].one("p", class_="figure").text == f"{metrics['mean_disparity_error_px']:.4g} px"
    assert "lower is better" in figures[2].text
    assert "higher is better" in figures[3].text
    found = rows(part)
    assert ["block matcher", "21", "21", "21", "21"] in found
    assert ["search", "3", "15", "1 min 15 s", "0.5", "1,234,567"] in found
    assert "finished" in section(root, "summary").text
    assert f"mean disparity error {metrics['mean_disparity_error_px']:.4g} px" in section(root, "summary").text
    assert "all numbers are drawn at random" in part.text


def test_contents_of_the_sections(tree):
    root = tree("seed0")
    assert absent(root, "summary") == ""
    assert titles(root, "diagrams") == [
        "the network",
        "the paths through the trellises",
        "the cells",
        "the cells' search space with the final probabilities",
    ]
    # The latest phase comes first.
    assert titles(root, "curves") == [
        "loss",
        "learning rate of the weights",
        "loss",
        "architecture loss",
        "learning rate of the weights",
    ]
    assert [h.text for h in section(root, "curves").all("h3")] == ["Retrain", "Search"]
    alphas = titles(root, "search")
    assert alphas[:2] == ["prev2 → n0", "prev → n0"]
    # Nine edges per cell; positions of a trellis, whose paths lead straight to level 1, the finest.
    assert len(alphas) == 9 + 9 + (1 + 1) + (1 + 1 + 2 + 3)
    assert titles(root, "surrogates")[:3] == [
        "surrogate of features.stem0",
        "weights of features.stem0",
        "shape of the surrogate of features.stem0",
    ]
    assert "dspike" in titles(root, "surrogates")
    assert titles(root, "rates") == ["firing rate"]
    models = ("cmos-45nm", "simple")
    assert titles(root, "costs")[:4] == ["parameters", *(f"energy by {m}" for m in models), "firing rates and equal energies"]
    assert [h.text for h in section(root, "examples").all("h3")] == ["made_up/7", "made_up/20"]
    assert len(list(section(root, "examples").all("img"))) == 8


def test_only_the_search_space_has_probabilities(tree):
    root = tree("seed0")
    _, _, cells, space = (f for f in section(root, "diagrams").all("figure"))
    assert "probability (alpha)" not in cells.text
    assert "bar of a probability (alpha), up to 1" in space.text


def test_images_show_if_they_are_right(tree, runs):
    found = Record.read(runs["images"]).examples
    assert found is not None
    right = sum(int(e.probabilities.argmax()) == e.truth for e in found.found)
    part = section(tree("images"), "examples")
    assert f"{right} of these 6 are right." in part.text
    figures = [f for f in part.all("figure") if "image" in f.classes]
    assert sum("right" in f.classes for f in figures) == right
    assert all("true: class" in f.text for f in figures if "wrong" in f.classes)
    assert [f.one("img").attributes["alt"] for f in figures][:2] == [
        "an image of the class class & 0",
        "an image of the class class & 1",
    ]


def test_runs_side_by_side(tree):
    root = tree("seed0", "seed1")
    chart = next(f for f in section(root, "curves").all("figure"))
    assert [li.text for li in chart.one("ul").all("li")] == ["seed0", "seed1"]
    colours = {c for p in chart.all("path") for c in p.attributes["class"].split() if re.fullmatch(r"s\d", c)}
    assert colours == {"s0", "s1"}
    part = section(root, "genotype")
    assert part.one("h2").text == "Genotypes and their agreement"
    found = rows(part)
    assert ["feature", "n1", "c5(prev)", "1 of 2", "✓", "–"] in found
    assert ["feature", "n1", "skip(prev)", "1 of 2", "–", "✓"] in found
    assert ["feature_path", "0", "1", "2 of 2", "✓", "✓"] in found
    assert "differences" in titles(root, "genotype")
    assert [h.text for h in section(root, "spec").all("h3")] == ["seed0", "seed1"]
    # Equal baselines are listed once.
    summary = rows(section(root, "results"))
    assert sum(row[0] == "constant guess" for row in summary) == 1


def test_runs_of_other_kinds_are_not_compared(tree):
    root = tree("begun", "images", "retraining", "seed1")
    assert "no cell and no trellis in common" in absent(root, "genotype")
    assert titles(root, "rates") == ["firing rate, images", "firing rate, seed1"]


def test_a_new_run_lists_what_is_missing(tree):
    root = tree("begun")
    assert "not evaluated yet" in absent(root, "summary")
    assert "No training step yet" in absent(root, "results")
    assert "not chosen yet" in absent(root, "diagrams")
    assert "No training step yet" in absent(root, "curves")
    assert "This run has no search epochs yet" in absent(root, "search")
    assert "No genotype yet" in absent(root, "genotype")
    assert "not measured yet" in absent(root, "rates")
    assert "No predictions yet" in absent(root, "examples")
    assert "an upper bound: every input counts as a spike" in section(root, "costs").text
    assert "Not all runs are complete" in root.one("header").text


def test_a_run_that_searches(tree):
    root = tree("searching")
    assert re.search(
        r"lost: no process has it, and its end is not recorded; last journal entry .* ago", section(root, "summary").text
    )
    assert len(titles(root, "search")) == 9 + 9 + 2 + 7
    assert not [f for f in section(root, "search").all("figure") if "marked" in f.classes]
    assert "No epoch of the retraining is complete yet" in absent(root, "surrogates")
    assert titles(root, "curves") == ["loss", "architecture loss", "learning rate of the weights"]


def test_a_run_that_retrains(tree):
    root = tree("retraining")
    found = rows(section(root, "results"))
    assert [row[0] for row in found] == ["phase", "search", "retrain (in progress)"]
    assert "surrogate of features.stem0" in titles(root, "surrogates")
    assert titles(root, "diagrams")[2] == "the cells"


def test_a_broken_line_before_the_end_is_an_error(runs, tmp_path):
    folder = shutil.copytree(runs["seed0"], tmp_path / "broken")
    path = folder / "metrics.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:3], '{"time": 5, "eve', *lines[3:]]) + "\n")
    with pytest.raises(TrainError, match=r"metrics\.jsonl, line 4"):
        report([Record.read(folder)])


def test_a_run_from_before_examples_were_kept(runs, tmp_path):
    folder = shutil.copytree(runs["seed0"], tmp_path / "old")
    (folder / "examples.npz").unlink()
    root = reader.read(report([Record.read(folder)]))
    assert f"spikegraph evaluate {folder} --examples" in absent(root, "examples")


def test_a_spec_that_this_version_rejects(runs, tmp_path):
    folder = shutil.copytree(runs["seed0"], tmp_path / "strange")
    path = folder / "resolved.sdhs"
    path.write_text(path.read_text(encoding="utf-8").replace("  levels = 4", "  levelz = 4"), encoding="utf-8")
    root = reader.read(report([Record.read(folder)]))
    assert "this version rejects the run's spec" in absent(root, "diagrams")
    assert "has changed since the run was started" in absent(root, "spec")
    assert titles(root, "curves")
    assert titles(root, "rates") == ["firing rate"]


def test_names_are_text(runs, tmp_path):
    """Names of folders, specs and data sets are escaped."""
    hostile = '<script>alert("1")</script>&amp;'
    folder = shutil.copytree(runs["images"], tmp_path / "a<b>&'c\"")
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest |= {"spec": hostile, "data": hostile, "notes": [hostile], "command": ["spikegraph", hostile]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    found = json.loads((folder / "summary.json").read_text())
    found["baselines"] = {hostile: {"accuracy_percent": 3.0}}
    found["notes"] = [hostile]
    (folder / "summary.json").write_text(json.dumps(found))
    (folder / "genotype.sdhs").write_text(f"# {hostile}\n" + (folder / "genotype.sdhs").read_text())
    root = reader.read(report([Record.read(folder), Record.read(runs["seed0"])]))
    assert len(list(root.all("script"))) == 1
    assert root.one("h1").text == "Runs a<b>&'c\", seed0"
    assert section(root, "results").text.count(hostile) >= 3
    assert hostile in section(root, "genotype").text


def test_the_command_that_repeats_a_run(tree, runs):
    code = [c.text for c in section(tree("seed1"), "spec").all("code")]
    folder = runs["seed1"]
    assert code == [
        f"spikegraph rerun {folder} -o {folder}-again",
        "spikegraph compile specs/stereo.sdhs --train --data 'a folder' --out runs/x",
    ]
    text = section(tree("seed1"), "spec").text
    assert made_runs.sha256((folder / "resolved.sdhs").read_text()) in text
    assert "unchanged since the start" in text
    assert (folder / "resolved.sdhs").read_text() in text


def test_runs_need_different_labels(runs):
    with pytest.raises(ValueError, match="at least one run"):
        report([])
    with pytest.raises(ValueError, match="the same label"):
        report([Record.read(runs["seed0"], "a"), Record.read(runs["seed1"], "a")])
