"""`--resume` with nothing but `--out`: the run's folder has everything; what is given is compared with it."""

import json
import os
import signal
from pathlib import Path

import pytest

from spikegraph.program.program import Program
from spikegraph.runs.folder import RunFolder

from ..data.image_files import coloured_images, write_cifar10
from ..double_operation import OPERATION
from ..forked import python
from .images_spec import SPEC

ROOT = Path(__file__).parents[2]

RETURN = "        return 2 * xs[0], None\n"
KILL = """\
        global calls
        calls += 1
        if calls == int(os.environ.get("KILL_AT", "0")):
            os.kill(os.getpid(), signal.SIGKILL)
"""
HEAD, FROM, REST = OPERATION.replace(RETURN, KILL + RETURN).partition("from typing")
PLUGIN = f"{HEAD}import os\nimport signal\n{FROM}{REST}calls = 0\n"
"""The operation, whose kernel kills the process when it is called for the KILL_AT-th time."""


def tensors_of(run):
    from safetensors.torch import load_file

    return {f"{p.name}/{k}": v for p in sorted(run.rglob("*.safetensors")) for k, v in load_file(p).items()}


def told(run):
    lines = RunFolder(run).metrics.read_text().splitlines()
    return [{k: v for k, v in json.loads(line).items() if k != "time"} for line in lines]


