"""`spikegraph vendor`."""

from spikegraph.dsl.vendored import FOLDER
from spikegraph.service.service import Service


def test_on_the_command_line(spikegraph, tmp_path):
    package, project = tmp_path / "package", tmp_path / "project"
    package.mkdir()
    project.mkdir()
    (project / "pyproject.toml").touch()
    (package / "neurons.sdhs").write_text("sdhs 1\nneuron slow {}\n")
    made = spikegraph("vendor", package, "--as", "spikezoo:1.2", "--project", project)
    assert (made.status, made.out.splitlines()[-1]) == (0, "@spikezoo:1.2/neurons.sdhs")
    assert spikegraph("vendor", "--check", "--project", project).status == 0
    (project / FOLDER / "spikezoo" / "1.2" / "neurons.sdhs").write_text("sdhs 1\nneuron fast {}\n")
    checked = spikegraph("vendor", "--check", "--project", project)
    assert (checked.status, checked.out) == (1, "@spikezoo:1.2/neurons.sdhs differs from sdhs.lock\n")
    assert spikegraph("vendor", "--lock", "--project", project).status == 0
    assert spikegraph("vendor", "--check", "--project", project).status == 0
    assert spikegraph("vendor", package).status == 2
    assert spikegraph("vendor", package, "--as", "spikezoo:1.2", "--project", project).status == 1


def test_formatting_leaves_packages_as_they_are(spikegraph, tmp_path):
    (tmp_path / "package").mkdir()
    (tmp_path / "pyproject.toml").touch()
    text = "sdhs 1\nneuron slow {}\n"
    for name in ("package/neurons.sdhs", "main.sdhs"):
        (tmp_path / name).write_text(text)
    spikegraph("vendor", tmp_path / "package", "--as", "spikezoo:1.2", "--project", tmp_path)
    vendored, main = tmp_path / FOLDER / "spikezoo" / "1.2" / "neurons.sdhs", tmp_path / "main.sdhs"
    left_out = f"note: left out: {vendored} stays as sdhs.lock has it\n"
    done = spikegraph("fmt", "--check", vendored)
    assert (done.status, done.out, done.err) == (0, "", f"{left_out}0 of 1 file would change\n")
    done = spikegraph("fmt", vendored, main)
    assert (done.status, done.out) == (0, f"reformatted {main}\n")
    assert done.err == f"{left_out}1 of 2 files changed\n"
    assert vendored.read_text() == text
    assert spikegraph("vendor", "--check", "--project", tmp_path).status == 0
    service = Service()
    for path in (vendored, main):
        service.open(path, text)
    assert service.formatting(vendored) is None
    assert service.formatting(main) is not None
