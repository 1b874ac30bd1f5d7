"""Renaming across files, models and genotypes: what is renamed, and what is refused since it would mean something else."""

import pytest

from spikegraph.program.program import Program
from spikegraph.program.vendoring import vendor
from spikegraph.service.service import Service

from .texts import place

MAIN = """\
sdhs 1
import "geno.sdhs"

neuron lif { }
candidates few {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell normal { nodes = 1  candidates = few  neuron = lif }
trellis grid { cell = normal  layers = 2  levels = 2 }
block mlp(x) {
  weights = own
  return x -> conv(1, out = 4) -> norm -> lif
}
network net {
  param act = lif
  input image : real[3, 8, 8]
  time = 2
  s  = image -> conv(3, out = 4) -> norm -> act
  b1 = s -> choose(mlp = mlp, off = identity)
  output logits = b1 -> grid -> pool -> linear(10) -> mean(time)
}
"""
GENOTYPES = """\
sdhs 1
genotype normal { n0 = c3(prev2) + skip(prev) }
path grid = [0, 1]
genotype net { b1 = mlp }
"""


def opened(folder, files):
    (folder / "pyproject.toml").touch()
    service = Service()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        service.open(folder / name, text)
    return service


def renamed(folder, files, name, at, new):
    """The files with the edits of a renaming, which are written too."""
    found = opened(folder, files).rename(folder / name, place(files[name], at), new)
    assert not found.refused
    lines = {name: text.splitlines(keepends=True) for name, text in files.items()}
    for edit in sorted(found.edits, key=lambda e: (e.span.line, -e.span.column)):
        span, of = edit.span, lines[edit.span.file.rpartition("/")[2]]
        line = of[span.line - 1]
        of[span.line - 1] = line[: span.column - 1] + edit.text + line[span.end_column - 1 :]
    made = {name: "".join(text) for name, text in lines.items()}
    opened(folder, made)
    return made


def refused(folder, files, name, at, new):
    return opened(folder, files).rename(folder / name, place(files[name], at), new).refused


@pytest.mark.parametrize(
    ("at", "old", "new"),
    [
        ("cell nor|mal", "genotype normal", "genotype other"),
        ("trellis gr|id", "path grid", "path other"),
        ("  c|3 ", "c3(prev2)", "other(prev2)"),
        ("network ne|t", "genotype net", "genotype other"),
    ],
)
def test_genotypes_in_a_file_of_their_own(tmp_path, at, old, new):
    files = {"main.sdhs": MAIN, "geno.sdhs": GENOTYPES}
    made = renamed(tmp_path, files, "main.sdhs", at, "other")
    assert made["geno.sdhs"] == GENOTYPES.replace(old, new)
    assert made["main.sdhs"] != MAIN
    assert [*Program.read(tmp_path / "main.sdhs").check()] == []


def test_a_branch_keeps_its_name_where_its_block_is_renamed(tmp_path):
    text = MAIN.replace('import "geno.sdhs"\n', "") + GENOTYPES.removeprefix("sdhs 1\n")
    made = renamed(tmp_path, {"main.sdhs": text}, "main.sdhs", "block ml|p", "other")["main.sdhs"]
    assert made == text.replace("block mlp", "block other").replace("mlp = mlp", "mlp = other")
    assert [*Program.read(tmp_path / "main.sdhs").check()] == []


@pytest.mark.parametrize(("first", "name"), [("", "b"), (" as lib", "lib_b")])
def test_a_name_that_a_file_which_imports_the_declaration_has(tmp_path, first, name):
    main = f'sdhs 1\nimport "lib.sdhs"{first}\nneuron {name} {{ }}\n'
    files = {"lib.sdhs": "sdhs 1\nneuron a { decay = 0.5 }\n", "main.sdhs": main}
    assert refused(tmp_path, files, "lib.sdhs", "neuron a|", "b") == f"`{name}` is already declared at {tmp_path}/main.sdhs:3:8"
    assert refused(tmp_path, files, "lib.sdhs", "neuron a|", "c") == ""


def test_a_param_does_not_become_an_operation(tmp_path):
    assert refused(tmp_path, {"main.sdhs": MAIN}, "main.sdhs", "param ac|t", "norm") == "`norm` is an operation"


