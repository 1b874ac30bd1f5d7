"""The table of all tasks: where it was measured."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

from spikegraph.base.processor import this_processor


def test_the_cores_are_those_of_the_machine(monkeypatch):
    spec = spec_from_file_location("tasks_of_samples", Path(__file__).parents[2] / "tools" / "tasks.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    for count, text in ((1, "1 core"), (12, "12 cores")):
        monkeypatch.setattr(module, "cores", lambda count=count: count)
        assert module.where() == f"On {text} of {this_processor().name}."
