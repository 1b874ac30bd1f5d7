"""Sweeps that are refused: options that don't fit each other, wrong values, and folders that hold something else."""

import os

import pytest

from .small_spec import SWEEP, TRAIN


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("compile", "net.sdhs", "--seeds", "0-2"), "--seeds needs --train"),
        ((*TRAIN, "--seeds", "0-2", "--seed", "1"), "--seed can't be combined with --seeds"),
        ((*TRAIN, "--jobs", "2"), "--jobs needs --seeds: it is for several runs"),
        ((*TRAIN, "--retries", "2"), "--retries needs --seeds: it is for several runs"),
        (
            (*TRAIN, "--seeds", "x"),
            "Invalid value for '--seeds': `x` isn't a list of seeds; write a range or numbers, such as 0-4 or 0,3,7",
        ),
        (("compile", "net.sdhs", "--control", "random:3"), "--control needs --train"),
        (
            (*TRAIN, "--control", "random:0"),
            "Invalid value for '--control': `0` isn't a number of controls; write random, or random:K, such as random:5, "
            "and at most 1000",
        ),
        (
            (*TRAIN, "--control", "random:"),
            "Invalid value for '--control': `` isn't a number of controls; write random, or random:K, such as random:5, "
            "and at most 1000",
        ),
        (
            (*TRAIN, "--control", "random:1e3"),
            "Invalid value for '--control': `1e3` isn't a number of controls; write random, or random:K, such as random:5, "
            "and at most 1000",
        ),
        (
            (*TRAIN, "--control", "random:1001"),
            "Invalid value for '--control': `1001` isn't a number of controls; write random, or random:K, such as random:5, "
            "and at most 1000",
        ),
        (
            (*TRAIN, "--control", "rnadom:3"),
            "Invalid value for '--control': there are no controls `rnadom`; did you mean `random`?",
        ),
        (
            (*TRAIN, "--control", "5"),
            "Invalid value for '--control': there are no controls `5`; write random, or random:K, such as random:5",
        ),
        ((*TRAIN, "--seeds", "0-1", "--force"), "--force needs --resume: it continues runs although something differs"),
        ((*TRAIN[:1], *TRAIN[2:], "--seeds", "0-1", "--resume"), "there is no sweep in out; give the SPEC to start one"),
        (("compile", "net.sdhs", "--train", "--seeds", "0-1", "--resume"), "--resume needs --out DIR: the folder of the sweep"),
        (("compile", "--train", "--seeds", "0-1"), "Missing argument 'SPEC'."),
        (
            ("compile", "data", "--train", "--seeds", "0-1"),
            "a sweep needs a spec, not a folder; `spikegraph compile --train --out data --resume` continues one",
        ),
        ((*TRAIN, "--seeds", "0-1", "--emit", "ir"), "--emit can't be combined with --train"),
        (
            ("compile", "net.sdhs", "--train", "--data", "no", "--seeds", "0-1"),
            "there is no folder `no` for --data; --download makes it, for images",
        ),
        (SWEEP, "nothing varies; give a --set PATH=A,B with several values, or --seeds"),
        ((*SWEEP, "--set", "search.epochs=1"), "nothing varies; give a --set PATH=A,B with several values, or --seeds"),
        ((*SWEEP, "--set", "search.epochs"), "`search.epochs` isn't PATH=A,B, such as `search.weights.lr=0.01,0.025`"),
        ((*SWEEP, "--set", "a.b=1,2", "--set", "a.b=3"), "`a.b` is given twice; write all its values in one: a.b=A,B"),
        (
            (*SWEEP, "--set", "retrain.weights=sgd(lr = 0.1),sgd(lr = 0.2)", "--set", "retrain.weights.lr=0.05"),
            "`retrain.weights.lr` is a part of `retrain.weights`, which varies; write it in each of its values",
        ),
        (
            (*SWEEP, "--set", "retrain.weights.lr=0.1,0.2", "--set", "retrain.weights=sgd(lr = 0.05)"),
            "`retrain.weights`, which is given after `retrain.weights.lr`, takes its place; give it before",
        ),
        (
            (*SWEEP, "--set", 'retrain.freeze=["stem"],["logits"]', "--freeze", "stem"),
            "`retrain.freeze` is given twice; write all its values in one: retrain.freeze=A,B",
        ),
        ((*TRAIN, "--seeds", "0-1", "--sync-norm"), "--sync-norm is for one run on several devices, not for several runs"),
        ((*SWEEP, "--set", "a.b=1,2", "--sync-norm"), "--sync-norm is for one run on several devices, not for several runs"),
        ((*SWEEP, "--set", "a.b=1,2", "--phase", "search"), "--phase can't be combined with a sweep, which runs all phases"),
        (("sweep",), "Missing argument 'SPEC'."),
    ],
)
def test_wrong_usage(train, tmp_path, given, message):
    done = train(*given)
    assert (done.status, done.err.splitlines()[-1]) == (2, f"Error: {message}")
    assert not (tmp_path / "out").exists()


