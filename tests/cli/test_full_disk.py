"""A file that can't be written is named, with the fix; earlier files stay as they were."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = "sdhs 1\nnetwork net { input x : real[1, 8, 8]\n output logits = x -> pool -> linear(2) }\n"
DARTS = """Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1)], normal_concat=[2],
reduce=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1)], reduce_concat=[2])"""
RAISE = "help: raise the limit on the size of files (`ulimit -f`)\n"


def limited(folder: Path, size: int, *arguments: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    """Runs a command in a process whose files can't grow beyond a size in bytes."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

    command = [sys.executable, "-m", "spikegraph", *arguments] if code is None else [sys.executable, "-c", code]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, preexec_fn=limit)


WRITERS = [
    (("fmt", "net.sdhs"), "net.sdhs"),
    (("compile", "net.sdhs", "--emit", "ir", "-o", "out.txt"), "out.txt"),
    (("render", "net.sdhs", "-o", "out.dot"), "out.dot"),
    (("import", "darts.txt", "--from", "darts", "-o", "out.sdhs"), "out.sdhs"),
]


@pytest.mark.parametrize(("command", "path"), WRITERS, ids=[command[0] for command, _ in WRITERS])
def test_a_file_that_would_be_too_large(tmp_path: Path, command: tuple[str, ...], path: str) -> None:
    (tmp_path / "net.sdhs").write_text(SPEC)
    (tmp_path / "darts.txt").write_text(DARTS)
    if not (tmp_path / path).exists():
        (tmp_path / path).write_text("an earlier result")
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    done = limited(tmp_path, 20, *command)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.endswith(f"error: {path}: File too large\n{RAISE}")
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_the_sample(tmp_path: Path) -> None:
    """HDF5's own files failed when they were closed, with an error of another type."""
    write = (
        "from spikegraph.data.built_in_recording import write_sample; from pathlib import Path; write_sample(Path('new'), 0.1)"
    )
    done = limited(tmp_path, 1000, code=write)
    assert done.stderr.endswith("OSError: [Errno 27] File too large: 'new/sample_data.hdf5'\n")
    assert [p.name for p in tmp_path.rglob("*")] == ["new"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
@pytest.mark.parametrize(
    "command",
    ["explain SG0101", "ops", "compile net.sdhs", "stats net.sdhs --json", "--help", "check --help", "data -h", "--version"],
)
def test_standard_output_that_is_full(tmp_path: Path, command: str) -> None:
    (tmp_path / "net.sdhs").write_text(SPEC)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "spikegraph", *command.split()],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    said = "error: standard output: No space left on device\nhelp: free some space on its disk\n"
    assert (done.returncode, done.stderr) == (3, said)


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_a_folder_that_is_read_only(tmp_path: Path) -> None:
    (tmp_path / "net.sdhs").write_text(SPEC)
    (tmp_path / "there").mkdir(mode=0o500)
    done = limited(tmp_path, 10**9, "compile", "net.sdhs", "--emit", "ir", "-o", "there/out.txt")
    fix = "help: change its permissions or those of its folder, or choose another one\n"
    assert (done.returncode, done.stderr) == (3, f"error: there/out.txt: Permission denied\n{fix}")
