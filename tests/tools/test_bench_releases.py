"""Files of the benchmark's results, and the table and the picture that are made of them."""

import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "tools" / "bench"
NAMES = ("measure", "results", "releases", "wanted")


@pytest.fixture
def releases(monkeypatch):
    """The program's module; those of the folder import each other by bare name."""
    monkeypatch.syspath_prepend(str(BENCH))
    yield import_module("releases")
    for name in NAMES:
        sys.modules.pop(name, None)


@pytest.fixture
def made(releases):
    """Results of a release on a processor: a mode of another library and ours, with a limit of 1 s."""
    results = import_module("results")

    def make(release, processor, ours):
        sides = {
            name: {
                "median": s,
                "min": s,
                "max": s,
                "runs": 1,
                "reference": "SpikingJelly, float32",
                "ratio": 4.0 / s,
                "limit_seconds": 1.0,
                "times_limit": s,
                "wanted": None,
            }
            for name, s in {"SpikingJelly, float32": 4.0, "spikegraph, float32": ours}.items()
        }
        limit = {"median": 1.0, "min": 1.0, "max": 1.0, "runs": 1, "reference": "SpikingJelly, float32", "ratio": 4.0}
        sides["convolutions"] = {**limit, "limit_seconds": None, "times_limit": None, "wanted": None}
        row = {"what": "a step", "note": "", "unit": "s", "notices": ["compiled is left out"], "sides": sides}
        return results.Results.model_validate(
            {
                "release": release,
                "commit": "0" * 40,
                "measured": "2026-11-29",
                "system": "Linux",
                "machine": "x86_64",
                "processor": {"name": processor, "avx512": True, "avx512_bf16": None, "amx_bf16": False},
                "python": "3.11.9",
                "packages": {"torch": "2.13"},
                "busy": 0.5,
                "runs": 1,
                "threads": 2,
                "bf16": False,
                "first_call": 1.0,
                "sections": {"cifar": [row]},
            }
        )

    return make


def test_files_of_releases_are_sound(releases):
    files = list(releases.FOLDER.glob("*.json"))
    assert files
    for path in files:
        found = releases.read_results(path)
        assert path.name.startswith(f"{found.release}-")
        assert list(releases.points([found])), path


def test_page_and_picture_are_current(releases, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["releases.py", "--check"])
    assert (releases.main(), capsys.readouterr().err) == (0, "")


def test_a_table_of_releases(releases, made):
    found = list(releases.points([made("1.0", "EPYC", 2.0)]))
    machine, ours = "1.0, EPYC, 2 threads; others used 0.5 cores", "2 s (2 s to 2 s)"
    theirs = "4 s (4 s to 4 s), SpikingJelly, float32; left out: 1"
    row = f"| {machine} | a step, float32 | {ours} | {theirs} | 2.00 | 1 s | 2.00 | 4.00 |"
    assert releases.table(found).splitlines()[2:] == [row]


def test_what_is_compared_with_its_limit_alone_is_in_neither(releases, made):
    file = made("1.0", "EPYC", 2.0).model_dump()
    sides = file["sections"]["cifar"][0]["sides"]
    del sides["SpikingJelly, float32"]
    for side in sides.values():
        side.update(reference="convolutions", ratio=1.0 / side["median"])
    assert list(releases.points([type(made("1.0", "EPYC", 2.0)).model_validate(file)])) == []


def test_a_picture_of_releases(releases, made):
    files = [made("1.0", "EPYC", 2.0), made("1.1", "EPYC", 1.0), made("1.1", "Xeon", 0.001)]
    text = releases.picture(list(releases.points(files)))
    # Each machine has a line: ratio and distance of each release, and a mark in the legend, which names what is there.
    assert re.findall("<title>([0-9.]+)</title>", text) == ["2.00", "4.00", "2.00", "1.00", "4000.00", "0.00"]
    assert re.findall(r">(spikegraph, [^<]*|an earlier[^<]*|others' best[^<]*)<", text) == [
        "spikegraph, EPYC, 2 threads",
        "spikegraph, Xeon, 2 threads",
        "an earlier release",
        "others' best mode, on the same machine",
    ]
    places = {cx for cx in map(float, re.findall(r'cx="([0-9.]+)"', text)) if cx > releases.LEFT - 1}
    assert min(places) >= releases.LEFT
    assert max(places) <= releases.WIDTH  # what is beyond a scale is at its end
    one = releases.picture(list(releases.points(files[:1])))
    assert "an earlier release" not in one
