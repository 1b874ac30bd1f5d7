"""An exception in a plug-in's code is reported as the plug-in's, with its file and line, not as a defect of the program."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

import spikegraph
from spikegraph.cli.entry import run
from spikegraph.plugins.local_files import culprit

OPERATION = """\
from typing_extensions import override

from spikegraph.ir.opdef import Op, register
from spikegraph.ir.types import Value


@register
class Odd(Op):
    '''An operation whose rule is wrong.'''

    name = "odd"
    operands = ("x",)

    @override
    def infer(self, *operands: Value) -> Value:
        return operands[7]
"""
SPEC = "sdhs 1\nnetwork net {\n  input x : real[3, 8, 8]\n  output y = x -> odd\n}\n"


@pytest.fixture
def odd(tmp_path, monkeypatch):
    """A plug-in, and a spec that needs it."""
    monkeypatch.chdir(tmp_path)
    Path("odd.py").write_text(OPERATION)
    Path("net.sdhs").write_text(SPEC)
    return "odd.py"


def test_the_command_line_names_the_plug_in(odd, capsys):
    assert run(["check", "net.sdhs", "--plugin", odd]) == 3
    assert capsys.readouterr().err == (
        "note: loaded the plug-in odd.py, which adds operation `odd`\n"
        "error: the plug-in `odd.py` failed at odd.py:16: IndexError: tuple index out of range\n"
        "help: correct the plug-in; --debug shows the traceback\n"
    )


def test_python_gets_a_note(odd):
    spikegraph.load_plugin(odd)
    with pytest.raises(IndexError) as caught:
        spikegraph.load("net.sdhs")
    assert caught.value.__notes__ == [
        "the plug-in `odd.py` failed at odd.py:16: IndexError: tuple index out of range; correct the plug-in"
    ]


def test_an_installed_package(tmp_path):
    """Of several modules, of which a deeper one is wrong."""
    site = tmp_path / "site"
    info, package = site / "odd_ops-1.0.dist-info", site / "odd_ops"
    info.mkdir(parents=True)
    package.mkdir()
    (package / "__init__.py").write_text("from odd_ops import operations\n")
    (package / "rules.py").write_text("def rule(operands):\n    return operands[7]\n")
    text = OPERATION.replace("return operands[7]", "return rule(operands)")
    (package / "operations.py").write_text(f"from odd_ops.rules import rule\n\n{text}")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-ops\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[spikegraph.ops]\nodd = odd_ops\n")
    (tmp_path / "net.sdhs").write_text(SPEC)
    code = (
        f"import sys; sys.path.insert(0, {str(site)!r}); from spikegraph.cli.entry import run;"
        "sys.exit(run(['check', 'net.sdhs']))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 3
    said = "".join(done.stderr.split())  # a long path is wrapped
    where = f"{package / 'rules.py'}:2"
    told = f"error: the plug-in `odd-ops` failed at {where}: IndexError: tuple index out of range help: correct the plug-in"
    assert said.startswith(told.replace(" ", ""))


def test_an_error_of_the_program_stays_its_own(odd, monkeypatch, capsys):
    """The same exception, raised outside of the plug-in that is loaded."""
    from spikegraph.cli import ops

    def fail(*_, **__):
        raise IndexError("tuple index out of range")

    monkeypatch.setattr(ops, "table", fail)
    assert run(["ops", "--plugin", odd]) == 3
    assert "error: internal error (IndexError: tuple index out of range)\nhelp: please report it" in capsys.readouterr().err


class Wrong(torch.utils.data.Dataset):
    """A data set whose code is called in a process of its own."""

    def __init__(self, rule):
        self.rule = rule

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return self.rule((index,))


def test_an_exception_in_a_process_that_reads_data(odd):
    spikegraph.load_plugin(odd)
    from spikegraph.ir.opdef import OPS

    def rule(operands):
        return OPS["odd"].infer(None, *operands)

    loader = torch.utils.data.DataLoader(Wrong(rule), num_workers=1, multiprocessing_context="fork")
    with pytest.raises(IndexError) as caught:
        next(iter(loader))
    found = culprit(caught.value)
    assert found is not None
    assert (found.plugin, found.place, found.cause) == ("odd.py", "odd.py:16", "IndexError: tuple index out of range")
