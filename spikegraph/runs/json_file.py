"""JSON files with one record each: written atomically, validated when read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from spikegraph.base.errors import RunFolderError
from spikegraph.base.files import write_whole
from spikegraph.base.reading import read_plain
from spikegraph.base.visible import visible_name

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

RecordT = TypeVar("RecordT")

STRICT = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)
"""Validation of records: exact types and finite numbers; unknown keys are ignored."""


LARGEST_FILE = 16 * 1024 * 1024
"""Most bytes of a file with a record, or of a line of the journal. pydantic limits how deeply JSON is nested."""

HIGHEST = 2**63 - 1
BOUND = 1e100
"""No number in a record is larger; what is computed from them stays finite."""

Count = Annotated[int, Field(ge=0, le=HIGHEST)]
"""A number of things, from 0."""

Ordinal = Annotated[int, Field(gt=0, le=HIGHEST)]
"""A number of things, from 1."""

Real = Annotated[float, Field(ge=-BOUND, le=BOUND)]
"""A finite number."""


@dataclass(frozen=True, config=STRICT)
class _Versioned:
    format_version: int


def as_object(record: DataclassInstance, version: int | None = None) -> dict[str, Any]:
    """A record as a JSON object; the format version comes first, if given."""
    return ({} if version is None else {"format_version": version}) | asdict(record)


def write_record(path: Path, record: DataclassInstance, version: int | None = None) -> None:
    """Writes a record as indented JSON.

    Raises:
        OSError: The file can't be written.
        RunFolderError: A text in it, such as a path, isn't UTF-8, so that it couldn't be read again.
    """
    made = as_object(record, version)
    text = json.dumps(made, indent=2, allow_nan=False) + "\n"
    for given in _texts(made) if r"\ud" in text else ():
        try:
            given.encode()
        except UnicodeEncodeError as error:
            summary = f"`{visible_name(given)}` isn't UTF-8, so {path.name} can't hold it"
            raise RunFolderError(summary, "give the file or folder another name, or a link to it", path=path.parent) from error
    write_whole(path, text)


def _texts(value: Any) -> Iterator[str]:
    """The texts of a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, each in value.items():  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(key)
            yield from _texts(each)
    elif isinstance(value, list | tuple):
        for each in value:  # pyright: ignore[reportUnknownVariableType]
            yield from _texts(each)


def read_record(path: Path, kind: type[RecordT], fix: str, version: int | None = None) -> RecordT:
    """Reads the record in a file.

    Args:
        path: The file.
        kind: The record's class.
        fix: Advice for a damaged file, shown in the error.
        version: The supported format version; None if the file has none.

    Raises:
        RunFolderError: The file can't be read, has another version, or doesn't match the record.
    """
    data = read_bytes(path, fix)
    try:
        if version is not None:
            check_version(path, TypeAdapter(_Versioned).validate_json(data).format_version, version)
        return TypeAdapter(kind).validate_json(data)
    except ValidationError as error:
        raise RunFolderError(problem(error, data), fix, path=path) from error


def check_version(path: Path, found: int, version: int) -> None:
    """Checks a file's format version.

    Raises:
        RunFolderError: `found` is not `version`.
    """
    if found != version:
        summary = f"format version {found} is not supported; this spikegraph reads version {version}"
        older = f"convert the run with `spikegraph upgrade {path.parent}`"
        raise RunFolderError(
            summary, older if found < version else "use the version of spikegraph that wrote the run", path=path
        )


def read_bytes(path: Path, fix: str, limit: int = LARGEST_FILE) -> bytes:
    """The content of a plain file.

    Raises:
        RunFolderError: The file can't be read, isn't a plain file, or has more than `limit` bytes.
    """
    try:
        return read_plain(path, limit)
    except OSError as error:
        raise RunFolderError(f"can't be read: {error.strerror or error}", fix, path=path) from error


def read_text(path: Path, fix: str) -> str | None:
    """The text of a file; None if there is no such file.

    Raises:
        RunFolderError: The file can't be read, or isn't UTF-8.
    """
    if not path.exists():
        return None
    try:
        return read_bytes(path, fix).decode()
    except UnicodeDecodeError as error:
        raise RunFolderError("not UTF-8 text", fix, path=path) from error


def problem(error: ValidationError, data: bytes) -> str:
    """A short message about the first error in JSON data; it names the key."""
    first = error.errors(include_url=False)[0]
    # pydantic's location starts with the event for tagged unions, and includes the type for values of several types.
    place = first["loc"][1:] if error.title.startswith("tagged-union") else first["loc"]
    where = ".".join(takewhile(lambda part: not part.startswith("tuple["), map(str, place)))
    details = first.get("ctx", {})
    match first["type"]:
        case "json_invalid":
            return f"not valid JSON ({details['error']})" if _is_utf8(data) else "not UTF-8 text"
        case "missing":
            return f"`{where}` is missing"
        case "union_tag_not_found":
            return "`event` is missing"
        case "union_tag_invalid":
            return f"`event` should be {details['expected_tags']}"
        case _ if where:
            return f"`{where}` {first['msg'].removeprefix('Input ').removeprefix('Value error, ')}"
        case _:
            return "not a JSON object"


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
