"""A worker that stops, or owes an answer for too long, is started again: the page's module in Node, with workers that obey."""

import json
import shutil
import subprocess

import pytest

from ..packaging.archives import ROOT

PATIENT = ROOT / "tools" / "playground" / "page" / "patient.mjs"
BEGIN = """
const made = [], heard = [], failed = [];
let now = 1;
globalThis.document = { baseURI: "http://page/" };
globalThis.performance = { now: () => now };
globalThis.Worker = class {
  asked = [];
  ended = false;
  constructor() { made.push(this); }
  postMessage(question) { this.asked.push(question.number); }
  terminate() { this.ended = true; }
  says(data) { this.onmessage({ data }); }
};
const { patient, PATIENCE } = await import(process.argv[1]);
const ask = patient("worker.mjs", (data) => heard.push(data), (why) => failed.push(why));
"""
END = "console.log(JSON.stringify({ workers: made.map((each) => [each.asked, each.ended]), heard, failed }));"


@pytest.fixture
def after():
    """What has happened after statements: each worker's questions and whether it was ended, what was heard, why one failed."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node.js isn't installed")

    def run(statements):
        command = [node, "--input-type=module", "-e", BEGIN + statements + END, PATIENT.as_uri()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        return found["workers"], found["heard"], found["failed"]

    return run


def test_one_that_could_not_be_loaded(after):
    found = after("ask({ number: 1 }); made[0].onerror({}); ask({ number: 2 }); made[0].says({ number: 1, done: true });")
    assert found == ([[[1], True], [[2], False]], [], ["it could not be loaded"])


def test_one_that_stopped_before_it_was_asked(after):
    found = after('made[0].says({ stopped: "no memory" }); ask({ number: 1 });')
    assert found == ([[[], True], [[1], False]], [], ["no memory"])


def test_one_that_owes_an_answer(after):
    """That to an earlier question isn't the one that is owed."""
    workers, _, failed = after("""
    made[0].says({ ready: true });
    ask({ number: 1 }); ask({ number: 2 }); made[0].says({ number: 1, done: true });
    now += PATIENCE; ask({ number: 3 }); now += 1; ask({ number: 4 });
    """)
    assert (workers, failed) == ([[[1, 2, 3], True], [[4], False]], [])


@pytest.mark.parametrize(
    "statements",
    [
        "ask({ number: 1 }); now += 2 * PATIENCE; ask({ number: 2 });",
        "made[0].says({ ready: true }); ask({ number: 1 }); made[0].says({ number: 1, done: true }); now += 2 * PATIENCE; "
        "ask({ number: 2 });",
        "made[0].says({ ready: true }); ask({ number: 1 }); now += PATIENCE; made[0].says({ number: 1 }); now += PATIENCE; "
        "ask({ number: 2 });",
    ],
    ids=["loads", "answered", "speaks"],
)
def test_one_that_owes_nothing_stays(after, statements):
    workers, _, failed = after(statements)
    assert (workers, failed) == ([[[1, 2], False]], [])
