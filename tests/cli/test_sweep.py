"""`compile --train --seeds` and `sweep`: what is planned, printed and returned; the runs' processes are stubs."""

from pathlib import Path

import pytest

from spikegraph.sweep.folder import SweepFolder

from .small_spec import LIBRARY, SPEC, SWEEP, TRAIN


def test_seeds_that_finish(train, tmp_path):
    done = train(*TRAIN, "--seeds", "0-1", "--jobs", "2", seed_0=["finish"], seed_1=["kill", "finish"])
    assert done.status == 0, done.err
    assert done.out == (
        "run     what happened                                         accuracy_percent\n"
        "seed-0  finished                                                            56\n"
        "seed-1  finished after 1 retry: killed by signal 9 (SIGKILL)                56\n"
        "\n"
        "accuracy_percent  56 ± 0 (56 to 56, 2 runs)\n"
        "\n"
        "best: seed-0, by the training loss, as the spec has no `validate`: loss 0.5\n"
    )
    assert "seed-1: killed by signal 9 (SIGKILL); it is tried again\n" in done.err
    assert done.err.endswith("\nthe sweep is in out\n")
    plan = SweepFolder(tmp_path / "out").read_plan()
    assert [(p.name, p.seed, p.overrides) for p in plan.points] == [("seed-0", 0, ()), ("seed-1", 1, ())]
    assert (plan.spec, plan.data_folder, plan.directory, plan.jobs, plan.retries) == ("net.sdhs", "data", str(tmp_path), 2, 1)
    assert plan.epochs == {"seed-0": {"search": 2, "retrain": 3}, "seed-1": {"search": 2, "retrain": 3}}
    assert (tmp_path / "out" / "spec.sdhs").read_text() == SPEC


def test_one_that_fails_is_named_and_the_others_go_on(train):
    done = train(*TRAIN, "--seeds", "0-2", seed_0=["diverge"], seed_1=["finish"], seed_2=["finish"])
    assert done.status == 3
    assert (
        "seed-0: failed: retrain, epoch 1, step 2: the loss is 1e+15\n"
        "  log: out/logs/seed-0.log\n"
        "  continue: spikegraph compile --train --out out/seed-0 --resume\n"
    ) in done.err
    assert done.err.endswith(
        "the sweep is in out\n"
        "1 of 3 runs failed; continue all that isn't complete with `spikegraph compile --train --out out --resume`\n"
    )
    assert "\nseed-0  failed: retrain, epoch 1, step 2: the loss is 1e+15\n" in done.out
    assert "accuracy_percent  56 ± 0 (56 to 56, 2 runs)\n" in done.out


@pytest.mark.parametrize(
    ("acts", "status"), [(("wrong", "finish"), 1), (("wrong", "wrong"), 1), (("wrong", "diverge"), 3), (("exit", "exit"), 3)]
)
def test_statuses(train, acts, status):
    assert train(*TRAIN, "--seeds", "0-1", "--retries", "0", seed_0=[acts[0]], seed_1=[acts[1]]).status == status


def test_resuming_runs_only_what_is_not_complete(train, tmp_path):
    assert train(*TRAIN, "--seeds", "0-1", "--retries", "0", seed_0=["kill", "finish"], seed_1=["finish"]).status == 3
    (tmp_path / "net.sdhs").unlink()
    done = train("compile", "--train", "--out", "out", "--resume")
    assert (done.status, "seed-1: started" in done.err, "seed-0: started" in done.err) == (0, False, True)
    assert "seed-0  finished after 1 retry: killed by signal 9 (SIGKILL)" in done.out
    again = train("sweep", "--out", "out", "--resume", "--json")
    assert (again.status, again.err) == (0, "the sweep is in out\n")
    assert again.json["format_version"] == 1
    assert [(p["point"]["name"], p["end"], p["tries"]) for p in again.json["points"]] == [
        ("seed-0", "finished", 2),
        ("seed-1", "finished", 1),
    ]
    assert again.json["groups"][0]["metrics"]["accuracy_percent"]["mean"] == 56.0
    assert again.json["best"] == {"run": "seed-0", "by": "training loss", "metric": "loss", "value": 0.5}


