"""Commands import their modules only when they run, so that help is fast."""

import pytest

HEAVY = {"torch", "networkx", "lark", "pydantic", "numpy", "h5py", "rich", "skimage", "graphviz"}

HELP = """
import sys
from spikegraph.cli.entry import run
status = run([*sys.argv[1:], "--help"])
print("imported:", *sorted(m for m in sys.modules if "." not in m))
sys.exit(status)
"""


def imported(output):
    return set(output.rpartition("imported:")[2].split())


def test_importing_the_package_is_cheap(python):
    found = imported(python('import sys, spikegraph\nprint("imported:", *(m for m in sys.modules if "." not in m))'))
    assert "spikegraph" in found
    assert not found & (HEAVY | {"click"})


@pytest.mark.parametrize(
    "command",
    [
        "",
        "check",
        "fmt",
        "compile",
        "sweep",
        "slurm",
        "evaluate",
        "stats",
        "show",
        "data",
        "data sample",
        "data check",
        "explain",
        "ops",
        "passes",
    ],
)
def test_help_imports_nothing_slow(python, command):
    output = python(HELP, *command.split())
    assert output.startswith("Usage: spikegraph")
    assert not imported(output) & HEAVY


def test_every_command_is_in_the_group():
    from spikegraph.cli.group import COMMANDS, cli

    for name in COMMANDS:
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        assert command.name == name
        assert command.help
