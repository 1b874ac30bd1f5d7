"""What is written: whole modules as golden texts, formatted as ruff does, with the spec in the docstring."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from torch import nn

from spikegraph.backends.python.layout import laid_out
from spikegraph.backends.python.module import module_of
from spikegraph.backends.python.scopes import cells_of
from spikegraph.backends.python.spec_text import spec_text
from spikegraph.ir.canonical import fingerprint
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[2] / "specs"
WRITTEN = ("zoo/spikformer", "zoo/resnet18", "zoo/stereospike", "stereo")


def program(name):
    genotype = SPECS / "genotypes" / f"{name}.sdhs"
    return Program.read(SPECS / f"{name}.sdhs", genotype=genotype if genotype.exists() else None).checked("retrain")


def module(found):
    built = found.build("retrain")
    return module_of(built.plain, cells_of(built.outline), spec_text(found, built.plain), frozenset(dir(nn.Module())))


@pytest.fixture(scope="module")
def texts():
    return {name: module(program(name)).text for name in WRITTEN}


@pytest.mark.parametrize("name", [pytest.param(name, id=name.rpartition("/")[2]) for name in WRITTEN])
def test_whole_modules(texts, golden, name):
    golden(texts[name], ".py.txt")


def test_ruff_has_nothing_to_say(texts, tmp_path):
    """With its default rules, and as it formats."""
    for name, text in texts.items():
        (tmp_path / f"{name.replace('/', '_')}.py").write_text(text)
    for command in (("check", "--isolated"), ("format", "--isolated", "--check")):
        ran = subprocess.run(
            [sys.executable, "-m", "ruff", *command, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("name", [pytest.param(name, id=name.rpartition("/")[2]) for name in WRITTEN])
def test_the_docstring_has_the_spec(texts, name):
    """It is a spec of the same network, as its fingerprint says."""
    doc = ast.get_docstring(ast.parse(texts[name]))
    assert doc is not None
    head, _, spec = doc.partition("\n\n")
    network = name.rpartition("/")[2]
    assert head == f"The spiking neural network `{network}`, from this spec of spikegraph:"
    same = Program.of_text(f"{spec}\n", "net.sdhs").checked("retrain").build("retrain").plain
    assert fingerprint(same) == fingerprint(program(name).build("retrain").plain)


def test_no_name_of_the_package(texts):
    for text in texts.values():
        imported = {
            node.module if isinstance(node, ast.ImportFrom) else node.names[0].name
            for node in ast.walk(ast.parse(text))
            if isinstance(node, ast.Import | ast.ImportFrom)
        }
        assert imported <= {"math", "pathlib", "torch", "torch.nn.functional"}


def test_long_lines_are_broken_at_brackets():
    line = (
        "        self.a = nn.Sequential(EachStep(nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out)), LIF(), Pool(2))"
    )
    assert (
        "\n".join(laid_out(line))
        == """\
        self.a = nn.Sequential(
            EachStep(nn.Conv2d(channels, out, 3, padding=1), nn.BatchNorm2d(out)),
            LIF(),
            Pool(2),
        )"""
    )
    assert laid_out("        x = 1") == ["        x = 1"]
