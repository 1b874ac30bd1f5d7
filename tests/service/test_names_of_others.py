"""Names that a text has from others: by `like`, through imports in other folders, beside declarations of the same name."""

from spikegraph.program.program import Program
from spikegraph.service import project_files
from spikegraph.service.project_files import specs

from .texts import opened, place, shown

LIBRARY = """\
sdhs 1

neuron leaky {
  model = plif
}

candidates pair {
  c3   = conv(3) -> norm
  skip = identity
}

cell base_cell {
  nodes      = 3
  candidates = pair
}

network base {
  param W = 8
  input image : real[1, 8, 8]
  time = 2
  block stage(x) {
    param K = 3
    return x -> conv(K, out = W) -> leaky
  }
  output logits = image -> stage -> pool -> linear(10) -> mean(time)
}
"""
BETWEEN = 'sdhs 1\nimport "deep/library.sdhs"\n'
USER = """\
sdhs 1
import "parts/between.sdhs"

neuron mine like leaky {
  decay = 0.5
}

cell own like base_cell {
}

network net like base {
  param classes = 10
}

dataset net {
  source = fashion_mnist_small
}

retrain net(W = 4) on net {
  loss = cross_entropy(logits)
}

genotype own {
}

profile small {
  net.W       = 2
  net.augment = [horizontal_flip]
}
"""


NAMED = """\
sdhs 1
import "parts/deep/library.sdhs" as lib

neuron mine like lib_leaky {
}

network net like lib_base {
}

profile small {
  lib_leaky.decay = 0.5
  lib.leaky.decay = 0.5
  net.W           = 4
}
"""


def project(folder):
    (folder / "pyproject.toml").touch()
    (folder / "parts" / "deep").mkdir(parents=True)
    (folder / "parts" / "between.sdhs").write_text(BETWEEN)
    (folder / "parts" / "deep" / "library.sdhs").write_text(LIBRARY)
    (folder / "net.sdhs").write_text(USER)
    return opened(folder, USER)


def defined(service, path, text, at):
    found = service.definition(path, place(text, at))
    return None if found is None else (found.span.file.rpartition("/")[2], found.kind, found.span.line)


def words(service, path, text, at):
    service.open(path, text.replace("|", ""))
    return [each.name for each in service.completion(path, place(text.replace("|", ""), at))]


def test_what_is_imported_from_another_folder_is_known(tmp_path):
    service, path = project(tmp_path)
    assert defined(service, path, USER, "like le|aky") == ("library.sdhs", "neuron", 3)
    assert defined(service, path, USER, "net(W|") == ("library.sdhs", "param", 18)
    assert "whose decay is learned" in service.hover(path, place(USER, "neuron mi|ne")).text  # that of PLIF, not of LIF


def test_paths_are_those_that_a_check_accepts(tmp_path):
    """Those of the declaration behind `like` too, and of the network and the data set of one name; none that has only parts."""
    service, path = project(tmp_path)
    text = USER.replace("(logits)", "(logits)\n  dgs at stage.leaky {\n  }")
    path.write_text(text)
    service.open(path, text)
    found = service.set_paths(path)
    wanted = {"net.W", "net.classes", "net.augment", "retrain.W", "retrain.classes", "own.nodes", "pair.c3"}
    assert wanted - set(found) == set()
    unknown = [p for p in found if any(d.code == "SG0702" for d in Program.read(path, overrides=[f"{p}=1"]).check())]
    assert unknown == []


def test_words_are_offered_of_what_is_behind_like(tmp_path):
    service, path = project(tmp_path)
    assert words(service, path, USER.replace("net(W = 4)", "net(|)"), "net(|") == ["W", "classes"]
    assert "logits" in words(service, path, USER.replace("(logits)", "(|)"), "entropy(|)")
    inside = USER.replace("genotype own {\n", "genotype own {\n  |\n")
    assert words(service, path, inside, "own {\n  |")[:3] == ["n0", "n1", "n2"]
    assert words(service, path, USER.replace("net.W       = 2", "net.stage.| = 2"), "stage.|") == ["K", "weights"]


def test_a_path_leads_to_the_declaration_that_has_its_next_part(tmp_path):
    service, path = project(tmp_path)
    assert defined(service, path, USER, "  ne|t.W") == ("net.sdhs", "network", 11)
    assert defined(service, path, USER, "  ne|t.augment") == ("net.sdhs", "dataset", 15)


