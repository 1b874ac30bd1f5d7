"""A page for each public name of Python, with the anchor `spikegraph.NAME`."""

import inspect
import re
from collections.abc import Callable, Iterator

import spikegraph
from documentation import markdown
from documentation.docstrings import as_markdown

FOLDER = "python"
FENCE = "`" * 6
INDEX = """# Python

`import spikegraph` has these names. [In Python](/how-to/python.md) shows them at work.

"""


def pages() -> Iterator[tuple[str, str]]:
    """The place and the text of each page, and of their list."""
    yield f"{FOLDER}/index", _index()
    yield from ((f"{FOLDER}/{name}", page(name)) for name in public())


def public() -> list[str]:
    """The public names."""
    return [name for name in spikegraph.__all__ if not name.startswith("__")]


def _index() -> str:
    groups: dict[str, list[str]] = {"Functions": [], "Classes": [], "Errors": []}
    for name in public():
        kind = {"function": "Functions", "class": "Classes", "exception": "Errors"}[_kind(getattr(spikegraph, name))]
        first = (inspect.getdoc(getattr(spikegraph, name)) or "").partition("\n")[0]
        groups[kind].append(f"- [`{name}`](/{FOLDER}/{name}.md): {markdown.escaped(first)}")
    return INDEX + "\n".join(line for kind, rows in groups.items() for line in (f"## {kind}\n", *rows, ""))


def page(name: str) -> str:
    """The page of a name: its signature and its docstring, and for a class its own methods."""
    value = getattr(spikegraph, name)
    kind = _kind(value)
    body = [as_markdown(inspect.getdoc(value) or "")]
    if kind == "class":
        body += _methods(value)
    elif kind == "exception":
        bases = [f"`{base.__name__}`" for base in value.__mro__[1:] if base.__name__ not in ("object", "BaseException")]
        body += [f"It is a {', a '.join(bases)}.\n"]
    signature = "" if kind == "exception" else _signature(value)
    return f"# {name}\n\n{_described(kind, f'spikegraph.{name}{signature}', body)}"


def _described(kind: str, signature: str, body: list[str], depth: int = 0) -> str:
    fence = FENCE[depth:]
    return "\n".join([f"{fence}{{py:{kind}}} {signature}", "", *body, fence, ""])


def _kind(value: object) -> str:
    if isinstance(value, type):
        return "exception" if issubclass(value, BaseException) else "class"
    return "function"


class _Words(str):
    """An annotation as it is written."""

    __slots__ = ()
    __repr__ = str.__str__


def _signature(value: Callable[..., object]) -> str:
    """The signature on one line, with its types as they are written, and without what is private."""
    callable_package = not (inspect.isfunction(value) or isinstance(value, type))
    found = inspect.signature(type(value).__call__ if callable_package else value)
    parameters = [p.replace(annotation=_written(p.annotation)) for p in found.parameters.values() if p.name[0] != "_"]
    whole = found.replace(parameters=parameters, return_annotation=_written(found.return_annotation))
    return re.sub(r"<[^>]*>", "...", str(whole))


def _written(annotation: object) -> object:
    return _Words(annotation.strip('"')) if isinstance(annotation, str) else annotation


def _methods(value: type) -> Iterator[str]:
    own = [kind for kind in reversed(value.__mro__) if kind.__module__.startswith("spikegraph")]
    found = {name: each for kind in own for name, each in vars(kind).items() if not name.startswith("_")}
    for name, each in found.items():
        text = as_markdown(inspect.getdoc(each) or "")
        if isinstance(each, property):
            yield _described("property", name, [text], 1)
        elif inspect.isfunction(function := getattr(each, "__func__", each)):
            words = re.sub(r"\((?:self|cls)(?:, )?", "(", _signature(function), count=1)
            yield _described("method", f"{name}{words}", [text], 1)
