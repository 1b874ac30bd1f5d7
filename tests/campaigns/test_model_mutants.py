"""A seeded sample of the campaign on hostile models, and texts that a random one seldom has."""

import model_mutants
import pytest
import torch
from pydantic import ValidationError

import spikegraph
from spikegraph.dsl.models.texts import model_of
from spikegraph.ir.neuron import Neuron
from spikegraph.program.program import Program


@pytest.mark.parametrize("part", range(3))
def test_diagnostics_or_success(part, monkeypatch, tmp_path):
    monkeypatch.setattr(model_mutants, "SECONDS", 60)  # the campaign's limit is for a fast machine
    monkeypatch.chdir(tmp_path)
    failed = [o.detail for o in map(model_mutants.case, range(50 * part, 50 * part + 50)) if not o.passed]
    assert failed == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("seed", [1167, 1337])  # words of models as names, which only brackets let pass
def test_names_that_are_words_of_models(seed):
    assert model_mutants.case(seed).detail == ""


LARGE = {
    "a model of 36016 characters": "u = I" + " + I" * 9000,
    "more than 500 operations": "\n".join(f"u{i} = {'I' if i == 0 else f'u{i - 1}'}" + " + I" * 60 for i in range(9))
    + "\nu = u8",
    "65 states": "\n".join(f"state s{i} = 0\ns{i} = s{i}[t-1] + I" for i in range(65)) + "\nu = I",
    "1267650600228229401496703205376 combinations of options": "\n".join(f"option o{i} = a of a | b" for i in range(100))
    + "\nu = I",
    "`1e15 * 1e15": "u = I + 1e15" + " * 1e15" * 40,
    "`a * a` is too large": "a = exp(600)\nb = a * a\nu = I / (b - b)",
    "an expression is nested too deeply": "u = " + "-" * 3000 + "I",
    "brackets are nested too deeply": "u = " + "(" * 3000 + "I" + ")" * 3000,
    "a `case` is nested too deeply": "option k = a of a | b\nu = " + "case k { a: I  b: " * 6 + "I" + " }" * 6,
    "the name `aaaaaaaaaaaaaaaaaaaa...` is too long": f"{'a' * 256} = I\nu = {'a' * 256}",
    "the line is too long": "u = I" + " " * 100_000,
}


@pytest.mark.parametrize("summary", LARGE)
def test_what_is_beyond_the_limits(summary, tmp_path):
    text = f"model m(I) {{\n{LARGE[summary]}\nemit u\n}}\n"
    (tmp_path / "spec.sdhs").write_text(f"sdhs 1\n{text}", encoding="utf-8")
    found = list(Program.read(tmp_path / "spec.sdhs").check())
    assert len(found) == 1
    assert found[0].summary.startswith(summary.replace("1e15", "1000000000000000.0"))
    with pytest.raises(ValueError, match=r"not a sound model of neurons|a model of \d+ characters"):
        model_of(text)


REPEATED = {
    "spikes by lines": lambda k: f"y{k} = fire(reset(u, y{k - 1}) + reset(I, y{k - 1}), 1)",
    "thresholds by lines": lambda k: f"y{k} = fire(u, reset(I, y{k - 1}) + reset(u, y{k - 1}))",
}


@pytest.mark.parametrize("kind", REPEATED)
def test_what_resets_repeat_is_counted(kind):
    """A reset holds the spikes' potential and threshold once more: each line here doubles those of the line before."""
    lines = ["u = 0.5 * v[t-1] + I", "y0 = fire(u, 1)", *map(REPEATED[kind], range(1, 24)), "v = u - y23"]
    with model_mutants.Limit(30), pytest.raises(ValueError, match="more than 500 operations"):
        model_of("model m(I) {\nstate v = 0\n" + "\n".join(lines) + "\nemit y23 else u\n}")


def test_nested_resets_are_counted():
    line = "I"
    for _ in range(14):
        line = f"reset(I, fire({line}, 1))"
    with model_mutants.Limit(30), pytest.raises(ValueError, match="more than 500 operations"):
        model_of(f"model m(I) {{\nu = {line}\nemit u\n}}")


def test_what_is_within_the_limits_takes_no_time(tmp_path):
    """64 choices of options, each of nearly 500 operations."""
    lines = [f"option o{i} = a of a | b\nu{i} = case o{i} {{ a: I  b: -I }}" for i in range(6)]
    lines += ["u6 = u0 + u1 + u2 + u3 + u4 + u5", *(f"u{i} = u{i - 1}" + " + I" * 30 for i in range(7, 14)), "u = u13"]
    with model_mutants.Limit(30):
        model = model_of("model m(I) {\n" + "\n".join(lines) + "\nemit u\n}")
    assert len(model.variants) == 64


LIF = "model lif(I) {\n  state v = 0\n  u = 0.5 * v[t-1] + I\n  y = fire(u, 1)\n  v = reset(u, y)\n  emit y else u\n}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__import__('os').system('true')", "not a sound model of neurons: expected a name after `__import__`"),
        ("import os", "not a sound model of neurons: an import names a file"),
        ('import "/etc/passwd"', "not a sound model of neurons: it declares something else"),
        ("neuron lif { }", "not a sound model of neurons: it declares something else"),
        (LIF + LIF.replace("lif", "other"), "not a sound model of neurons: it declares something else"),
        (LIF.replace("lif", "other"), "the text of 'lif' is that of 'other'"),
        (
            LIF.replace("fire(u, 1)", "fire(u, 1, surrogate = evil(b = 1))"),
            "the text of 'lif' has the surrogate 'evil', which isn't",
        ),
        (LIF.replace("u = ", "u = eval(I) + "), "not a sound model of neurons: no function is called `eval`"),
        (LIF.replace("0.5 * v[t-1] + I", "v[t-1] * v[t-1] + I").replace("emit y", "emit z"), "neurons: no line sets `z`"),
        (LIF.replace("}", ""), "not a sound model of neurons: `{` is not closed"),
        ("#" * 40_000, "a model of 40000 characters; it has at most 32768"),
        ("\0", "not a sound model of neurons: `U+0000` has no meaning here"),
    ],
)
def test_a_graph_with_another_text_is_refused(text, message):
    with pytest.raises(ValidationError) as caught:
        Neuron.model_validate({"model": "lif", "text": text})
    assert message in str(caught.value)


def test_a_graph_with_a_model_is_read():
    neuron = Neuron.model_validate({"model": "lif", "text": LIF})
    assert Neuron.model_validate_json(neuron.model_dump_json()) == neuron


def test_lines_of_numbers_alone_are_compiled_as_lines(tmp_path):
    """Each line is twice the one before, 0.5 at first, so that the last one is 2 ** 40 times as large."""
    lines = ["a0 = k * 1", *(f"a{n} = a{n - 1} + a{n - 1}" for n in range(1, 41)), "v = a40 * I"]
    text = "\n".join(lines)
    body = "network net {\ninput x : real[3]\noutput y = x -> n\n}\n"
    spec = tmp_path / "net.sdhs"
    spec.write_text(
        f"sdhs 1\nmodel m(I) {{\nnumber k = 0.5 in (0, 1) learned\nstate v = 0\n{text}\nu = v + 0.5 * v[t-1]\nemit u\n}}\n"
        f"neuron n {{ model = m }}\n{body}"
    )
    with model_mutants.Limit(60):
        model = spikegraph.compile(spec).eval()
        found = model(torch.ones(2, 1, 3)).detach()
    assert found.flatten(1).tolist() == [[2.0**39] * 3, [2.0**39 * 1.5] * 3]
