"""Shows a text again and again while something goes on: in place on a terminal, once elsewhere."""

import time
from collections.abc import Callable

from spikegraph.base.visible import visible
from spikegraph.cli.streams import out

LOOKS = 2
"""How often in a row nothing may go on before a watch ends."""


def watch(look: Callable[[int | None], tuple[str, bool]], every: float) -> None:
    """Shows what `look` returns until nothing goes on any more.

    Args:
        look: Returns the text, and whether something goes on; gets the number of rows that fit, None without a limit.
        every: Seconds between two looks.
    """
    from rich.console import Console  # noqa: PLC0415 (slow to import)
    from rich.live import Live  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    console = Console()
    text, going = look(None)
    if going and console.is_terminal and not console.is_dumb_terminal:
        end = End()
        with Live(console=console, auto_refresh=False, transient=True) as live:
            while not end.reached(going):
                text, going = look(console.size.height - 1)
                live.update(Text(visible(text), no_wrap=True, overflow="crop"), refresh=True)
                time.sleep(every)
        text, _ = look(None)
    out(text)


class End:
    """The end of a watch: nothing goes on for some looks in a row, since between two runs there is none for a moment."""

    def __init__(self) -> None:
        self._quiet = 0

    def reached(self, going: bool) -> bool:
        """Counts a look, and returns whether the watch ends."""
        self._quiet = 0 if going else self._quiet + 1
        return self._quiet >= LOOKS