def test_a_call_is_never_a_wire_and_a_kind_never_an_input(tmp_path):
    text = (
        "sdhs 1\n\nblock mlp(x) {\n  return x -> conv(1, out = 4)\n}\n\nnetwork net {\n  input events : events[2, 8, 8]\n"
        "  time = 2\n  mlp = events -> mlp\n  output logits = mlp -> pool -> linear(10) -> mean(time)\n}\n"
    )
    service, path = opened(tmp_path, text)
    assert shown(service.references(path, place(text, "block ml|p"))) == ["3:7-10", "10:19-22"]
    assert shown(service.references(path, place(text, "  ml|p = events"))) == ["10:3-6", "11:19-22"]
    assert shown(service.references(path, place(text, "input ev|ents"))) == ["8:9-15", "10:9-15"]


def test_declarations_like_each_other_are_answered(tmp_path):
    text = "sdhs 1\n\nnetwork a like b {\n}\n\nnetwork b like a {\n}\n\nretrain a(x = 1) on d {\n}\n"
    service, path = opened(tmp_path, text)
    assert service.definition(path, place(text, "a(x|")) is None
    assert "a.time" in service.set_paths(path)


def test_names_of_a_named_import_are_known_with_its_name_before_them(tmp_path):
    _, path = project(tmp_path)
    service, _ = opened(tmp_path, NAMED)
    for at in ("lib_lea|ky {", "lib_lea|ky.decay", "lib.lea|ky"):
        assert defined(service, path, NAMED, at) == ("library.sdhs", "neuron", 3), at
    assert defined(service, path, NAMED, "net.W|") == ("library.sdhs", "param", 18)
    assert defined(service, path, NAMED, "li|b_base") == ("net.sdhs", "import", 2)
    assert {"lib_leaky.decay", "net.W", "lib_pair.c3"} <= set(service.set_paths(path))
    assert words(service, path, NAMED.replace("like lib_leaky", "like |"), "mine like |") == ["lib_leaky"]
    assert words(service, path, NAMED.replace("lib.leaky.decay", "lib.|"), "lib.|") == ["base", "base_cell", "leaky", "pair"]


def test_a_renamed_declaration_keeps_the_name_of_its_import(tmp_path):
    _, path = project(tmp_path)
    service, _ = opened(tmp_path, NAMED)
    edits = service.rename(path, place(NAMED, "lib_lea|ky {"), "plif").edits
    here = [edit.span for edit in edits if edit.span.file == str(path)]
    assert shown(here) == ["4:22-27", "11:7-12", "12:7-12"]
    assert shown([e.span for e in edits if e.span not in here]) == ["3:8-13", "23:37-42"]
    found = service.rename(path, place(NAMED, "as li|b"), "of").edits
    assert shown([edit.span for edit in found]) == ["2:37-40", "4:18-21", "7:18-21", "11:3-6", "12:3-6"]


def test_colours_follow_what_other_files_import(tmp_path):
    """The same text, once the file behind its import is another one."""
    _, path = project(tmp_path)
    service, _ = opened(tmp_path, USER)
    before = service.semantic_tokens(path)
    service.open(tmp_path / "parts" / "between.sdhs", "sdhs 1\n")
    without = service.semantic_tokens(path)
    assert [word.sort for word in (*before, *without) if (word.line, word.column) == (4, 18)] == ["class", "enumMember"]
    service.open(tmp_path / "parts" / "between.sdhs", BETWEEN)
    assert service.semantic_tokens(path) == before


def test_files_are_looked_for_near_the_text_first_and_not_without_end(tmp_path, monkeypatch):
    """A file that is part of no project may lie in a home folder."""
    for folder in ("a/b/c", ".hidden", "node_modules", "z"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "net.sdhs").touch()
    (tmp_path / "round").symlink_to(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in specs(tmp_path)] == ["z/net.sdhs", "a/b/c/net.sdhs"]
    monkeypatch.setattr(project_files, "MOST_FOLDERS", 3)
    assert [path.relative_to(tmp_path).as_posix() for path in specs(tmp_path)] == ["z/net.sdhs"]