def test_resuming_with_the_spec_compares_it(train, tmp_path):
    assert train(*TRAIN, "--seeds", "0-1", "--retries", "0", seed_0=["kill", "finish"], seed_1=["finish"]).status == 3
    (tmp_path / "net.sdhs").write_text(SPEC.replace("batch = 4", "batch = 5"))
    (tmp_path / "library.sdhs").write_text(LIBRARY.replace("conv(3)", "conv(5)"))
    done = train(*TRAIN, "--seeds", "0-2", "--precision", "bf16", "--resume")
    assert done.status == 3
    assert (
        done.err.splitlines()[-7:]
        == [
            "error: out can't be continued otherwise than it was started",
            "  spec: another text than the sweep's",
            "  imports: another text than the sweep's",
            "  points: the sweep's seed-0, seed-1, now seed-0, seed-1, seed-2",
            "  precision: the sweep's fp32, now bf16",
            "help: leave out the SPEC and its options: `spikegraph compile --train --out out --resume`",
        ]
        or done.err == ""
    )
    (tmp_path / "net.sdhs").write_text(SPEC)
    (tmp_path / "library.sdhs").write_text(LIBRARY)
    assert train("fmt", "net.sdhs", "library.sdhs").out == "reformatted net.sdhs\nreformatted library.sdhs\n"
    assert train(*TRAIN, "--seeds", "0-1", "--resume").status == 0


def test_points_of_one_name_may_differ(train):
    """The name of a point has the end of a path, and no seed if there is one: both are compared all the same."""
    begun = (*SWEEP, "--set", "search.weights.lr=0.01,0.1", "--seed", "5")
    assert train(*begun, **{"lr=0.01": ["finish"], "lr=0.1": ["finish"]}).status == 0
    for changed, words in (
        ((*begun[:-1], "7"), "lr=0.01 (seed 7, search.weights.lr=0.01), lr=0.1 (seed 7, search.weights.lr=0.1)"),
        (
            (*SWEEP, "--set", "retrain.weights.lr=0.01,0.1", "--seed", "5"),
            "lr=0.01 (seed 5, retrain.weights.lr=0.01), lr=0.1 (seed 5, retrain.weights.lr=0.1)",
        ),
    ):
        done = train(*changed, "--resume")
        held = "lr=0.01 (seed 5, search.weights.lr=0.01), lr=0.1 (seed 5, search.weights.lr=0.1)"
        assert (done.status, f"  points: the sweep's {held}, now {words}\n" in done.err) == (3, True), done.err
    done = train(*begun, "--checkpoint-every", "10m", "--resume")
    assert (done.status, "  checkpoint every: the sweep's none, now 600.0\n" in done.err) == (3, True), done.err
    assert train(*begun, "--resume").status == 0


def test_a_sweep_varies_values_and_seeds(train, tmp_path):
    acts = {f"lr={lr},seed-{seed}": ["finish"] for lr in ("0.01", "0.1") for seed in (0, 3)}
    varied = ("--set", "search.weights.lr=0.01,0.1", "--set", "search.epochs=4", "--seeds", "0,3")
    done = train(*SWEEP, *varied, **acts)
    assert done.status == 0, done.err
    assert done.out.split("\n\n")[1] == (
        "values                  runs  accuracy_percent\n"
        "search.weights.lr=0.01     2            64 ± 0\n"
        "search.weights.lr=0.1      2            63 ± 0"
    )
    assert "best: lr=0.01,seed-0, by the training loss, as the spec has no `validate`: loss 0.5" in done.out
    plan = SweepFolder(tmp_path / "out").read_plan()
    assert (plan.overrides, plan.points[-1].overrides) == (("search.epochs=4",), ("search.weights.lr=0.1",))


@pytest.fixture
def asked(train, monkeypatch):
    """A sweep that has planned and run nothing; has what training is asked for."""
    from spikegraph.backends.torch import main

    found = {}

    def train_program(program, settings, **others):
        found.update(program=program, settings=settings, **others)
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "train_program", train_program)
    return found


def test_as_many_controls_as_the_search_costs(train, asked, tmp_path):
    assert train(*SWEEP, "--seed", "7", "--set", "search.weights.lr=0.01,0.1", "--control", "random", "--retries", "0").status
    (tmp_path / "out" / "lr=0.1" / "manifest.json").unlink(missing_ok=True)
    train("compile", "--train", "--out", "out/lr=0.1", "--resume")
    assert asked["settings"].controls == 0
    assert asked["settings"].command[-2:] == ("--control", "random")


