"""Prints diagnostics, as text or as JSON."""

import sys
from typing import TYPE_CHECKING

from spikegraph.base.terminal import columns
from spikegraph.cli.settings import Settings
from spikegraph.cli.streams import out_json

if TYPE_CHECKING:
    from spikegraph.dsl.diagnostics import Diagnostics


def report(diagnostics: "Diagnostics", settings: Settings, **more: object) -> None:
    """Writes all diagnostics: as text with carets to standard error, or as a JSON object, with `more`, to standard output."""
    if settings.json:
        from spikegraph.dsl.render import json  # noqa: PLC0415 (only where there is something to report)

        out_json({**json.as_object(diagnostics), **more})
    else:
        warn(diagnostics, settings)


def warn(diagnostics: "Diagnostics", settings: Settings) -> None:
    """Writes all diagnostics as text to standard error, also for a command whose result is JSON."""
    if len(diagnostics):
        from spikegraph.dsl.render import caret  # noqa: PLC0415 (only where there is something to report)

        text = caret.render(diagnostics, colour=settings.colored(sys.stderr), columns=columns(sys.stderr))
        print(text.rstrip("\n"), file=sys.stderr, flush=True)
