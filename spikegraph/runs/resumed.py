"""What happens to the manifest of a run that is resumed: nothing, or with `--force` the record of what differs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from spikegraph.base.errors import MisfitError, RunFolderError
from spikegraph.base.surface import argument
from spikegraph.runs.differences import SPEC, changes_the_run, differences, line, refused
from spikegraph.runs.json_file import read_text
from spikegraph.runs.manifest import Difference, Forced, Manifest

if TYPE_CHECKING:
    from spikegraph.runs.folder import RunFolder


def resumed_manifest(
    folder: RunFolder,
    held: Manifest,
    now: Manifest,
    resolved: str,
    *,
    force: bool,
    loads: Callable[[], None],
    notice: Callable[[str], None],
) -> Manifest | None:
    """Compares how a run was started with how it would be continued.

    In a complete run nothing is computed any more, so only what makes another run of it counts.

    Args:
        folder: The run's folder.
        held: Its manifest.
        now: The manifest of this process.
        resolved: The spec of this process.
        force: Continue although something differs.
        loads: Raises `MisfitError` if the run's checkpoint can't be loaded although something differs.
        notice: Is told what differs.

    Returns:
        The manifest with what was forced, new loggers and another number of controls, which takes the place of the run's; None
            if nothing differs.

    Raises:
        RunFolderError: Something differs, and `force` is false or the checkpoint doesn't fit.
    """
    now = now if now.controls is not None else replace(now, controls=held.controls)
    found = [_in_words(folder, d, resolved) if d.what == SPEC else d for d in differences(held, now)]
    if folder.read_summary().complete:
        found = [d for d in found if changes_the_run(d)]
    if not found:
        continued = replace(held, loggers=now.loggers, controls=now.controls)
        return None if continued == held else continued
    if not force:
        raise refused(folder.path, found)
    try:
        loads()
    except MisfitError as error:
        summary = f"{folder.path} can't be resumed, not even with {argument('force')}: {error.summary}"
        help = "undo what differs, or start a new run in another folder"
        raise RunFolderError(summary, help, details=tuple(map(line, found))) from error
    for difference in found:
        notice(f"note: continued with {argument('force')}: {line(difference)}")
    forced = (*held.forced, Forced(now.started, tuple(found)))
    return replace(now, started=held.started, command=held.command, forced=forced)


def _in_words(folder: RunFolder, difference: Difference, resolved: str) -> Difference:
    """A difference of specs, with the first line that differs in place of the hashes."""
    held = (read_text(folder.resolved, "restore the file, or start a new run in another folder") or "").splitlines()
    now = resolved.splitlines()
    number = next((k for k, (a, b) in enumerate(zip(held, now, strict=False)) if a != b), min(len(held), len(now)))
    if number == len(held) == len(now):
        return difference
    there, here = (f"`{lines[number].strip()}`" if number < len(lines) else "nothing" for lines in (held, now))
    return replace(difference, run=f"{there} (line {number + 1} of {folder.resolved.name})", now=here)
