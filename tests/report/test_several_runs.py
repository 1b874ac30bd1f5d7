"""What a report says of several runs, and of runs without a search."""

import json
from functools import cache

import pytest
import reader
from made_runs import make, write
from reader import absent, section

from spikegraph.backends.report.page import report
from spikegraph.backends.report.record import Record
from spikegraph.base.errors import NoArchitectureError
from spikegraph.cli.show import command as show
from spikegraph.genotype.read import read_architecture

PLAIN = """sdhs 1
neuron act { decay = 0.5 }

network net {
  input image : real[1, 28, 28]
  time = 2
  first = image -> conv(3, out = 4) -> norm -> act
  output logits = first -> pool -> linear(10) -> mean(time)
}

dataset mnist { augment = [] }

retrain net on mnist { epochs = 1 batch = 8 weights = sgd(lr = 0.1) loss = cross_entropy(logits) }
"""


@cache
def html(*paths):
    return report([Record.read(path) for path in paths], now=2_000_000_000)


@cache
def page(*paths):
    return reader.read(html(*paths))


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """Three finished runs whose accuracies are 70, 74 and 81, beside a baseline of 75."""
    paths, tmp_path = [], tmp_path_factory.mktemp("seeds")
    for seed, accuracy in enumerate((70.0, 74.0, 81.0)):
        path = make(tmp_path / f"seed{seed}", "cifar10")
        for name, key, value in (("summary", "accuracy_percent", accuracy), ("manifest", "seed", seed)):
            record = json.loads((path / f"{name}.json").read_text())
            if name == "summary":
                record["evaluation"]["metrics"] = {key: value}
                record["baselines"] = {"nearest class mean": {key: 75.0}}
            else:
                record[key] = value
            write(path / f"{name}.json", record)
        paths.append(path)
    return paths


def test_means_and_deviations_of_several_runs(seeds):
    found = section(page(*seeds), "results")
    table = next(found.all("table"))
    assert "75 ± 5.6" in table.text  # (70 + 74 + 81) / 3, and sqrt((25 + 1 + 36) / 2)
    assert "3 of 3" in table.text


def test_the_verdict_is_that_of_show(seeds, capsys):
    summary = section(page(*seeds), "summary").text
    baseline = "nearest class mean (75 %)"  # which the interval of 81 % includes
    said = (*[f"is not better than the baseline {baseline}"] * 2, f"gives no evidence of a difference from {baseline}")
    for path, words in zip(seeds, said, strict=True):
        show.main([str(path)], standalone_mode=False)
        (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith("result: ")]
        sentence = line.removeprefix("result: ")
        assert sentence[0].upper() + sentence[1:] in summary
        assert sentence.endswith(words)


def test_long_parts_of_several_runs_are_folded(seeds):
    root = page(*seeds)
    for key in ("diagrams", "search", "genotype", "examples", "spec"):
        found = [d for d in section(root, key).all("details") if d.attributes.get("class") == "run"]
        assert [next(d.all("summary")).text for d in found] == ["seed0", "seed1", "seed2"]
        assert not any("open" in d.attributes for d in found)
    assert not [d for d in page(seeds[0]).all("details") if d.attributes.get("class") == "run"]


def test_a_page_of_three_runs_is_at_most_half_as_long_again_as_that_of_one(tab, seeds, tmp_path):
    heights = []
    for paths in (seeds[:1], seeds):
        file = tmp_path / f"{len(paths)}.html"
        file.write_text(html(*paths), encoding="utf-8")
        heights.append(tab.open(file, 1440).evaluate("document.documentElement.scrollHeight"))
    assert heights[1] < 1.5 * heights[0], heights


@pytest.fixture
def plain(tmp_path):
    """A run whose spec has nothing to search, in progress."""
    path = make(tmp_path / "plain", "cifar10", until="begun")
    (path / "resolved.sdhs").write_text(PLAIN)
    return path


def test_a_run_without_a_search_waits_for_no_genotype(plain):
    found = absent(page(plain), "genotype")
    assert found == "This run has no genotype: its spec leaves nothing to search."
    with pytest.raises(NoArchitectureError) as error:
        read_architecture(plain)
    assert str(error.value) == f"the run {plain} has no search, so it has no genotype (help: `spikegraph show` compares runs)"


def test_several_runs_without_a_search_have_no_comparison_of_genotypes(plain, tmp_path):
    other = make(tmp_path / "other", "cifar10", until="begun")
    (other / "resolved.sdhs").write_text(PLAIN)
    assert "needs at least two runs" not in section(page(plain, other), "genotype").text
