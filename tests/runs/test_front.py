"""Fronts as files, their knee, and which of their networks a text picks."""

import json
from pathlib import Path

import pytest

from spikegraph.base.errors import ArgumentError, RunFolderError
from spikegraph.runs.folder import RunFolder
from spikegraph.runs.front import FrontPoint, genotype_file, knee, read_front, write_front
from spikegraph.runs.front_pick import picked

VALUES = [(60.0, 0.001), (78.0, 0.002), (80.0, 0.0035), (81.0, 0.008)]
FRONT = [FrontPoint(k, f"sdhs 1\n# {k}\n", {"accuracy": a, "energy": e}, "cmos-45nm") for k, (a, e) in enumerate(VALUES, 1)]
ERRORS = [
    FrontPoint(k, "sdhs 1\n", {"error": error, "spikes": n}) for k, (error, n) in enumerate([(2.0, 10.0), (0.5, 90.0)], 1)
]


def test_what_is_written_is_read(tmp_path: Path) -> None:
    run = RunFolder(tmp_path)
    assert read_front(run) == ()
    write_front(run, FRONT)
    assert list(read_front(run)) == FRONT
    found = json.loads((tmp_path / "front/front.json").read_text())
    values = {"accuracy": 78.0, "energy": 0.002}
    assert found[1] == {"candidate": 2, "genotype": "sdhs 1\n# 2\n", "values": values, "energy_model": "cmos-45nm"}
    assert list(found[0]["values"]) == ["accuracy", "energy"]
    assert genotype_file(run, 3).read_text() == "sdhs 1\n# 3\n"


def test_an_energy_has_the_name_of_its_model(tmp_path: Path) -> None:
    """Also of a front that was written before models were in its file."""
    point = FRONT[1]
    assert (point.labels, str(point)) == (
        ("accuracy (%)", "energy, cmos-45nm (mJ)"),
        "accuracy 78 %, energy 0.002 mJ (cmos-45nm)",
    )
    assert (ERRORS[0].labels, str(ERRORS[0])) == (("error", "spikes"), "error 2, spikes 10")
    path = tmp_path / "front" / "front.json"
    path.parent.mkdir()
    path.write_text('[{"candidate": 1, "genotype": "sdhs 1\\n", "values": {"accuracy": 78.0, "energy": 0.002}}]')
    (old,) = read_front(RunFolder(tmp_path))
    assert (old.labels[1], str(old)) == ("energy, unnamed model (mJ)", "accuracy 78 %, energy 0.002 mJ (unnamed model)")


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("{", "not valid JSON (EOF while parsing an object at line 1 column 1)"),
        ("{}", "not a JSON object"),
        ('[{"candidate": 1, "genotype": "", "values": {"accuracy": 1.0}}]', "its networks don't have the same two objectives"),
        ("[]", "its networks don't have the same two objectives"),
    ],
)
def test_a_damaged_front_is_named(tmp_path: Path, text: str, summary: str) -> None:
    path = tmp_path / "front" / "front.json"
    path.parent.mkdir()
    path.write_text(text)
    with pytest.raises(RunFolderError) as caught:
        read_front(RunFolder(tmp_path))
    assert str(path) in caught.value.message and summary in caught.value.message


def test_the_knee_is_farthest_from_the_line_between_the_ends() -> None:
    # Scaled, by hand: (1, 0), (3/21, 1/7), (1/21, 2.5/7), (0, 1); the sums are 1, 0.286, 0.405 and 1.
    assert knee(FRONT) == 1
    assert knee(FRONT[:1]) == 0
    assert knee(FRONT[:2]) == 1  # of two the one with the better score
    assert knee(ERRORS) == 1


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("knee", 2),
        (" knee ", 2),
        ("accuracy >= 80", 3),
        ("accuracy>=78.5", 3),
        ("energy <= 0.0035", 3),
        ("energy <= 3.4e-3", 2),
        ("accuracy <= 70", 1),
        ("energy >= 0.003", 4),
    ],
)
def test_what_is_picked(text: str, number: int) -> None:
    assert picked(FRONT, text) == number


def test_less_of_an_error_is_better() -> None:
    assert picked(ERRORS, "error <= 2") == 1
    assert picked(ERRORS, "spikes <= 100") == 2


FORM = "write `knee`, or a limit such as `accuracy >= 80` or `energy <= 0.5`"


@pytest.mark.parametrize(
    ("text", "summary", "help"),
    [
        ("best", "`best` picks no network of a front", FORM),
        ("accuracy > 80", "`accuracy > 80` picks no network of a front", FORM),
        ("accuracy >= 8e", "`accuracy >= 8e` picks no network of a front", FORM),
        ("acuracy >= 80", "the front has no objective `acuracy`", "did you mean `accuracy`?"),
        ("spikes <= 80", "the front has no objective `spikes`", "they are `accuracy` and `energy`"),
        ("accuracy >= 82", "no network of the front has `accuracy >= 82`", "its networks have 60 % to 81 %"),
        (
            "energy <= 0",
            "no network of the front has `energy <= 0`",
            "its networks have 0.001 mJ (cmos-45nm) to 0.008 mJ (cmos-45nm)",
        ),
    ],
)
def test_what_picks_nothing_is_told(text: str, summary: str, help: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        picked(FRONT, text)
    assert (caught.value.summary, caught.value.help) == (summary, help)


@pytest.mark.parametrize("text", ["energy <= 0.0008235", "accuracy >= 71.33"])
def test_a_limit_may_be_copied_from_the_table(text: str) -> None:
    """`show` prints four digits."""
    points = [
        FrontPoint(1, "sdhs 1\n", {"accuracy": 71.328, "energy": 0.00082354}),
        FrontPoint(2, "sdhs 1\n", {"accuracy": 79.0, "energy": 0.002}),
    ]
    assert picked(points, text) == 1
