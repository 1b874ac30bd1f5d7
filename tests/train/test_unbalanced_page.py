"""The example of unbalanced classes in docs/own-data.md: trained as it stands, resumed, and with balanced epochs."""

import re
import runpy
from pathlib import Path

import pytest
from tiny_run import At

from spikegraph.backends.report.record import Record
from spikegraph.backends.report.sections.class_scores import class_scores
from spikegraph.backends.torch.evaluated import evaluated
from spikegraph.backends.torch.main import train_program
from spikegraph.cli.evaluate import as_data, show
from spikegraph.program.program import Program
from spikegraph.program.run_settings import Settings
from spikegraph.runs.record import read_run
from spikegraph.runs.repeated import compared

PAGE = Path(__file__).parents[2] / "docs" / "own-data.md"
BLOCKS = dict(re.findall(r"^```(?:python|sdhs)\n# (rare\.\w+)\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the files of the page, after its first command."""
    path = tmp_path_factory.mktemp("rare")
    for name, text in BLOCKS.items():
        (path / name).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        runpy.run_path("rare.py")
    return path


def train(folder, name, *overrides, **changes):
    program = Program.read(folder / "rare.sdhs", overrides=("retrain.epochs=2", *overrides))
    return train_program(program, Settings(seed=0, device="cpu", threads=1, **changes), out=folder / name)


def same(first, second):
    return all(result.difference is None for result in compared(read_run(first), read_run(second)))


def fail():
    raise ZeroDivisionError


@pytest.mark.parametrize("sampling", ["uniform", "balanced"])
def test_a_run_is_resumed_and_read_by_workers_to_the_same_bits(folder, sampling):
    asked = f"retrain.sampling={sampling}"
    run, summary = train(folder, f"{sampling} whole", asked)
    assert set(summary.evaluation.classes) == {0, 1}
    with pytest.raises(ZeroDivisionError):
        train(folder, sampling, asked, save_every=0.0, reporter=At(25, fail))
    assert same(run, train(folder, sampling, asked, resume=True)[0])
    assert same(run, train(folder, f"{sampling} workers", asked, "retrain.workers=1")[0])


def test_evaluate_and_the_report_show_each_class(folder, capsys):
    run, summary = train(folder, "shown")
    found = evaluated(run)
    data = as_data(found)
    matrix = found.standard.confusion
    assert set(data) == {"format_version", "phase", "metrics", "samples", "seconds", "classes", "confusion"}
    assert data["confusion"] == {
        ("drifts", "stays")[k]: {("drifts", "stays")[n]: c for n, c in of.items()} for k, of in matrix.items()
    }
    labels = sum(matrix[1].values())
    assert data["classes"]["stays"]["labels"] == labels
    assert data["classes"]["stays"]["recall_percent"] == pytest.approx(100 * matrix[1].get(1, 0) / labels)
    show(found)
    text = capsys.readouterr().out
    assert re.search(r"^class +labels +recall, % +precision, %\ndrifts +\d", text, re.M)
    assert re.search(r"^true class, by predicted +drifts +stays\ndrifts +\d+ +\d+\nstays +\d+ +\d+$", text, re.M)
    page = str(class_scores(Record.read(run)))
    assert re.findall(r'<th scope="row">(\w+)</th>', page) == ["drifts", "stays"]
    recall = summary.evaluation.classes[1]["recall_percent"]
    assert f"{recall:.4g}"[:4] in page
