"""An installed wheel works without the checkout."""

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


def run(*command, cwd):
    """Runs a program outside of the checkout; what it prints, and its errors where it fails."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "SPIKEGRAPH"))}
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A fresh environment that has the wheel, and the packages that it needs from the environment of the tests."""
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    here = ["--no-build-isolation"] if importlib.util.find_spec("hatchling") else []
    run(*pip, "wheel", str(ROOT), "--no-deps", *here, "--wheel-dir", str(folder), cwd=folder)
    (wheel,) = folder.glob("spikegraph-*.whl")
    environment = folder / "environment"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    run(*pip, "--python", str(python), "install", "--no-deps", str(wheel), cwd=folder)
    (packages,) = (environment / "lib").glob("python*/site-packages")
    # A path in a .pth file is searched last, and the .pth files there are not read: no editable install comes with it.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return environment / "bin"


def test_what_is_imported_is_the_wheel(installed, tmp_path):
    code = "import json, spikegraph, spikegraph.dsl.parser, spikegraph.backends.torch as b\n"
    code += "print(json.dumps([spikegraph.__file__, spikegraph.dsl.parser.__file__, b.__file__]))"
    found = json.loads(run(str(installed / "python"), "-c", code, cwd=tmp_path).stdout)
    assert all(Path(file).is_relative_to(installed.parent) for file in found)


def test_the_specs_come_with_it(installed, tmp_path):
    program = str(installed / "spikegraph")
    done = run(program, "compile", "stereo.sdhs", "--genotype", "genotypes/stereo.sdhs", cwd=tmp_path)
    assert "869,763 parameters" in done.stdout
    assert str(installed.parent) in done.stderr
    assert run(program, "check", "specs/stereo.sdhs", cwd=tmp_path).stdout.endswith("sound\n")


def test_the_explanations_come_with_it(installed, tmp_path):
    assert run(str(installed / "spikegraph"), "explain", "SG0214", cwd=tmp_path).stdout.startswith("## SG0214 ")


def test_types_come_with_it(installed):
    (package,) = (installed.parent / "lib").glob("python*/site-packages/spikegraph")
    assert (package / "py.typed").is_file()
    assert (package / "dsl" / "grammar.lark").is_file()


def test_the_small_fashion_mnist_comes_with_it_and_its_licence(installed):
    (data,) = (installed.parent / "lib").glob("python*/site-packages/spikegraph/data")
    assert (data / "fashion_mnist_small.npz").stat().st_size > 2_000_000
    assert "MIT License" in (data / "fashion_mnist_small.NOTICE.txt").read_text()
