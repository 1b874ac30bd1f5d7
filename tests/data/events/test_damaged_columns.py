"""Every kind of damage of columns in numpy's files has its own message."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from .recording_files import AGAIN, TRUNCATED, random_events, refused

EVENTS = random_events(500)
COLUMNS: dict[str, Any] = dict(zip("xytp", EVENTS, strict=True))
NAMES = "name them x, y, t and p, at the top or in a group `events`"
SECONDS = "write times in microseconds as whole numbers, or in seconds as floating-point numbers"
NUMBERS = "write the columns as numbers"
INSIDE = "copy the data into the file itself"


def npz(folder: Path, **replaced: Any) -> Path:
    """A `.npz` file in which columns are replaced, or omitted if None."""
    held = {name: column for name, column in {**COLUMNS, **replaced}.items() if column is not None}
    np.savez(folder / "a.npz", **held)
    return folder / "a.npz"


def npy(folder: Path, table: Any) -> Path:
    np.save(folder / "a.npy", table)
    return folder / "a.npy"


# What holds in all of them.


@pytest.mark.parametrize("name", ["x", "y", "t", "p"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_not_finite(tmp_path: Path, name: str, value: float) -> None:
    column = np.zeros(500)
    column[7] = value
    assert refused(npz(tmp_path, **{name: column})) == (f"`{name}` has numbers that aren't finite", None)


@pytest.mark.parametrize(("kind", "value"), [("f8", 1e30), ("f8", 1e308), ("f4", 1e30), ("g", 1e30)])
def test_numbers_that_are_too_large(tmp_path: Path, kind: str, value: float) -> None:
    large = np.full(500, value, kind)
    assert refused(npz(tmp_path, x=large)) == ("`x` has numbers beyond 1,073,741,824", None)
    assert refused(npz(tmp_path, y=-large)) == ("`y` has numbers beyond 1,073,741,824", None)
    assert refused(npz(tmp_path, t=large)) == ("`t` has numbers beyond 9,007,199,254,740,992 microseconds", SECONDS)


def test_whole_numbers_that_are_too_large(tmp_path: Path) -> None:
    for large in (np.full(500, 2**64 - 1, "u8"), np.full(500, -(2**63), "i8")):
        assert refused(npz(tmp_path, t=large)) == ("`t` has numbers beyond 9,007,199,254,740,992 microseconds", SECONDS)
        assert refused(npz(tmp_path, x=large))[0].endswith(f"x = {large[0]}, y = {EVENTS.y[0]}, outside the 64 x 48 sensor")


# npz.


def test_a_zip_that_is_none(tmp_path: Path) -> None:
    path = npz(tmp_path)
    data = path.read_bytes()
    for damaged in (b"PK\x03\x04 and more", data[:-30], data[:100]):
        path.write_bytes(damaged)
        assert refused(path) == ("it isn't a zip file, or its list of arrays is damaged", AGAIN)


def test_a_column_is_missing(tmp_path: Path) -> None:
    path = npz(tmp_path, p=None, more=np.zeros(3))
    assert refused(path) == ("it has no columns x, y, t and p, but `more`, `t`, `x`, `y`", NAMES)
    np.savez(path)
    assert refused(path) == ("it has no columns x, y, t and p, but nothing", NAMES)


def test_columns_of_different_lengths(tmp_path: Path) -> None:
    assert refused(npz(tmp_path, p=EVENTS.on[:-2])) == ("its columns differ in length: x 500, y 500, t 500, p 498", AGAIN)


def test_columns_that_are_no_numbers(tmp_path: Path) -> None:
    assert refused(npz(tmp_path, x=np.array(["a"] * 500))) == ("`x`: it holds values of the type '<U1', not numbers", NUMBERS)
    objects = np.array([1, "a"] * 250, object)
    assert refused(npz(tmp_path, y=objects)) == ("`y`: it holds Python objects, which aren't read", NUMBERS)
    assert refused(npz(tmp_path, t=np.zeros(500, complex))) == ("`t`: it holds values of the type '<c16', not numbers", NUMBERS)
    assert refused(npz(tmp_path, p=np.zeros((250, 2)))) == (
        "`p` has the shape [250, 2] and the type float64, not numbers [N]",
        None,
    )


def archive(folder: Path, entries: dict[str, bytes], **how: Any) -> Path:
    with zipfile.ZipFile(folder / "a.npz", "w", **how) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return folder / "a.npz"


def entries(folder: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(npz(folder)) as file:
        return {name: file.read(name) for name in file.namelist()}


@pytest.mark.parametrize(
    ("change", "summary"),
    [
        (lambda data: data.replace(b"(500,)", b"(900,)"), "its columns differ in length: x 900, y 500, t 500, p 500"),
        (lambda data: data[:-3], "`x` has fewer than the 500 values that it claims"),
        (lambda data: data + b"abc", "`x` has more than the 500 values that it claims"),
        (lambda data: b"text", "`x`: it isn't an array of numpy: it must begin with `\\x93NUMPY`"),
        (lambda data: data[:20], "`x`: it ends within its header"),
        (lambda data: data[:6], "`x`: it ends within its header"),
        (lambda data: data[:6] + b"\x09" + data[7:], "`x`: it has the unknown version 9 of numpy's format"),
        (lambda data: data[:6] + b"\x02\x00\xff\xff\xff\x00" + data[10:], "`x`: its header claims 16,777,215 bytes"),
        (lambda data: data.replace(b"'shape'", b"'shapE'"), "`x`: its header is damaged"),
        (lambda data: data.replace(b"(500,)", b"(-50,)"), "`x`: its header is damaged"),
        (lambda data: data.replace(b"(500,)", b"500000"), "`x`: its header is damaged"),
        (lambda data: data.replace(b"False", b"Falsy"), "`x`: its header is damaged"),
        (lambda data: data.replace(b"False", b"[[[[["), "`x`: its header is damaged"),
        (lambda data: data.replace(b"False", b"'\\d' "), "`x`: its header is damaged"),
        (
            lambda data: data.replace(b"'<i8'", b"'<i16'").replace(b" \n", b"\n"),
            "`x`: it holds values of the unknown type `<i16`",
        ),
    ],
)
def test_a_damaged_column(tmp_path: Path, change: Any, summary: str) -> None:
    held = entries(tmp_path)
    assert b"'<i8'" in held["x.npy"]
    held["x.npy"] = change(held["x.npy"])
    found, help = refused(archive(tmp_path, held))
    assert found == summary
    assert help == (TRUNCATED if "ends within" in summary else None if "unknown type" in summary else AGAIN)


def test_a_column_in_another_packing(tmp_path: Path) -> None:
    path = archive(tmp_path, entries(tmp_path), compression=zipfile.ZIP_BZIP2)
    assert refused(path) == ("`x` is packed in another way than numpy's files", "write it with numpy.savez")


def test_a_column_whose_bytes_changed(tmp_path: Path) -> None:
    path = npz(tmp_path)
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(bytes(data))
    assert refused(path) == ("`x` can't be unpacked: Bad CRC-32 for file 'x.npy'", AGAIN)


def test_a_billion_values_that_are_not_there(tmp_path: Path) -> None:
    held = {
        name: data.replace(b"(500,), ", b"(1000000000,), ").replace(b" " * 7 + b"\n", b"\n")
        for name, data in entries(tmp_path).items()
    }
    assert refused(archive(tmp_path, held)) == ("`x` has fewer than the 1,000,000,000 values that it claims", AGAIN)


# npy.


def test_a_pickle(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(pickle.dumps(EVENTS))
    assert refused(path) == ("it isn't an array of numpy: it must begin with `\\x93NUMPY`", AGAIN)
    np.save(path, np.array([EVENTS], object), allow_pickle=True)
    assert refused(path) == ("it holds Python objects, which aren't read", NUMBERS)
    np.save(path, np.zeros(3, [("x", "O"), ("y", "O")]), allow_pickle=True)
    assert refused(path) == ("it holds Python objects, which aren't read", NUMBERS)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        (np.zeros((5, 3)), "[5, 3] and the type float64"),
        (np.zeros(5), "[5] and the type float64"),
        (np.zeros((4, 5, 4), "u2"), "[4, 5, 4] and the type uint16"),
        (np.float64(3), "[] and the type float64"),
        (np.zeros((2, 4), [("x", "u1")]), "[2, 4] and the type [('x', 'u1')]"),
    ],
)
def test_other_shapes(tmp_path: Path, table: Any, told: str) -> None:
    summary = f"it has the shape {told}, not columns x, y, t and p"
    assert refused(npy(tmp_path, table)) == (summary, "write an array [N, 4], or one with fields")


def test_fields(tmp_path: Path) -> None:
    assert refused(npy(tmp_path, np.zeros(3, [("x", "u1"), ("why", "u1")]))) == (
        "it has no columns x, y, t and p, but `why`, `x`",
        NAMES,
    )
    assert refused(npy(tmp_path, np.zeros(3, [("x", "u1"), ("y", "U3")]))) == (
        "it holds values of the type '<U3', not numbers",
        NUMBERS,
    )
    assert refused(npy(tmp_path, np.zeros(3, [("x", "u1", (2,))]))) == (
        "it holds values of the type [('x', '|u1', (2,))], not numbers",
        NUMBERS,
    )


@pytest.mark.parametrize("order", ["C", "F"])
def test_a_truncated_table(tmp_path: Path, order: Any) -> None:
    path = npy(tmp_path, np.zeros((500, 4), "u2", order=order))
    path.write_bytes(path.read_bytes()[:-1])
    assert refused(path) == ("it claims [500, 4] values, 4,000 bytes, but has 3,999", TRUNCATED)


def test_a_table_that_claims_more_than_it_has(tmp_path: Path) -> None:
    path = npy(tmp_path, np.zeros((500, 4), "u2"))
    path.write_bytes(path.read_bytes().replace(b"(500, 4), }" + b" " * 9, b"(500000000000, 4), }"))
    assert refused(path) == ("it claims [500000000000, 4] values, 4,000,000,000,000 bytes, but has 4,000", TRUNCATED)
