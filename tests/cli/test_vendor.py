"""`spikegraph vendor`."""

from spikegraph.dsl.vendored import FOLDER


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
