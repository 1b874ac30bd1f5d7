"""A plug-in that the language server is started with."""

import shutil
import sys
from pathlib import Path

import pytest

from .session import Session

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize("given", [True, False])
def test_checks_know_a_plugin(tmp_path, given):
    """What it prints in the process that checks is none of the protocol's messages."""
    shutil.copy(EXAMPLES / "gain.py", tmp_path)
    with (tmp_path / "gain.py").open("a") as file:
        file.write("import multiprocessing\nif multiprocessing.parent_process():\n    print('loaded', flush=True)\n")
    options = ["--plugin", "gain.py"] if given else []
    server = Session([str(Path(sys.executable).with_name("spikegraph")), "lsp", *options], tmp_path)
    found = server.open(tmp_path / "gain.sdhs", (EXAMPLES / "gain.sdhs").read_text())
    assert server.stop() == 0
    told = "(or load its plug-in: spikegraph lsp --plugin FILE.py)"
    assert [each.message.partition("\n")[0] for each in found] == ([] if given else ["no operation is called `gain`"])
    assert all(each.message.endswith(told) for each in found)
