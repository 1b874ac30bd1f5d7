"""Tools about texts: what is wrong, what may stand at a place, what stands there, and what shape each wire has."""

from collections.abc import Callable
from typing import Any

from spikegraph.agents.diagnostics import counts_text, found_data, found_text
from spikegraph.agents.files import Files
from spikegraph.agents.given import CHANGES, PHASE, SPEC, Given, phase_of
from spikegraph.agents.tool import Answer, Arguments, Parameter, Tool, ToolError
from spikegraph.dsl.limits import MOST_SHOWN
from spikegraph.service.document import Document
from spikegraph.service.places import Place
from spikegraph.service.service import Service
from spikegraph.service.tried_fixes import with_tried_fixes
from spikegraph.service.wire_types import Types

PLACE = (
    Parameter("line", "integer", "The line, from 1.", needed=True, least=1),
    Parameter(
        "column", "integer", "The column, from 1, in characters: that of the place before that character.", True, least=1
    ),
)
MOST_WORDS = 200
"""Most completions of an answer."""


def tools(files: Files) -> tuple[Tool, ...]:
    """The tools about texts."""
    check_doc = (
        "Check a spec of a spiking network: every error and warning, each with its line, what is wrong, how to fix it, and "
        "edits that fix it. Call it after every change; a spec without errors can be built and trained."
    )
    complete_doc = (
        "What may be written at a place of a spec, also while it is broken: keys, values, wires, operations, blocks, neurons, "
        "arguments; in a profile the paths that `set` takes. Words that begin with the part of a word before the place."
    )
    hover_doc = (
        "What is known of the word at a place of a spec: the type of a wire, what an operation computes and takes, a neuron's "
        "equation, the values and the default of a key."
    )
    shapes_doc = "The kind and shape of every wire and input of a spec, such as `spike[6, 32, 32]`, as far as it is sound."
    checked = {"sound": "boolean", "errors": "integer", "warnings": "integer", "omitted": "integer", "diagnostics": "array"}
    found = {"found": "boolean", "text": "string", "line": "integer", "column": "integer", "end_column": "integer"}
    return (
        Tool("check", check_doc, (*SPEC, *CHANGES, PHASE), checked, _of(files, _check)),
        Tool("complete", complete_doc, (*SPEC, *PLACE), {"words": "array", "omitted": "integer"}, _of(files, _complete)),
        Tool("hover", hover_doc, (*SPEC, *PLACE), found, _of(files, _hover)),
        Tool("shapes", shapes_doc, SPEC, {"sound": "boolean", "wires": "array"}, _of(files, _shapes)),
    )


def _of(files: Files, answer: Callable[[Given, Arguments], Answer]) -> Callable[[Arguments], Answer]:
    def answered(arguments: Arguments) -> Answer:
        given = Given.of(files, arguments)
        with given.reading():
            return answer(given, arguments)

    return answered


def _check(given: Given, arguments: Arguments) -> Answer:
    program = given.program()
    diagnostics = program.check(phase_of(arguments))
    found = with_tried_fixes(tuple(diagnostics), given.path, program.source.text, given.texts)
    data = {
        "sound": not diagnostics.has_errors,
        "errors": diagnostics.errors,
        "warnings": diagnostics.warnings,
        "omitted": max(0, len(found) - MOST_SHOWN),
        "diagnostics": found_data(found, given.files),
    }
    text = found_text(found, diagnostics, given.files)
    return Answer(counts_text(diagnostics) + (f"\n{text}" if text else ""), data)


def _place(document: Document, arguments: Arguments) -> Place:
    line, column = int(arguments["line"]), int(arguments["column"])
    lines = document.text.count("\n") + 1
    if line > lines:
        raise ToolError(f"the text has {lines} lines, no line {line}", "lines count from 1")
    length = len(document.source.line(line))
    if column > length + 1:
        raise ToolError(f"line {line} has {length} characters, no column {column}", "columns count from 1")
    return Place(line, column)


def _complete(given: Given, arguments: Arguments) -> Answer:
    service = given.service()
    found = service.completion(given.here, _place(service.document(given.here), arguments))
    words = [{"name": w.name, "sort": w.sort, "detail": w.detail, "doc": w.doc} for w in found[:MOST_WORDS]]
    lines = [f"{w['name']} ({w['sort']}): {w['detail']}" for w in words]
    return Answer(
        "\n".join(lines) or "nothing is known to fit here", {"words": words, "omitted": max(0, len(found) - MOST_WORDS)}
    )


def _hover(given: Given, arguments: Arguments) -> Answer:
    service = given.service()
    place = _place(service.document(given.here), arguments)
    found = service.hover(given.here, place)
    if found is None:
        nothing = {"found": False, "text": "", "line": place.line, "column": place.column, "end_column": place.column}
        return Answer(f"nothing is known of what is at {place.line}:{place.column}", nothing)
    span = found.span
    data = {"found": True, "text": found.text, "line": span.line, "column": span.column, "end_column": span.end_column}
    return Answer(found.text, data)


def _shapes(given: Given, arguments: Arguments) -> Answer:
    service = given.service()
    wires = _wires(service, given)
    sound = not any(d.severity == "error" for d in service.checked[given.here].diagnostics)
    lines = [f"{'.'.join([*w['within'], w['name']])} (line {w['line']}): {', '.join(w['types'])}" for w in wires]
    head = [] if sound else ["the spec has errors, so that types may be missing; `check` says which"]
    return Answer("\n".join([*head, *lines]) or "the spec has no wires", {"sound": sound, "wires": wires})


def _wires(service: Service, given: Given) -> list[dict[str, Any]]:
    document = service.document(given.here)
    types, found = Types(document, service.checked[given.here]), list[dict[str, Any]]()
    for at, definition in document.definitions():
        known = types.of(at) if definition.kind in ("wire", "input") else ()
        if known:
            symbol = document.symbol(at)
            found.append({"name": symbol.name, "within": list(symbol.within), "line": symbol.span.line, "types": list(known)})
    return found
