"""Time to check specs of different lengths, which should be linear, and CPU time of short commands beside their imports."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measure import Row, Settings, Side, compare
from wanted import Wanted

from spikegraph.program.program import Program

STEREO = Path(__file__).parents[2] / "specs" / "stereo.sdhs"

CELL = """cell c{i} {{
  inputs     = [prev2, prev]
  nodes      = 3
  candidates = choices
  neuron     = lif
}}

genotype c{i} {{
  n0 = c3(prev2) + c3(prev)
  n1 = c3(prev)  + skip(n0)
  n2 = skip(n0)  + c3(n1)
}}

"""
HEAD = """sdhs 1

neuron lif {
  decay = 0.2
}

candidates choices {
  c3   = conv(3) -> norm -> lif
  skip = identity
}

"""


def spec_of(lines: int) -> str:
    """A valid spec of about this many lines."""
    text, i = [HEAD], 0
    count = HEAD.count("\n")
    while count < lines:
        text.append(CELL.format(i=i))
        count += CELL.count("\n")
        i += 1
    return "".join(text)


def rows(settings: Settings) -> list[Row]:
    """Seconds for specs of 10,000, 5,000 and 2,500 lines, and for the command line's help."""
    with tempfile.TemporaryDirectory() as folder:
        sides: dict[str, Side] = {}
        for lines in (10_000, 5_000, 2_500):
            path = Path(folder) / f"spec{lines}.sdhs"
            path.write_text(spec_of(lines), encoding="utf-8")
            assert not Program.read(path).check().has_errors
            sides[f"{lines} lines"] = Side(lambda path=path: Program.read(path).check())
        checked = compare("check of a spec", sides, settings, "twice as fast at half the length is linear")
    program = [sys.executable, "-m", "spikegraph"]
    short = {
        "imports": [sys.executable, "-c", "import lark, pydantic, click, networkx"],
        "--help": [*program, "--help"],
        "check specs/stereo.sdhs": [*program, "check", str(STEREO)],
    }
    seconds: dict[str, list[float]] = {name: [] for name in short}
    with tempfile.TemporaryDirectory() as bytecode:  # as where Python may write it, also if the environment forbids that
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": bytecode}
        for _ in range(settings.runs + 1):
            for name, command in short.items():
                seconds[name].append(cpu(command, environment))
    found = {name: values[1:] for name, values in seconds.items()}  # the first run of each warms up
    return [checked, Row("CPU time of commands", found, wanted={"check specs/stereo.sdhs": Wanted("imports", 2.0)})]


def cpu(command: list[str], environment: dict[str, str]) -> float:
    """User and system seconds of a command."""
    before = os.times()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
