"""Packages inside a project: imports from them, their lock, and files that were changed."""

import pytest

from spikegraph.base.errors import DataError
from spikegraph.dsl.vendored import FOLDER, LOCK
from spikegraph.program.program import Program
from spikegraph.program.vendoring import differences, lock, vendor

NET = """sdhs 1
import "IMPORT" as zoo
neuron lif {}
network net {
  input x : real[3, 8, 8]
  time = 2
  output y = x -> zoo.head(out = 4) -> pool -> linear(10) -> mean(time)
}
"""
REFERENCE = "@spikezoo:1.2/parts/head.sdhs"


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "elsewhere"
    (folder / "parts").mkdir(parents=True)
    (folder / "neurons.sdhs").write_text("sdhs 1\nneuron slow { decay = 0.9 }\n")
    head = "block head(x) { weights = own\nparam out = 2\nreturn x -> conv(3, out = out) -> slow }\n"
    head = f'sdhs 1\nimport "../neurons.sdhs"\n{head}'
    (folder / "parts" / "head.sdhs").write_text(head)
    (folder / "LICENSE.txt").write_text("MIT\n")
    (folder / "notes.py").write_text("print()\n")
    return folder


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    return folder


def told(project, text=REFERENCE):
    (project / "net.sdhs").write_text(NET.replace("IMPORT", text))
    return [(d.code, d.span.line, d.summary, d.help) for d in Program.read(project / "net.sdhs").check()]


def test_a_package_is_copied_locked_and_imported(package, project):
    files = vendor(package, "spikezoo:1.2", project)
    assert files == ["@spikezoo:1.2/LICENSE.txt", "@spikezoo:1.2/neurons.sdhs", REFERENCE]
    assert not (project / FOLDER / "spikezoo" / "1.2" / "notes.py").exists()
    assert differences(project) == []
    assert told(project) == []
    graph = Program.read(project / "net.sdhs").build().space
    assert [n.op.neuron.decay for n in graph if n.op.name == "lif"] == [0.9]
    vendor(package, "spikezoo:1.3", project)
    assert len((project / LOCK).read_text().splitlines()) == 6
    assert told(project, REFERENCE.replace("1.2", "1.3")) == []


@pytest.mark.parametrize("name", ["parts/head.sdhs", "neurons.sdhs"])
def test_a_changed_file_is_an_error_with_the_fix(package, project, name):
    vendor(package, "spikezoo:1.2", project)
    file = project / FOLDER / "spikezoo" / "1.2" / name
    file.write_text(file.read_text() + "# and more\n")
    help = "restore the file, or, if you trust it, lock it as it is: `spikegraph vendor --lock`"
    assert told(project) == [("SG0506", 2, f"`@spikezoo:1.2/{name}` differs from `sdhs.lock`", help)]
    assert differences(project) == [f"@spikezoo:1.2/{name} differs from sdhs.lock"]
    assert lock(project) == 3
    assert (told(project), differences(project)) == ([], [])


def test_a_file_without_a_hash_is_an_error_however_it_is_imported(package, project):
    vendor(package, "spikezoo:1.2", project)
    new = project / FOLDER / "spikezoo" / "1.2" / "new.sdhs"
    new.write_text("sdhs 1\nblock head(x) { weights = own\nparam out = 1\nreturn x }\n")
    for text in ("@spikezoo:1.2/new.sdhs", f"{FOLDER}/spikezoo/1.2/new.sdhs"):
        assert [(c, s) for c, _, s, _ in told(project, text)] == [("SG0506", "`@spikezoo:1.2/new.sdhs` isn't in `sdhs.lock`")]
    assert differences(project) == ["@spikezoo:1.2/new.sdhs isn't in sdhs.lock"]
    (project / FOLDER / "spikezoo" / "1.2" / "neurons.sdhs").unlink()
    assert "@spikezoo:1.2/neurons.sdhs is missing" in differences(project)


@pytest.mark.parametrize(
    ("text", "code", "summary"),
    [
        ("@spikezoo:1.3/parts/head.sdhs", "SG0505", "the project has no package `spikezoo:1.3`"),
        ("@spikezoo/parts/head.sdhs", "SG0505", '"@spikezoo/parts/head.sdhs" is not a file of a package'),
        ("@spikezoo:../parts/head.sdhs", "SG0505", '"@spikezoo:../parts/head.sdhs" is not a file of a package'),
        ("@spikezoo:1.2/parts/heed.sdhs", "SG0501", 'there is no file "@spikezoo:1.2/parts/heed.sdhs"'),
        ("@spikezoo:1.2/../../../net2.sdhs", "SG0502", '"@spikezoo:1.2/../../../net2.sdhs" is outside its package'),
    ],
)
def test_wrong_references(package, project, text, code, summary):
    vendor(package, "spikezoo:1.2", project)
    (project / "net2.sdhs").write_text("sdhs 1\n")
    assert [(c, s) for c, _, s, _ in told(project, text)] == [(code, summary)]


def test_a_package_reads_nothing_outside_of_it(package, project):
    (project / "secret.sdhs").write_text("sdhs 1\nneuron slow {}\n")
    (package / "neurons.sdhs").write_text('sdhs 1\nimport "../../../secret.sdhs"\n')
    vendor(package, "spikezoo:1.2", project)
    assert [c for c, *_ in told(project)] == ["SG0502"]
    file = project / FOLDER / "spikezoo" / "1.2" / "neurons.sdhs"
    file.unlink()
    file.symlink_to(project / "secret.sdhs")
    assert [c for c, *_ in told(project)] == ["SG0502"]


@pytest.mark.parametrize("damage", ["nonsense\n", "0" * 64 + "  @../../etc/passwd\n", "\xff"])
def test_a_damaged_lock(package, project, damage):
    vendor(package, "spikezoo:1.2", project)
    (project / LOCK).write_text(damage, encoding="latin-1")
    assert [c for c, *_ in told(project)] == ["SG0506"]
    with pytest.raises(DataError):
        differences(project)


def test_what_is_no_package(package, project, tmp_path):
    for name, what in (("spikezoo", "is not a package"), ("a/b:1", "is not a package"), ("a:..", "is not a package")):
        with pytest.raises(DataError, match=what):
            vendor(package, name, project)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"no \.sdhs file"):
        vendor(tmp_path / "empty", "a:1", project)
    vendor(package, "a:1", project)
    with pytest.raises(DataError, match="already"):
        vendor(package, "a:1", project)
    (package / "link.sdhs").symlink_to("/etc/passwd")
    with pytest.raises(DataError, match="no links"):
        vendor(package, "a:2", project)