def test_no_sweep_under_torchrun(train, monkeypatch):
    monkeypatch.setenv("TORCHELASTIC_RUN_ID", "none")
    done = train(*TRAIN, "--seeds", "0")
    assert (done.status, done.err.splitlines()[-1]) == (
        2,
        "Error: several runs can't be started under torchrun, which is for one run on several devices",
    )


def test_options_of_a_sweep_are_its_own(train):
    assert train(*TRAIN, "--seeds", "0", seed_0=["finish"]).status == 0
    done = train("compile", "--train", "--out", "out", "--resume", "--seeds", "0-3", "--set", "a.b=1")
    assert (done.status, done.err.splitlines()[-1]) == (
        2,
        "Error: leave out --seeds, --set, or give the SPEC too: the sweep in out has its own",
    )
    again = train(*TRAIN, "--seeds", "0")
    assert again.status == 3
    assert again.err.startswith("error: out has a sweep, started ")
    assert again.err.endswith("help: continue it with --resume, or choose another folder with --out\n")


def test_a_wrong_value_in_one_point_starts_nothing(train, tmp_path):
    done = train(*SWEEP, "--set", "search.epochs=3,x", "--set", "retrain.weights.lr=1,2")
    assert done.status == 1
    assert done.err.startswith(
        "note: with --set search.epochs=x --set retrain.weights.lr=1\n--set:1:15: error[SG0202]: unknown name `x`"
    )
    assert not (tmp_path / "out").exists()


def test_a_folder_with_something_else_is_left_alone(train, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").touch()
    done = train(*TRAIN, "--seeds", "0")
    assert (done.status, done.err) == (
        3,
        "error: out isn't empty and has no sweep\nhelp: choose a new or empty folder with --out\n",
    )
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("where", ["seed-0", "logs/seed-0.log"])
def test_links_out_of_the_folder_are_refused(train, tmp_path, where):
    assert train(*TRAIN, "--seeds", "0", "--retries", "0", seed_0=["diverge"]).status == 3
    path = tmp_path / "out" / where
    path.rename(tmp_path / "elsewhere")
    path.symlink_to(tmp_path / "elsewhere")
    done = train("compile", "--train", "--out", "out", "--resume")
    assert (done.status, done.err) == (
        3,
        f"error: out/{where}: is a link, not a part of the sweep\nhelp: put the file or folder itself there\n",
    )


def test_two_coordinators_of_one_sweep(train, tmp_path):
    from spikegraph.runs import lock

    assert train(*TRAIN, "--seeds", "0", "--retries", "0", seed_0=["diverge", "finish"]).status == 3
    with lock.owned(tmp_path / "out", print):
        done = train("compile", "--train", "--out", "out", "--resume")
    assert done.status == 3
    assert done.err.startswith(f"error: out is in use by process {os.getpid()} on host ")
