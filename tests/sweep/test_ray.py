"""Sweeps in a Ray cluster: lost nodes, a lost cluster, wrong addresses and storage that isn't shared."""

import importlib.util
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from spikegraph.base.errors import TrainError
from spikegraph.cli.entry import run
from spikegraph.runs.record import read_run
from spikegraph.runs.repeated import compared
from spikegraph.sweep import ray_engine
from spikegraph.sweep.folder import SweepFolder
from spikegraph.sweep.ray_engine import RayEngine

from ..cli.images_spec import SPEC
from ..data.image_files import coloured_images, write_cifar10
from ..double_operation import OPERATION

ROOT = Path(__file__).parents[2]
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray isn't installed (the extra `ray`)")
LIMIT_S = 240

RETURN = "        return 2 * xs[0], None\n"
WAIT = """\
        global calls
        calls += 1
        folder = Path(os.environ.get("WAIT_IN", "nowhere"))
        if calls == 8 and folder.exists():
            (folder / f"{os.getpid()}").write_text(str(os.getppid()))
            while not (folder / "go").exists():
                time.sleep(0.05)
"""
HEAD, FROM, REST = OPERATION.replace(RETURN, WAIT + RETURN).partition("from typing")
PLUGIN = f"{HEAD}import os\nimport time\nfrom pathlib import Path\n{FROM}{REST}calls = 0\n"
"""The operation; its kernel waits at the 8th call of a process, and says which process that is and which its parent."""


START = ("sweep", "net.sdhs", "--profile", "tiny", "--data", "data", "--device", "cpu", "--seeds", "0-1", "--retries", "2")


def spikegraph(folder, *arguments, **environment):
    """Starts the program."""
    command = [sys.executable, "-m", "spikegraph", *arguments, "--plugin", "ops.py"]
    given = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=folder, env=os.environ | given, **pipes)


def ended(process):
    """The status and the outputs of a process."""
    out, err = process.communicate(timeout=LIMIT_S)
    return process.returncode, out, err


