"""Every way to install the package gives the same working program, outside the checkout."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WAYS = ("wheel", "sdist", "editable sdist", "editable clone without links")

pytestmark = pytest.mark.slow


def run(*command, cwd):
    """Runs a program without this process's environment and returns its output; fails with its error output."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SPIKEGRAPH"))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@dataclass(frozen=True)
class Installed:
    """An environment with the package.

    Attributes:
        programs: The folder of its programs.
        source: The folder from which the package must be imported.
    """

    programs: Path
    source: Path

    def run(self, program, *arguments, cwd):
        return run(str(self.programs / program), *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A wheel, an sdist, the unpacked sdist, and a checkout by a git that can't create links."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "-d", str(folder), cwd=ROOT)
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    clone = folder / "clone"
    run("git", "-c", "core.symlinks=false", "checkout-index", "--all", f"--prefix={clone}/", cwd=ROOT)
    assert (clone / "spikegraph" / "dsl").read_text() == "../dsl"
    return dict(zip(WAYS, (wheel, sdist, folder / sdist.name.removesuffix(".tar.gz"), clone), strict=True))


@pytest.fixture(scope="module", params=WAYS)
def installed(request, built, tmp_path_factory):
    """A new environment with the package; its dependencies come from the tests' environment."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, with_pip=False)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    # This ignores .pth files there, so that an editable install of the checkout isn't included.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    source, editable = built[request.param], request.param.startswith("editable")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--disable-pip-version-check",
        "--quiet",
        "--python",
        str(environment / "bin" / "python"),
    ]
    options = ["--no-deps", "--no-build-isolation", "--no-index", *(["--editable"] if editable else [])]
    run(*pip, "install", *options, str(source), cwd=environment)
    return Installed(environment / "bin", source if editable else packages / "spikegraph")


def test_modules_come_from_the_installed_package(installed, tmp_path):
    code = "import json, spikegraph, spikegraph.dsl.parser, spikegraph.backends.torch as b\n"
    code += "print(json.dumps([spikegraph.__file__, spikegraph.dsl.parser.__file__, b.__file__]))"
    found = json.loads(installed.run("python", "-c", code, cwd=tmp_path).stdout)
    assert [file for file in found if not Path(file).is_relative_to(installed.source)] == []


def test_commands_work_elsewhere(installed, tmp_path):
    assert installed.run("spikegraph", "check", "specs/stereo.sdhs", cwd=tmp_path).stdout.endswith("sound\n")
    genotype = ("stereo.sdhs", "--genotype", "genotypes/stereo.sdhs")
    done = installed.run("spikegraph", "compile", *genotype, cwd=tmp_path)
    assert "869,763 parameters" in done.stdout
    assert str(installed.source) in done.stderr
    installed.run("spikegraph", "render", *genotype, "--level", "cell", "-o", "cell.svg", cwd=tmp_path)
    assert (tmp_path / "cell.svg").read_text(encoding="utf-8").rstrip().endswith("</svg>")
    assert installed.run("spikegraph", "explain", "SG0214", cwd=tmp_path).stdout.startswith("## SG0214 ")


def test_files_other_than_modules_are_there(installed):
    package = installed.source if (installed.source / "data").is_dir() else installed.source / "spikegraph"
    assert (package / "py.typed").is_file()
    assert (package / "data" / "fashion_mnist_small.npz").stat().st_size > 2_000_000
    assert "MIT License" in (package / "data" / "fashion_mnist_small.NOTICE.txt").read_text()
