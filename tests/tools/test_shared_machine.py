"""The tool that measures trainings beside a busy process: what it counts, and what it gives each way."""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "shared_machine.py"


@pytest.fixture(scope="module")
def tool():
    spec = spec_from_file_location("shared_machine", TOOL)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules["shared_machine"] = module  # for its data classes
    spec.loader.exec_module(module)
    yield module
    del sys.modules["shared_machine"]


def test_the_times_of_steps_of_a_run_and_of_a_sweep(tool, tmp_path):
    def line(event, time):
        return json.dumps({"event": event, "time": time}) + "\n"

    one, two = tmp_path / "run" / "seed-0", tmp_path / "run" / "seed-1"
    for folder in (one, two):
        folder.mkdir(parents=True)
    (one / "metrics.jsonl").write_text(line("step", 1.0) + line("step", 3.0) + line("epoch", 3.5) + line("step", 4.0) + '{"ev')
    (two / "metrics.jsonl").write_text(line("step", 2.0))
    assert tool.times(tmp_path) == [[1.0, 3.0, 4.0], [2.0]]
    assert [tool.pace(steps) for steps in tool.times(tmp_path)] == [2 / 3, 0.0]


def test_what_a_way_is_given(tool, monkeypatch):
    for name in ("OMP_NUM_THREADS", "GOMP_SPINCOUNT", "OMP_WAIT_POLICY"):
        monkeypatch.setenv(name, "1")
    chosen = {name: value for name, value in tool.Way("fixed", "idle").environment.items() if "OMP" in name}
    assert chosen == {"OMP_NUM_THREADS": str(tool.cores()), "GOMP_SPINCOUNT": "300000"}
    assert [name for name in tool.Way("now", "idle").environment if "OMP" in name] == []
