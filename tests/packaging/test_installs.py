"""Every way to install the package gives the same working program, outside the checkout."""

import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from .archives import ROOT
from .environments import Environment, run

WAYS = ("wheel", "sdist", "editable sdist", "editable clone without links")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installed:
    """An environment with the package.

    Attributes:
        environment: The environment.
        source: The folder from which the package must be imported.
    """

    environment: Environment
    source: Path

    def run(self, program, *arguments, cwd):
        return self.environment.run(program, *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def sources(wheel, sdist, tmp_path_factory):
    """The wheel, the sdist, the unpacked sdist, and a checkout by a git that can't create links."""
    folder = tmp_path_factory.mktemp("sources")
    with tarfile.open(sdist.path) as archive:
        archive.extractall(folder, filter="data")
    clone = folder / "clone"
    run("git", "-c", "core.symlinks=false", "checkout-index", "--all", f"--prefix={clone}/", cwd=ROOT)
    assert (clone / "spikegraph" / "dsl").read_text() == "../dsl"
    unpacked = folder / sdist.path.name.removesuffix(".tar.gz")
    return dict(zip(WAYS, (wheel.path, sdist.path, unpacked, clone), strict=True))


@pytest.fixture(scope="module", params=WAYS)
def installed(request, sources, tmp_path_factory):
    """A new environment with the package."""
    environment = Environment.made(tmp_path_factory.mktemp("environment"))
    source, editable = sources[request.param], request.param.startswith("editable")
    environment.install(source, editable=editable)
    return Installed(environment, source if editable else environment.packages / "spikegraph")


def test_modules_come_from_the_installed_package(installed, tmp_path):
    code = "import json, spikegraph, spikegraph.dsl.parser, spikegraph.backends.torch as b\n"
    code += "print(json.dumps([spikegraph.__file__, spikegraph.dsl.parser.__file__, b.__file__]))"
    found = json.loads(installed.run("python", "-c", code, cwd=tmp_path).stdout)
    assert [file for file in found if not Path(file).is_relative_to(installed.source)] == []


def test_commands_work_elsewhere(installed, tmp_path):
    assert installed.run("spikegraph", "check", "builtin:stereo", cwd=tmp_path).stdout.endswith("sound\n")
    listed = json.loads(installed.run("spikegraph", "specs", "--json", cwd=tmp_path).stdout)["specs"]
    assert [spec for spec in listed if not Path(spec["path"]).is_relative_to(installed.source)] == []
    genotype = ("builtin:stereo", "--genotype", "builtin:genotypes/stereo")
    done = installed.run("spikegraph", "compile", *genotype, cwd=tmp_path)
    assert "869,763 parameters" in done.stdout
    assert done.stderr == ""
    installed.run("spikegraph", "render", *genotype, "--level", "cell", "-o", "cell.svg", cwd=tmp_path)
    assert (tmp_path / "cell.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert installed.run("spikegraph", "explain", "SG0214", cwd=tmp_path).stdout.startswith("SG0214 ")


def test_files_other_than_modules_are_there(installed):
    package = installed.source if (installed.source / "data").is_dir() else installed.source / "spikegraph"
    assert (package / "py.typed").is_file()
    assert (package / "data" / "fashion_mnist_small.npz").stat().st_size > 2_000_000
    assert "MIT License" in (package / "data" / "fashion_mnist_small.NOTICE.txt").read_text()
