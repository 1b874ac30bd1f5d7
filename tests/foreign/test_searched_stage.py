"""The searched stage of `docs/coming-from.md`: its specs and commands, and what the page says of them."""

import difflib
import itertools
import re
import shlex
from pathlib import Path

import pytest
import torch

import spikegraph
from spikegraph.cli.entry import run

from ..few_images import PLACE, few_images
from ..forked import python

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
TEXT = PAGE[PAGE.index("\n## 4.") : PAGE.index("\n## Train it on")]
FILES = dict(re.findall(r"^<!-- (\S+\.sdhs) -->\n```sdhs\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL))
(DIFFERENCE,) = re.findall(r"^```diff\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
(COMMANDS,) = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
FEW = [f"{run}.{value}" for run in ("search", "retrain") for value in ("epochs=1", "epoch_samples=32", "batch=16")]
DRAWS = "search.method=darts(discretise = shared_weights(draws = 2), edges = true)"
SHORT = [option for value in (*FEW, "search.warm_up=0", DRAWS) for option in ("--set", value)]
"""Options for a search and a training of a few steps."""
RENAMED = {"conv": "n0.prev.c3.conv", "norm": "n0.prev.c3.norm", "conv2": "n1.n0.c3.conv", "norm2": "n1.n0.c3.norm"}
"""The layers of the imported block by their names in the cell."""


@pytest.fixture
def folder(tmp_path):
    """A folder with the files of the page."""
    for name, content in FILES.items():
        (tmp_path / name).write_text(content)
    return tmp_path


@pytest.fixture(scope="module")
def imported():
    """SEW-ResNet-18 as the page imports it, with weights that make all of its neurons fire."""
    from spikingjelly.activation_based import functional, neuron, surrogate
    from spikingjelly.activation_based.model import sew_resnet

    torch.manual_seed(0)
    keys = {"cnf": "ADD", "surrogate_function": surrogate.ATan(), "detach_reset": True}
    module = sew_resnet.sew_resnet18(num_classes=10, spiking_neuron=neuron.IFNode, **keys)
    for part in module.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.bias, 0, 0.5)
    functional.set_step_mode(module, "m")
    return spikegraph.from_torch(module.eval(), torch.rand(2, 1, 3, 32, 32))


def command(folder, *arguments):
    return python("-m", "spikegraph", *arguments, cwd=folder)


def test_the_specs_are_in_canonical_form_and_sound(folder):
    done = command(folder, "fmt", "--check", *FILES)
    assert done.returncode == 0, done.stdout
    done = command(folder, "check", "sew_search.sdhs")
    assert (done.returncode, done.stdout, done.stderr) == (0, "sew_search.sdhs: sound\n", "")


def test_every_choice_is_spiking(folder):
    program = spikegraph.load(folder / "sew_search.sdhs")
    for first, second, third in itertools.product(("c3", "c1", "skip"), repeat=3):
        genotype = f"sdhs 1\ngenotype stage {{\n  n0 = {first}(prev)\n  n1 = {second}(prev) + {third}(n0)\n}}\n"
        found = spikegraph.certify(program.bind(genotype))
        assert found.holds
        assert found.encoding == ("sn1.conv",)


def test_the_page_shows_all_lines_of_the_import_that_changed(imported):
    network, _ = FILES["sew_search.sdhs"].split("\ncandidates ", 1)
    texts = (imported.spec.splitlines(), network.splitlines())
    changed = [line for line in difflib.unified_diff(*texts, n=0, lineterm="") if not line.startswith(("---", "+++", "@@"))]
    assert changed == [line for line in DIFFERENCE.splitlines() if line[0] in "+-"]


def test_the_cell_can_be_the_imported_block(folder, imported):
    """With the weights of the block the network computes what the import does, and with the others as the page says."""
    model = spikegraph.compile(spikegraph.load(folder / "sew_search.sdhs", genotype=folder / "block.sdhs"), phase="retrain")
    block = {name for name in imported.weights if name.startswith("layer2.sn2.")}
    left_over = model.load_state_dict(imported.weights, strict=False)
    assert set(left_over.unexpected_keys) == block
    assert {name.split(".", 1)[0] for name in left_over.missing_keys} == {"layer2[0]"}

    given = dict(imported.weights)
    for name in block:
        layer, kind = name.removeprefix("layer2.sn2.").split(".")
        given[f"layer2[0].{RENAMED[layer]}.{kind}"] = given.pop(name)
    model.load_state_dict(given)
    image = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        found, steps = model.eval()(image), imported.model().eval()(image.expand(4, -1, -1, -1, -1))
    torch.testing.assert_close(found, steps.mean(0))
    assert found.std(0).min() > 0


@pytest.mark.slow
def test_the_commands_of_the_page(folder, monkeypatch, capsys):
    """They run in the order of the page, the search and the training with few samples."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(PLACE, few_images)
    for line in COMMANDS.splitlines():
        program, *arguments = shlex.split(line)
        assert program == "spikegraph"
        status = run([*arguments, *(SHORT if "--train" in arguments else ())])
        done = capsys.readouterr()
        assert status == 0, done.err
        if "--spiking" in arguments:
            assert re.match(r"sew_search\.sdhs: spiking, 1 layer encodes the input, \d+ take spikes or counts\n", done.out)
        if arguments[0] == "stats":
            assert done.out.endswith("at the measured firing rates\n")
    genotype = (folder / "runs" / "sew" / "genotype.sdhs").read_text()
    assert genotype.count("skip(") <= 1
