"""Bundled specs: their names, everywhere that a spec is accepted."""

from pathlib import Path

import pytest

import spikegraph
from spikegraph.base.errors import NotFoundError
from spikegraph.base.resources import builtin_specs, description, located, namesake
from spikegraph.program.program import Program

SPECS = Path(__file__).parents[1] / "specs"


def test_every_spec_has_a_name_and_a_description() -> None:
    files = sorted(SPECS.rglob("*.sdhs"))
    assert sorted(builtin_specs().values()) == files
    assert list(builtin_specs())[:15] == [
        *("cifar10", "cifar10-dvs", "cifar10-n4", "cifar100", "dsec", "dsec-semantic", "dvs-gesture", "events", "flow"),
        *("frames", "imagenet", "images", "segment", "spikformer-search", "stereo"),
    ]
    assert [path for path in files if not description(path)] == []
    assert description(SPECS / "cifar10.sdhs") == "SpikeDHS-CLA (n3): CIFAR10."


def test_a_name_is_a_path_only_after_builtin(tmp_path: Path) -> None:
    assert located("builtin:stereo") == located(Path("builtin:stereo")) == SPECS / "stereo.sdhs"
    assert located("builtin:genotypes/stereo") == SPECS / "genotypes" / "stereo.sdhs"
    assert located("specs/stereo.sdhs") == Path("specs/stereo.sdhs")
    assert located(tmp_path) == tmp_path


@pytest.mark.parametrize("name", ["../pyproject", "genotypes/../stereo", "stereo.sdhs", "", "/etc/stereo", "genotypes"])
def test_nothing_else_is_found(name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        located(f"builtin:{name}")
    assert caught.value.summary == f"no bundled spec is called `builtin:{name}`"


def test_the_nearest_name_is_the_help() -> None:
    with pytest.raises(NotFoundError, match=r"did you mean `builtin:stereo`\?"):
        located("builtin:steroe")
    with pytest.raises(NotFoundError, match="`spikegraph specs` lists them"):
        located("builtin:x")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("specs/stereo.sdhs", "builtin:stereo"),
        ("./stereo.sdhs", "builtin:stereo"),
        ("specs/genotypes/cifar10.sdhs", "builtin:genotypes/cifar10"),
        ("mine/stereo.sdhs", None),
        ("net.sdhs", None),
    ],
)
def test_the_namesake_of_a_missing_file(path: str, name: str | None) -> None:
    assert namesake(path) == name


def test_in_python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    program = spikegraph.load("builtin:stereo", genotype="builtin:genotypes/stereo")
    assert program.name == str(SPECS / "stereo.sdhs")
    assert set(program.spec.genotypes) == {"feature", "matching"}
    assert Program.read("builtin:cifar10").with_genotype("builtin:genotypes/cifar10").spec.genotypes
    with pytest.raises(NotFoundError):
        spikegraph.load("builtin:nothing")
