"""Edits that are tried out: the sign, word or line that makes a text sound, in place of the compiler's guess."""

from pathlib import Path

import pytest

from spikegraph.program.program import Program
from spikegraph.service import tried_fixes
from spikegraph.service.documentation import search, sections
from spikegraph.service.likely_edits import likely_edits
from spikegraph.service.tried_fixes import MOST_FIXES, with_tried_fixes

PATH = Path("/project/text.sdhs")
SOUND = """\
sdhs 1

neuron lif {
  decay = 0.5
}

block part(x) {
  weights = own
  return x -> conv(3, out = 4) -> norm -> lif
}

network net {
  input s : spike[2, 8, 8]
  a = s -> part
  output logits = a -> pool -> linear(10) -> mean(time)
}
"""


def fixed(text):
    """The first fix of the first diagnostic, and the text after it."""
    texts = {PATH.resolve(): text}
    program = Program.read(PATH, texts=texts)
    found = with_tried_fixes(tuple(program.check()), PATH, text, texts)
    assert len(found[0].fixes) <= MOST_FIXES
    fix = found[0].fixes[0]
    rows = text.split("\n")
    before, after = rows[fix.span.line - 1][: fix.span.column - 1], rows[fix.span.end_line - 1][fix.span.end_column - 1 :]
    made = "\n".join([*rows[: fix.span.line - 1], before + fix.replacement + after, *rows[fix.span.end_line :]])
    return fix.text, made


@pytest.mark.parametrize(
    ("right", "wrong", "says"),
    [
        ("conv(3, out = 4)", "conv(3, out 4)", "write `=` before `4`"),
        ("conv(3, out = 4)", "conv(3 out = 4)", "write `,`"),
        ("conv(3, out = 4) ->", "conv(3, out = 4 ->", "write `)` behind `4`"),
        ("conv(3, out = 4)", "conv((3, out = 4)", "leave out the second `(`"),
        ("conv(3, out = 4)", "conv[3, out = 4)", "write `(3, out = 4)`"),
        ("conv(3, out = 4)", "conv(3, out = 4]", "write `)` in place of `]`"),
        ("conv(3, out = 4)", "conv(3,, out = 4)", "leave out the second `,`"),
        ("spike[2, 8, 8]", "spike2, 8, 8]", "write `[` behind `spike`"),
        ("part(x)", "partx)", "write `(` behind `part`"),
        ("a -> pool", "a pool", "write `->` before `pool`"),
        ("a -> pool", "a => pool", "write `-> pool -> linear(10) -> mean(time)`"),
        ("norm -> lif", "norm . lif", "write `->` in place of `.`"),
        ("sdhs 1\n", "sdis 1\n", "write `sdhs`"),
        ("  a = s", "  a s", "write `=` before `s`"),
        ("0.5\n}", "0.5\n", "write `}` behind this line"),
        ("norm -> lif\n}", "norm -> lif\n", "write `}` behind this line"),
        ("3, out = 4", "3. out = 4", "write `,` behind `3`"),
        ("net {", "net {{", "leave out the second `{`"),
        ("  decay = 0.5\n", "  decay = 0.5\n  decay = 0.5\n", "leave out the second of two equal lines"),
        ("  a = s -> part\n", "  a = s -> part\n  a = s -> part\n", "leave out the second of two equal lines"),
        ("sdhs 1\n", "sdhs 1\nsdhs 1\n", "leave out the second of two equal lines"),
    ],
)
def test_the_first_fix_is_what_was_meant(right, wrong, says):
    assert SOUND.count(right) == 1
    text, made = fixed(SOUND.replace(right, wrong))
    assert (text, made.split()) == (says, SOUND.split())


def test_other_errors_keep_what_the_compiler_says():
    text = SOUND.replace("-> lif", "-> lief")
    found = tuple(Program.read(PATH, texts={PATH.resolve(): text}).check())
    assert with_tried_fixes(found, PATH, text, {PATH.resolve(): text}) == found


@pytest.mark.parametrize(
    ("query", "page", "words"),
    [
        ("learned delays of synapses", "language.md", "`x -> delayed(out, most"),
        ("SG0302 sizes don't agree", "diagnostics.md", "SG0302"),
        ("language server neovim", "editors.md", "Neovim"),
        ("recurrent loops through time previous", "language.md", "`previous(a)`"),
    ],
)
def test_the_documentation_is_searched_by_words(query, page, words):
    assert any(section.page == page and words in section.text for section in search(query, 3))


def test_each_row_of_a_long_table_is_found_with_its_columns():
    for section in sections():
        heading, *lines = section.text.split("\n")
        assert lines, section
        if all(line.startswith("|") for line in lines) and heading.startswith("#"):
            assert (len(lines) >= 3, set(lines[1]) <= set("|-: ")) == (True, True), section
    levels = next(each.text for each in search("levels of a neuron", 1))
    assert levels.splitlines()[1] == "| key | value | default | meaning |"


def test_all_of_the_documentation_is_in_sections():
    pages = {section.page for section in sections()}
    assert pages == {path.name for path in (Path(__file__).parents[2] / "docs").glob("*.md")}
    assert search("zzzz") == ()


def test_fewer_edits_of_a_longer_text_are_tried(monkeypatch):
    """They aren't listed before either: a line of open brackets has one for each two of them."""
    looked_at = []

    def counted(*arguments):
        for edit in likely_edits(*arguments):
            looked_at.append(edit)
            yield edit

    monkeypatch.setattr(tried_fixes, "likely_edits", counted)
    monkeypatch.setattr(tried_fixes, "MOST_PARSED", 20)
    text = "sdhs 1\n" + "f(" * 30_000
    found = tuple(Program.read(PATH, texts={PATH: text}).check())
    with_tried_fixes(found, PATH, text, {})
    assert len(looked_at) == 20 * 20_000 // len(text)
