"""Answers about texts that are broken, that import others, and whose names depend on where they are."""

import pytest

from spikegraph.analysis.energy import ENERGY_MODELS
from spikegraph.dsl.diagnostics import SpecError
from spikegraph.service.checked import check
from spikegraph.service.places import Place

from .texts import TEXT, opened, place, shown

LIBRARY = (
    "sdhs 1\n\nneuron lif {\n  decay = 0.2\n}\n\nblock stage(x) {\n  param W = 8\n  return x -> conv(3, out = W) -> lif\n}\n"
)
USER = """\
sdhs 1
import "lib.sdhs" as lib

network net {
  input image : real[3, 8, 8]
  time = 2
  a = image -> lib.stage(W = 4)
  output logits = a -> pool -> linear(10) -> mean(time)
}
"""


QUOTED = sorted(f'"{name}"' for name in ENERGY_MODELS)
"""As a spec names them."""


@pytest.fixture
def project(tmp_path):
    """A library on the disk, and an open spec that imports it."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "lib.sdhs").write_text(LIBRARY)
    return opened(tmp_path, USER)


def names(found):
    return [each.name for each in found]


def completed(folder, text, at, begin):
    service, path = opened(folder, text)
    found = service.completion(path, place(text, at))
    return [each.name for each in found if each.name.startswith(begin)]


def test_names_lead_into_imported_files(project):
    service, path = project
    found = service.definition(path, place(USER, "lib.st|age"))
    assert (found.kind, shown([found.span]), found.span.file) == ("block", ["7:7-12"], str(path.with_name("lib.sdhs")))
    assert service.definition(path, place(USER, "W| = 4")).within == ("stage",)
    assert service.definition(path, place(USER, '"lib|.sdhs"')).span.file == str(path.with_name("lib.sdhs"))
    assert names(service.completion(path, place(USER, "lib.|stage"))) == ["lif", "stage"]


def test_a_name_is_renamed_in_all_files_of_the_project(project):
    service, path = project
    edits = service.rename(path, place(USER, "lib.st|age"), "layer").edits
    assert [(edit.span.file.rpartition("/")[2], *shown([edit.span])) for edit in edits] == [
        ("lib.sdhs", "7:7-12"),
        ("net.sdhs", "7:20-25"),
    ]


def test_a_renamed_spec_means_the_same(tmp_path):
    service, path = opened(tmp_path)
    before = service.checked[path]
    for at in ("neuron l|if", "block st|age", "param W|", "param cl|asses", "  a|    =", "network n|et"):
        text = service.document(path).text
        for edit in sorted(service.rename(path, place(text, at), "renamed").edits, key=lambda e: e.span, reverse=True):
            start, end = (service.document(path).source.offset(*p) for p in _ends(edit.span))
            text = text[:start] + edit.text + text[end:]
        assert text != service.document(path).text
        service.open(path, text)
        after = service.check(path)
        assert (after.diagnostics, after.counts.parameters) == ((), before.counts.parameters), at
        service.open(path, TEXT)


LIKE = """\
sdhs 1
neuron lif { }
neuron slow like lif { decay = 0.9 }
candidates ops { c3 = conv(3) -> norm -> lif }
cell a { nodes = 1  candidates = ops  neuron = lif }
network base {
  param n = lif
  input x : real[2, 4, 4]
  time = 2
  a = x -> conv(3, out = 2) -> n
  b = a -> conv(3, out = 2) -> n
  output y = add(a, b) -> chain([a], 2) -> pool
}
network wide like base {
  b = x -> conv(1, out = 2) -> n
  c = a -> n -> lif
  output z = add(c, b) -> pool
}
retrain wide(n = slow) on d { epochs = 1  batch = 1  weights = sgd(lr = 1)  loss = mse(z)  dgs at c.n { every = 1 } }
dataset d { source = arrays  task = numbers }
genotype a { n0 = c3(prev2) }
"""


@pytest.mark.parametrize(
    ("at", "lines"),
    [
        ("slo|w like", [3, 19]),
        ("cell a|", [5, 12, 21]),
        ("  a| = x", [10, 11, 12, 16]),
        ("  b| = x", [11, 12, 15, 17]),
        ("param n|", [7, 10, 11, 15, 16, 19, 19]),
        ("input x|", [8, 10, 15]),
    ],
)
def test_names_of_a_network_like_another_are_renamed_in_both(tmp_path, at, lines):
    service, path = opened(tmp_path, LIKE)
    edits = service.rename(path, place(LIKE, at), "renamed").edits
    assert [edit.span.line for edit in edits] == lines


def test_a_circle_of_like_has_an_end(tmp_path):
    text = "sdhs 1\nnetwork a like b {\n  w = q -> lif\n}\nnetwork b like a {\n  w = q -> lif\n}\n"
    service, path = opened(tmp_path, text)
    assert service.hover(path, place(text, "= q|")) is None
    assert shown([edit.span for edit in service.rename(path, place(text, "  w|"), "v").edits]) == ["3:3-4"]


def _ends(span):
    return (span.line, span.column), (span.end_line, span.end_column)


@pytest.mark.parametrize(
    ("text", "at", "begin", "expected"),
    [
        ("network n {\n  a = im|\n  input image : real[1]\n", "im|", "im", ["image"]),
        ("neuron a {\n  surr|\n}\n", "surr|", "su", ["surrogate"]),
        ("neuron a {\n  reset = |\n}\n", "reset = |", "", ["hard", "late", "soft"]),
        ("neuron a {\n  surrogate = dsp|\n", "dsp|", "d", ["dspike"]),
        ("neuron a {\n}\ncell c {\n  neuron = |\n", "neuron = |", "", ["a", "none"]),
        ("network n {\n  input x : real[1]\n  a = x -> pool(|\n}\n", "pool(|", "", None),
        ("network n {\n  a = x -> pool(kind = |\n", "= |", "", None),
        ("retrain n(|) on d {\n}\nnetwork n {\n  param C = 1\n}\n", "n(|", "", ["C"]),
        ("retrain n on |\ndataset d {\n}\n", "on |", "", ["d"]),
        ("network n {\n  param C = 1\n}\nprofile p {\n  n.|\n}\n", "n.|", "", ["C", "neuron", "time"]),
        ("netw|", "netw|", "", ["network"]),
        ("# netw|", "netw|", "", []),
        ("neuron a {\n}\nblock b(x) {\n  return x -> |\n}\n", "-> |", "a", ["a", "add", "attend", "auxiliary"]),
        ("candidates c {\n  c3 = conv(3) -> n|\n}\n", "n|", "no", ["norm"]),
        ("retrain n on d {\n  loss = mse(y) + 0.5 * energy(|)\n}\n", "energy(|", "", [*QUOTED, "at", "model"]),
        ("retrain n on d {\n  loss = energy(at = a, model = |\n}\n", "= |", "", QUOTED),
        ('retrain n on d {\n  loss = energy("cmos-|")\n}\n', "cmos-|", "", [m for m in ENERGY_MODELS if "cmos-" in m]),
        ('retrain n on d {\n  loss = energy("|\n}\n', '"|', "", sorted(ENERGY_MODELS)),
        ("search n on d {\n  objective = [accuracy, en|]\n}\n", "en|", "", ["energy"]),
        ('search n on d {\n  objective = [accuracy, energy("|")]\n}\n', '"|', "", sorted(ENERGY_MODELS)),
        ('import "l|"\n', "l|", "", []),
    ],
    ids=[
        "wire", "key", "word", "surrogate", "declared", "argument", "choice", "param", "dataset", "path", "kind", "comment",
        "operation", "candidates", "penalty", "named", "quoted", "open", "objective", "objective-quoted", "file",
    ],
)  # fmt: skip
def test_broken_texts_are_completed(tmp_path, text, at, begin, expected):
    written = "sdhs 1\n" + text.replace("|", "")
    service, path = opened(tmp_path, written)
    start = text.index("|") + len("sdhs 1\n")
    where = Place(written.count("\n", 0, start) + 1, start - written.rfind("\n", 0, start))
    found = [name for name in names(service.completion(path, where)) if name.startswith(begin)]
    if expected is None:
        assert {"avg", "max"} <= set(found), at
    else:
        assert found == expected, at


def test_types_follow_a_text_while_it_is_edited(tmp_path):
    service, path = opened(tmp_path)
    service.open(path, "# A line more.\n" + TEXT.replace("  output logits", "  c = b ->\n  output logits"))
    assert [(h.place.line, h.text) for h in service.hints(path)] == [
        (20, ": spike[4, 28, 28]"),
        (21, ": spike[8, 14, 14]"),
        (23, ": real[10] once"),
    ]


def test_what_is_wrong_moves_with_the_text_and_syntax_errors_come_at_once(tmp_path):
    service, path = opened(tmp_path, TEXT.replace("epochs  = 1", "epochz  = 1"))
    assert [(d.code, d.span.line) for d in service.problems(path)] == [("SG0203", 28)]
    text = service.document(path).text.replace("# Leaky", "#\n#\n# Leaky").replace("time = 2", "time = = 2")
    service.open(path, text)
    at_once = [(d.code, d.span.line) for d in service.problems(path)]
    service.check(path)
    assert at_once[0] == ("SG0106", 20)
    assert ("SG0203", 30) in at_once
    assert ("SG0106", 20) in [(d.code, d.span.line) for d in service.problems(path)]


def test_an_open_text_counts_in_place_of_the_file(project):
    service, path = project
    assert service.checked[path].diagnostics == ()
    service.open(path.with_name("lib.sdhs"), LIBRARY.replace("block stage", "block phase"))
    [found] = service.check(path).diagnostics
    assert (found.code, found.span.file, found.span.line) == ("SG0202", str(path), 7)


def test_certificate_statistics_and_picture(tmp_path):
    service, path = opened(tmp_path, TEXT.replace("-> pool(max)", "-> pool(avg)"))
    certificate = service.certificate(path)
    assert (certificate.network, certificate.holds) == ("net", True)
    assert service.checked[path].counts.parameters == 450
    assert service.diagram(path).startswith("digraph")
    service.open(path, "sdhs 1\nnetwork n {\n}\n")
    with pytest.raises(SpecError):
        service.diagram(path)


def test_paths_of_overrides_are_those_that_a_check_accepts(tmp_path):
    from spikegraph.program.program import Program

    service, path = opened(tmp_path)
    path.write_text(TEXT)
    found = service.set_paths(path)
    assert {"net.classes", "lif.decay", "retrain.epochs", "retrain.classes", "stage.W"} <= set(found)
    unknown = [p for p in found if any(d.code == "SG0702" for d in Program.read(path, overrides=[f"{p}=1"]).check())]
    assert unknown == []


def test_more_errors_than_are_told(tmp_path):
    """A check stops after a thousand errors; an editor shows those."""
    path = tmp_path / "net.sdhs"
    wires = "".join(f"  a{k} = nope{k}(x)\n" for k in range(1500))
    path.write_text(f"sdhs 1\nnetwork n {{\n  input x : real[1, 4, 4]\n{wires}  output y = x\n}}\n", encoding="utf-8")
    found = check(path, {})
    assert len(found.diagnostics) == 1000
    assert found.counts is None