MODEL = """\
sdhs 1
model own(current) {
  number gain      = 0.5 in [0, 1]
  number threshold = 1 in (0, inf)
  state v = 0
  u = gain * v[t-1] + current
  y = fire(u, threshold)
  v = reset(u, y)
  emit y else u
}
neuron a { model = own(gain = 0.25)  threshold = 2 }
network net {
  param act = a
  input image : real[3, 8, 8]
  time = 2
  s = image -> conv(3, out = 4) -> a(gain = 0.75, threshold = 3) -> act
  output logits = s -> pool -> linear(10) -> mean(time)
}
profile p { a.model.gain = 0.125 }
"""


def test_a_number_of_a_model_is_renamed_where_neurons_give_it(tmp_path):
    made = renamed(tmp_path, {"main.sdhs": MODEL}, "main.sdhs", "number ga|in", "share")
    assert made["main.sdhs"] == MODEL.replace("gain", "share")
    assert [*Program.read(tmp_path / "main.sdhs", profile="p").check()] == []


@pytest.mark.parametrize(
    ("text", "at", "new", "why"),
    [
        (MODEL, "number thre|shold", "bound", "`threshold` is a key of neurons"),
        (MODEL, "number ga|in", "decay", "`decay` is a key of neurons"),
        (MODEL.replace("-> act", "-> act(gain = 1)"), "number ga|in", "share", "`gain` at MAIN:16:73 may be this number"),
    ],
)
def test_numbers_of_models_that_make_keys(tmp_path, text, at, new, why):
    found = refused(tmp_path, {"main.sdhs": text}, "main.sdhs", at, new)
    assert found.startswith(why.replace("MAIN", str(tmp_path / "main.sdhs")))


def test_files_of_packages_are_left_alone(tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "lib.sdhs").write_text("sdhs 1\nneuron a { decay = 0.5 }\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").touch()
    vendor(tmp_path / "package", "cells:1.0", tmp_path)
    main = 'sdhs 1\nimport "@cells:1.0/lib.sdhs" as lib\nneuron b like lib_a { }\n'
    found = refused(tmp_path, {"main.sdhs": main}, "main.sdhs", "lib_a|", "c")
    assert found == f"{tmp_path}/sdhs_packages/cells/1.0/lib.sdhs:2:8 is in a package, whose files are as sdhs.lock has them"


LIBRARY = """\
sdhs 1
neuron lif { }
neuron slow { decay = 0.9 }
block two(x) {
  weights = own
  z = x -> choose(p = identity, q = conv(3, out = 4) -> lif)
  return z -> lif
}
network base {
  param act = lif
  input image : real[1, 28, 28]
  time = 2
  a = image -> conv(3, out = 4) -> two
  b = two(a)
  c = b -> repeat(two, 2)
  output logits = c -> act -> pool -> linear(10) -> mean(time)
}
"""
USER = """\
sdhs 1
import "lib.sdhs" as lib
genotype lib_base { a.z = q  b.z = p  c[0].z = q  c[1].z = q }
dataset d { source = fashion_mnist_small }
retrain lib_base(act = lib.slow) on d {
  epochs = 1  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy(logits) + 0.1 * spikes([a.z])
}
"""


@pytest.mark.parametrize(
    ("name", "at", "new", "changed"),
    [
        ("lib.sdhs", "neuron slo|w", "late", {"lib.slow": "lib.late"}),
        ("lib.sdhs", "  z| =", "w", {".z": ".w"}),
        ("main.sdhs", "as li|b", "it", {"as lib": "as it", "lib_base": "it_base", "lib.slow": "it.slow"}),
    ],
)
def test_uses_in_bindings_and_in_places_of_choices(tmp_path, name, at, new, changed):
    """The block that a wire ends with has no step of its own in a place."""
    expected = USER
    for old, made in changed.items():
        expected = expected.replace(old, made)
    assert renamed(tmp_path, {"lib.sdhs": LIBRARY, "main.sdhs": USER}, name, at, new)["main.sdhs"] == expected
    assert [*Program.read(tmp_path / "main.sdhs").check()] == []


NAMED = """\
sdhs 1
model lif(current) {
  number decay = 0.5 in [0, 1]
  number threshold = 1 in (0, inf)
  state v = 0
  u = leak(v[t-1], decay) + current
  y = fire(u, threshold)
  v = reset(u, y)
  emit y else u
}
neuron n { }
neuron m { model = lif }
dataset cifar10 { }
dataset mine { source = cifar10 }
"""


