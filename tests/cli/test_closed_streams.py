"""Output that nobody reads, or that can't be written: silence or one message, and the right exit status."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from spikegraph.cli import specs

ROOT = Path(__file__).parents[2]
WORDS = ("--help", "data check -h", "--version", "check builtin:stereo")


def called(words: str, redirected: str) -> subprocess.CompletedProcess[str]:
    """Runs a command in a shell with its streams redirected."""
    command = f"{sys.executable} -m spikegraph {words} {redirected}"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", WORDS)
def test_a_reader_that_is_gone(words: str) -> None:
    """As `| head -0` does: its end of the pipe is closed before anything is written."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "spikegraph", *words.split()]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, stdout=writing, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_head() -> None:
    done = called("--help", "| head -1; echo ${PIPESTATUS[0]}")
    assert done.stdout.splitlines() == ["Usage: spikegraph [OPTIONS] COMMAND [ARGS]...", done.stdout.splitlines()[-1]]
    assert done.stdout.splitlines()[-1] in ("0", "141")  # head may end before the last line is written
    assert done.stderr == ""


@pytest.mark.parametrize("words", ["--help", "ops"])
def test_standard_output_that_is_closed(words: str) -> None:
    done = called(words, ">&-")
    assert (done.returncode, done.stderr) == (3, "error: standard output: Bad file descriptor\n")


@pytest.mark.parametrize(
    ("words", "redirected"),
    [
        ("check nowhere", "2>/dev/full"),
        ("data", "2>/dev/full"),  # shows the help
        ("explain SG0101 more", "2>/dev/full"),
        ("compile", "2>&-"),
        ("data", ">&- 2>&-"),
    ],
)
def test_standard_error_that_is_full_or_closed(words: str, redirected: str) -> None:
    """Nobody can be told, but the status stays what it is."""
    done = called(words, redirected)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "")


@pytest.mark.parametrize("error", [EOFError("the file ended"), BrokenPipeError(32, "Broken pipe")])
def test_the_end_of_another_file_or_pipe(spikegraph, monkeypatch, error) -> None:
    """Neither Ctrl-C nor a closed standard output, which click takes them for."""

    def raising(**_: object) -> None:
        raise error

    monkeypatch.setattr(specs.command, "callback", raising)
    done = spikegraph("specs")
    assert (done.status, done.out) == (3, "")
    assert done.err.startswith(f"error: internal error ({type(error).__name__}: {error})\n")


PRINTS = """
from spikegraph.cli import entry, specs

specs.command.callback = lambda **_: print(" " * 100_000)
raise SystemExit(entry.run(["specs"]))
"""


def test_a_print_without_a_reader() -> None:
    """As of a plug-in or a library, which know nothing of the program's own functions for output."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", PRINTS], cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")


def test_an_encoding_that_lacks_a_character(tmp_path: Path) -> None:
    """Its escape stands for it, in JSON that of JSON."""
    path = tmp_path / "π.sdhs"
    path.write_text("sdhs 1\nneuron lif { }\n", encoding="utf-8")
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "latin-1"}

    def told(*words: str) -> tuple[int, str, str]:
        command = [sys.executable, "-m", "spikegraph", *words]
        done = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr

    assert told("check", "π.sdhs") == (0, "\\u03c0.sdhs: sound\n", "")
    path.write_text("sdhs 1\nneuron lif { decay = 2 }\n", encoding="utf-8")
    status, shown, _ = told("check", "π.sdhs", "--json")
    assert (status, json.loads(shown)["diagnostics"][0]["range"]["filename"]) == (1, "π.sdhs")
