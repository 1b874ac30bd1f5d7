"""Each request that the server answers, with the answer that is expected, as the protocol counts: lines and columns from 0."""

import re

import pytest
from lsprotocol import types as lsp

from ..service.texts import TEXT, place


@pytest.fixture(scope="module")
def opened(session):
    """The example, open and checked; its folder has nothing else."""
    path = session.folder / "net.sdhs"
    assert session.open(path, TEXT) == []
    yield session, lsp.TextDocumentIdentifier(path.as_uri())
    session.close(path)


@pytest.fixture
def edited(session):
    """The session, and the path of a text that is closed behind the test."""
    path = session.folder / "edited.sdhs"
    yield session, path
    session.close(path)


def at(text, where, number=0):
    found = place(text, where, number)
    return lsp.Position(found.line - 1, found.column - 1)


def spans(ranges):
    return [f"{r.start.line}:{r.start.character}-{r.end.character}" for r in ranges]


def placed(opened, name, params, where, number=0, **more):
    session, document = opened
    return session.ask(name, params(text_document=document, position=at(TEXT, where, number), **more))


def test_hover(opened):
    found = placed(opened, lsp.TEXT_DOCUMENT_HOVER, lsp.HoverParams, "b    = a|     ->")
    assert found.contents.value == (
        "```sdhs\na : spike[4, 28, 28]\n```\n\n```sdhs\na    = image -> stage(W = 4)\n```\n\nwire of `net`"
    )
    assert spans([found.range]) == ["19:9-10"]


def test_hover_of_a_neuron_has_its_equation(opened):
    found = placed(opened, lsp.TEXT_DOCUMENT_HOVER, lsp.HoverParams, "norm -> l|if").contents.value
    assert found.startswith("```sdhs\nlif : spike[4, 28, 28] and 1 other\n```")
    assert found.endswith(
        "neuron\n\nLeaky neurons.\n\nleaky integrate-and-fire (Eq. 1)\n\n```\nu[t] = decay * v[t-1] + I[t]\n```"
    )


def test_completion(edited):
    session, path = edited
    document = lsp.TextDocumentIdentifier(path.as_uri())
    changed = TEXT.replace("-> stage -> pool(max)", "-> st")
    diagnostics = session.open(path, changed)
    assert [d.code for d in diagnostics] == ["SG0307"]
    found = session.ask(
        lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionParams(text_document=document, position=at(changed, "-> st|  "))
    )
    assert [(item.label, item.kind, item.detail) for item in found.items] == [
        ("stage", lsp.CompletionItemKind.Function, "block"),
        ("stack", lsp.CompletionItemKind.Function, "x -> stack(planes)"),
        ("stem", lsp.CompletionItemKind.Function, "x -> stem(kernel, out, stride = 1, neuron = ...)"),
    ]
    assert found.items[0].text_edit.new_text == "stage"
    assert spans([found.items[0].text_edit.range]) == ["19:18-20"]


def test_signature_help(opened):
    found = placed(opened, lsp.TEXT_DOCUMENT_SIGNATURE_HELP, lsp.SignatureHelpParams, "stage(W = |4")
    [signature] = found.signatures
    assert (signature.label, found.active_parameter) == ("stage(x, W = ...)", 1)
    assert [p.label for p in signature.parameters] == ["x", "W"]


def test_definition(opened):
    found = placed(opened, lsp.TEXT_DOCUMENT_DEFINITION, lsp.DefinitionParams, "-> st|age ->")
    assert (found.uri, spans([found.range])) == (opened[1].uri, ["8:6-11"])


def test_references(opened):
    context = lsp.ReferenceContext(include_declaration=False)
    found = placed(opened, lsp.TEXT_DOCUMENT_REFERENCES, lsp.ReferenceParams, "param cl|asses", context=context)
    assert spans(each.range for each in found) == ["20:38-45", "26:12-19", "34:10-17"]


def test_document_highlight(opened):
    found = placed(opened, lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, lsp.DocumentHighlightParams, "param W| = 8")
    assert spans(each.range for each in found) == ["10:8-9", "11:28-29", "18:24-25"]


def test_rename(opened):
    found = placed(opened, lsp.TEXT_DOCUMENT_PREPARE_RENAME, lsp.PrepareRenameParams, "-> st|age ->")
    assert spans([found]) == ["19:18-23"]
    changes = placed(opened, lsp.TEXT_DOCUMENT_RENAME, lsp.RenameParams, "-> st|age ->", new_name="piece").changes
    assert [(edit.new_text, *spans([edit.range])) for edit in changes[opened[1].uri]] == [
        ("piece", "8:6-11"),
        ("piece", "18:18-23"),
        ("piece", "19:18-23"),
    ]


def test_a_renaming_that_would_change_the_meaning_is_refused(opened):
    with pytest.raises(Exception, match=re.escape("`lif` is already declared at ")):
        placed(opened, lsp.TEXT_DOCUMENT_RENAME, lsp.RenameParams, "-> st|age ->", new_name="lif")
    with pytest.raises(Exception, match="`2x` is not a name: write letters, digits and `_`, a letter first"):
        placed(opened, lsp.TEXT_DOCUMENT_RENAME, lsp.RenameParams, "-> st|age ->", new_name="2x")


