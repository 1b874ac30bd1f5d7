"""Imports: relative to the file, inside the project's folder, each file once."""

import pytest

from spikegraph.dsl.limits import DEEPEST_IMPORT
from spikegraph.dsl.resolve import resolve


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("sdhs 1\n" + text, encoding="utf-8")
    return folder / next(iter(files))


def told(path, **options):
    return [(d.code, d.span.file.rsplit("/", 1)[-1], d.span.line) for d in resolve(path, **options).diagnostics]


def test_declarations_come_and_runs_stay(tmp_path):
    entry = write(
        tmp_path,
        {
            "spec.sdhs": 'import "lib/all.sdhs"\ncell own like one\n',
            "lib/all.sdhs": 'import "neurons.sdhs"\ncandidates few { skip = identity }\n'
            "cell one { nodes = 1 candidates = few neuron = lif }\nprofile p { lif.decay = 0 }\n"
            "search nothing on nowhere {}\n",
            "lib/neurons.sdhs": "neuron lif {}\n",
        },
    )
    spec = resolve(entry).spec
    assert told(entry) == []
    assert (list(spec.neurons), list(spec.cells), spec.search, spec.profiles) == (["lif"], ["one", "own"], None, ())


def test_a_file_that_comes_by_two_ways_comes_once(tmp_path):
    entry = write(
        tmp_path,
        {
            "spec.sdhs": 'import "a.sdhs"\nimport "b.sdhs"\nimport "./a.sdhs"\n',
            "a.sdhs": 'import "c.sdhs"\n',
            "b.sdhs": 'import "c.sdhs"\n',
            "c.sdhs": "neuron lif {}\n",
        },
    )
    assert told(entry) == []
    assert list(resolve(entry).spec.neurons) == ["lif"]


def test_names_that_clash_show_both_places(tmp_path):
    entry = write(tmp_path, {"spec.sdhs": 'import "a.sdhs"\nneuron lif {}\n', "a.sdhs": "neuron lif {}\n"})
    (clash,) = resolve(entry).diagnostics
    assert (clash.code, clash.span.line, clash.labels[0].span.file) == ("SG0204", 3, str(tmp_path / "a.sdhs"))


@pytest.mark.parametrize("text", ["../secret.sdhs", "/etc/passwd", "sub/../../secret.sdhs", "link.sdhs", "folder/secret.sdhs"])
def test_outside_the_folder_nothing_is_read(text, tmp_path):
    (tmp_path / "secret.sdhs").write_text("sdhs 1\nneuron lif {}\n")
    project = tmp_path / "project"
    entry = write(project, {"spec.sdhs": f'import "{text}"\ncell c {{ nodes = 1 candidates = x neuron = lif }}\n'})
    (project / "link.sdhs").symlink_to(tmp_path / "secret.sdhs")
    (project / "folder").symlink_to(tmp_path)
    resolved = resolve(entry)
    assert [d.code for d in resolved.diagnostics] == ["SG0502"]
    assert list(resolved.diagnostics.sources) == [str(entry)]
    assert resolved.spec.neurons == {}


def test_the_project_is_marked_or_given(tmp_path):
    entry = write(tmp_path / "project" / "specs", {"spec.sdhs": 'import "../lib.sdhs"\n'})
    write(tmp_path / "project", {"lib.sdhs": "neuron lif {}\n"})
    assert told(entry) == [("SG0502", "spec.sdhs", 2)]
    assert told(entry, root=tmp_path / "project") == []
    (tmp_path / "project" / "pyproject.toml").write_text("")
    assert told(entry) == []


def test_what_is_not_there(tmp_path):
    entry = write(tmp_path, {"spec.sdhs": 'import "lib/bas.sdhs"\nimport "lib"\nimport ""\n', "lib/base.sdhs": ""})
    found = list(resolve(entry).diagnostics)
    assert [d.code for d in found] == ["SG0501"] * 3
    assert found[0].help == "did you mean `base.sdhs`?"
    entry.write_text(f'sdhs 1\nimport "{"x" * 4000}"\nimport "pipe"\n')
    assert told(entry) == [("SG0501", "spec.sdhs", 2), ("SG0501", "spec.sdhs", 3)]


def test_circles(tmp_path):
    entry = write(tmp_path, {"spec.sdhs": 'import "a.sdhs"\n', "a.sdhs": 'import "b.sdhs"\n', "b.sdhs": '\nimport "a.sdhs"\n'})
    (circle,) = resolve(entry).diagnostics
    assert (circle.code, circle.summary) == ("SG0503", "imports form a cycle: a.sdhs -> b.sdhs -> a.sdhs")
    entry.write_text('sdhs 1\nimport "spec.sdhs"\n')
    assert told(entry) == [("SG0503", "spec.sdhs", 2)]


@pytest.mark.parametrize(("length", "codes"), [(DEEPEST_IMPORT, []), (DEEPEST_IMPORT + 1, ["SG0504"])])
def test_depth(length, codes, tmp_path):
    files = {f"{i}.sdhs": f'import "{i + 1}.sdhs"\n' for i in range(length)}
    entry = write(tmp_path, {**files, f"{length}.sdhs": "neuron lif {}\n"})
    assert [code for code, *_ in told(entry)] == codes
