"""Draws with the engine inside pygraphviz: DOT on standard input, a picture on standard output.

A program of its own, started by `engine`: `python bundled.py FORMAT DPI`, DPI 0 for the format's own.
"""

import sys


def main(form: str, dpi: str) -> None:
    """Reads, lays out, writes."""
    from pygraphviz import AGraph  # noqa: PLC0415 (only this process needs it)

    graph = AGraph(string=sys.stdin.buffer.read().decode())
    if dpi != "0":
        graph.graph_attr["dpi"] = dpi
    picture = graph.draw(format=form, prog="dot")
    assert picture is not None  # it is None only where a path is given
    sys.stdout.buffer.write(picture)


if __name__ == "__main__":
    main(*sys.argv[1:])
