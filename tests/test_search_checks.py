"""Warnings about a search: candidates that are one operation after the passes, and two ways to mix."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from spikegraph.plugins.targets import lower
from spikegraph.program.program import Program

NET = """
network net {
  input image : real[1, 12, 12]
  time = 2
  stem  = image -> stem(3, out = 8)
  cells = stem -> chain([small, small], width = 4)
  output logits = cells -> pool -> linear(10) -> mean(time)
}
dataset anything { source = anything }
"""
RUN = "{{ epochs = 2  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy(logits)  {more} }}\n"
MIXING = "mixing at the membrane removes the neurons in which alone they differ: keep one of them, or mix at the spike"
ONCE = "candidates `c3` and `c5` of cell `small` are the same operation once retrained"
BOTH = "candidates `c3` and `c5` of cell `small` are the same operation while searching and once retrained"
WHILE = "candidates `c3` and `c5` of cell `small` are the same operation while searching"

Write = Callable[..., Path]


@pytest.fixture
def spec(small: Callable[..., object], anything: None) -> Write:
    def write(search: str = "", retrain: str | None = "", genotype: str = "", **how: object) -> Path:
        text = NET + "search net on anything " + RUN.format(more="warm_up = 1 " + search)
        text += "" if retrain is None else "retrain net on anything " + RUN.format(more=retrain)
        return small(text + genotype, **how).path  # pyright: ignore[reportAttributeAccessIssue]

    return write


def warned(path: Path, **how: object) -> list[tuple[str, str, str | None]]:
    found = Program.read(path).check(**how)
    assert not found.has_errors
    assert {d.severity for d in found} <= {"warning"}
    return [(d.code, d.summary, d.help) for d in found]


@pytest.mark.parametrize(
    ("search", "retrain", "mix", "expected"),
    [
        ("", "", "spike", []),
        ("", "", "membrane", [BOTH]),
        ("mix = membrane", "mix = membrane", "spike", [BOTH]),
        ("mix = membrane", "", "spike", [WHILE]),
        (
            "",
            "mix = membrane",
            "spike",
            [ONCE, "the search mixes the operations of cell `small` at the spike, the retraining at"],
        ),
        ("mix = spike", "mix = membrane", "spike", []),
        ("", "mix = spike", "membrane", [BOTH, "the search mixes the operations of cell `small` at the membrane, the"]),
        ("method = random(3)", "mix = membrane", "spike", [ONCE]),
        ("method = random(3)  mix = spike", "mix = membrane", "spike", [ONCE]),
        ("method = random(3)  mix = membrane", "", "spike", []),
        ("", None, "membrane", [WHILE]),
        ("mix = membrane", None, "spike", [WHILE]),
    ],
)
def test_what_is_warned_of(spec: Write, search: str, retrain: str | None, mix: str, expected: list[str]) -> None:
    found = warned(spec(search, retrain, mix=mix))
    assert len(found) == len(expected)
    for (code, summary, help), text in zip(found, expected, strict=True):
        assert summary.startswith(text)
        assert code == ("SG0901" if text.startswith("candidates") else "SG0902")
        assert code == "SG0902" or (summary, help) == (text, MIXING)


def test_candidates_that_differ(spec: Write) -> None:
    assert warned(spec("mix = membrane", "mix = membrane", candidates="c3 skip")) == []


def test_the_retrained_form_of_what_is_warned_of_computes_the_same_numbers(spec: Write) -> None:
    """With equal weights, the gradients of a network with `c3` and of one with `c5` differ at the spike only."""
    outputs: dict[tuple[str, str], torch.Tensor] = {}
    genotype = "genotype small {{ n0 = {c}(prev2) + {c}(prev)  n1 = {c}(prev) + {c}(n0) }}\n"
    for mix in ("membrane", "spike"):
        for c in ("c3", "c5"):
            path = spec("", f"mix = {mix}", genotype.format(c=c))
            torch.manual_seed(0)
            model = lower(Program.read(path).build("retrain").graph, "torch").train()
            image = torch.rand(4, 1, 12, 12, generator=torch.Generator().manual_seed(1))
            loss = model(image).square().sum()
            loss.backward()
            outputs[mix, c] = torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])
    assert torch.equal(outputs["membrane", "c3"], outputs["membrane", "c5"])
    assert not torch.equal(outputs["spike", "c3"], outputs["spike", "c5"])


def test_nothing_is_said_of_a_search_that_will_not_run(spec: Write) -> None:
    genotype = "genotype small { n0 = c3(prev2) + c3(prev)  n1 = c3(prev) + c3(n0) }\n"
    assert warned(spec("", "mix = membrane", genotype)) == []
    assert warned(spec("", "mix = membrane", genotype), phase="retrain") == []
    assert [code for code, *_ in warned(spec("", "mix = membrane"), phase="search")] == ["SG0901", "SG0902"]


@pytest.mark.parametrize("profile", [None, "sample"])
def test_the_first_spec_of_the_readme_has_no_warning(profile: str | None) -> None:
    assert list(Program.read("builtin:stereo", profile=profile).check()) == []


@pytest.mark.parametrize("name", ["cifar10", "cifar10-n4", "cifar100", "imagenet"])
def test_the_specs_of_the_paper_have_no_warning(name: str) -> None:
    assert list(Program.read(f"builtin:{name}").check()) == []
