"""The format of a single file, by its content, and its conversion."""

import json
from pathlib import Path
from typing import Any

from spikegraph.base.files import write_whole
from spikegraph.ir.graph import GraphError
from spikegraph.ir.json import JsonError, from_json
from spikegraph.ir.text import print_graph
from spikegraph.ir.text_parser import TextError, parse_graph
from spikegraph.upgrade.graphs import GRAPH_JSON, GRAPH_TEXT
from spikegraph.upgrade.specs import upgraded_spec
from spikegraph.upgrade.table import UpgradeError

KINDS = "a spec or genotype (.sdhs), a graph as JSON or text, or the folder of a run"
HEAD, OLD_HEAD = "# spikegraph graph, version ", "graph "
"""How the text of a graph begins, since version 2 and in version 1."""


def upgrade_file(path: Path, out: Path) -> list[str]:
    """Converts a file; writes nothing if it is current and `out` is the file itself.

    Args:
        path: The file.
        out: Where the converted file is written, whole or not at all.

    Returns:
        What changed; empty if the file is current.

    Raises:
        UpgradeError: It has no format of spikegraph, is damaged, or has a version that can't be converted.
        SpecError: A spec has errors.
        OSError: A file can't be read or written.
    """
    text, told = _converted(path)
    if told or out != path:
        write_whole(out, text)
    return told


def _converted(path: Path) -> tuple[str, list[str]]:
    if path.suffix == ".sdhs":
        return upgraded_spec(path)
    try:
        text = path.read_bytes().decode()
    except UnicodeDecodeError as error:
        raise UpgradeError("not a text file of spikegraph", f"give {KINDS}", path=path) from error
    try:
        return _json(text, path) if text.lstrip().startswith("{") else _text(text, path)
    except (JsonError, TextError, GraphError) as error:
        raise UpgradeError(
            str(error), "print the graph again from its spec, with `spikegraph compile SPEC --emit`", path=path
        ) from error


def _json(text: str, path: Path) -> tuple[str, list[str]]:
    try:
        data: dict[str, Any] = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UpgradeError(f"not valid JSON: {error}", "restore the file", path=path) from error
    version = data.get("schema_version")
    if not isinstance(version, int):
        raise UpgradeError("not a graph: it has no `schema_version`", f"give {KINDS}", path=path)
    data, told = GRAPH_JSON.upgraded(data, version, path)
    from_json(data)
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n" if told else text), told


def _text(text: str, path: Path) -> tuple[str, list[str]]:
    first = text.split("\n", 1)[0].strip()
    number = first.removeprefix(HEAD) if first.startswith(HEAD) else "1" if first.startswith(OLD_HEAD) else ""
    if not number.isdecimal():
        raise UpgradeError("it has no format of spikegraph", f"give {KINDS}", path=path)
    text, told = GRAPH_TEXT.upgraded(text, int(number), path)
    return print_graph(parse_graph(text)) if told else text, told
