"""`docs/zoo.md` is current, and has every system."""

import re
from pathlib import Path

import pytest

from spikegraph import stats
from spikegraph.program.program import Program

from ..forked import python
from .peers import ZOO

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "zoo.md"
TRAINING = PAGE.read_text(encoding="utf-8").partition("## Training")[2]
CITED = re.compile(r"(?:published as|[Tt]he paper gives|has) (\d+(?:\.\d+)?) M\b")
"""A number of parameters that a comment says the authors gave."""


def test_the_page_is_what_the_tool_writes():
    done = python("tools/zoo.py", "--check", cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_predictions_are_those_of_now():
    """Of two small systems; `python tools/zoo.py --plan` makes all anew."""
    code = (
        "import sys; sys.path.insert(0, 'tools'); from zoo_training import forecast; print(*forecast(sys.argv[1]), sep=' | ')"
    )
    for name in ("cifarnet", "lif_firenet"):
        done = python("-c", code, name, cwd=ROOT)
        assert (done.returncode, done.stderr) == (0, "")
        row = next(line for line in TRAINING.splitlines() if f"/{name}.sdhs)" in line)
        predicted = done.stdout.rstrip("\n")
        assert f"| {predicted} |" in row


def test_every_system_that_is_trained_has_memory_and_the_time_of_a_step():
    rows = [line.split(" | ") for line in TRAINING.splitlines() if line.startswith("| [")]
    assert len(rows) == len(list(ZOO.glob("*.sdhs")))
    for _, data, _, _, _, memory, step, *_ in rows:
        assert (data == "not trained") == (memory == step == "")


def test_exports_are_those_of_their_page():
    row = next(line for line in TRAINING.splitlines() if "/resnet18.sdhs)" in line)
    assert row.endswith("| NIR, Python, torch, ONNX |")  # by the row of docs/deploy.md
    row = next(line for line in TRAINING.splitlines() if "/qkformer.sdhs)" in line)
    assert "NIR" not in row.rpartition(" | ")[2]


def test_the_page_has_every_system():
    page = PAGE.read_text(encoding="utf-8")
    assert [path.stem for path in ZOO.glob("*.sdhs") if f"](../specs/zoo/{path.name})" not in page] == []


def test_only_an_ann_has_no_quantised_ann_beside_it():
    rows = [line for line in PAGE.read_text("utf-8").partition("## Training")[0].splitlines() if line.startswith("| [")]
    assert [line for line in rows if line.endswith("| none |") != (", an ANN]" in line)] == []


@pytest.mark.parametrize("name", ["resnet18", "cifarnet"])
def test_both_need_as_much_at_the_rate_of_equal_energy(name):
    """With each neuron at the rate of the page; where there is none, a silent network needs more."""
    row = next(line for line in PAGE.read_text("utf-8").splitlines() if f"/{name}.sdhs)" in line)
    *_, ann, equal = row.strip("| ").split(" | ")
    value, unit = ann.split()
    rate = 0.0 if equal == "no rate, the ANN needs less" else float(equal.removesuffix(" %")) / 100
    nodes = Program.read(ZOO / f"{name}.sdhs").build("retrain").plain
    rates = {node.name: rate for node in nodes if node.op.traits.fires or rate == 0.0}
    found = stats(ZOO / f"{name}.sdhs", energy="simple", rates=rates).inference_millijoules
    millijoules = float(value) * {"µJ": 1e-3, "mJ": 1.0, "J": 1e3}[unit]
    assert found > millijoules if rate == 0.0 else found == pytest.approx(millijoules, rel=0.01)


def test_a_size_that_a_spec_cites_is_in_the_table():
    sizes_table = PAGE.read_text("utf-8").partition("## Training")[0]
    rows = {line.partition("specs/zoo/")[2].partition(".sdhs")[0]: line for line in sizes_table.splitlines()}
    cited = {path.stem: CITED.findall(path.read_text("utf-8").partition("\nsdhs ")[0]) for path in ZOO.glob("*.sdhs")}
    assert cited["leastereo"] == ["1.81"]
    for name, sizes in cited.items():
        assert not sizes or "not given" not in rows[name], name
        assert all(f"{size} M" in rows[name] for size in sizes), name
