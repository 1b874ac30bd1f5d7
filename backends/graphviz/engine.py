"""From DOT to pictures: the system's Graphviz where there is one, else the one that pygraphviz's wheel carries."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from spikegraph.errors import RenderError

Format = Literal["svg", "pdf", "png"]

DOTS_PER_INCH = 192
"""Of a PNG: twice a screen's, so that its text is sharp in print too."""

BUNDLED = Path(__file__).with_name("bundled.py")

HELP = (
    "install Graphviz so that `dot` is found on the PATH, or `pip install pygraphviz`, whose wheels carry it; "
    "a file that ends in .dot needs neither"
)


def picture(source: str, form: Format) -> bytes:
    """The picture of a DOT text.

    Args:
        source: The text.
        form: The file's format.

    Raises:
        RenderError: There is no Graphviz, or it refuses the text.
    """
    command = _command(form)
    # A process of its own: what the engine's libraries print, and any crash of theirs, stay out of this one.
    done = subprocess.run(command, input=source.encode(), capture_output=True, check=False)
    said = [line for line in done.stderr.decode(errors="replace").splitlines() if line.strip()]
    errors = [line for line in said if line.startswith("Error")]
    if done.returncode or errors:
        last = (errors or said or [f"exit status {done.returncode}"])[-1]
        raise RenderError(f"Graphviz could not draw the diagram: {last}")
    return done.stdout


def _command(form: Format) -> list[str]:
    """The command that reads DOT and writes a picture."""
    system = shutil.which("dot")
    if system is not None:
        return [system, f"-T{form}", *([f"-Gdpi={DOTS_PER_INCH}"] if form == "png" else [])]
    if find_spec("pygraphviz") is None or not sys.executable:
        raise RenderError("no Graphviz is at hand to draw with", HELP)
    # -P: the script's folder is no place to import from.
    return [sys.executable, "-P", str(BUNDLED), form, str(DOTS_PER_INCH if form == "png" else 0)]
