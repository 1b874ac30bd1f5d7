"""The requests that the server answers."""

import contextlib
import gc
from collections.abc import Iterator
from pathlib import Path

from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from spikegraph.dsl.project_folder import is_vendored
from spikegraph.dsl.vendored import LOCK
from spikegraph.lsp import answers
from spikegraph.lsp.pictures import PREVIEW, wanted
from spikegraph.lsp.server import Server
from spikegraph.service.cursor import cursor


def server() -> Server:
    """A server with all its features."""
    gc.set_threshold(100_000, 20, 100)  # what is kept between answers isn't looked through for each of them
    made = Server()
    for add in (_texts, _words, _places, _outlines, _shown):
        add(made)
    return made


def _texts(made: Server) -> None:
    """Texts that are opened, changed, closed; diagnostics and their fixes; formatting."""

    @made.feature(lsp.TEXT_DOCUMENT_DID_OPEN)
    def _(ls: Server, params: lsp.DidOpenTextDocumentParams) -> None:
        ls.changed(params.text_document, params.text_document.text)

    @made.feature(lsp.TEXT_DOCUMENT_DID_CHANGE)
    def _(ls: Server, params: lsp.DidChangeTextDocumentParams) -> None:
        ls.changed(params.text_document, params.content_changes[-1].text)

    @made.feature(lsp.TEXT_DOCUMENT_DID_CLOSE)
    def _(ls: Server, params: lsp.DidCloseTextDocumentParams) -> None:
        ls.closed(params.text_document.uri)

    @made.feature(lsp.TEXT_DOCUMENT_DID_SAVE)
    @made.feature(lsp.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def _(ls: Server, _: lsp.DidSaveTextDocumentParams | lsp.DidChangeWatchedFilesParams) -> None:
        ls.saved()

    @made.feature(lsp.SHUTDOWN)
    def _(ls: Server, *_: object) -> None:
        ls.stop()

    @made.feature(lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionOptions([lsp.CodeActionKind.QuickFix]))
    def _(ls: Server, params: lsp.CodeActionParams) -> list[lsp.CodeAction]:
        path = ls.known(params.text_document.uri)
        positions = ls.positions(path)
        return [
            action
            for found in ls.service.problems(path)
            if found.span.file == str(path) and _meet(positions.range(found.span), params.range)
            for action in ls.answers.actions(found)
        ]

    @made.feature(lsp.TEXT_DOCUMENT_FORMATTING)
    def _(ls: Server, params: lsp.DocumentFormattingParams) -> list[lsp.TextEdit] | None:
        path = ls.known(params.text_document.uri)
        edit = ls.service.formatting(path)
        if is_vendored(path):
            ls.window_log_message(lsp.LogMessageParams(lsp.MessageType.Info, f"{path} stays as {LOCK} has it"))
        return None if edit is None else [lsp.TextEdit(ls.positions(path).range(edit.span), edit.text)]


def _words(made: Server) -> None:
    """What is known of words: hover, completion, signatures, colours."""

    @made.feature(lsp.TEXT_DOCUMENT_HOVER)
    def _(ls: Server, params: lsp.HoverParams) -> lsp.Hover | None:
        path, place = ls.at(params)
        found = ls.service.hover(path, place)
        content = None if found is None else lsp.MarkupContent(lsp.MarkupKind.Markdown, found.text)
        return None if found is None or content is None else lsp.Hover(content, ls.positions(path).range(found.span))

    @made.feature(lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionOptions([".", "(", ",", "=", ">", " ", '"']))
    def _(ls: Server, params: lsp.CompletionParams) -> lsp.CompletionList:
        path, place = ls.at(params)
        prefix = len(cursor(ls.service.document(path), place).prefix)
        start = lsp.Position(params.position.line, max(0, params.position.character - prefix))
        replaced = lsp.Range(start, params.position)
        found = ls.service.completion(path, place)
        items = [answers.completion(each, number, replaced) for number, each in enumerate(found)]
        return lsp.CompletionList(False, items)

    @made.feature(lsp.TEXT_DOCUMENT_SIGNATURE_HELP, lsp.SignatureHelpOptions(["(", ","]))
    def _(ls: Server, params: lsp.SignatureHelpParams) -> lsp.SignatureHelp | None:
        found = ls.service.signature(*ls.at(params))
        return None if found is None else answers.signature(found)

    @made.feature(lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, answers.LEGEND)
    def _(ls: Server, params: lsp.SemanticTokensParams) -> lsp.SemanticTokens:
        path = ls.known(params.text_document.uri)
        return answers.semantic_tokens(ls.service.semantic_tokens(path), ls.positions(path))


def _places(made: Server) -> None:
    """Where names are declared and used."""

    @made.feature(lsp.TEXT_DOCUMENT_DEFINITION)
    def _(ls: Server, params: lsp.DefinitionParams) -> lsp.Location | None:
        found = ls.service.definition(*ls.at(params))
        return None if found is None else ls.answers.location(found.span)

    @made.feature(lsp.TEXT_DOCUMENT_REFERENCES)
    def _(ls: Server, params: lsp.ReferenceParams) -> list[lsp.Location]:
        path, place = ls.at(params)
        found = ls.service.references(path, place, declaration=params.context.include_declaration)
        return [ls.answers.location(span) for span in found]

    @made.feature(lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT)
    def _(ls: Server, params: lsp.DocumentHighlightParams) -> list[lsp.DocumentHighlight]:
        path, place = ls.at(params)
        positions = ls.positions(path)
        return [lsp.DocumentHighlight(positions.range(span)) for span in ls.service.highlights(path, place)]

    @made.feature(lsp.TEXT_DOCUMENT_PREPARE_RENAME)
    def _(ls: Server, params: lsp.PrepareRenameParams) -> lsp.Range | None:
        path, place = ls.at(params)
        span = ls.service.renamable(path, place)
        return None if span is None else ls.positions(path).range(span)

    @made.feature(lsp.TEXT_DOCUMENT_RENAME, lsp.RenameOptions(prepare_provider=True))
    def _(ls: Server, params: lsp.RenameParams) -> lsp.WorkspaceEdit:
        path, place = ls.at(params)
        found = ls.service.rename(path, place, params.new_name)
        if found.refused:
            raise JsonRpcInvalidParams(found.refused)
        return ls.answers.edits(found.edits)


def _outlines(made: Server) -> None:
    """The structure of texts and projects."""

    @made.feature(lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def _(ls: Server, params: lsp.DocumentSymbolParams) -> list[lsp.DocumentSymbol]:
        return [ls.answers.entry(each) for each in ls.service.symbols(ls.known(params.text_document.uri))]

    @made.feature(lsp.WORKSPACE_SYMBOL)
    def _(ls: Server, params: lsp.WorkspaceSymbolParams) -> list[lsp.WorkspaceSymbol]:
        found = (each for path in _folders(ls) for each in ls.service.project_symbols(path, params.query))
        return [ls.answers.symbol(each) for each in dict.fromkeys(found)]  # open texts belong to all projects

    @made.feature(lsp.TEXT_DOCUMENT_FOLDING_RANGE)
    def _(ls: Server, params: lsp.FoldingRangeParams) -> list[lsp.FoldingRange]:
        return [answers.fold(each) for each in ls.service.folds(ls.known(params.text_document.uri))]


def _shown(made: Server) -> None:
    """What is shown among a text's words."""

    @made.feature(lsp.TEXT_DOCUMENT_INLAY_HINT)
    def _(ls: Server, params: lsp.InlayHintParams) -> list[lsp.InlayHint]:
        path = ls.known(params.text_document.uri)
        positions = ls.positions(path)
        found = ls.service.hints(path, params.range.start.line + 1, params.range.end.line + 1)
        kind = lsp.InlayHintKind.Type
        return [lsp.InlayHint(positions.of(each.place), each.text, kind, tooltip=each.whole) for each in found]

    @made.feature(lsp.TEXT_DOCUMENT_CODE_LENS)
    def _(ls: Server, params: lsp.CodeLensParams) -> list[lsp.CodeLens]:
        path = ls.known(params.text_document.uri)
        positions = ls.positions(path)
        address = ls.answers.uri(path)
        lenses: list[lsp.CodeLens] = []
        for each in ls.service.lenses(path):
            place = positions.range(each.span)
            command = lsp.Command(each.text, f"spikegraph.show.{each.shows}", arguments=[address, _plain(place.start)])
            lenses.append(lsp.CodeLens(place, command))
        return lenses

    @made.feature(PREVIEW)
    async def _(ls: Server, params: object) -> dict[str, object]:
        asked = wanted(params)
        path, place = ls.at(asked)
        return await ls.pictures.preview(path, place, asked.level, dark=asked.dark)


def _plain(position: lsp.Position) -> dict[str, int]:
    return {"line": position.line, "character": position.character}


def _meet(a: lsp.Range, b: lsp.Range) -> bool:
    return a.start <= b.end and b.start <= a.end


def _folders(ls: Server) -> Iterator[Path]:
    """An open file of each project."""
    seen: set[Path] = set()
    for path in ls.service.workspace.opened:
        with contextlib.suppress(OSError):
            root = ls.service.workspace.root(path)
            if root not in seen:
                seen.add(root)
                yield path
