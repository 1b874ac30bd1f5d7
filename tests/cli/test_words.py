"""Words that a user of another program types: the message has the command line that is meant."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = "specs/cifar10.sdhs"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("compile", SPEC, "--train", "--epochs", "5"),
            "No such option '--epochs'. It is a key of the spec: --set retrain.epochs=5 or --set search.epochs=5",
        ),
        (
            ("sweep", SPEC, "--batch-size=16"),
            "No such option '--batch-size'. It is a key of the spec: --set retrain.batch=16 or --set search.batch=16",
        ),
        (
            ("check", SPEC, "--lr", "0.1"),
            "No such option '--lr'. It is a key of the spec: --set retrain.weights.lr=0.1 or --set search.weights.lr=0.1",
        ),
        (("compile", SPEC, "--method"), "No such option '--method'. It is a key of the spec: --set search.method=VALUE"),
        (("compile", SPEC, "--emitt", "ir"), "No such option '--emitt'. (Did you mean one of: '--emit'"),
        (("show", "runs", "--epochs", "5"), "No such option '--epochs'."),
        (("--train", SPEC), "No such option '--train'. It is an option of a command: `spikegraph compile SPEC --train`"),
        (
            (SPEC, "--train", "--seed", "1"),
            f"no command is called `{SPEC}`; did you mean `spikegraph compile {SPEC} --train --seed 1`?",
        ),
        (("builtin:stereo",), "no command is called `builtin:stereo`; did you mean `spikegraph check builtin:stereo`?"),
        (
            ("tests/compat/0.1.0/runs/complete",),
            "no command is called `tests/compat/0.1.0/runs/complete`; "
            "did you mean `spikegraph show tests/compat/0.1.0/runs/complete`?",
        ),
        (("ops", "convolution"), "no operation or neuron model is called `convolution`; did you mean `conv`?"),
        (("ops", "pooling"), "no operation or neuron model is called `pooling`; did you mean `pool`?"),
        (("ops", "normalization"), "no operation or neuron model is called `normalization`; did you mean `norm`?"),
        (("ops", "zzzz"), "no operation or neuron model is called `zzzz`; `spikegraph ops` lists them"),
    ],
    ids=" ".join,
)
def test_what_is_meant(spikegraph, arguments, message):
    done = spikegraph(*arguments)
    assert (done.status, done.out) == (2, "")
    assert f"Error: {message}" in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("device", "help"),
    [("gpu", "did you mean `cuda`?"), ("GPU", "did you mean `cuda`?"), ("metal", "did you mean `mps`?"), ("x", None)],
)
def test_a_device_that_torch_does_not_have(spikegraph, tmp_path, device, help):
    done = spikegraph("compile", SPEC, "--train", "--profile", "sample", "--device", device, "--out", tmp_path / "run")
    said = f"error: `--device` is '{device}'; the choices are `cpu`, `cuda`, `cuda:0` and `mps`\n"
    assert done.status == 2
    assert done.err.endswith(said + (f"help: {help}\n" if help is not None else ""))
    assert not (tmp_path / "run").exists()


def test_a_folder_that_is_taken_is_refused_before_torch_is_imported(tmp_path):
    run, other = ROOT / "tests" / "compat" / "0.1.0" / "runs" / "complete", tmp_path / "other"
    other.mkdir()
    (other / "notes.txt").write_text("mine\n")
    code = (
        "import sys; from spikegraph.cli.entry import run; status = run(sys.argv[1:]);"
        "print('torch' in sys.modules); sys.exit(status)"
    )
    for folder, message in (
        (run, "complete has a run, started 20"),
        (other, "other isn't empty and has no run\nhelp: choose a new or empty folder with --out\n"),
    ):
        arguments = ("compile", "builtin:cifar10", "--train", "--profile", "sample", "--out", str(folder))
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path
        )
        assert message in done.stderr.replace("\n  ", " ")
        assert (done.returncode, done.stdout) == (3, "False\n")
