"""The hooks of pre-commit accept this checkout, and refuse files that `.ci/run` would refuse."""

import os
import shutil
import subprocess
import sys
import sysconfig

import pytest

from .archives import ROOT

CONFIG = ".pre-commit-config.yaml"
HOOKS = {"ruff check", "ruff format --check", "spikegraph fmt --check"}
SPEC = "sdhs 1\n\nneuron lif {\n  decay = 0.2\n}\n"


@pytest.fixture
def hooks(tmp_path):
    """Writes files in a new repository and runs the hooks on them: the exit status, the hooks that failed, and the output."""
    folder = tmp_path / "repository"
    folder.mkdir()
    shutil.copy(ROOT / CONFIG, folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    path = os.pathsep.join((sysconfig.get_path("scripts"), os.environ["PATH"]))
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
    environment |= {"PATH": path, "PRE_COMMIT_HOME": str(tmp_path / "cache"), "PRE_COMMIT_COLOR": "never"}

    def call(*command):
        return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)

    assert call("git", "init", "-q").returncode == 0

    def check(files):
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        assert call("git", "add", "-A").returncode == 0
        done = call(sys.executable, "-m", "pre_commit", "run")
        lines = [line for line in done.stdout.splitlines() if "...." in line]
        assert {line.partition("....")[0].rstrip(".") for line in lines} == HOOKS, done.stdout + done.stderr
        return done.returncode, {line.partition("....")[0].rstrip(".") for line in lines if "Failed" in line}, done.stdout

    return check


def test_sound_files_pass(hooks):
    files = {"good.py": '"""Good."""\n\nNAME = "good"\n', "good.sdhs": SPEC, "tests/as_it_is.sdhs": "sdhs 1\nneuron lif {}\n"}
    status, failed, text = hooks(files)
    assert (status, failed) == (0, set()), text
    assert "no files to check" not in text


def test_unsound_files_are_refused(hooks):
    status, failed, text = hooks({"bad.py": "import os\nx = 'a'\n", "bad.sdhs": SPEC.replace("  decay = 0.2", "decay=0.2")})
    assert (status, failed) == (1, HOOKS)
    for part in ("`os` imported but unused", "+++ bad.sdhs (canonical)", "+  decay = 0.2", "1 of 1 file would change"):
        assert part in text


def test_the_specs_of_this_checkout_are_in_the_canonical_form():
    specs = [
        path
        for folder in ("specs", "examples", "tools", "spikegraph/starters")
        for path in sorted((ROOT / folder).rglob("*.sdhs"))
    ]
    assert len(specs) > 15
    program = shutil.which("spikegraph", path=sysconfig.get_path("scripts"))
    assert program is not None
    done = subprocess.run([program, "fmt", "--check", *map(str, specs)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
