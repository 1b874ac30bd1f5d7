"""What is compared when a run is resumed: each difference is one line with both values, what it means and the fix."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spikegraph.base.errors import RunFolderError
from spikegraph.runs.differences import differences, line, other_packages
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.manifest import Manifest, Plugin
from spikegraph.runs.summary import Summary

WHOLE: dict[str, Any] = {
    "data_sha256": "d" * 64,
    "deterministic": False,
    "native": True,
    "compiler": "g++ 12.2.0 -O3",
    "instructions": "AVX512",
    "processor": "EPYC",
    "device": "cpu (EPYC)",
    "source": "git 0123456789ab",
    "code_sha256": "c" * 64,
    "packages": {"numpy": "2.0", "ruff": "1.0"},
    "plugins": ("a/ops.py", "adaptive"),
    "plugin_files": {"a/ops.py": Plugin("", "e" * 64), "adaptive": Plugin("1.2", "f" * 64)},
    "versions": {"spikegraph": "0.1.0", "python": "3.12.1", "torch": "2.6.0", "numpy": "2.0"},
}


@pytest.fixture
def run(manifest: dict[str, Any]) -> Manifest:
    found = {k: tuple(v) if isinstance(v, list) else v for k, v in manifest.items() if k != "format_version"}
    return Manifest(**{**found, **WHOLE})


ROWS: list[tuple[dict[str, Any], str]] = [
    ({"seed": 8}, "seed: the run's 7, now 8 (another run; --seed 7)"),
    ({"precision": "bf16"}, "precision: the run's fp32, now bf16 (another run; --precision fp32)"),
    ({"resolved_sha256": "x"}, "spec: the run's b, now x (another run; leave out SPEC, --profile and --set)"),
    ({"genotype_sha256": "x"}, "genotype: the run's none, now x (another run; leave out --genotype)"),
    (
        {"data_sha256": "9" * 64},
        "data: the run's dddddddddddd, now 999999999999 (another run; give the run's data with --data DIR)",
    ),
    ({"deterministic": True}, "deterministic: the run's off, now on (other rounding; leave out --deterministic)"),
    ({"threads": 1}, "threads: the run's 2, now 1 (other rounding; set OMP_NUM_THREADS=2)"),
    ({"device": "cpu (Xeon)"}, "device: the run's cpu (EPYC), now cpu (Xeon) (other rounding; use the run's device)"),
    ({"instructions": "AVX2"}, "instructions: the run's AVX512, now AVX2 (other rounding; use a processor like the run's)"),
    (
        {"native": False, "compiler": ""},
        "native kernels: the run's on, now off (other rounding; unset SPIKEGRAPH_NATIVE, and install g++)",
    ),
    (
        {"compiler": "clang++ 19 -O3"},
        "compiler: the run's g++ 12.2.0 -O3, now clang++ 19 -O3 "
        "(other rounding; use the run's compiler: set CXX and SPIKEGRAPH_MARCH)",
    ),
    (
        {"code_sha256": "8" * 64, "source": "git 0123456789ab, modified"},
        "spikegraph: the run's 0.1.0 (git 0123456789ab, code cccccccccccc), now 0.1.0 (git 0123456789ab, modified, code "
        "888888888888) (other rounding; use the run's version)",
    ),
    (
        {"versions": {**WHOLE["versions"], "torch": "2.7.0"}},
        "torch: the run's 2.6.0, now 2.7.0 (other rounding; install the run's versions)",
    ),
    (
        {"versions": {**WHOLE["versions"], "cudnn": "9"}},
        "cudnn: the run's not recorded, now 9 (other rounding; install the run's versions)",
    ),
    (
        {"plugin_files": {**WHOLE["plugin_files"], "a/ops.py": Plugin("", "7" * 64)}},
        "plug-in ops.py: the run's eeeeeeeeeeee, now 777777777777 (another run; restore it)",
    ),
    (
        {"plugin_files": {**WHOLE["plugin_files"], "adaptive": Plugin("1.3", "7" * 64)}},
        "plug-in adaptive: the run's 1.2 ffffffffffff, now 1.3 777777777777 (another run; restore it)",
    ),
    (
        {
            "plugins": ("a/ops.py", "b/ops.py", "adaptive"),
            "plugin_files": {**WHOLE["plugin_files"], "b/ops.py": Plugin("", "1" * 64)},
        },
        "plug-in ops.py: the run's eeeeeeeeeeee, now 111111111111, eeeeeeeeeeee (another run; restore it)",
    ),
    ({"plugins": ("a/ops.py",)}, "plug-in adaptive: the run's 1.2 ffffffffffff, now none (another run; restore it)"),
]


@pytest.mark.parametrize(("changes", "expected"), ROWS, ids=[text.partition(":")[0] for _, text in ROWS])
def test_each_difference(run: Manifest, changes: dict[str, Any], expected: str) -> None:
    now = replace(run, **changes)
    assert [line(d) for d in differences(run, now)] == [expected]


def test_the_fix_for_kernels_that_the_run_did_without(run: Manifest) -> None:
    (found,) = differences(replace(run, native=False, compiler=""), run)
    assert line(found) == "native kernels: the run's off, now on (other rounding; set SPIKEGRAPH_NATIVE=0)"


def test_another_kind_of_device_is_one_difference(run: Manifest) -> None:
    """What only a CPU has isn't listed too."""
    gpu = replace(run, device="cuda (H100)", native=False, compiler="", instructions="", threads=8)
    assert [line(d) for d in differences(run, gpu)] == [
        "device: the run's cpu (EPYC), now cuda (H100) (other rounding; --device cpu)"
    ]
    assert differences(gpu, replace(gpu, threads=4)) == []


