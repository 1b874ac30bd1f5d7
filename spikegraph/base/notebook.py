"""Progress below the cell of a notebook: one line, which is replaced."""

import sys
from importlib import import_module
from typing import Any

from typing_extensions import override

from spikegraph.base.progress import Lines
from spikegraph.base.visible import visible_name

SECONDS_BETWEEN_UPDATES = 0.5


def in_notebook() -> bool:
    """Whether this process runs the cells of a notebook."""
    module = sys.modules.get("IPython")
    return module is not None and hasattr(module.get_ipython(), "kernel")


class NotebookLine(Lines):
    """Shows the line of `Lines` in one place; notices are printed."""

    def __init__(self, every: float = SECONDS_BETWEEN_UPDATES) -> None:
        super().__init__(every)
        self._shown: Any = None

    @override
    def notice(self, text: str) -> None:
        print(visible_name(text), flush=True)

    @override
    def show(self, line: str) -> None:
        ipython: Any = import_module("IPython.display")  # a notebook has it
        data = {"text/plain": visible_name(line)}
        if self._shown is None:
            self._shown = ipython.display(data, raw=True, display_id=True)
        else:
            self._shown.update(data, raw=True)
