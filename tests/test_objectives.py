"""`objective` of a search: what is read, what is refused, and with which fix."""

from pathlib import Path

import pytest

from spikegraph.program.program import Program

SPEC = """\
sdhs 1
neuron lif { }
candidates some {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 2 candidates = some neuron = lif }
network net {
  input x : real[3, 8, 8]
  time = 2
  stem = x -> stem(3, out = 4)
  output logits = stem -> chain([plain], width = 2) -> pool -> linear(2) -> mean(time)
}
dataset images { source = imagenet  augment = [random_crop([8, 8])] }
search net on images { METHOD  objective = OBJECTIVE }
retrain net on images { epochs = 2  batch = 4  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)  VALIDATE }
"""
SUPERNET = "method = darts  epochs = 2  batch = 4  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)"


def program(objective: str, method: str = "method = random(40)", validate: str = "validate = 0.25") -> Program:
    text = SPEC.replace("OBJECTIVE", objective).replace("METHOD", method).replace("VALIDATE", validate)
    return Program.of_text(text, "net.sdhs")


@pytest.mark.parametrize(
    ("objective", "names", "written"),
    [
        ("none", [], "none"),
        ("accuracy", ["accuracy"], "accuracy"),
        ("[accuracy]", ["accuracy"], "[accuracy]"),
        ("[accuracy, energy]", ["accuracy", "energy"], '[accuracy, energy(model = "cmos-45nm")]'),
        ("[accuracy, energy(lemaire)]", ["accuracy", "energy"], "[accuracy, energy(model = lemaire)]"),
        ("[accuracy, spikes]", ["accuracy", "spikes"], "[accuracy, spikes]"),
        ("[accuracy, parameters]", ["accuracy", "parameters"], "[accuracy, parameters]"),
        ("[accuracy, latency]", ["accuracy", "latency"], "[accuracy, latency]"),
    ],
)
def test_what_is_read(objective: str, names: list[str], written: str) -> None:
    found = program(objective).checked()
    search = found.spec.search
    assert search is not None
    assert [call.name for call in search.objective] == names
    assert (None if search.price is None else search.price.name) == (names[1] if len(names) > 1 else None)
    assert f"  objective     = {written}\n" in found.text


def test_without_the_key_the_score_alone_is_searched_for() -> None:
    search = (
        Program.of_text(SPEC.replace("METHOD  objective = OBJECTIVE", SUPERNET).replace("VALIDATE", ""), "n")
        .checked()
        .spec.search
    )
    assert search is not None and search.objective == ()


@pytest.mark.parametrize(
    ("objective", "code", "summary", "help", "fix"),
    [
        ("energie", "SG0209", "`energie` is not an objective", "did you mean `energy`?", "energy"),
        ("[accuracy, energy(cmos)]", "SG0209", "there is no energy model `cmos`", "did you mean `cmos-45nm`?", '"cmos-45nm"'),
        (
            '[accuracy, energy("x")]',
            "SG0209",
            "there is no energy model `x`",
            "the energy models are `cmos-45nm`, `simple`, `lemaire`, `spikesim`, `loihi` and `yan2026`",
            None,
        ),
        (
            "spikes",
            "SG0207",
            "`spikes` alone can't be searched for: the best network would compute nothing",
            "write `[accuracy, spikes]`",
            "[accuracy, spikes]",
        ),
        (
            "[latency, accuracy]",
            "SG0207",
            "the score of the task is the first objective",
            "write `[accuracy, latency]`",
            "[accuracy, latency]",
        ),
        (
            "[spikes, latency]",
            "SG0207",
            "one of two objectives is the score of the task",
            "write `[accuracy, spikes]`",
            "[accuracy, spikes]",
        ),
        (
            "[accuracy, accuracy]",
            "SG0207",
            "two objectives are the score of the task and a price",
            "write `[accuracy, spikes]`",
            "[accuracy, spikes]",
        ),
        (
            "[accuracy, spikes, latency]",
            "SG0208",
            "a search has one or two objectives, not 3",
            "write the score and one price: `[accuracy, spikes]`",
            None,
        ),
        (
            "[]",
            "SG0208",
            "a search has one or two objectives, not 0",
            "write the score and one price: `[accuracy, spikes]`",
            None,
        ),
        (
            "error",
            "SG0320",
            "the score of `images`, which has classes, is an accuracy",
            "write `accuracy` in place of `error`",
            None,
        ),
    ],
)
def test_what_is_refused(objective: str, code: str, summary: str, help: str, fix: str | None) -> None:
    (found,) = program(objective).check()
    assert (found.code, found.summary) == (code, summary)
    assert (found.help or "").partition(" (or load")[0] == help
    assert [f.replacement for f in found.fixes] == ([] if fix is None else [fix])
    assert (found.span.line, found.span.file) == (15, "net.sdhs")


@pytest.mark.parametrize(
    ("method", "objective", "summary", "help"),
    [
        (
            "method = halving(4)",
            "[accuracy, spikes]",
            "the search method `halving` can't search for two objectives",
            "use `evolution(n)` or `random(n)`",
        ),
        (
            SUPERNET,
            '[accuracy, energy("simple")]',
            "the search method `darts` can't search for two objectives",
            "use `evolution(n)` or `random(n)`, or write the price into the search's `loss`, such as "
            '`+ 0.1 * energy("simple")`',
        ),
        (
            SUPERNET,
            "[accuracy, latency]",
            "the search method `darts` can't search for two objectives",
            "use `evolution(n)` or `random(n)`",
        ),
    ],
)
def test_methods_that_cannot_are_refused_by_name(method: str, objective: str, summary: str, help: str) -> None:
    (found,) = program(objective, method).check()
    assert (found.code, found.summary, found.help) == ("SG0216", summary, help)


@pytest.mark.parametrize("validate", ["", "validate = none"])
def test_both_objectives_are_measured_by_the_validation(validate: str) -> None:
    (found,) = program("[accuracy, spikes]", validate=validate).check()
    assert (found.code, found.summary) == ("SG0206", "two objectives need `validate` in `retrain`, by which both are measured")
    assert found.help == "write `validate = 0.1`, or `validate = data` if the data set has its own part"
    assert not program("accuracy", validate=validate).check().has_errors


def test_other_tasks_have_an_error() -> None:
    overrides = ["search.method=random(3)", "retrain.validate=data", "search.objective=[accuracy, spikes]"]
    (found,) = Program.read("builtin:stereo", profile="sample", overrides=overrides).check()
    assert (found.code, found.help) == ("SG0320", "write `error` in place of `accuracy`")
    assert (
        not Program.read("builtin:stereo", profile="sample", overrides=[*overrides[:2], "search.objective=[error, spikes]"])
        .check()
        .has_errors
    )


def test_the_text_is_read_again(tmp_path: Path) -> None:
    found = program('[accuracy, energy("simple")]').checked()
    again = Program.of_text(found.text, "again.sdhs")
    assert again.text == found.text