def test_what_does_not_count(run: Manifest) -> None:
    """Times, places and names; a plug-in that was moved; packages that compute nothing."""
    moved = {
        "plugins": ("b/ops.py", "adaptive"),
        "plugin_files": {"b/ops.py": Plugin("", "e" * 64), "adaptive": Plugin("1.2", "f" * 64)},
    }
    others = {"spec": "x.sdhs", "started": "later", "directory": "/x", "data_folder": "x", "packages": {"ruff": "2.0"}}
    now = replace(run, **moved, **others)
    assert differences(run, now) == []
    assert [(d.what, d.run, d.now) for d in other_packages(run, now)] == [("package ruff", "1.0", "2.0")]


def test_two_plug_ins_of_one_name(run: Manifest) -> None:
    """The change of either is seen, also of the one whose name comes first; their order doesn't count."""
    files = {"a/ops.py": Plugin("", "1" * 64), "b/ops.py": Plugin("", "2" * 64)}
    two = replace(run, plugins=("a/ops.py", "b/ops.py"), plugin_files=files)
    for name, hash_, hashes in (("a", "9", "222222222222, 999999999999"), ("b", "0", "000000000000, 111111111111")):
        other = replace(two, plugin_files={**files, f"{name}/ops.py": Plugin("", hash_ * 64)})
        assert [line(d) for d in differences(two, other)] == [
            f"plug-in ops.py: the run's 111111111111, 222222222222, now {hashes} (another run; restore it)"
        ]
    moved = {"c/ops.py": files["b/ops.py"], "d/ops.py": files["a/ops.py"]}
    assert differences(two, replace(two, plugins=("c/ops.py", "d/ops.py"), plugin_files=moved)) == []


def test_a_run_that_recorded_less(run: Manifest) -> None:
    found = differences(replace(run, data_sha256="", code_sha256="", native=None, compiler=""), run)
    assert [line(d) for d in found] == [
        "data: the run's not recorded, now dddddddddddd (another run)",
        "native kernels: the run's not recorded, now on (other rounding)",
        "spikegraph: the run's not recorded, now 0.1.0 (git 0123456789ab, code cccccccccccc) (other rounding)",
    ]


def test_everything_is_shown_and_refused(tmp_path: Path, run: Manifest) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(run, "sdhs 1\na = 1\n", resume=False)
    before = folder.manifest.read_text()
    now = replace(run, seed=8, threads=1, resolved_sha256="x", device="cuda (H100)")
    with pytest.raises(RunFolderError) as caught:
        folder.begin(now, "sdhs 1\na = 2\n", resume=True)
    assert caught.value.summary == f"{tmp_path} can't be resumed: 3 differences from how it was started"
    assert caught.value.details == (
        "seed: the run's 7, now 8 (another run; --seed 7)",
        "spec: the run's `a = 1` (line 2 of resolved.sdhs), now `a = 2` (another run; leave out SPEC, --profile and --set)",
        "device: the run's cpu (EPYC), now cuda (H100) (other rounding; --device cpu)",
    )
    help = "undo what differs, choose another folder with --out, or continue with --force, which the manifest records"
    assert caught.value.help == help
    assert str(caught.value) == "\n  ".join([caught.value.summary, *caught.value.details]) + f"\n(help: {help})"
    assert folder.manifest.read_text() == before
    assert folder.resolved.read_text() == "sdhs 1\na = 1\n"


def test_force_continues_and_is_recorded(tmp_path: Path, run: Manifest) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(run, "sdhs 1\na = 1\n", resume=False)
    told: list[str] = []
    first = replace(run, threads=1, started="monday", command=("spikegraph", "again"))
    assert folder.begin(first, "sdhs 1\na = 1\n", resume=True, force=True, notice=told.append) is True
    assert told == ["note: continued with --force: threads: the run's 2, now 1 (other rounding; set OMP_NUM_THREADS=2)"]
    # From now on the new values are the run's.
    assert folder.begin(first, "sdhs 1\na = 1\n", resume=True, notice=told.append) is True
    assert len(told) == 1
    second = replace(first, seed=8, resolved_sha256="x", started="tuesday")
    folder.begin(second, "sdhs 1\na = 2\n", resume=True, force=True)
    held = json.loads(folder.manifest.read_text())
    assert held["forced"] == [
        {"time": "monday", "differences": [{"what": "threads", "run": "2", "now": "1"}]},
        {
            "time": "tuesday",
            "differences": [
                {"what": "seed", "run": "7", "now": "8"},
                {"what": "spec", "run": "`a = 1` (line 2 of resolved.sdhs)", "now": "`a = 2`"},
            ],
        },
    ]
    assert (held["format_version"], held["seed"], held["threads"]) == (1, 8, 1)
    assert (held["started"], held["command"]) == (run.started, list(run.command))
    assert folder.resolved.read_text() == "sdhs 1\na = 2\n"
    assert [d.what for f in folder.read_manifest().forced for d in f.differences] == ["threads", "seed", "spec"]


def test_force_without_differences_records_nothing(tmp_path: Path, run: Manifest) -> None:
    folder = RunFolder(tmp_path)
    folder.begin(run, "", resume=False)
    folder.begin(replace(run, started="later"), "", resume=True, force=True)
    assert folder.read_manifest() == run


def test_a_complete_run_is_not_computed_again(tmp_path: Path, run: Manifest) -> None:
    """So only what makes it another run is refused."""
    folder = RunFolder(tmp_path)
    folder.begin(run, "", resume=False)
    folder.write_summary(Summary(complete=True))
    assert folder.begin(replace(run, threads=1), "", resume=True) is True
    with pytest.raises(RunFolderError) as caught:
        folder.begin(replace(run, threads=1, seed=8), "", resume=True)
    assert caught.value.details == ("seed: the run's 7, now 8 (another run; --seed 7)",)
