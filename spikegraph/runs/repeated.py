"""Whether a run that was repeated gave the same: weights, summary, genotype and journal, bit for bit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import TypeIs

from spikegraph.base.errors import RunFolderError
from spikegraph.runs.entries import StepEntry, as_objects
from spikegraph.runs.json_file import as_object

if TYPE_CHECKING:
    from spikegraph.runs.record import RunRecord

TIMES = ("time", "seconds")
"""Keys that differ from run to run."""


@dataclass(frozen=True)
class Result:
    """One of the things that are compared.

    Attributes:
        what: Its name.
        difference: Where it differs first; None if it is identical.
    """

    what: str
    difference: str | None


def compared(run: RunRecord, again: RunRecord) -> tuple[Result, ...]:
    """Compares the results of two runs that are complete.

    Raises:
        RunFolderError: A file is missing or damaged.
    """
    return (
        Result("weights", _weights(run.folder.trained, again.folder.trained)),
        Result("summary", _first(as_object(run.summary), as_object(again.summary))),
        Result("genotype", None if run.genotype == again.genotype else "the architectures differ"),
        Result("journal", _journals(run, again)),
    )


def _journals(run: RunRecord, again: RunRecord) -> str | None:
    # A GPU's losses are read every few steps and at each checkpoint, so its lines depend on the time.
    cpu = run.manifest.device.startswith("cpu") and again.manifest.device.startswith("cpu")
    lines, others = (as_objects(e for e in record.entries if cpu or not isinstance(e, StepEntry)) for record in (run, again))
    for line, other in zip(lines, others, strict=False):
        if difference := _first(line, other):
            return f"{line['phase']}, epoch {line['epoch']}, step {line['step']}, {line['event']}: {difference}"
    return None if len(lines) == len(others) else f"{len(lines)} lines, now {len(others)}"


def _weights(path: Path, other: Path) -> str | None:
    tensors, again = _tensors(path), _tensors(other)
    if tensors.keys() != again.keys():
        return f"the names differ: {', '.join(sorted(tensors.keys() ^ again.keys())[:3])}"
    differ = [name for name in tensors if _bits(tensors[name]) != _bits(again[name])]
    return f"{len(differ)} of {len(tensors)} tensors differ, first {differ[0]}" if differ else None


def _tensors(path: Path) -> dict[str, Any]:
    """The tensors of a file as arrays, and its metadata without the file's checksum."""
    from safetensors import SafetensorError, safe_open  # noqa: PLC0415 (slow to import)

    opened: Any = safe_open
    try:
        with opened(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in sorted(file.keys())}
            metadata: dict[str, str] = file.metadata() or {}
            return {**tensors, "the metadata": sorted((k, v) for k, v in metadata.items() if k != "sha256")}
    except (OSError, SafetensorError) as error:
        raise RunFolderError(f"can't be read: {error}", path=path) from error


def _bits(value: Any) -> object:
    return (value.dtype.str, value.shape, value.tobytes()) if hasattr(value, "tobytes") else value


def _first(value: Any, other: Any) -> str | None:
    """The first place at which two JSON values differ, without times."""
    return next((f"{place}: {a!r}, now {b!r}" for place, a, b in _places(value, other, "")), None)


def _places(value: object, other: object, place: str) -> Iterator[tuple[str, object, object]]:
    if _is_map(value) and _is_map(other):
        for key in dict.fromkeys((*value, *other)):
            if key not in TIMES:
                yield from _places(value.get(key), other.get(key), f"{place}.{key}".lstrip("."))
    elif _is_list(value) and _is_list(other) and len(value) == len(other):
        for number, (a, b) in enumerate(zip(value, other, strict=True)):
            yield from _places(a, b, f"{place}[{number}]")
    elif repr(value) != repr(other):  # 0.0 and -0.0 are different bits
        yield place, value, other


def _is_map(value: object) -> TypeIs[Mapping[Any, Any]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeIs[Sequence[Any]]:
    return isinstance(value, list | tuple)
