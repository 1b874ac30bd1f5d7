"""The workflow on GitHub runs `.ci/run` and nothing else, so that what it checks can be repeated anywhere."""

import os

import yaml

from .archives import ROOT

WORKFLOWS = ROOT / ".github" / "workflows"


def steps():
    for path in sorted(WORKFLOWS.iterdir()):
        for job in yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"].values():
            yield from job["steps"]


def test_it_calls_the_script_alone():
    assert [step["run"] for step in steps() if "run" in step] == [".ci/run"]
    assert [step["uses"].partition("@")[0] for step in steps() if "uses" in step] == [
        "actions/checkout",
        "actions/setup-python",
    ]
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_it_may_only_read():
    (path,) = WORKFLOWS.iterdir()
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {"contents": "read"}