def test_a_point_starts_from_the_sweep_s_folder(train, asked, tmp_path, monkeypatch):
    """As the single run with its seed and values does, with the spec as it was: later changes don't count."""
    from spikegraph.program.program import Program

    options = ("--profile", "short", "--set", "retrain.epochs=5", "--set", "search.weights.lr=0.01,0.1", "--seed", "7")
    options += (
        "--precision",
        "bf16",
        "--deterministic",
        "--checkpoint-every",
        "10m",
        "--tensorboard",
        "--log",
        "csv",
        "--control",
        "random:4",
        "--retries",
        "0",
    )
    assert train(*SWEEP, *options, **{"lr=0.01": ["diverge"], "lr=0.1": ["diverge"]}).status == 3
    overrides = ("retrain.epochs=5", "search.weights.lr=0.1")
    single = Program.read("net.sdhs", profile="short", overrides=overrides)
    for path in ("net.sdhs", "library.sdhs"):
        Path(path).unlink()
    (tmp_path / "out" / "lr=0.1").rmdir()  # as if it had never begun
    run = ("compile", "--train", "--out", "out/lr=0.1", "--resume")
    assert train(*run).status == 130
    program, settings = asked["program"], asked["settings"]
    assert (program.name, program.source.text, program.text) == (single.name, single.source.text, single.text)
    assert (program.profile, program.overrides) == ("short", overrides)
    assert (settings.seed, settings.device, settings.precision, settings.threads) == (7, "cpu", "bf16", 1)
    assert (settings.deterministic, settings.save_every, settings.loggers) == (True, 600.0, ("csv", "tensorboard"))
    assert settings.controls == 4
    assert (asked["data"], asked["out"], asked["sample"]) == (Path("data"), Path("out/lr=0.1"), False)
    assert " ".join(settings.command) == (
        "spikegraph compile net.sdhs --train --seed 7 --out out/lr=0.1 --profile short --data data --device cpu "
        "--set retrain.epochs=5 --set search.weights.lr=0.1 --precision bf16 --deterministic --checkpoint-every 600s "
        "--control random:4 --log csv --log tensorboard"
    )
    refused = train(*run, "--seed", "8")
    assert (refused.status, refused.err.splitlines()[-1]) == (
        2,
        "Error: --seed can't be given: out/lr=0.1 is a run of the sweep in out",
    )
    monkeypatch.chdir(tmp_path / "out")
    assert train("compile", "--train", "--out", "lr=0.1", "--resume").status == 130
    assert asked["data"] == tmp_path / "data"


def test_a_point_starts_from_the_weights_of_the_sweep(train, asked, tmp_path, monkeypatch):
    (tmp_path / "first").mkdir()
    given = ("--weights", "first", "--take", "stem", "--take", "log*", "--freeze", "stem", "--retries", "0")
    assert train(
        *SWEEP, "--set", "search.weights.lr=0.01,0.1", *given, **{"lr=0.01": ["diverge"], "lr=0.1": ["diverge"]}
    ).status
    (tmp_path / "out" / "lr=0.1").rmdir()
    assert train("compile", "--train", "--out", "out/lr=0.1", "--resume").status == 130
    assert asked["settings"].weights == Path("first")
    retrain = asked["program"].spec.retrain
    assert [[pattern.text for pattern in each] for each in (retrain.take, retrain.freeze)] == [["stem", "log*"], ["stem"]]
    assert "--weights first --device cpu" in " ".join(asked["settings"].command)
    monkeypatch.chdir(tmp_path / "out")
    assert train("compile", "--train", "--out", "lr=0.1", "--resume").status == 130
    assert asked["settings"].weights == tmp_path / "first"


def test_the_genotype_is_kept_too(train, asked, tmp_path):
    genotype = "sdhs 1\n\ngenotype plain {\n  n0 = c3(prev2) + c3(prev)\n}\n"
    (tmp_path / "found.sdhs").write_text(genotype)
    assert train(*TRAIN, "--seeds", "3", "--genotype", "found.sdhs", seed_3=["diverge"]).status == 3
    assert SweepFolder(tmp_path / "out").read_plan().epochs == {"seed-3": {"retrain": 3}}
    (tmp_path / "found.sdhs").unlink()
    assert train("compile", "--train", "--out", "out/seed-3", "--resume").status == 130
    assert asked["program"].genotype_text == genotype


def test_warnings_about_the_search_are_printed_once(train):
    done = train(*SWEEP, "--set", "retrain.mix=spike,membrane", "--seeds", "0-1", "--jobs", "2")
    assert (
        done.err.count("warning[SG0902]: the search mixes the operations of cell `plain` at the spike, the retraining at the")
        == 1
    )


def test_diff_tells_the_folders_of_a_sweep_apart(tmp_path):
    from spikegraph.cli.diff import names

    for name in ("lr=0.01", "lr=0.025"):
        (tmp_path / name).mkdir()
    (tmp_path / "found.sdhs").touch()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "found.sdhs").touch()
    paths = [tmp_path / name for name in ("lr=0.01", "lr=0.025", "found.sdhs", "other/found.sdhs")]
    assert names(paths) == ["lr=0.01", "lr=0.025", str(tmp_path / "found"), str(tmp_path / "other" / "found")]
