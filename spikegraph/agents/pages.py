"""Tools about the documentation: what a diagnostic means, and sections by words."""

from spikegraph.agents.tool import Answer, Arguments, Parameter, Tool, ToolError
from spikegraph.base.nearest import did_you_mean
from spikegraph.dsl.codes import CODES
from spikegraph.service.documentation import search
from spikegraph.service.explanations import explained

LONGEST = 6000
"""Most characters of a section that an answer has."""

_LIMIT = 5


def tools() -> tuple[Tool, ...]:
    """The tools about the documentation."""
    explain_doc = (
        "Explain a diagnostic by its code, such as `SG0302`: what it means, an example that is wrong, and the same corrected."
    )
    search_doc = (
        "Search the documentation by words: the language's declarations, operations, neurons, losses and data, searches, runs, "
        "Python. Begin with it where you don't know how something is written; sections have examples."
    )
    query = Parameter("query", "string", "Some words, such as `stereo cost volume` or `neuron threshold`.", needed=True)
    limit = Parameter("limit", "integer", f"Most sections. Default: {_LIMIT}.", least=1)
    code = Parameter("code", "string", "The code of a diagnostic, such as `SG0302`.", needed=True)
    return (
        Tool("explain", explain_doc, (code,), {"code": "string", "meaning": "string", "text": "string"}, _explain),
        Tool("search_docs", search_doc, (query, limit), {"sections": "array"}, _search),
    )


def _explain(arguments: Arguments) -> Answer:
    code = str(arguments["code"]).upper()
    if code not in CODES:
        help = did_you_mean(code, CODES) or "codes are those of `check`, such as `SG0302`"
        raise ToolError(f"no diagnostic has the code `{arguments['code']}`", help)
    text = explained(code)
    return Answer(text, {"code": code, "meaning": CODES[code], "text": text})


def _search(arguments: Arguments) -> Answer:
    query = str(arguments["query"])
    found = search(query, int(arguments.get("limit", _LIMIT)))
    if not found:
        raise ToolError(f"no section has a word of `{query:.60}`", "use words of the field, in English, such as `convolution`")
    sections = [
        {
            "page": f"docs/{each.page}",
            "headings": list(each.headings),
            "text": each.text[:LONGEST],
            "cut": len(each.text) > LONGEST,
        }
        for each in found
    ]
    parts = [f"[{s['page']}] {' > '.join(each.headings)}\n{s['text']}" for s, each in zip(sections, found, strict=True)]
    return Answer("\n\n".join(parts), {"sections": sections})
