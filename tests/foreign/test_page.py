"""The commands and the code of the first three parts of `docs/coming-from.md`."""

import re
import shlex
from pathlib import Path

import pytest

from ..forked import python

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "coming-from.md").read_text(encoding="utf-8")
TEXT = PAGE[: PAGE.index("\n## 4.")]
COMMANDS = [line for block in re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL) for line in block.splitlines()]
SHOWN = re.findall(r"^```text\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
FIRST, *CODE = re.findall(r"^```python\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with the file of the page."""
    path = tmp_path_factory.mktemp("page")
    (path / "models.py").write_text(FIRST)
    return path


def run(folder, *arguments):
    done = python(*arguments, cwd=folder)
    assert done.returncode == 0, done.stderr
    return done


def test_the_commands_and_what_they_print(folder):
    printed = {}
    for line in COMMANDS:
        program, *arguments = shlex.split(line)
        assert program == "spikegraph"
        printed[line] = run(folder, "-m", "spikegraph", *arguments)
    # The first use of a kernel on a machine, or at the same time as another test, has a notice.
    notices = ("Triton", "compiling the kernels of", "compiles the kernels of")
    messages = [line for line in printed[COMMANDS[0]].stderr.splitlines() if not any(word in line for word in notices)]
    assert messages == SHOWN[0].splitlines()
    assert SHOWN[1] in (folder / "sew" / "sew_res_net.sdhs").read_text()
    assert printed[COMMANDS[1]].stdout == SHOWN[2]
    assert "energy: 0.198 mJ (cmos-45nm) per inference of 4 time steps" in printed[COMMANDS[2]].stdout
    assert printed[COMMANDS[3]].stdout.endswith("sew_res_net, deploy: 11,176,842 parameters, 52 operations\n")
    assert (folder / "sew.dot").read_text().startswith("digraph")


def test_the_code(folder):
    """All of it in one program, with numbers that show that it did something."""
    end = (
        "assert found.measured and found.time == 4\n"
        "again = spikegraph.compile('sew/sew_res_net.sdhs', phase='deploy', weights='sew/weights.safetensors')\n"
        "assert torch.equal(again(images), deployed(images))\n"
        "assert y.shape == (8, 10) and y.std() > 0\n"
        "torch.testing.assert_close(y, deployed(images)[-1])\n"
    )
    code = "\n".join(("import spikegraph, torch", "from models import sew", *CODE, end))
    assert "at the measured firing rates" in run(folder, "-c", code).stdout
