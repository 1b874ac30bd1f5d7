"""The command `import`: architectures of other programs."""

import numpy as np
import pytest

DARTS = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1)], normal_concat=range(2, 3))"


@pytest.fixture
def darts(tmp_path):
    path = tmp_path / "darts.txt"
    path.write_text(DARTS)
    return path


def test_to_standard_output_and_to_a_file(spikegraph, darts, tmp_path):
    done = spikegraph("import", darts, "--from", "darts")
    assert done.status == 0
    assert done.out == (
        "# Imported from darts.txt.\nsdhs 1\n\ngenotype normal {\n  n0 = sep_conv_3x3(prev2) + sep_conv_3x3(prev)\n}\n"
    )
    assert "sep_conv_3x3 keep their names" in done.err
    out = tmp_path / "g.sdhs"
    done = spikegraph("import", darts, "--from", "darts", "--map", "sep_conv_3x3=c3", "-o", out)
    assert (done.status, done.out) == (0, "")
    assert out.read_text() == "# Imported from darts.txt.\nsdhs 1\n\ngenotype normal {\n  n0 = c3(prev2) + c3(prev)\n}\n"
    assert spikegraph("check", out).status == 0


def test_the_published_arrays_compile(spikegraph, tmp_path):
    rows = tmp_path / "feature_genotype.npy"
    np.save(rows, np.array([[1, 1], [0, 1], [3, 2], [2, 1], [7, 1], [8, 1]]))
    out = tmp_path / "g.sdhs"
    spec = "specs/cifar10.sdhs"
    given = ("import", rows, "--from", "spikedhs", "--cell", "normal", "--cell", "reduction", "--for", spec, "-o", out)
    assert spikegraph(*given).status == 0
    assert out.read_text().split("sdhs 1")[1].split("genotype normal")[1] == _published()
    assert spikegraph("stats", spec, "--genotype", out, "--json").json["parameters"] == 14_293_738
    assert spikegraph(*given, "--compat", "column-sort").status == 0
    assert "n2 = c3(n0)    + c5(n1)" in out.read_text()


def _published():
    from spikegraph.base.resources import resource

    return (resource("specs") / "genotypes" / "cifar10.sdhs").read_text().split("genotype normal")[1]


def test_what_does_not_fit_ends_with_1_and_its_place(spikegraph, tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text("Genotype(normal=[('a', 0), ('b', 5)])")
    out = tmp_path / "g.sdhs"
    done = spikegraph("import", path, "--from", "darts", "-o", out)
    assert done.status == 1
    assert f"{path}:1:28: error[SG0416]: node 0 has the sources 0 to 1, not 5" in done.err
    assert not out.exists()
    assert spikegraph("explain", "SG0416").status == 0


@pytest.mark.parametrize(
    ("arguments", "summary"),
    [
        (("--from", "darts", "--compat", "column-sort"), "--path, --compat and several files need --from spikedhs"),
        (("--from", "spikedhs", "--name", "X"), "--name needs --from darts"),
        (("--from", "darts", "--map", "x"), "`x` is not OPERATION=NAME, such as `sep_conv_3x3=c3`"),
        (("--from", "nas"), "'nas' is not one of 'darts', 'spikedhs'"),
    ],
)
def test_wrong_usage(spikegraph, darts, arguments, summary):
    done = spikegraph("import", darts, *arguments)
    assert done.status == 2
    assert summary in done.err


def test_a_large_file_is_not_a_genotype(spikegraph, tmp_path):
    path = tmp_path / "large.txt"
    path.write_text("x" * (1024 * 1024 + 1))
    done = spikegraph("import", path, "--from", "darts")
    assert (done.status, "is too large for a genotype" in done.err) == (2, True)
