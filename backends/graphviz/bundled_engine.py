"""Draws with the Graphviz that pygraphviz includes: DOT on standard input, a picture on standard output.

`engine` starts it as a separate program: `python bundled_engine.py FORMAT DPI`; DPI 0 means the format's default.
"""

import sys


def main(form: str, dpi: str) -> None:
    """Reads DOT from standard input and writes the picture to standard output."""
    from pygraphviz import AGraph  # noqa: PLC0415 (only this process uses it)  # pyright: ignore[reportMissingTypeStubs]

    graph = AGraph(string=sys.stdin.buffer.read().decode())
    if dpi != "0":
        graph.graph_attr["dpi"] = dpi
    layout = str(graph.graph_attr.get("layout", "dot"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    picture = graph.draw(format=form, prog=layout)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    assert picture is not None  # None is returned only with a path
    sys.stdout.buffer.write(picture)  # pyright: ignore[reportUnknownArgumentType]


if __name__ == "__main__":
    main(*sys.argv[1:])
