"""Run the tutorials and store what their cells show: `python tools/notebooks.py [NAME ...]`, by default all of them.

The notebooks in docs/tutorials hold their outputs, so that a site shows them and trains nothing. A notebook runs here in one
process, in a folder that is removed at the end, with what the tutorials use of Jupyter: Python, `%%writefile FILE` in the first
line of a cell, and cells of commands, `!spikegraph ...`. A cell whose output differs from run to run, such as an accuracy, has
the tag `varies`; tests/docs/test_tutorials.py compares all others with what is stored. One whose command is meant to fail has
the tag `fails`.
"""

import argparse
import ast
import contextlib
import io
import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from spikegraph.cli.entry import run

FOLDER = Path(__file__).parents[1] / "docs" / "tutorials"
VARIES = "varies"
COLUMNS = "110"
"""The width of the terminal, for tables."""

_PICTURES = {"text/html": "_repr_html_", "image/svg+xml": "_repr_svg_"}
_PROGRESS = re.compile(r"^(?:\d\d:\d\d:\d\d  |note: (?:compiling|encoded samples) ).*\n(?:  \S.*\n)*", re.MULTILINE)
"""What commands print while they work, and of caches, which depends on the machine."""

Cell = dict[str, Any]
Output = dict[str, Any]


def read(path: Path) -> dict[str, Any]:
    """A notebook."""
    return json.loads(path.read_text(encoding="utf-8"))


def source(cell: Cell) -> str:
    """The text of a cell."""
    return "".join(cell["source"])


def shown(notebook: dict[str, Any], fewer: Mapping[str, str], folder: Path) -> Iterator[tuple[Cell, list[Output]]]:
    """Runs the cells of code in their order, in a folder, and gives each with its outputs.

    Args:
        notebook: As `read` gives it.
        fewer: Texts by those that they take the place of, to make trainings short.
        folder: Where files are written; it stays the current one until the last cell has run.

    Raises:
        RuntimeError: A command fails in a cell without the tag `fails`, or succeeds in one with it.
    """
    session: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.chdir(folder), _importing_from(folder):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                text = source(cell)
                for whole, less in fewer.items():
                    text = text.replace(whole, less)
                yield cell, _outputs(text, session, fails="fails" in cell["metadata"].get("tags", ()))


@contextlib.contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Files of the folder can be imported, as in Jupyter; at the end they are forgotten."""
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            if Path(getattr(sys.modules[name], "__file__", None) or "/").is_relative_to(folder):
                del sys.modules[name]


def _outputs(text: str, session: dict[str, Any], *, fails: bool) -> list[Output]:
    if text.startswith("%%writefile "):
        head, _, rest = text.partition("\n")
        path = Path(head.split()[1])
        verb = "Overwriting" if path.exists() else "Writing"
        path.write_text(rest, encoding="utf-8")
        return [_stream(f"{verb} {path}\n")]
    written = io.StringIO()
    with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
        if text.startswith("!"):
            results = [(line, run(shlex.split(line)[1:])) for line in text.splitlines()]
            value = None
        else:
            results, value = [], _value(text, session)
    for line, status in results:
        if (status != 0) != fails:
            raise RuntimeError(f"`{line}` ended with {status}:\n{written.getvalue()}")
    printed = _PROGRESS.sub("", written.getvalue())
    return [*([_stream(printed)] if printed else []), *([_result(value)] if value is not None else [])]


def _value(text: str, session: dict[str, Any]) -> object:
    """The value of the last line, if it is an expression and no `;` ends it."""
    body = ast.parse(text).body
    last = body[-1]
    if not isinstance(last, ast.Expr) or text.rstrip().endswith(";"):
        exec(compile(text, "cell", "exec"), session)
        return None
    exec(compile(ast.Module(body[:-1], []), "cell", "exec"), session)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), session)


def _stream(text: str) -> Output:
    return {"output_type": "stream", "name": "stdout", "text": text.splitlines(keepends=True)}


def _result(value: object) -> Output:
    data = {"text/plain": repr(value).splitlines(keepends=True)}
    for kind, method in _PICTURES.items():
        draw = getattr(value, method, None)
        if draw is not None:
            data[kind] = draw().splitlines(keepends=True)
    return {"output_type": "execute_result", "execution_count": None, "metadata": {}, "data": data}


def store(path: Path) -> None:
    """Runs a notebook, and writes it with its outputs."""
    notebook = read(path)
    with tempfile.TemporaryDirectory() as folder:
        for number, (cell, outputs) in enumerate(shown(notebook, {}, Path(folder)), 1):
            cell["execution_count"] = number
            cell["outputs"] = [output | ({"execution_count": number} if "data" in output else {}) for output in outputs]
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> None:
    """Runs the notebooks that are named."""
    parser = argparse.ArgumentParser(prog="tools/notebooks.py", description="Run the tutorials and store their outputs.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as my-first-network; without one, all of them")
    names: list[str] = parser.parse_args().names
    os.environ["COLUMNS"] = COLUMNS
    for path in [FOLDER / f"{name}.ipynb" for name in names] or sorted(FOLDER.glob("*.ipynb")):
        store(path)


if __name__ == "__main__":
    main()