def test_names_that_mean_a_source_or_the_default_model(tmp_path):
    files = {"main.sdhs": NAMED}
    why = "`cifar10` is the source of the data set too; write `source = cifar10` first"
    assert refused(tmp_path, files, "main.sdhs", "dataset cif|ar10", "other") == why
    assert refused(tmp_path, files, "main.sdhs", "dataset min|e", "other") == ""
    why = f"the neuron `n` at {tmp_path}/main.sdhs:11:8 has the model `lif`; write `model = lif` first"
    assert refused(tmp_path, files, "main.sdhs", "model li|f", "other") == why
    files = {"main.sdhs": NAMED.replace("neuron n { }\n", "")}
    assert refused(tmp_path, files, "main.sdhs", "model li|f", "other") == ""


def test_a_model_of_the_library_keeps_its_neurons(tmp_path):
    files = {
        "main.sdhs": NAMED.replace("model lif(", "model own(")
        .replace("model = lif", "model = plif")
        .replace("neuron n { }\n", "")
    }
    why = f"`plif` would mean something else at {tmp_path}/main.sdhs:11:20"
    assert refused(tmp_path, files, "main.sdhs", "model ow|n", "plif") == why
    assert refused(tmp_path, files, "main.sdhs", "model ow|n", "eif") == ""


def test_a_file_that_links_lead_to_is_one_document(tmp_path):
    """Its edits have the path by which the editor knows it, also in files that it hasn't opened."""
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "pyproject.toml").touch()
    (tmp_path / "link").symlink_to("real")
    main = 'sdhs 1\nimport "lib.sdhs"\nneuron b like a { }\n'
    (tmp_path / "real" / "main.sdhs").write_text(main, encoding="utf-8")
    (tmp_path / "real" / "lib.sdhs").write_text("sdhs 1\nneuron a { decay = 0.5 }\n", encoding="utf-8")
    (tmp_path / "real" / "same.sdhs").symlink_to("main.sdhs")
    service, path = Service(), tmp_path / "link" / "main.sdhs"
    service.open(path, main)
    found = service.rename(path, place(main, "like a|"), "other")
    assert (found.refused, [(edit.span.file, edit.span.line) for edit in found.edits]) == (
        "",
        [(str(tmp_path / "link" / "lib.sdhs"), 2), (str(path), 3)],
    )


PARTS = """\
sdhs 1
block stage(x) {
  weights = own
  return x -> conv(3, out = 4) -> norm -> lif(gain = 0.75)
}
"""
WITH_PARTS = f"""\
{MODEL.partition("neuron a")[0]}
import "lib.sdhs"
neuron lif {{ model = own }}
network net {{
  input image : real[3, 8, 8]
  time = 2
  output logits = image -> stage -> pool -> linear(10) -> mean(time)
}}
"""


@pytest.mark.parametrize(("at", "old"), [("neuron li|f", "lif"), ("number ga|in", "gain")])
def test_a_library_names_what_the_file_that_imports_it_declares(tmp_path, at, old):
    files = {"main.sdhs": WITH_PARTS, "lib.sdhs": PARTS}
    made = renamed(tmp_path, files, "main.sdhs", at, "other")
    assert made == {name: text.replace(old, "other") for name, text in files.items()}
    assert [*Program.read(tmp_path / "main.sdhs").check()] == []


def test_several_files_bring_what_a_library_names(tmp_path):
    files = {"main.sdhs": WITH_PARTS, "lib.sdhs": PARTS, "second.sdhs": WITH_PARTS}
    where = f"at {tmp_path}/lib.sdhs:4:"
    for name, other in (("main.sdhs", "second.sdhs"), ("second.sdhs", "main.sdhs")):
        why = f"`lif` {where}43 is what each file that imports it brings, also that at {tmp_path}/{other}:13:8"
        assert refused(tmp_path, files, name, "neuron li|f", "zzq") == why
        why = f"`gain` {where}47 is what each file that imports it brings, also that at {tmp_path}/{other}:3:10"
        assert refused(tmp_path, files, name, "number ga|in", "zzq") == why
        assert refused(tmp_path, files, name, "network ne|t", "zzq") == ""
