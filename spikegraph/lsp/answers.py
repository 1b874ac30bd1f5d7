"""The service's answers in the terms of the protocol."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from lsprotocol import types as lsp
from pygls import uris

from spikegraph.dsl.codes import address
from spikegraph.dsl.diagnostics import Diagnostic
from spikegraph.dsl.source import SourceFile, Span
from spikegraph.lsp.positions import Positions
from spikegraph.service.completion import Completion
from spikegraph.service.folding import Fold
from spikegraph.service.places import Edit, Symbol
from spikegraph.service.semantic_tokens import SORTS, Word
from spikegraph.service.signatures import Signature
from spikegraph.service.symbols import Entry
from spikegraph.service.workspace import Workspace

_K, _C = lsp.SymbolKind, lsp.CompletionItemKind
SYMBOLS: Mapping[str, lsp.SymbolKind] = {
    **dict.fromkeys(("model", "neuron", "cell", "trellis", "candidates"), _K.Class),
    **dict.fromkeys(("network", "search", "retrain", "genotype", "path", "profile", "dgs"), _K.Module),
    **dict.fromkeys(("param", "number", "weights", "option"), _K.Property),
    **dict.fromkeys(("input", "output", "wire", "state"), _K.Variable),
    "block": _K.Function,
    "dataset": _K.Object,
    "candidate": _K.EnumMember,
}
COMPLETIONS: Mapping[str, lsp.CompletionItemKind] = {
    "key": _C.Property,
    "argument": _C.Property,
    "path": _C.Property,
    "keyword": _C.Keyword,
    "operation": _C.Function,
    "block": _C.Function,
    "call": _C.Function,
    "value": _C.Value,
    "candidate": _C.EnumMember,
    **dict.fromkeys(("wire", "input", "param", "parameter", "state"), _C.Variable),
}


class Answers:
    """Answers about the files of a workspace."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.addresses: dict[str, str] = {}
        """What the client calls open files, by path: that of a text which isn't saved is no file's."""
        self._positions: dict[str, Positions] = {}

    def uri(self, path: str | Path) -> str:
        """The address of a file."""
        return self.addresses.get(str(path)) or uris.from_fs_path(str(path)) or str(path)

    def positions(self, file: str) -> Positions:
        """The positions of a file; of an empty text where there is none."""
        document = self.workspace.document(Path(file))
        source = SourceFile(file, "") if document is None else document.source
        known = self._positions.get(file)
        if known is None or known.source is not source:
            known = self._positions[file] = Positions(source)
        return known

    def location(self, span: Span) -> lsp.Location:
        """A span in its file."""
        return lsp.Location(self.uri(span.file), self.positions(span.file).range(span))

    def edits(self, edits: Iterable[Edit]) -> lsp.WorkspaceEdit:
        """Changes of files."""
        changes: dict[str, list[lsp.TextEdit]] = {}
        for edit in edits:
            made = lsp.TextEdit(self.positions(edit.span.file).range(edit.span), edit.text)
            changes.setdefault(self.uri(edit.span.file), []).append(made)
        return lsp.WorkspaceEdit(changes=dict(changes))

    def diagnostic(self, found: Diagnostic) -> lsp.Diagnostic:
        """An error or a warning; its help is part of the message."""
        message = "\n".join(part for part in (found.summary, found.detail, found.help and f"help: {found.help}") if part)
        severity = lsp.DiagnosticSeverity.Error if found.severity == "error" else lsp.DiagnosticSeverity.Warning
        related = [lsp.DiagnosticRelatedInformation(self.location(label.span), label.text) for label in found.labels]
        where = self.positions(found.span.file).range(found.span)
        page = lsp.CodeDescription(address(found.code))
        return lsp.Diagnostic(where, message, severity, found.code, page, "spikegraph", related_information=related or None)

    def actions(self, found: Diagnostic) -> list[lsp.CodeAction]:
        """The fixes of a diagnostic."""
        return [
            lsp.CodeAction(
                fix.text,
                lsp.CodeActionKind.QuickFix,
                [self.diagnostic(found)],
                is_preferred=len(found.fixes) == 1,
                edit=self.edits([Edit(fix.span, fix.replacement)]),
            )
            for fix in found.fixes
        ]

    def symbol(self, found: Symbol) -> lsp.WorkspaceSymbol:
        """A declaration of the project."""
        within = ".".join(found.within) or Path(found.span.file).name
        return lsp.WorkspaceSymbol(
            self.location(found.span), found.name, SYMBOLS.get(found.kind, _K.Variable), container_name=within
        )

    def entry(self, found: Entry) -> lsp.DocumentSymbol:
        """A declaration in the outline of its file."""
        positions = self.positions(found.whole.file)
        kind, inside = SYMBOLS.get(found.kind, _K.Variable), [self.entry(each) for each in found.inside]
        whole, name = positions.range(found.whole), positions.range(found.span)
        return lsp.DocumentSymbol(found.name, kind, whole, name, found.kind, children=inside)


def completion(found: Completion, order: int, replaced: lsp.Range) -> lsp.CompletionItem:
    """A word that may stand at the place, in place of the part of it that is there."""
    doc = lsp.MarkupContent(lsp.MarkupKind.Markdown, found.doc) if found.doc else None
    return lsp.CompletionItem(
        found.name,
        kind=COMPLETIONS.get(found.sort, _C.Class),
        detail=found.detail,
        documentation=doc,
        sort_text=f"{order:05}",
        text_edit=lsp.TextEdit(replaced, found.name),
    )


def signature(found: Signature) -> lsp.SignatureHelp:
    """An open call; names of parameters are found in its text, so that editors mark them."""
    parameters = [lsp.ParameterInformation(name, what) for name, what in found.parameters]
    none = len(parameters)  # behind the last: none is marked
    made = lsp.SignatureInformation(found.text, found.doc, parameters)
    return lsp.SignatureHelp([made], 0, none if found.active is None else found.active)


def fold(found: Fold) -> lsp.FoldingRange:
    """Lines that fold."""
    return lsp.FoldingRange(found.first - 1, found.last - 1, kind=found.kind)


_NUMBERS = {sort: number for number, sort in enumerate(SORTS)}
LEGEND = lsp.SemanticTokensLegend(list(SORTS), ["declaration"])


def semantic_tokens(words: Iterable[Word], positions: Positions) -> lsp.SemanticTokens:
    """The sorts of words, each relative to the one before."""
    data: list[int] = []
    line = character = 0
    for word in words:
        row, first, length = positions.units(word.line, word.column, word.length)
        same = row == line
        data += [row - line, first - (character if same else 0), length, _NUMBERS[word.sort], int(word.declares)]
        line, character = row, first
    return lsp.SemanticTokens(data)
