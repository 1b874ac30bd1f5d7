"""Plug-ins in local files and in installed packages, through the command line."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from spikegraph.plugins.local_files import not_loaded

from .double_operation import OPERATION
from .forked import python

ROOT = Path(__file__).parents[1]

SPEC = "sdhs 1\n\nnetwork n {\n  input x : real[1, 2, 2]\n  output y = x -> double\n}\n"
NOTICE = "note: loaded the plug-in ops.py, which adds operation `double`\n"


@dataclass(frozen=True)
class Done:
    status: int
    out: str
    err: str


@pytest.fixture
def call(tmp_path):
    """Runs a command in a process of its own, in a folder with a spec and a plug-in; `site` is a folder of packages."""
    (tmp_path / "ops.py").write_text(OPERATION)
    (tmp_path / "n.sdhs").write_text(SPEC)

    def call(*arguments, code=None):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), str(tmp_path / "site")))}
        if code is None:
            done = python("-m", "spikegraph", *arguments, cwd=tmp_path, env=environment)
        else:  # which also asks what is imported
            whole = [sys.executable, "-c", code]
            done = subprocess.run(whole, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return Done(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def package(tmp_path):
    """Installs a package with one module and entry points for it."""

    def install(name, source, *groups):
        site = tmp_path / "site"
        info = site / f"{name}-1.0.dist-info"
        info.mkdir(parents=True)
        (site / f"{name}.py").write_text(source)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("".join(f"[{group}]\n{name} = {name}\n" for group in groups))

    return install


def test_without_its_plug_in_an_operation_is_unknown(call):
    done = call("check", "n.sdhs")
    assert done.status == 1
    assert "n.sdhs:5:19: error[SG0307]: no operation is called `double`" in done.err
    assert "= help: `spikegraph ops` lists the operations (or load its plug-in: --plugin FILE.py)" in done.err


@pytest.mark.parametrize(
    ("arguments", "out"),
    [
        (("check", "n.sdhs"), "n.sdhs: sound\n"),
        (("compile", "n.sdhs", "--emit", "ir"), "y = double(x) : real[1, 2, 2] @ n.sdhs:5:19-5:25\n"),
        (("stats", "n.sdhs"), "double  real  1x2x2"),
        (("ops", "double"), "x -> double\n\nTwice the value."),
        (("render", "n.sdhs", "-o", "n.dot", "--level", "ops"), "n.dot\n"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
@pytest.mark.parametrize("before", [True, False], ids=["before", "after"])
def test_commands_with_a_file(call, arguments, out, before):
    plugin = ("--plugin", "ops.py")
    done = call(*plugin, *arguments) if before else call(*arguments, *plugin)
    assert (done.status, done.err) == (0, NOTICE)
    assert out in done.out


def test_a_file_is_loaded_once_and_kernels_are_registered_when_they_are_needed(call):
    done = call("--plugin", "ops.py", "check", "n.sdhs", "--plugin", "ops.py", "--plugin", "./ops.py")
    assert (done.status, done.err) == (0, NOTICE)
    code = (
        "import sys, spikegraph; spikegraph.load_plugin('ops.py'); assert 'torch' not in sys.modules; import torch;"
        "print(spikegraph.compile('n.sdhs')(torch.ones(1, 1, 1, 2, 2)).sum().item())"
    )
    assert call(code=code) == Done(0, "8.0\n", "")


def test_a_file_takes_the_place_of_one_of_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    loaded = dict[Path, str]()
    monkeypatch.setattr("spikegraph.plugins.local_files._loaded", loaded)
    assert not_loaded(["a/ops.py", "package"]) == ["a/ops.py"]
    loaded[tmp_path / "moved" / "ops.py"] = "moved/ops.py"
    assert not_loaded(["a/ops.py", "package"]) == []
    loaded[tmp_path / "b" / "ops.py"] = "b/ops.py"
    assert not_loaded(["a/ops.py", "b/ops.py"]) == []
    assert not_loaded(["ops.py", "a/ops.py", "ops.py"], "b") == ["ops.py"]  # b/ops.py, moved/ops.py, and none


def test_an_operation_without_a_kernel_is_named(call, tmp_path):
    (tmp_path / "ops.py").write_text(OPERATION[: OPERATION.index("@when_used")])
    done = call(code="import spikegraph; spikegraph.load_plugin('ops.py'); spikegraph.compile('n.sdhs')")
    assert done.status == 1
    help = "register one with `kernel` in the plug-in that adds the operation"
    assert f"PluginError: n.sdhs:5:19: the operation `double` has no kernel for PyTorch (help: {help})" in done.err


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("x = 1\nimport nothing_of_this_name\n", "ops.py:2: ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        ("x = 1\nx = (\n", "ops.py:2: SyntaxError: '(' was never closed (ops.py, line 2)"),
        ("import sys\n\nsys.exit(7)\n", "ops.py:3: SystemExit: 7"),
        (
            OPERATION.replace('"double"', '"relu"'),
            "ops.py:10: RegistrationError: operation `relu` is already registered by spikegraph; "
            "`replace=True` replaces it on purpose",
        ),
        (
            "from spikegraph.plugins.loggers import LOGGERS\nfrom spikegraph.runs.logger import Logger\n"
            "LOGGERS.register('mine', Logger())\n",
            "ops.py:3: RegistrationError: logger `mine`: register a function or a class, not an object of `Logger`",
        ),
    ],
    ids=["import", "syntax", "exit", "twice", "object"],
)
def test_a_file_that_raises(call, tmp_path, source, message):
    (tmp_path / "ops.py").write_text(source)
    done = call("check", "n.sdhs", "--plugin", "ops.py")
    assert done == Done(3, "", f"error: {message}\nhelp: correct the plug-in, or leave out --plugin\n")


def test_a_file_that_raises_at_a_first_use(call, tmp_path):
    """What is done ends, also if it would do without the plug-in, and again until the corrected file is loaded anew."""
    source = OPERATION.replace('"spikegraph.kernels"', '"spikegraph.surrogates"').replace("import kernel\n", "import nothing\n")
    (tmp_path / "ops.py").write_text(source)
    (tmp_path / "other.sdhs").write_text(f"{SPEC.replace('double', 'relu')}neuron lif {{ surrogate = dspike(b = 3) }}\n")
    wrong = "ImportError: cannot import name 'nothing' from 'spikegraph.backends.torch.kernels.base'"
    done = call("check", "other.sdhs", "--plugin", "ops.py")
    assert done.status == 3
    line = source[: source.index("import nothing")].count("\n") + 1
    assert done.err.startswith(f"{NOTICE}error: ops.py:{line}: {wrong}")
    assert done.err.endswith("help: correct the plug-in, or leave out --plugin\n")
    code = (
        "import spikegraph, torch, pathlib\n"
        "def tried(do, path):\n    try:\n        do(path)\n    except spikegraph.PluginError as error:\n"
        "        print(str(error)[:8])\n"
        "spikegraph.load_plugin('ops.py')\n"
        "tried(spikegraph.load, 'other.sdhs')\ntried(spikegraph.load, 'other.sdhs')\n"
        "pathlib.Path('ops.py').write_text('\\nwrong')\n"
        "tried(spikegraph.load_plugin, 'ops.py')\ntried(spikegraph.load, 'other.sdhs')\n"
        f"pathlib.Path('ops.py').write_text({OPERATION!r})\nspikegraph.load_plugin('./ops.py')\n"
        "print(spikegraph.compile('n.sdhs')(torch.ones(1, 1, 1, 2, 2)).sum().item())"
    )
    assert call(code=code) == Done(0, f"{f'ops.py:{line}'[:8]}\n" * 2 + "ops.py:2\n" * 2 + "8.0\n", "")


def test_a_file_may_replace_on_purpose(call, tmp_path):
    (tmp_path / "ops.py").write_text(OPERATION.replace('"double"', '"relu"').replace("@register", "@register(replace=True)"))
    done = call("ops", "relu", "--plugin", "ops.py")
    assert (done.status, done.err) == (0, "note: loaded the plug-in ops.py, which adds operation `relu`\n")
    assert "Twice the value." in done.out


def test_a_file_that_is_missing(call):
    done = call("check", "n.sdhs", "--plugin", "nowhere.py")
    assert done.status == 2
    assert "Invalid value for '--plugin': File 'nowhere.py' does not exist." in done.err
    code = "import spikegraph; spikegraph.load_plugin('nowhere.py')"
    assert "PluginError: there is no plug-in `nowhere.py` (help: give the path of a Python file)" in call(code=code).err


def test_an_installed_package_needs_no_option(call, package):
    package("doubling", OPERATION, "spikegraph.ops")
    assert call("check", "n.sdhs") == Done(0, "n.sdhs: sound\n", "")
    assert "x -> double" in call("ops", "double").out


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import nothing_of_this_name\n", "ModuleNotFoundError: No module named 'nothing_of_this_name'"),
        (f"{OPERATION}\nraise RuntimeError('not today')\n", "RuntimeError: not today"),
        (OPERATION.replace('"double"', '"relu"'), "RegistrationError: operation `relu` is already registered by spikegraph;"),
        ("raise SystemExit\n", "SystemExit:"),
    ],
    ids=["import", "raise", "twice", "exit"],
)
def test_a_broken_package_disables_only_itself(call, package, source, error):
    package("broken", source, "spikegraph.ops", "spikegraph.surrogates")
    for arguments in (("check", str(ROOT / "specs" / "cifar10.sdhs")), ("ops",), ("passes",)):
        done = call(*arguments)
        assert done.status == 0
        if arguments == ("passes",):  # no operation is looked up
            assert done.err == ""
            continue
        warning, help = done.err.splitlines()
        assert warning.startswith(
            f"warning: the plug-in `broken` of the package broken (entry point broken of spikegraph.ops) is disabled: {error}"
        )
        assert help == "help: repair it, or run `pip uninstall broken`"
        assert "double" not in done.out


def test_a_graph_is_read_in_a_fresh_process(call, package):
    package("doubling", OPERATION, "spikegraph.ops")
    text = call("compile", "n.sdhs", "--emit", "ir").out
    assert "double(x)" in text
    code = f"from spikegraph.ir.text_parser import parse_graph; print(parse_graph({text!r}), end='')"
    assert call(code=code) == Done(0, text, "")
    data = call("compile", "n.sdhs", "--emit", "json").out
    code = (
        "import json; from spikegraph.ir.json import from_json; from spikegraph.ir.text import print_graph;"
        f"print(print_graph(from_json(json.loads({data!r}))), end='')"
    )
    assert call(code=code) == Done(0, text, "")


def test_neither_help_nor_version_looks_for_plug_ins(call):
    code = (
        "import sys; from spikegraph.cli.entry import run; run(['{}']);"
        "print([m for m in sys.modules if m == 'spikegraph.plugins.local_files' or m.startswith('importlib.metadata')])"
    )
    for option in ("--help", "--version"):
        assert call(code=code.format(option)).out.endswith("\n[]\n")


def test_no_module_uses_a_registry_while_it_is_imported(call):
    """A plug-in would then be loaded while the modules that it imports are not complete."""
    modules = ("program.program", "api.functions", "cli.group", "data.steps", "backends.graphviz.render", "backends.torch.main")
    code = "".join(f"import spikegraph.{module}\n" for module in modules)
    assert call(code=f"{code}from spikegraph.plugins import owners\nprint(owners._complete)") == Done(0, "set()\n", "")


def test_a_kernel_of_a_package_does_not_silently_replace_another(call, package):
    source = (
        "from spikegraph.backends.torch.kernels.base import kernel\n"
        "from spikegraph.ir.ops.activation import Relu\n\n"
        "@kernel(Relu)\ndef mine(call, xs, state):\n    raise KeyError\n"
    )
    package("greedy", source, "spikegraph.kernels")
    code = "from spikegraph.backends.torch.kernels import KERNELS; print(KERNELS['relu'].__module__);print(len(KERNELS) > 20)"
    done = call(code=code)
    assert done.out == "spikegraph.backends.torch.kernels.activation\nTrue\n"
    assert (
        "the package greedy (entry point greedy of spikegraph.kernels) is disabled: RegistrationError: kernel `relu`"
        in done.err
    )
