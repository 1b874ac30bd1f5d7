"""Triton compiles kernels for GPUs that aren't there: bytes are the least, accesses are wide, no register is spilled."""

import importlib
import itertools
import re
import sys
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from spikegraph.backends.torch.triton import library

from ..sampled import sampled

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
offline, campaign = (importlib.import_module(f"gpu_check.{name}") for name in ("offline", "campaign"))
sys.path.pop(0)
pytestmark = pytest.mark.skipif(not library.installed(), reason="Triton isn't installed")


@cache
def compiled(name: str, **case: object):
    return offline.Case("lif", steps=2, **case).compiled(name, 90)


def test_a_notice_of_compilation(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Once, for kernels of this project that aren't in the cache."""
    knobs = importlib.import_module("triton").knobs
    case = offline.Case("lif", steps=1, last=False)
    made = library.kernel(case.text("moments"), "moments")
    with knobs.cache.scope(), knobs.compilation.scope():
        knobs.cache.dir = str(tmp_path)
        library._tell_when_compiling.__wrapped__()
        for fn, hit in ((made, True), (SimpleNamespace(__module__="other"), False)):
            knobs.compilation.listener(src=SimpleNamespace(fn=fn), cache_hit=hit)
        assert capsys.readouterr().err == ""
        for _ in range(2):
            case.compiled("moments", 90)
    assert capsys.readouterr().err == (
        f"note: compiling neurons as kernels of Triton, once, in {tmp_path}; the first steps take longer\n"
    )


@pytest.mark.slow
@pytest.mark.parametrize(("way", "one", "two"), [("training", 16, 26), ("frozen", 10, 16), ("no norms", 10, 14)])
def test_a_step_moves_the_least_that_is_possible(way: str, one: int, two: int) -> None:
    """In bytes for each neuron and time step with bfloat16, with k terms, counted from what is compiled.

    Statistics read y; forward reads y and writes spikes; backward reads gradients of spikes and y, twice in training, and gives
    gradients of y, where terms without norms have the same: 2 k + (2 k + 2) + (2 + 2 k) + (2 + 4 k) in training,
    (2 k + 2) + (2 + 4 k) with running statistics, and (2 k + 2) + (2 + 2 k + 2) without norms.
    """
    for terms, least in ((1, one), (2, two)):
        found = {k: compiled(k, terms=terms, normed=way != "no norms") for k in offline.PASSES[way]}
        assert offline.Case("lif", terms).bytes(way, found) == least
        assert {f.width for f in found.values()} == {128}
        assert {f.spills for f in found.values()} == {0}


@pytest.mark.slow
def test_states_between_segments_are_counted() -> None:
    """With 4 bytes each: written forward, read again, and their gradients read and written, by both kernels that go back."""
    case = offline.Case("lif", steps=32)
    found = {kernel: case.compiled(kernel, 90) for kernel in offline.PASSES["training"]}
    assert case.widths.segment == 16
    assert case.bytes("training", found) == 16 + 4 / 16 + 2 * 3 * 4 / 16
    assert {name: f.narrowest for name, f in found.items()} == {"moments": 128, "forward": 128, "sums": 64, "gradients": 64}


@pytest.mark.slow
@pytest.mark.parametrize("model", ["integer", "qif", "eif"])
def test_potentials_are_divided_as_torch_divides(model: str) -> None:
    """Rounded to the nearest number: a potential of three thresholds has three spikes, not two."""
    case = offline.Case(model)
    made = library.kernel(text := case.text("forward"), "forward")
    ptx = offline._compiled(made, case._arguments("forward", 4), 90)[0]
    assert "quotient(" in text
    assert "div.rn.f32" in ptx
    assert not re.search(r"div\.full|(rcp|sqrt)\.approx", ptx)


def test_the_cases_of_the_tables() -> None:
    assert len(set(offline.every())) == len(offline.models()) * 2 * 4
    assert {case.steps for case in offline.every()} == {4, 8, 16, 32}
    page = (Path(__file__).parents[2] / "docs" / "speed.md").read_text(encoding="utf-8")
    for case in offline.usual():
        assert f"\n| {case.model} | {case.steps} | {case.terms} | {case.widths.gradients.elements} | " in page
    assert f"\n| {' | '.join(offline.HEAD)} |\n" in page


ALL = [f"{model} sm_{sm}" for model in offline.models() for sm in offline.ARCHITECTURES]


@pytest.mark.slow
@pytest.mark.parametrize("name", sampled(ALL, 1))
def test_no_register_is_spilled(name: str) -> None:
    model, sm = name.split(" sm_")
    case = offline.Case(model)
    found = {kernel: case.compiled(kernel, int(sm)) for kernel in case.kernels if kernel not in ("moments", "forward")}
    assert {kernel: f.spills for kernel, f in found.items()} == dict.fromkeys(found, 0)
    assert {kernel: f.width for kernel, f in found.items()} == {kernel: 16 * case.width(kernel).access for kernel in found}


def test_all_kernels_were_compiled_and_spill_nothing() -> None:
    """By `tools/gpu-check --offline --all`, with the widths of today; it compiles again what differs, and says what spills."""
    kept = campaign.Campaign.read().found
    assert list(kept) == campaign.titles(offline.every())
    assert [kernel for kernel, (_, found) in kept.items() if found.spills] == []
    for case in offline.every():
        for sm, names in campaign.SEVERAL:
            wide = {name: kept[campaign.title(case, name, sm)][1].narrowest for name in names}
            assert wide == {name: 16 * case.width(name).access for name in names}, (case, sm)
            assert case.terms > 1 or case.steps > 8 or set(wide.values()) == {128}, (case, sm)


@pytest.mark.slow
def test_two_steps_are_accessed_at_once() -> None:
    """Where registers hold 4 numbers of a step, also if the last step is alone."""
    case = offline.Case("adlif", steps=5)
    found = case.compiled("both", 90)
    assert case.width("both")[::2] == (4, True)
    assert (found.narrowest, found.spills) == (128, 0)


def test_what_was_compiled_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernel by kernel, so that compiling all can be stopped; what differs now is compiled again."""
    texts = list[str]()

    def counted(case: object, name: str, sm: int) -> object:
        texts.append(campaign.title(case, name, sm))
        return offline.Compiled(2.0, 128, 128, 40 + len(texts), 0)

    monkeypatch.setattr(offline.Case, "compiled", counted)
    case, path = offline.Case("lif"), tmp_path / "kernels.jsonl"
    first = campaign.Campaign.read(path)
    first.compiled(case, "forward", 80)
    first.compiled(case, "moments", 80)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"kernel": "lif, 1 ter')  # stopped while it wrote
    again = campaign.Campaign.read(path)
    assert [again.compiled(case, name, 80).registers for name in ("moments", "forward")] == [42, 41]
    assert texts == ["lif, 1 term, 4 steps, forward, sm_80", "lif, 1 term, 4 steps, moments, sm_80"]
    monkeypatch.setattr(campaign, "hash_of", lambda case, name: "another")
    assert again.compiled(case, "moments", 80).registers == 43
    assert campaign.Campaign.read(path).found["lif, 1 term, 4 steps, moments, sm_80"][1].registers == 43
    again.found["a model of once, 1 term, 4 steps, sums, sm_80"] = ("text", offline.Compiled(2.0, 128, 128, 255, 8))
    again.write()
    assert list(again.found) == list(campaign.Campaign.read(path).found) == sorted({*texts}, reverse=True)


@pytest.mark.parametrize("changed", ["version", "function"])
def test_kernels_are_compiled_again_for_another_triton_or_function(changed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the functions that texts call, `load_two` is only in those that access two steps at once."""
    case, other = offline.Case("adlif"), offline.Case("lif")
    before = [campaign.hash_of(each, "sums") for each in (case, other)]
    if changed == "version":
        monkeypatch.setattr(campaign.importlib.metadata, "version", lambda _: "0.0")
    else:
        monkeypatch.setattr(campaign.functions.load_two, "raw_src", ["def changed(): pass"])
    found = [campaign.hash_of(each, "sums") == old for each, old in zip((case, other), before, strict=True)]
    assert found == [False, changed == "function"]


def shown(width: Any) -> str:
    return f"{width.elements}x{width.part}{'+' * width.paired}"


def test_widths(golden) -> None:
    """Of all models, with channels as the last axis and without, by time steps.

    Steps of a segment, and numbers of a thread x steps kept at once, of kernels without sums and with them; with a + where two
    steps are accessed at once.
    """
    lines = [f"{'':<16}terms last   {'  '.join(f'{steps:>14}' for steps in offline.STEPS)}"]
    for model, terms, last in itertools.product(offline.models(), (1, 2), (True, False)):
        found = (offline.Case(model, terms, steps, last=last).widths for steps in offline.STEPS)
        told = (f"{w.segment:>2}: {shown(w.gradients):>5} {shown(w.sums):>5}" for w in found)
        lines.append(f"{model:<16}{terms:<6}{last!s:<6} {'  '.join(told)}".rstrip())
    golden("\n".join([*lines, ""]), ".txt")


@pytest.mark.slow
@pytest.mark.parametrize(("model", "steps"), [("lif", 8), ("clif", 16), ("cuba", 32)])
def test_the_kernels_of_sums_that_need_most_spill_nothing(model: str, steps: int) -> None:
    """On Ampere, whose compiler spills first: 152, 64 and 144 bytes at these widths while all steps were one block."""
    case = offline.Case(model, 1, steps)
    assert case.compiled("sums", 80).spills == 0


def test_segments_are_equally_long() -> None:
    """As far as whole steps can be."""
    assert offline.Case("clif", 2, 40).widths.segment == 14


def test_every_model_of_the_library_with_steps_has_kernels() -> None:
    from spikegraph.dsl.models.library import library, library_model

    assert offline.models() == tuple(name for name in library() if not library_model(name).over_time)


def test_neurons_that_differ_in_numbers_share_their_kernels() -> None:
    """As candidates of a search for surrogates do, so that none of them is compiled again."""
    from spikegraph.backends.torch.modules.generated_neurons import step_for
    from spikegraph.backends.torch.triton.form import Form
    from spikegraph.backends.torch.triton.source import backward_text, forward_text
    from spikegraph.ir.neuron import Neuron

    texts = set()
    for numbers in ({}, {"surrogate": {"name": "dspike", "b": 4.2}}, {"decay": 0.3, "threshold": 0.7}):
        step = step_for(Neuron.model_validate(numbers))
        assert step is not None
        form = Form(step, (1,), (True,), (0,), started=False, last=True)
        how = {"writes": True, "sums": True, "continued": False, "saved": False, "passed": False}
        texts.add((forward_text(form, 4, 4), backward_text(form, 4, 4, **how)))
    assert len(texts) == 1
