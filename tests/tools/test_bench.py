"""The benchmark: which mode of another library is the reference, which sides are left out, and what is printed."""

import json
import math
import re
import runpy
import subprocess
import sys
import time
from dataclasses import replace
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace

import pytest

from spikegraph.base.processor import Processor
from spikegraph.program.program import Program

BENCH = Path(__file__).parents[2] / "tools" / "bench"
SLOW = Processor("AMD EPYC", avx512=False, avx512_bf16=False, amx_bf16=False)
NETWORK = """sdhs 1
network small {
  input x : real[2, 34, 34]
  a = x -> conv(3, out = 8) -> norm -> lif
  b = a -> conv(3, out = 8) -> norm -> lif
  output logits = b -> pool -> linear(10) -> mean(time)
  head = a -> conv(1, out = 4) -> norm -> lif -> pool -> linear(10) -> mean(time)
}
neuron lif { }
dataset events_small { }
retrain small on events_small {
  epochs = 1  batch = 2
  loss = cross_entropy(logits) + 0.4 * cross_entropy(head)
  weights = sgd(lr = 0.1)
}
"""
FAST = Processor("AMD EPYC 9655", avx512=True, avx512_bf16=True, amx_bf16=False)


@pytest.fixture
def bench(monkeypatch):
    """The benchmark's modules, which import each other by bare name."""
    monkeypatch.syspath_prepend(str(BENCH))
    names = ("measure", "table", "peers", "limits", "results")
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
    assert "| step | ours, bf16 | 0.5 s | 0.5 to 0.5 | jelly, autocast | 2.00 |  | - | - |" in lines


def test_the_distance_to_a_limit(bench):
    side = bench.measure.Side
    sides = {
        "ours, float32": side(lambda: 1),
        "ours, bf16": side(lambda: 1, precision="bf16"),
        "convolutions": side(lambda: 1),
        "copy": side(lambda: 1),
    }
    row = bench.measure.compare("step", sides, bench.measure.Settings(1), limits={"float32": ("convolutions", "copy")})
    assert row.limits == {"ours, float32": ("convolutions", "copy")}
    values = {"ours, float32": [3.0, 9.0, 6.0], "convolutions": [2.0, 1.0, 4.0], "copy": [0.5], "ours, bf16": [1.0]}
    row = replace(row, values=values)
    assert (row.limit("ours, float32"), row.distance("ours, float32")) == (2.5, 2.4)
    assert row.limit("ours, bf16") is row.distance("copy") is None
    assert "| ours, float32 | 1.00 |  | 2.5 s | 2.40 |" in bench.table.markdown({"a": [row]})


def test_the_limit_of_norms_and_neurons(bench, monkeypatch):
    """The copy of their bytes, in each precision: 5, 8 and 13 numbers for each neuron and step."""
    neurons, copied = import_module("neurons"), list[float]()
    monkeypatch.setattr(neurons, "training", lambda terms, normed, dtype: lambda: None)
    monkeypatch.setattr(
        neurons,
        "Copy",
        lambda: SimpleNamespace(
            side=lambda moved, precision: bench.measure.Side(lambda: copied.append(moved), precision=precision)
        ),
    )
    rows = neurons.rows(bench.measure.Settings(1))
    places = math.prod(neurons.SHAPE)
    del sys.modules["neurons"], sys.modules["lif"]
    assert [*dict.fromkeys(copied)] == [number * size * places for size in (4, 2) for number in (5, 8, 13)]
    assert [row.what.split(", ")[-1] for row in rows] == ["float32"] * 3 + ["bf16"] * 3
    assert all(row.limits == {"spikegraph": ("copies of as many bytes",)} for row in rows)


def test_sections_that_fail_are_named_and_others_measured(bench, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "AVX2")
    monkeypatch.setattr(sys, "argv", ["bench", "lif", "cifar", "--json", str(file := tmp_path / "a.json")])
    main = runpy.run_path(str(BENCH / "__main__.py"))["main"]

    def section(name, settings):
        assert not settings.bf16
        if name == "lif":
            raise ImportError("no module")
        return [bench.measure.Row("step", {"spikegraph": [1.0]})]

    monkeypatch.setitem(main.__globals__, "section", section)
    assert main() == 1
    told = capsys.readouterr()
    assert "lif failed: ImportError: no module" in told.out and "| spikegraph | " in told.out
    assert bench.results.read_results(file).instructions == {"ONEDNN_MAX_CPU_ISA": "AVX2"}


