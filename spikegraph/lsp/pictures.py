"""Pictures that follow the cursor: the request `spikegraph/preview`. They are drawn in a process of their own."""

from functools import partial
from pathlib import Path
from typing import cast

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from spikegraph.base.record import record
from spikegraph.lsp.worker import Worker
from spikegraph.service.places import Place
from spikegraph.service.preview import LEVELS, Level, Picture, Subject, picture
from spikegraph.service.service import Service

PREVIEW = "spikegraph/preview"
"""The request for the picture that belongs to a place.

Its parameters are `textDocument` and `position`, as in requests of the protocol, and optionally `level` (`network`, `cell`,
`trellis` or `ops`; by default that of the declaration at the position) and `dark`. The answer has `title`, `level`, `svg` (null
without a picture), `reason` (why there is none of this text; null if there is one), `current` (whether `svg` is of this text
and not of the last sound one), and `marks`, the ids of the elements of `svg` that draw the wire at the position.
"""

MOST_KEPT = 32
"""Pictures that are kept."""


@record
class Wanted:
    """A request for a picture; `level` None for that of the declaration at the position."""

    text_document: lsp.TextDocumentIdentifier
    position: lsp.Position
    level: Level | None
    dark: bool


def wanted(params: object) -> Wanted:
    """The parameters of a request; raises JsonRpcInvalidParams where they are wrong."""
    document, position = getattr(params, "textDocument", None), getattr(params, "position", None)
    address, line, character = getattr(document, "uri", None), getattr(position, "line", -1), getattr(position, "character", -1)
    if not isinstance(address, str) or not (_counts(line) and _counts(character)):
        raise JsonRpcInvalidParams(f"{PREVIEW} takes `textDocument` with `uri` and `position` with `line` and `character`")
    level, dark = getattr(params, "level", None), getattr(params, "dark", False)
    if level is not None and level not in LEVELS:
        raise JsonRpcInvalidParams(f"`level` is one of {', '.join(LEVELS)}, not {level!r}")
    where = lsp.Position(cast("int", line), cast("int", character))
    return Wanted(lsp.TextDocumentIdentifier(address), where, level, dark is True)


def _counts(value: object) -> bool:
    return type(value) is int and value >= 0


@record
class _Kept:
    """The picture of one state of the texts, and the last one that could be drawn."""

    state: int
    made: Picture
    shown: Picture


class Pictures:
    """The last pictures, of which those of older texts are shown while the text is wrong."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._worker = Worker()
        self._state = 0
        self._kept: dict[tuple[Path, Subject, bool], _Kept] = {}

    def outdated(self) -> None:
        """A text has changed: pictures are drawn anew when they are asked for."""
        self._state += 1

    def stop(self) -> None:
        """Ends the process."""
        self._worker.stop()

    async def preview(self, path: Path, place: Place, level: Level | None, *, dark: bool) -> dict[str, object]:
        """The answer to a request: see `PREVIEW`. Raises what the process raises that draws."""
        subject = self.service.subject(path, place, level)
        kept = await self._picture(path, subject, dark=dark)
        made, shown = kept.made, kept.shown
        marks = self.service.marks(path, place, shown.svg) if subject.level == "network" else ()
        return {
            "title": shown.title,
            "level": subject.level,
            "svg": shown.svg or None,
            "reason": made.reason or None,
            "current": bool(made.svg),
            "marks": list(marks),
        }

    async def _picture(self, path: Path, subject: Subject, *, dark: bool) -> "_Kept":
        """The picture of the texts as they are now, and the one to show."""
        key, state = (path, subject, dark), self._state
        known = self._kept.get(key)
        if known is not None and known.state == state:
            return known
        made = await self._worker.call(partial(picture, dark=dark), path, self.service.workspace.texts, subject)
        known = self._kept.get(key)  # another request may have drawn it meanwhile
        shown = made if made.svg or known is None else known.shown
        self._kept.pop(key, None)
        self._kept[key] = _Kept(state, made, shown)
        if len(self._kept) > MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return self._kept[key]
