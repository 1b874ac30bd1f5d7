"""Names and paths that lead through imports with a name, and imports of what there isn't or without end."""

import pytest

from .texts import opened, place


def defined(service, path, text, at):
    found = service.definition(path, place(text, at)).span
    return found.file.rpartition("/")[2], found.line


INNER = "sdhs 1\nneuron leaky { }\n"
OUTER = (
    'sdhs 1\nimport "inner.sdhs" as sub\nnetwork both { input x : real[2]  param W = 1  output y = x -> linear(W) }\n'
    "dataset both { source = fashion_mnist_small }\n"
)
PATHS = (
    'sdhs 1\nimport "outer.sdhs" as lib\nneuron mine like lib_sub_leaky { }\n'
    "profile p {\n  lib.both.augment = []\n  lib.both.W = 2\n  lib_both.augment = []\n  lib.sub_leaky.decay = 0.5\n}\n"
)


def test_what_a_path_means_in_the_file_of_an_import(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "inner.sdhs").write_text(INNER)
    (tmp_path / "outer.sdhs").write_text(OUTER)
    service, path = opened(tmp_path, PATHS)
    for at in ("lib.bo|th.augment", "lib_bo|th.augment"):
        assert defined(service, path, PATHS, at) == ("outer.sdhs", 4), at
    assert defined(service, path, PATHS, "lib.bo|th.W") == ("outer.sdhs", 3)
    assert defined(service, path, PATHS, "both.W|") == ("outer.sdhs", 3)
    assert defined(service, path, PATHS, "lib.sub_lea|ky.") == ("inner.sdhs", 2)
    assert defined(service, path, PATHS, "lib.su|b_leaky.") == ("outer.sdhs", 2)
    assert [s.line for s in service.references(path, place(PATHS, "sub_lea|ky.")) if s.file == str(path)] == [3, 8]


def test_a_network_with_the_name_of_an_import_keeps_its_paths(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "inner.sdhs").write_text(INNER)
    text = (
        'sdhs 1\nimport "inner.sdhs" as net\n'
        "network net {\n  param W = 4\n  input x : real[2]\n  output y = x -> linear(W)\n}\n"
        "profile p {\n  net.W = 3\n  net.leaky.decay = 0.5\n}\n"
    )
    service, path = opened(tmp_path, text)
    assert service.checked[path].diagnostics == ()
    found = service.set_paths(path)
    assert {"net.W", "net.time", "net_leaky.decay"} <= set(found)
    assert "net.leaky" not in found  # which a key follows
    service.open(path, text.replace("net.leaky.decay = 0.5", "net.leaky."))
    found = service.completion(path, place(text, "net.leaky.|decay"))
    assert [each.name for each in found][:2] == ["decay", "decay_input"]


@pytest.mark.parametrize("name", ["a\0b.sdhs", "\0"])
def test_an_import_of_a_path_that_no_file_has_is_answered(tmp_path, name):
    text = f'sdhs 1\nimport "{name}"\n'
    service, path = opened(tmp_path, text, checked=False)
    assert service.definition(path, place(text, 'import "|')) is None
    assert [word.line for word in service.semantic_tokens(path)] == [1, 1, 2, 2]


def test_files_that_import_each_other_many_times_are_answered(tmp_path):
    """Each imports the next one twice, the last one itself: 2 ** 40 names for nothing, of which each is one step."""
    (tmp_path / "pyproject.toml").touch()
    for level in range(40):
        target = min(level + 1, 39)
        text = f'sdhs 1\nimport "f{target}.sdhs" as a\nimport "f{target}.sdhs" as a_a\n'
        (tmp_path / f"f{level}.sdhs").write_text(text)
    text = 'sdhs 1\nimport "f0.sdhs" as a\nneuron n like a_' + "a_" * 60 + "b { }\n"
    service, path = opened(tmp_path, text, checked=False)
    assert service.definition(path, place(text, "like a|_a")) is None
    assert service.set_paths(path)[:1] == ("n.decay",)
