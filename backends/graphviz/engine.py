"""Turns DOT into pictures, with the system's Graphviz or, if there is none, the one in pygraphviz's wheel."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from spikegraph.base.errors import RenderError

Format = Literal["svg", "pdf", "png"]

DOTS_PER_INCH = 192
"""Resolution of PNG files: twice that of a screen, so that text is also sharp in print."""

BUNDLED = Path(__file__).with_name("bundled_engine.py")

HELP = (
    "install Graphviz so that `dot` is on the PATH, or run `pip install pygraphviz`, whose wheels include it; "
    "writing a .dot file needs neither"
)


def picture(source: str, form: Format) -> bytes:
    """Draws a DOT text.

    Args:
        source: The DOT text.
        form: The picture's format.

    Raises:
        RenderError: Graphviz isn't installed, or rejects the text.
    """
    command = _command(form)
    # A separate process, so that output and crashes of Graphviz's libraries don't affect this one.
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)
    output = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in output if line.startswith("Error")]
    if done.returncode or errors:
        last = (errors or output or [f"exit status {done.returncode}"])[-1]
        raise RenderError(f"Graphviz could not draw the diagram: {last}")
    return done.stdout


def _command(form: Format) -> list[str]:
    """The command that reads DOT and writes a picture."""
    system = shutil.which("dot")
    if system is not None:
        return [system, f"-T{form}", *([f"-Gdpi={DOTS_PER_INCH}"] if form == "png" else [])]
    if find_spec("pygraphviz") is None or not sys.executable:
        raise RenderError("Graphviz is not installed", HELP)
    # -P: don't import modules from the script's folder.
    return [sys.executable, "-P", str(BUNDLED), form, str(DOTS_PER_INCH if form == "png" else 0)]