def test_the_first_version_has_what_is_imported_from_it():
    files = subprocess.run(
        ["git", "-C", str(BENCH), "ls-tree", "-r", "--name-only", "--full-tree", "73e2080"],
        capture_output=True,
        text=True,
        check=False,
    )
    if files.returncode:
        pytest.skip("this copy has no history")
    text = (BENCH / "first_version.py").read_text(encoding="utf-8")
    shared = re.findall(r"^    from spikegraph\.(\S+) import", text, re.MULTILINE)
    named = re.findall(r'allocator = "spikegraph\.(\S+)" if side == "first"', text)
    assert len(shared) > 1 and named == ["backends.torch.allocator"]
    for module in (*shared, *named):
        path = module.replace(".", "/") + ".py"
        assert {path, f"spikegraph/{path}"} & set(files.stdout.split())


def test_what_limits_a_step(bench):
    program = Program.of_text(NETWORK, "small")
    built = program.build("retrain")
    works, moved = bench.limits.needs(built, 5, 2, "float32")
    # By hand: 3 x 3 windows with 2 x 8 channels at two steps, whose inputs need no gradient, 8 x 8 channels, and the head's.
    places = 5 * 2 * 34 * 34
    first, second, head = 2 * places * 9 * 2 * 8, 2 * places * 9 * 8 * 8, 2 * places * 8 * 4
    assert sum(work.flops * count for work, count in works.items()) == 2 * first + 3 * (second + head)
    # Neurons with a norm: 8 numbers each; SGD without momentum reads weights and gradients, and writes weights.
    neurons, weights = places * 20, 9 * 2 * 8 + 9 * 8 * 8 + 8 * 4 + 3 * (8 + 8 + 4) + 8 * 10 + 10 + 4 * 10 + 10
    assert moved == 4 * (8 * neurons + 3 * weights)
    # Deployed, nothing computes the head, which only the loss takes.
    works, moved = bench.limits.needs(program.build("deploy"), 5, 2, "bf16")
    assert sum(work.flops * count for work, count in works.items()) == first + second
    assert moved == 2 * 2 * places * 16
    bench.limits.convolutions(works)()


def test_a_copy_goes_on_where_the_last_one_ended(bench, monkeypatch):
    monkeypatch.setattr(bench.limits, "BUFFER", 100)
    copy = bench.limits.Copy()
    copy._from.fill_(1)
    copy.side(120).run()
    assert copy._to.tolist() == [1] * 60 + [0] * 40
    copy.side(60).run()
    assert copy._to.tolist() == [1] * 90 + [0] * 10
    copy._from.fill_(2)
    copy.side(60).run()
    assert copy._to.tolist() == [2] * 20 + [1] * 70 + [2] * 10


def test_a_file_of_results_whose_numbers_disagree_is_refused(bench, measured):
    results = bench.results.results_of({"cifar": [measured]}, FAST, bench.measure.Settings(), None, 0.5)
    good = json.loads(results.model_dump_json())
    assert bench.results.Results.model_validate(good) == results
    for change, message in (
        (lambda side: side.update(ratio=3.0), "the ratio of `ours, bf16` isn't that of the medians"),
        (lambda side: side.update(min=0.9), "the median isn't between minimum and maximum"),
        (lambda side: side.update(limit_seconds=0.25), "a limit comes with its distance"),
        (lambda side: side.update(limit_seconds=0.25, times_limit=3.0), "`times_limit` isn't the median divided by the limit"),
        (lambda side: side.update(reference="nobody"), "`ours, bf16` is compared with `nobody`, which the row hasn't"),
        (lambda side: side.update(mean=0.5), "Extra inputs are not permitted"),
    ):
        wrong = json.loads(results.model_dump_json())
        change(wrong["sections"]["cifar"][0]["sides"]["ours, bf16"])
        with pytest.raises(ValueError, match=re.escape(message)):
            bench.results.Results.model_validate(wrong)


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
