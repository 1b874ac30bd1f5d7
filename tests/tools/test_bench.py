"""The benchmark: which mode of another library is the reference, which sides are left out, and what is printed."""

import json
import re
import runpy
import subprocess
import sys
import time
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from spikegraph.base.processor import Processor

BENCH = Path(__file__).parents[2] / "tools" / "bench"
SLOW = Processor("AMD EPYC", avx512=False, avx512_bf16=False, amx_bf16=False)
FAST = Processor("AMD EPYC 9655", avx512=True, avx512_bf16=True, amx_bf16=False)


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
    assert "| step | ours, bf16 | 0.5 s | 0.5 to 0.5 | jelly, autocast | 2.00 | - | - |  |  |" in lines


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


def test_a_file_of_results_whose_numbers_disagree_is_refused(bench, measured):
    measured = replace(measured, wanted={"ours, bf16": bench.wanted.Wanted("ratio", 1.5)})
    results = bench.results.results_of({"cifar": [measured]}, FAST, bench.measure.Settings(), None, 0.5)
    good, goal = json.loads(results.model_dump_json()), {"of": "ratio", "at_least": 1.5, "reached": 2.0, "met": True}
    assert bench.results.Results.model_validate(good) == results
    assert good["sections"]["cifar"][0]["sides"]["ours, bf16"]["wanted"] == {**goal, "at_most": None}
    for change, message in (
        (lambda side: side.update(ratio=3.0), "the ratio of `ours, bf16` isn't that of the medians"),
        (lambda side: side.update(min=0.9), "the median isn't between minimum and maximum"),
        (lambda side: side.update(limit_seconds=0.25), "a limit comes with its distance"),
        (lambda side: side.update(limit_seconds=0.25, times_limit=3.0), "`times_limit` isn't the median divided by the limit"),
        (lambda side: side.update(reference="nobody"), "`ours, bf16` is compared with `nobody`, which the row hasn't"),
        (lambda side: side.update(wanted={**goal, "reached": 3.0}), "what `ours, bf16` has reached isn't that of the medians"),
        (lambda side: side.update(wanted={**goal, "met": False}), "`met` isn't what was reached beside the bound"),
        (lambda side: side.update(wanted={**goal, "at_most": 1.0}), "a ratio has its least number, and all else the most"),
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
