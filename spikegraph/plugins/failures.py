"""What is said of a plug-in that raised an exception while it registered what it adds."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from spikegraph.base.errors import PluginError
from spikegraph.base.surface import argument
from spikegraph.base.visible import visible

_REGISTRY = str(Path(__file__).with_name("registry.py"))


def place(error: BaseException, file: str | None = None) -> str | None:
    """The file and line where an error was raised; with `file`, the last line in this file."""
    if isinstance(error, SyntaxError) and error.filename is not None:
        return f"{error.filename}:{error.lineno}"
    found, step = None, error.__traceback__
    while step is not None:
        name = step.tb_frame.f_code.co_filename
        if name == file or (file is None and not name.startswith(("<", _REGISTRY, *importlib.__path__))):
            found = f"{name}:{step.tb_lineno}"
        step = step.tb_next
    return found


def failed(plugin: str, file: str, error: BaseException) -> PluginError:
    """The error for a file that raised an exception.

    Args:
        plugin: The file as it was given.
        file: Its path.
        error: The exception.
    """
    where = (place(error, file) or plugin).replace(file, plugin)
    help = f"correct the plug-in, or leave out {argument('plugin')}"
    return PluginError(f"{where}: {type(error).__name__}: {error}", help)


def warn(plugin: str, error: BaseException, fix: str) -> None:
    """Prints that the plug-in of an installed package is disabled."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    notice = f"warning: the plug-in {plugin} is disabled: {text}" + (f" ({where})" if (where := place(error)) else "")
    print(visible(f"{notice}\nhelp: {fix}"), file=sys.stderr, flush=True)