def test_document_symbols(opened):
    session, document = opened
    found = session.ask(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, lsp.DocumentSymbolParams(document))
    assert [(s.name, s.detail, [inner.name for inner in s.children]) for s in found] == [
        ("lif", "neuron", []),
        ("stage", "block", ["W"]),
        ("net", "network", ["classes", "image", "a", "b", "logits"]),
        ("fashion_mnist_small", "dataset", []),
        ("retrain net", "retrain", []),
        ("quick", "profile", []),
    ]
    assert spans([found[2].selection_range]) == ["14:8-11"]
    assert (found[2].range.start.line, found[2].range.end.line) == (14, 21)


def test_workspace_symbols(opened):
    found = opened[0].ask(lsp.WORKSPACE_SYMBOL, lsp.WorkspaceSymbolParams("sg"))
    assert [(s.name, s.container_name, *spans([s.location.range])) for s in found] == [("stage", "net.sdhs", "8:6-11")]


def test_folding_ranges(opened):
    session, document = opened
    found = session.ask(lsp.TEXT_DOCUMENT_FOLDING_RANGE, lsp.FoldingRangeParams(document))
    assert [(f.start_line, f.end_line) for f in found] == [(3, 5), (8, 11), (14, 20), (26, 30), (33, 35)]


def test_semantic_tokens(opened):
    session, document = opened
    data = session.ask(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, lsp.SemanticTokensParams(document)).data
    words = TEXT.split("\n")
    line = column = 0
    found = []
    for down, right, length, sort, declares in zip(*[iter(data)] * 5, strict=True):
        line, column = line + down, right if down else column + right
        found.append((words[line][column : column + length], sort, declares))
    keyword, comment, number, operator, function, parameter, variable = 0, 1, 3, 4, 5, 8, 9
    assert found[:3] == [("sdhs", keyword, 0), ("1", number, 0), ("# Leaky neurons.", comment, 0)]
    start = found.index(("b", variable, 1))
    assert found[start : start + 6] == [
        ("b", variable, 1),
        ("a", variable, 0),
        ("->", operator, 0),
        ("stage", function, 0),
        ("->", operator, 0),
        ("pool", function, 0),
    ]
    assert ("W", parameter, 1) in found


def test_inlay_hints(opened):
    session, document = opened
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(99, 0))
    found = session.ask(lsp.TEXT_DOCUMENT_INLAY_HINT, lsp.InlayHintParams(document, whole))
    assert [(h.position.line, h.position.character, h.label) for h in found] == [
        (18, 3, ": spike[4, 28, 28]"),
        (19, 3, ": spike[8, 14, 14]"),
        (20, 15, ": real[10] once"),
    ]


def test_code_lenses(opened):
    session, document = opened
    found = session.ask(lsp.TEXT_DOCUMENT_CODE_LENS, lsp.CodeLensParams(document))
    # conv 1 x 4 x 9 + 4, norm 8, conv 4 x 8 x 9 + 8, norm 16, linear 8 x 10 + 10
    assert [(lens.range.start.line, lens.command.title) for lens in found] == [
        (3, "1 use"),
        (8, "2 uses"),
        (14, "450 parameters (retrain)"),
        (23, "1 use"),
    ]


def test_diagnostics_code_actions_and_formatting(edited):
    session, path = edited
    document = lsp.TextDocumentIdentifier(path.as_uri())
    changed = TEXT.replace("decay     = 0.5", "decays = 0.5").replace("epochs  = 1", "epochs=1")
    [found] = session.open(path, changed)
    assert (found.code, found.message, found.severity) == (
        "SG0203",
        "unknown key `decays`\nhelp: did you mean `decay`?",
        lsp.DiagnosticSeverity.Error,
    )
    assert found.code_description == lsp.CodeDescription("https://spikegraph.github.io/errors/SG0203.html")
    assert spans([found.range]) == ["4:2-8"]
    context = lsp.CodeActionContext([found])
    [action] = session.ask(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionParams(document, found.range, context))
    assert (action.title, action.kind, action.is_preferred) == ("write `decay`", lsp.CodeActionKind.QuickFix, True)
    [edit] = action.edit.changes[document.uri]
    assert (edit.new_text, *spans([edit.range])) == ("decay", "4:2-8")
    options = lsp.FormattingOptions(2, insert_spaces=True)
    [edit] = session.ask(lsp.TEXT_DOCUMENT_FORMATTING, lsp.DocumentFormattingParams(document, options))
    assert edit.new_text == TEXT.replace("decay     =", "decays    =")
    assert session.open(path, TEXT) == []
    assert session.ask(lsp.TEXT_DOCUMENT_FORMATTING, lsp.DocumentFormattingParams(document, options)) is None
