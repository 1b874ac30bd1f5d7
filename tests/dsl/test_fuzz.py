"""Texts that hypothesis makes of the language's grammar: an error inside the text or success, never anything else."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.lark import from_lark
from lark import Lark

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.equality import same
from spikegraph.dsl.loader import load_text
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.render import caret
from spikegraph.dsl.resolve import resolve_source
from spikegraph.dsl.source import SourceFile
from spikegraph.dsl.syntax import _read

GRAMMAR = Lark(_read("grammar.lark"), parser="earley", start=["file", "expr"])
SPACED = (
    "sdhs 1 neuron cell candidates network search retrain dataset genotype path profile import like on dgs at all return "
    "output input param block { } [ ] ( ) = -> + - * / , : . lif x y 0 3 0.5 50ms 1e400 none true # // ; ' \\ é"
)
WORDS = st.sampled_from([*SPACED.split(" "), '"text"', '"', "\n"])


def judge(text):
    diagnostics = resolve_source(load_text(text, "spec")).diagnostics
    for found in diagnostics:
        source = diagnostics.sources[found.span.file]
        assert 1 <= found.span.line <= source.text.count("\n") + 1
        assert 1 <= found.span.column <= len(source.line(found.span.line)) + 2
    assert caret.render(diagnostics).count("error[") >= min(diagnostics.errors, 100)
    file = parse(SourceFile("spec", text), Diagnostics())
    if file is not None:
        printed = print_file(file)
        back = parse(SourceFile("spec", printed), Diagnostics())
        assert back is not None
        assert same(back, file)
        assert print_file(back) == printed


@settings(max_examples=30)
@given(from_lark(GRAMMAR, start="file"))
def test_texts_of_the_grammar(text):
    judge("sdhs 1\n" + text)


# Most of its draws are discarded.
@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(from_lark(GRAMMAR, start="expr"))
def test_expressions_of_the_grammar(expression):
    judge(f"sdhs 1\nneuron lif {{ decay = {expression}\n}}\nnetwork n {{ input x : real[1, 2, 2]\n output y = {expression}\n}}")


@settings(max_examples=300)
@given(st.lists(WORDS, max_size=40))
def test_words_in_any_order(words):
    judge("sdhs 1\n" + " ".join(words))
