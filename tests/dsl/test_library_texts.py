"""The library's texts: none changes its meaning, and each says what it is and where it is from."""

from hashlib import sha256

import pytest

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.models.library import description, library, library_model, library_text
from spikegraph.dsl.models.reader import read_model
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.schema.key import Scope
from spikegraph.dsl.source import SourceFile

HASHES = {
    "adlif": "26cbd1897fcb",
    "alif": "c81d1bc85d5e",
    "alpha": "40af94c8541c",
    "brf": "bdf65ddf73e1",
    "clif": "866cad498f70",
    "cuba": "e1488f10a666",
    "dendrite": "e80e5e0b0e59",
    "eif": "b566d497fdaa",
    "glif": "99d7f4c65237",
    "half_if": "922519ff35d5",
    "integer": "37eada03ed74",
    "izhikevich": "b46698bfb141",
    "klif": "0186f4ece8a0",
    "lapicque": "00309a1ba540",
    "lif": "b86facb0eea7",
    "ltc": "ce938f269904",
    "malif": "654bdefa4e08",
    "plif": "451c4e42292d",
    "psn": "32c0caa10b9e",
    "qif": "491d716e8e84",
    "relu": "614403320e6d",
    "resonate": "5c171797cfd9",
    "sliding_psn": "e5782d3cdee1",
    "sltt": "f8999a8d4dee",
    "tclif": "61ebc8364f77",
    "ternary": "d1f91e507dae",
    "two_compartment": "5e31d98b8b62",
}
"""Of the declarations without the comments above. A model with another meaning has another name."""


def test_no_text_changes():
    assert {name: sha256(library_model(name).text.encode()).hexdigest()[:12] for name in library()} == HASHES


@pytest.mark.parametrize("name", library())
def test_a_text_is_sound_and_formatted(name):
    diagnostics = Diagnostics()
    text = library_text(name)
    file = parse(SourceFile(f"{name}.sdhs", text), diagnostics)
    model = read_model(file.items[0], Scope(diagnostics, {}))
    assert [d.summary for d in diagnostics] == []
    assert model.name == name
    assert print_file(file) == text


@pytest.mark.parametrize("name", library())
def test_a_text_says_what_it_is_and_where_it_is_from(name):
    what, source = description(library_text(name))
    assert 20 < len(what) <= 126
    assert source[-4:].isdigit() or name in ("lif", "qif", "relu"), source
