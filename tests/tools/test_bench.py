"""The benchmark: which mode of another library is the reference, which sides are left out, and what is printed."""

import json
import sys
import time
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest

from spikegraph.base.processor import Processor

BENCH = Path(__file__).parents[2] / "tools" / "bench"
SLOW = Processor("AMD EPYC", avx512=False, avx512_bf16=False, amx_bf16=False)
FAST = Processor("AMD EPYC 9655", avx512=True, avx512_bf16=True, amx_bf16=False)


@pytest.fixture
def bench(monkeypatch):
    """The benchmark's modules, which import each other by bare name."""
    monkeypatch.syspath_prepend(str(BENCH))
    names = ("measure", "table", "peers")
    yield SimpleNamespace(**{name: import_module(name) for name in names})
    for name in names:
        del sys.modules[name]


@pytest.fixture
def measured(bench):
    """A row with two modes of another library and one side of ours in each precision."""
    values = {
        "jelly, plain": [3.0],
        "jelly, compiled": [2.0],
        "jelly, autocast": [1.0],
        "ours, float32": [1.0],
        "ours, bf16": [0.5],
    }
    peers = {"jelly, plain": "float32", "jelly, compiled": "float32", "jelly, autocast": "bf16"}
    precisions = {**peers, "ours, float32": "float32", "ours, bf16": "bf16"}
    return bench.measure.Row("step", values, references=bench.measure.references(values, precisions, set(peers)))


def test_the_reference_is_the_best_mode_of_the_same_precision(measured):
    assert {side: measured.reference(side) for side in measured.values} == {
        "jelly, plain": "jelly, compiled",
        "jelly, compiled": "jelly, compiled",
        "jelly, autocast": "jelly, autocast",
        "ours, float32": "jelly, compiled",
        "ours, bf16": "jelly, autocast",
    }
    assert [measured.ratio(side) for side in measured.values] == [2 / 3, 1, 1, 2, 2]


def test_without_another_library_the_first_side_is_the_reference(bench):
    row = bench.measure.compare(
        "step", {"plain": bench.measure.Side(lambda: 1), "quick": bench.measure.Side(lambda: 1)}, bench.measure.Settings(2)
    )
    assert (row.reference("quick"), row.references, row.notices) == ("plain", {}, [])
    assert [len(values) for values in row.values.values()] == [2, 2]


def test_modes_that_fail_are_left_out_with_a_notice(bench, capsys):
    def fails():
        raise ValueError("no kernel\nfor this")

    side = bench.measure.Side
    sides = {
        "broken": side(fails, peer=True),
        "endless": side(lambda: time.sleep(60), peer=True),
        "works": side(lambda: 1, peer=True),
        "ours": side(lambda: 1),
    }
    row = bench.measure.compare("step", sides, bench.measure.Settings(1, first_call=0.05))
    expected = [
        "step: broken is left out: ValueError: no kernel",
        "step: endless is left out: its first call took more than 0.05 s",
    ]
    assert list(row.notices) == expected
    assert capsys.readouterr().err.splitlines() == expected
    assert (list(row.values), row.reference("ours")) == (["works", "ours"], "works")
    assert bench.table.markdown({"a": [row]}).endswith("\n\n" + "\n\n".join(expected))


def test_a_failure_of_ours_is_an_error(bench):
    def fails():
        raise ValueError("ours")

    with pytest.raises(ValueError, match="ours"):
        bench.measure.compare("step", {"ours": bench.measure.Side(fails)}, bench.measure.Settings(1))


def test_the_table_names_the_references(bench, measured):
    lines = bench.table.markdown({"a": [measured]}).splitlines()
    assert lines[0] == bench.table.HEAD
    assert "| step | ours, bf16 | 0.5 s | 0.5 to 0.5 | jelly, autocast | 2.00 |  |" in lines


def test_the_modes(bench, monkeypatch):
    monkeypatch.setattr(bench.peers, "has", lambda _: True)
    assert [mode.name for mode in bench.peers.modes(("float32", "bf16"))] == [
        "SpikingJelly, float32",
        "SpikingJelly, float32, compiled",
        "SpikingJelly, float32, channels last",
        "SpikingJelly, float32, channels last, compiled",
        "SpikingJelly, autocast bf16",
        "SpikingJelly, autocast bf16, compiled",
        "SpikingJelly, autocast bf16, channels last",
        "SpikingJelly, autocast bf16, channels last, compiled",
    ]
    assert all(mode.precision == "float32" for mode in bench.peers.modes(("float32",)))


@pytest.mark.parametrize(
    ("processor", "given", "bf16", "features"),
    [
        (SLOW, (), False, "AVX-512: no, AVX512-BF16: no, AMX-BF16: no"),
        (SLOW, ("--bf16",), True, "AVX-512: no, AVX512-BF16: no, AMX-BF16: no"),
        (FAST, (), True, "AVX-512: yes, AVX512-BF16: yes, AMX-BF16: no"),
        (Processor("M2"), (), True, "AVX-512: unknown, AVX512-BF16: unknown, AMX-BF16: unknown"),
    ],
)
def test_slow_bfloat16_is_skipped(bench, measured, monkeypatch, capsys, tmp_path, processor, given, bf16, features):
    spec = spec_from_file_location("bench_main", BENCH / "__main__.py")
    program = module_from_spec(spec)
    spec.loader.exec_module(program)
    asked = []
    monkeypatch.setattr(program, "this_processor", lambda: processor)
    monkeypatch.setattr(program, "section", lambda name, settings: asked.append((name, settings)) or [measured])
    monkeypatch.setattr(sys, "argv", ["bench", "cifar", "--runs", "3", "--json", str(tmp_path / "out.json"), *given])
    assert program.main() == 0
    assert asked == [("cifar", bench.measure.Settings(3, 2, bf16))]
    assert asked[0][1].precisions == (("float32", "bf16") if bf16 else ("float32",))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"processor: {processor.name} ({features})"
    assert (program.SKIPPED in lines) is not bf16
    written = json.loads((tmp_path / "out.json").read_text())
    assert (written["processor"]["name"], written["processor"]["avx512_bf16"]) == (processor.name, processor.avx512_bf16)
    assert (written["bf16"], written["runs"]) == (bf16, 3)
    assert written["sections"]["cifar"][0]["sides"]["ours, bf16"]["reference"] == "jelly, autocast"
