"""Which paths are files of a run, so that nothing else is written there."""

import pytest

from spikegraph.base.errors import NotFoundError
from spikegraph.runs.own_files import refuse_own_file


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "resolved.sdhs").write_text("sdhs 1\n")
    return folder


@pytest.mark.parametrize(
    "name", ["manifest.json", "weights.safetensors", "checkpoints/new.safetensors", "trials/0001/trial.json"]
)
def test_a_file_of_a_run_is_refused(run, name):
    with pytest.raises(NotFoundError) as raised:
        refuse_own_file(run / name)
    assert (raised.value.message, raised.value.help) == (f"{run / name} is a file of {run}", "give another name")


def test_a_link_to_a_file_of_a_run_is_refused(run, tmp_path):
    (tmp_path / "out.json").symlink_to(run / "manifest.json")
    with pytest.raises(NotFoundError, match="is a file of"):
        refuse_own_file(tmp_path / "out.json")


@pytest.mark.parametrize("name", ["run/report.html", "run/diagrams/network.svg", "run/net.safetensors", "weights.safetensors"])
def test_other_files_are_written(run, tmp_path, name):
    refuse_own_file(tmp_path / name)


@pytest.mark.parametrize("mark", ["manifest.json", "model.json"])
def test_a_record_of_another_program_makes_no_run(tmp_path, mark):
    (tmp_path / mark).write_text("{}")
    for name in ("weights.safetensors", "manifest.json", "out/checkpoints/new.safetensors", "checkpoints/1.safetensors"):
        refuse_own_file(tmp_path / name)


def test_a_file_of_a_model_is_refused(tmp_path):
    for name in ("model.json", "net.sdhs"):
        (tmp_path / name).write_text("{}")
    with pytest.raises(NotFoundError, match="is a file of"):
        refuse_own_file(tmp_path / "weights.safetensors")


@pytest.mark.parametrize(
    "command",
    [
        ("export", "run", "--to", "safetensors", "-o"),
        ("report", "run", "-o"),
        ("search-progress", "run", "-o"),
        ("slurm", "net.sdhs", "--seeds", "0-1", "-o"),
        ("compile", "net.sdhs", "-o"),
        ("diff", "net.sdhs", "net.sdhs", "--consensus"),
        ("import", "net.sdhs", "--from", "darts", "-o"),
        ("upgrade", "net.sdhs", "-o"),
        ("fmt", "net.sdhs"),
    ],
    ids=lambda command: command[0],
)
def test_commands_refuse_it_before_they_begin(spikegraph, run, monkeypatch, command):
    monkeypatch.chdir(run.parent)
    (run.parent / "net.sdhs").write_text("sdhs  1\n")
    done = spikegraph(*command, "run/manifest.json")
    assert (done.status, done.out) == (2, "")
    assert done.err == f"error: run/manifest.json is a file of {run}\nhelp: give another name\n"
    assert (run / "manifest.json").read_text() == "{}"
    assert (run.parent / "net.sdhs").read_text() == "sdhs  1\n"


FILES = {
    "main.sdhs": 'sdhs 1\nimport "lib.sdhs"\nimport "normal.sdhs"\n',
    "lib.sdhs": "sdhs 1\ncandidates few {\n  skip = identity\n}\ncell normal {\n  nodes = 1\n  candidates = few\n}\n",
    "normal.sdhs": "sdhs 1\ngenotype normal {\n  n0 = skip(prev2)\n}\n",
    "other.sdhs": "sdhs 1\ngenotype normal {\n  n0 = skip(prev)\n}\n",
    "net.nir": "",
}


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("compile main.sdhs --emit json -o", "folder/../main.sdhs"),
        ("compile main.sdhs --emit resolved -o", "lib.sdhs"),
        ("compile lib.sdhs --genotype other.sdhs -o", "other.sdhs"),
        ("diff main.sdhs other.sdhs --consensus", "lib.sdhs"),
        ("import net.nir --from nir -o", "net.nir"),
        ("import other.sdhs --from darts --for main.sdhs -o", "main.sdhs"),
    ],
)
def test_what_a_command_reads_is_refused(spikegraph, tmp_path, monkeypatch, command, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    for each, text in FILES.items():
        (tmp_path / each).write_text(text)
    done = spikegraph(*command.split(), name)
    option = command.split()[-1]
    said = f"Error: {option} would replace {name}, which the command reads; give another name"
    assert (done.status, done.out, done.err.splitlines()[-1]) == (2, "", said)
    assert {each: (tmp_path / each).read_text() for each in FILES} == FILES


@pytest.mark.parametrize("command", ["report run -o", "export run --to onnx -o", "slurm net.sdhs -o", "search-progress run -o"])
def test_the_name_of_a_spec_is_refused_where_none_is_written(spikegraph, run, monkeypatch, command):
    monkeypatch.chdir(run.parent)
    (run.parent / "net.sdhs").write_text("sdhs 1\n")
    done = spikegraph(*command.split(), "net.sdhs")
    assert (done.status, done.out) == (2, "")
    assert done.err == "error: net.sdhs has the name of a spec\nhelp: give a name with another ending\n"
    assert (run.parent / "net.sdhs").read_text() == "sdhs 1\n"


def test_an_empty_name_is_wrong_usage(spikegraph, run):
    done = spikegraph("report", run, "-o", "")
    assert (done.status, done.err.splitlines()[-1]) == (2, "Error: Invalid value for '-o' / '--output': the name is empty")
