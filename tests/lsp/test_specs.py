"""All bundled specs, and damaged ones, in an editor: every request is answered, and none of the program's errors is seen."""

import random
from pathlib import Path

import pytest
from editor_mutants import case, requests
from lsprotocol import types as lsp
from pygls.exceptions import JsonRpcInvalidParams

from ..sampled import sampled

SPECS = Path(__file__).parents[2] / "specs"
NAMES = [path.relative_to(SPECS).as_posix() for path in sorted(SPECS.rglob("*.sdhs"))]


@pytest.mark.parametrize("name", sampled(NAMES, 4))
def test_a_bundled_spec_is_sound_and_every_request_is_answered(session, name):
    path = SPECS / name
    text = path.read_text(encoding="utf-8")
    parts = name.startswith(("lib/", "genotypes/", "zoo/genotypes/"))  # which are no whole specs
    assert [d for d in session.open(path, text) if d.severity is lsp.DiagnosticSeverity.Error and not parts] == []
    document = lsp.TextDocumentIdentifier(path.as_uri())
    for request, params in requests(text, document, random.Random(name), 5):
        try:
            session.ask(request, params)
        except JsonRpcInvalidParams as refused:
            assert request == lsp.TEXT_DOCUMENT_RENAME, refused
    session.close(path)


@pytest.mark.parametrize("seed", sampled(map(str, range(1000)), 12))
def test_a_damaged_text_is_answered(seed):
    found = case(int(seed))
    assert found.passed, found.detail
