"""`docs/passes.md` matches the program."""

import re
from pathlib import Path

import pytest

from spikegraph.cli.passes import usage
from spikegraph.passes.phase_pipelines import default_pipeline
from spikegraph.passes.registry import PASSES

TEXT = (Path(__file__).parents[2] / "docs" / "passes.md").read_text(encoding="utf-8")


def test_every_pass_is_there():
    usages = {p: usage(p).replace("|", r"\|") for p in PASSES.values()}
    rows = [f"| `{text}` | {p.summary()} |" for p, text in usages.items()]
    found = [line for line in TEXT.splitlines() if line in rows]
    assert found == rows


@pytest.mark.parametrize("phase", ["search", "retrain"])
def test_the_pipelines_are_those_of_the_phases(phase):
    (row,) = re.findall(rf"^\| `{phase}` \| (.*) \|$", TEXT, re.MULTILINE)
    passes = default_pipeline(phase, stems="lif", mix="spike", genotypes={}, paths={})
    assert re.findall("`([a-z-]+)`", row) == [p.name for p in passes]


def test_deployment_folds_the_norms():
    of = {phase: default_pipeline(phase, stems="lif", mix=None, genotypes={}, paths={}) for phase in ("retrain", "deploy")}
    names = [p.name for p in of["retrain"]]
    end = names.index("prune") + 1
    assert [p.name for p in of["deploy"]] == [*names[:end], "fold-norm", *names[end:]]
    assert "| `deploy` | those of `retrain`, with `fold-norm` after `prune` |" in TEXT


def test_the_examples_run(spikegraph):
    (block,) = re.findall(r"^```sh\n(.*?)^```$", TEXT, re.MULTILINE | re.DOTALL)
    import shlex

    for line in block.replace("\\\n", "").splitlines():
        program, *arguments = shlex.split(line)
        assert program == "spikegraph"
        assert spikegraph(*arguments).status == 0