@pytest.mark.parametrize("moment", ["search", "retrain"])
def test_a_killed_run_continues_to_the_same_bits(tmp_path, moment):
    """With profile, overrides, seed, data folder and plug-in from the folder, elsewhere, and without the spec."""
    import torch

    write_cifar10(tmp_path / "data", *coloured_images())
    (tmp_path / "net.sdhs").write_text(SPEC.replace("OPERATION", "double ->"))
    (tmp_path / "ops.py").write_text(PLUGIN)
    (tmp_path / "elsewhere").mkdir()

    def spikegraph(*arguments, cwd=tmp_path, kill_at=0):
        environment = {**os.environ, "KILL_AT": str(kill_at)}
        return python("-m", "spikegraph", "compile", "--train", *arguments, cwd=cwd, env=environment)

    given = ("net.sdhs", "--plugin", "ops.py", "--profile", "tiny", "--set", "search.batch=2", "--seed", "3", "--data", "data")
    whole = spikegraph(*given, "--out", "whole", "--device", "cpu")
    assert whole.returncode == 0, whole.stderr
    epochs = [e for e in told(tmp_path / "whole") if e["event"] == "epoch"]
    steps = {phase: sum(e["step"] for e in epochs if e["phase"] == phase) for phase in ("search", "retrain")}
    # Each step of the search's second epoch is two calls, and all but the last step of the phase are made.
    calls = {"search": steps["search"] + 1, "retrain": steps["search"] + steps["search"] // 2 + steps["retrain"]}
    killed = spikegraph(*given, "--out", "killed", "--device", "cpu", kill_at=calls[moment])
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    last = told(tmp_path / "killed")[-1]
    assert (last["phase"], last["epoch"]) == (moment, {"search": 2, "retrain": 3}[moment])
    (tmp_path / "net.sdhs").unlink()
    command, plugin = ("--out", "../killed", "--resume"), tmp_path / "ops.py"
    refused = spikegraph(*command, cwd=tmp_path / "elsewhere")
    assert refused.returncode == 3
    assert refused.stderr == (
        f"error: the run needs the plug-in {plugin}, which is a program\nhelp: if you trust it, add --plugin {plugin}\n"
    )
    resumed = spikegraph(*command, "--plugin", str(plugin), cwd=tmp_path / "elsewhere")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout.replace("../killed", "whole") == whole.stdout
    assert told(tmp_path / "killed") == told(tmp_path / "whole")
    for name in ("genotype.sdhs", "resolved.sdhs"):
        assert (tmp_path / "killed" / name).read_text() == (tmp_path / "whole" / name).read_text()
    one, other = tensors_of(tmp_path / "whole"), tensors_of(tmp_path / "killed")
    assert one.keys() == other.keys()
    assert all(torch.equal(one[k], other[k]) for k in one)


GENOTYPE = "sdhs 1\n\ngenotype plain {\n  n0 = c3(prev2) + c3(prev)\n}\n"


@pytest.fixture
def held(tmp_path, manifest, monkeypatch, spikegraph):
    """A run that was started with options and a genotype; asked has what training is asked for."""
    from spikegraph.backends.torch import main
    from spikegraph.backends.torch.train.manifest import sha256

    monkeypatch.chdir(tmp_path)
    for name, text in (
        ("net.sdhs", SPEC),
        ("other.sdhs", SPEC.replace("width = 2", "width = 3")),
        ("genotype.sdhs", GENOTYPE),
        ("reformatted.sdhs", GENOTYPE.replace("\n  ", "").replace("\n", " ").replace("sdhs 1", "sdhs 1\n# mine\n")),
        ("skips.sdhs", GENOTYPE.replace("c3", "skip")),
    ):
        Path(name).write_text(text.replace("OPERATION", ""))
    Path("data").mkdir()
    Path("more").mkdir()
    overrides = ("search.batch=4",)
    program = Program.read("net.sdhs", genotype="genotype.sdhs", profile="tiny", overrides=overrides)
    folder = RunFolder(tmp_path / "run")
    folder.path.mkdir()
    changes = {
        "spec": "net.sdhs",
        "profile": "tiny",
        "overrides": overrides,
        "data_folder": "data",
        "directory": str(tmp_path),
        "resolved_sha256": sha256(program.text),
        "genotype_sha256": sha256(program.genotype_text or ""),
    }
    folder.manifest.write_text(json.dumps({**manifest, **changes}))
    folder.resolved.write_text(program.text)
    folder.genotype.write_text(program.genotype_text or "")
    asked = {}

    def train_program(program, settings, **others):
        asked.update(program=program, settings=settings, **others)
        return folder.path, None

    monkeypatch.setattr(main, "train_program", train_program)
    monkeypatch.setattr("spikegraph.cli.training.draw_run", lambda folder: None)
    return folder, program, asked


RESUME, EVERY = ("compile", "--train", "--out", "run", "--resume"), "--checkpoint-every"


@pytest.mark.parametrize(
    "given",
    [
        (),
        ("net.sdhs",),
        ("--seed", "7", "--precision", "fp32", "--profile", "tiny", "--set", "search.batch = 4", "--data", "data"),
        ("--genotype", "genotype.sdhs", "--set", "retrain.epochs=3"),
        ("net.sdhs", "--device", "cpu"),
        ("--genotype", "reformatted.sdhs"),
    ],
    ids=" ".join,
)
def test_what_agrees_is_accepted(spikegraph, held, given):
    _, program, asked = held
    done = spikegraph(*RESUME, *given)
    assert done.status == 0, done.err
    resumed, settings = asked["program"], asked["settings"]
    assert (resumed.name, resumed.text, resumed.genotype_text) == ("net.sdhs", program.text, program.genotype_text)
    assert (settings.seed, settings.precision, settings.device, settings.resume) == (7, "fp32", "cpu", True)
    assert asked["data"].resolve() == Path("data").resolve()
    assert (asked["out"], asked["sample"]) == (Path("run"), False)


@pytest.mark.parametrize(
    ("started", "given", "seconds"),
    [(None, (), 60), (7200.0, (), 7200), (7200.0, (EVERY, "30s"), 30), (None, (EVERY, "1.5m"), 90)],
)
def test_checkpoints_are_as_often_as_at_the_start(spikegraph, held, started, given, seconds):
    folder, _, asked = held
    manifest = json.loads(folder.manifest.read_text())
    folder.manifest.write_text(json.dumps(manifest | ({"checkpoint_every": started} if started else {})))
    assert spikegraph(*RESUME, *given).status == 0
    assert asked["settings"].save_every == seconds


@pytest.mark.parametrize(
    ("given", "changes"),
    [
        (("--seed", "8"), {"seed": 8}),
        (("--precision", "bf16"), {"precision": "bf16"}),
        (("--device", "cuda"), {"device": "cuda"}),
        (("--deterministic",), {"deterministic": True}),
        (("--data", "more"), {"data": Path("more")}),
        (("--set", "search.batch=3"), {"batch": 3}),
        (("--genotype", "skips.sdhs"), {"genotype_text": "skip"}),
        (("other.sdhs",), {"text": "width = 3"}),
        (("net.sdhs", "--profile", "other"), {"text": "epochs = 5"}),
    ],
)
def test_what_is_given_is_what_the_run_is_compared_with(spikegraph, held, given, changes):
    """The comparison itself is made where the run is opened, so that it shows all differences at once."""
    _, _, asked = held
    done = spikegraph(*RESUME, *given)
    assert (done.status, done.err.splitlines()[:-1]) == (0, [])
    program, settings = asked["program"], asked["settings"]
    found = {"data": asked["data"], "text": program.text, "genotype_text": program.genotype_text}
    found["batch"] = program.spec.search.batch
    for name, value in changes.items():
        if name in ("text", "genotype_text"):
            assert value in found[name]
        else:
            assert found.get(name, getattr(settings, name, None)) == value
    assert (settings.threads, settings.force) == (2, False)
    assert (program.name, settings.resume) == (given[0] if given[0].endswith(".sdhs") else "net.sdhs", True)


def test_with_force_the_threads_are_those_of_now(spikegraph, held):
    assert spikegraph(*RESUME, "--force").status == 0
    settings = held[2]["settings"]
    assert (settings.threads, settings.force) == (None, True)


def test_another_profile_needs_the_spec(spikegraph, held):
    done = spikegraph(*RESUME, "--profile", "other")
    assert (done.status, held[2]) == (3, {})
    assert done.err == (
        "error: run can't be resumed with --profile other: the run has tiny, and its folder has only that one's values\n"
        "help: leave out --profile, or give the SPEC too\n"
    )


def test_data_that_were_moved(spikegraph, held, tmp_path):
    (tmp_path / "data").rmdir()
    done = spikegraph(*RESUME)
    assert done.status == 3
    assert done.err == (
        f"error: the run's data folder {tmp_path / 'data'} isn't there any more\nhelp: give its new place with --data DIR\n"
    )
    assert spikegraph(*RESUME, "--data", "more").status == 0
    assert held[2]["data"] == Path("more")


def test_a_plug_in_that_is_gone(spikegraph, held, tmp_path):
    manifest = json.loads(held[0].manifest.read_text())
    held[0].manifest.write_text(json.dumps({**manifest, "plugins": ["gone.py"]}))
    done = spikegraph(*RESUME)
    assert done.status == 3
    help = "give its new place with --plugin FILE.py"
    assert done.err == f"error: the run's plug-in {tmp_path / 'gone.py'} isn't there any more\nhelp: {help}\n"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("compile", "net.sdhs", "--train", "--resume"), "--resume needs --out RUN: the folder of the run"),
        (("compile", "--train", "--resume", "--out", "new"), "there is no run in new; give the SPEC to start one"),
        (("compile", "--train", "--out", "run"), "Missing argument 'SPEC|RUN'."),
        (("compile",), "Missing argument 'SPEC|RUN'."),
        (
            ("compile", "net.sdhs", "--train", "--out", "run", "--force"),
            "--force needs --resume: it continues a run although something differs",
        ),
        (("compile", "net.sdhs", "--force"), "--force needs --train"),
        (("compile", "run", "--train"), "--train needs a spec, not a folder; --train --out run --resume continues a run"),
    ],
)
def test_wrong_usage(spikegraph, held, given, message):
    done = spikegraph(*given)
    assert (done.status, held[2]) == (2, {})
    assert done.err.endswith(f"Error: {message}\n")


def test_a_run_in_place_of_a_spec(spikegraph, held):
    for options in ((), ("--phase", "deploy"), ("--emit", "ir")):
        wanted = spikegraph("compile", "net.sdhs", "--genotype", "genotype.sdhs", *options)
        found = spikegraph("compile", "run", *options)
        assert (found.status, found.err) == (0, "")
        if "--emit" not in options:
            assert found.out == wanted.out
        else:
            places = [line.partition(" @ ")[0] for line in found.out.splitlines()]
            assert places == [line.partition(" @ ")[0] for line in wanted.out.splitlines()]
    assert spikegraph("compile", "run", "--genotype", "skips.sdhs").out != spikegraph("compile", "run").out
