"""A graph is made and verified once, however many parts of a command ask for it."""

from collections import Counter
from pathlib import Path

import pytest
from tiny_run import At
from tiny_search import made, train

from spikegraph.backends.search.cost import DRAWS
from spikegraph.passes import pipeline
from spikegraph.program.program import Program


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How many pipelines have run a pass, and how many graphs were verified."""
    found, run, verify = Counter[str](), pipeline.run, pipeline.verify

    def counted(passes: pipeline.Pipeline, *more: object) -> object:
        found["pipelines"] += bool(passes)
        return run(passes, *more)  # pyright: ignore[reportArgumentType]

    def verified(graph: object) -> None:
        found["verified"] += 1
        verify(graph)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr("spikegraph.plugins.owners.are_there", lambda: False)  # those of other tests
    monkeypatch.setattr(pipeline, "run", counted)
    monkeypatch.setattr(pipeline, "verify", verified)
    return found


class SecondStepError(Exception):
    """The training has done two steps."""


@pytest.mark.usefixtures("one_thread")
def test_before_the_second_step_of_a_search(tmp_path: Path, counts: Counter[str]) -> None:
    """The search; the retraining, which lacks a genotype; the supernet; the candidates in both forms, and for the space."""

    def stop() -> None:
        raise SecondStepError

    with pytest.raises(SecondStepError):
        train(tmp_path, "darts", reporter=At(2, stop))
    assert counts["pipelines"] == 7 + DRAWS
    assert counts["verified"] < 60


def test_a_program_that_was_checked_is_not_checked_again(tmp_path: Path, counts: Counter[str]) -> None:
    program = made(tmp_path, "darts")
    assert not program.check().has_errors
    before = Counter(counts)
    assert before["verified"] > 0
    assert program.check() is program.checked().check()
    program.space("retrain")
    assert program.text
    assert counts == before
    assert not Program.of_text(program.text, "net.sdhs").check().has_errors
    assert counts == Counter({what: 2 * count for what, count in before.items()})