class LocalCluster:
    """The process of a cluster."""

    def __init__(self, process):
        self.process = process
        self.address = process.stdout.readline().strip()

    def tell(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "done\n"


@contextmanager
def cluster(folder):
    """A cluster of two nodes with a core each, whose runs wait at their 8th call."""
    environment = os.environ | {"PYTHONPATH": str(ROOT), "WAIT_IN": str(folder / "waiting")}
    command = [sys.executable, str(Path(__file__).with_name("local_cluster.py"))]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        yield LocalCluster(process)
        process.stdin.close()
        process.wait(LIMIT_S)


def until(condition):
    """Waits until a condition is true, and returns its value."""
    limit = time.monotonic() + LIMIT_S
    while not (found := condition()):
        assert time.monotonic() < limit
        time.sleep(0.1)
    return found


def waiting(folder, count):
    """The processes that wait, when they are as many, with their parents."""
    found = {int(p.name): int(p.read_text()) for p in (folder / "waiting").iterdir() if p.name != "go" and p.read_text()}
    return found if len(found) == count else None


def is_gone(process):
    """Whether a process has ended; its parent may not have asked for its status yet."""
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z"


def assert_same(folder, name):
    """The runs of two sweeps are the same, bit for bit."""
    for seed in ("seed-0", "seed-1"):
        results = compared(read_run(folder / "whole" / seed), read_run(folder / name / seed))
        assert {r.what: r.difference for r in results} == dict.fromkeys(("weights", "summary", "genotype", "journal"))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A folder with a spec, a plug-in, data, and the same sweep as it ends on this machine."""
    folder = tmp_path_factory.mktemp("ray")
    write_cifar10(folder / "data", *coloured_images())
    (folder / "net.sdhs").write_text(SPEC.replace("OPERATION", "double ->"))
    (folder / "ops.py").write_text(PLUGIN)
    (folder / "waiting").mkdir()
    status, _, err = ended(spikegraph(folder, *START, "--jobs", "2", "--out", "whole"))
    assert status == 0, err
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A copy, in which the test works."""
    return shutil.copytree(made, tmp_path / "copy")


@needs_ray
@pytest.mark.slow
def test_a_node_that_is_lost(folder):
    """Its run is killed with it, and continues from its last checkpoint on the other node, after the run there."""
    with cluster(folder) as nodes:
        sweep = spikegraph(folder, *START, "--out", "lost", "--ray", nodes.address)
        runs = until(lambda: waiting(folder, 2))
        nodes.tell("remove")
        lost = until(lambda: [run for run, parent in runs.items() if is_gone(parent)])
        assert len(lost) == 1
        os.kill(lost[0], signal.SIGKILL)
        (folder / "waiting" / "go").touch()
        status, out, err = ended(sweep)
    assert status == 0, err
    assert_same(folder, "lost")
    results = SweepFolder(folder / "lost").read_results()
    assert sorted(r.tries for r in results.points) == [1, 2]
    assert sum("finished after 1 retry: lost with its process or node" in r.happened for r in results.points) == 1, out


@needs_ray
@pytest.mark.slow
def test_a_cluster_that_is_lost(folder):
    """The sweep says how to continue, and does so in another cluster."""
    with cluster(folder) as nodes:
        sweep = spikegraph(folder, *START, "--out", "lost", "--ray", nodes.address, RAY_gcs_rpc_server_reconnect_timeout_s="5")
        runs = until(lambda: waiting(folder, 2))
        nodes.tell("kill")
        status, _, err = ended(sweep)
        assert status == 3
        log = folder / "lost" / "logs" / "ray.log"
        assert err.endswith(
            f"error: the Ray cluster at {nodes.address} was lost; {log} may say why\n"
            f"help: continue with `spikegraph compile --train --out lost --resume --ray {nodes.address}`\n"
        )
        (folder / "waiting" / "go").touch()
        for run in runs:
            until(lambda run=run: is_gone(run))
    with cluster(folder) as nodes:
        again = spikegraph(folder, "sweep", "--out", "lost", "--resume", "--ray", nodes.address)
        status, _, err = ended(again)
    assert status == 0, err
    assert_same(folder, "lost")


@needs_ray
@pytest.mark.slow
def test_a_sweep_that_is_stopped(folder):
    """In a cluster of its own: the runs are saved, and continue without Ray."""
    waits = {"WAIT_IN": str(folder / "waiting")}
    sweep = spikegraph(folder, *START, "--out", "lost", "--ray", "local", **waits)
    runs = until(lambda: waiting(folder, 1))
    sweep.send_signal(signal.SIGTERM)
    (folder / "waiting" / "go").touch()
    status, _, err = ended(sweep)
    assert status == 143, err
    assert "continue with `spikegraph compile --train --out lost --resume`" in err
    assert all(is_gone(run) for run in runs)
    results = SweepFolder(folder / "lost").read_results()
    assert {r.end for r in results.points} == {"stopped"}
    status, _, err = ended(spikegraph(folder, "sweep", "--out", "lost", "--resume", "--jobs", "2"))
    assert status == 0, err
    assert_same(folder, "lost")


@needs_ray
@pytest.mark.slow
def test_no_cluster_and_no_shared_storage(tmp_path, sweep):
    folder, tasks = sweep(seed_0=["finish"])
    for address, task, said, help in (
        ("127.0.0.1:1", tasks[0], "no Ray cluster answers at 127.0.0.1:1: ", "start one with `ray start --head` there, or use"),
        ("local", replace(tasks[0], directory=tmp_path / "gone"), f" doesn't see {tmp_path}/gone", "keep the runs, the spec"),
    ):
        engine = RayEngine(address, {}, 1, 0, folder.logs, "spikegraph again")
        with pytest.raises(TrainError) as error:
            engine.run((task,), lambda *_: None, 0, lambda: False)
        assert said in error.value.summary
        assert error.value.help.startswith(help)


def test_without_the_package(spikegraph_here, monkeypatch):
    """The extra is named before anything is read."""
    monkeypatch.setattr(ray_engine, "find_spec", lambda _: None)
    done = spikegraph_here("compile", "builtin:cifar10", "--train", "--seeds", "0-1", "--ray", "auto")
    assert done == (2, "error: --ray needs the package ray, which isn't installed\nhelp: pip install 'spikegraph[ray]'\n")


WRONG = [
    (("--seeds", "0-1", "--jobs", "2"), "--jobs can't be combined with --ray, which runs as many at once as its nodes"),
    (("--seeds", "0-1", "--device", "cuda:1"), "--device cuda:1 can't be combined with --ray, which assigns the GPUs"),
    ((), "--ray needs --seeds: it is for several runs"),
]


@pytest.mark.parametrize(("given", "said"), WRONG, ids=["jobs", "device", "one run"])
def test_wrong_usage(spikegraph_here, monkeypatch, given, said):
    monkeypatch.setenv("COLUMNS", "300")
    status, err = spikegraph_here("compile", "builtin:cifar10", "--train", "--ray", "auto", *given)
    assert status == 2
    assert said in err


@pytest.fixture
def spikegraph_here(capsys):
    """Runs a command in this process; returns its status and what it says."""

    def call(*arguments):
        return run(list(arguments)), capsys.readouterr().err

    return call
