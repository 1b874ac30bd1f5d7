"""What a server doesn't read, run or offer: files outside of its root, code of the folder, training without a folder for it."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest
from anyio import CancelScope, from_thread
from mcp import types

from spikegraph.agents.files import Files
from spikegraph.agents.server import server
from spikegraph.agents.tool import Answer, Tool
from spikegraph.base.resources import located
from spikegraph.dsl.project_folder import confined, project_root

CLIENT = {"name": "test", "version": "1"}

HEAD = (
    {"id": 1, "method": "initialize", "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": CLIENT}},
    {"method": "notifications/initialized"},
)
IMPORTS = ("check", "stats", "shapes", "certify", "render")
MISSING = """
import sys

class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "mcp":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Refuse())
from spikegraph.cli import main
sys.argv = ["spikegraph", "mcp", "--root", "."]
main()
"""


@pytest.mark.parametrize("tool", ["check", "stats", "hover"])
@pytest.mark.parametrize(
    ("path", "summary", "links"),
    [
        ("../secret.sdhs", "`../secret.sdhs` has `..` in it", False),
        ("parts/../../secret.sdhs", "`parts/../../secret.sdhs` has `..` in it", False),
        ("/etc/passwd", "`/etc/passwd` is outside of the root", True),
        ("link.sdhs", "`link.sdhs` is outside of the root", True),
        ("out/secret.sdhs", "`out/secret.sdhs` is outside of the root", True),
        ("parts/\0.sdhs", "`parts/\0.sdhs` is outside of the root", True),
    ],
)
def test_paths_out_of_the_root_are_refused(session, folder, tool, path, summary, links):
    help = f"give a path below the root, `{folder}`" + ("; links may not lead out of it" if links else "")
    more = {"line": 1, "column": 1} if tool == "hover" else {}
    assert session.refused(tool, path=path, **more) == f"error: {summary}\nhelp: {help}"
    assert session.refused(tool, path=path, text="sdhs 1\n", **more) == f"error: {summary}\nhelp: {help}"


def test_genotypes_and_second_specs_are_refused_too(session, folder):
    text = (
        f"error: `link.sdhs` is outside of the root\nhelp: give a path below the root, `{folder}`; links may not lead out of it"
    )
    assert session.refused("check", text="sdhs 1\n", genotype_path="link.sdhs") == text
    assert session.refused("diff", path="builtin:genotypes/stereo", other_path="link.sdhs") == text
    assert session.refused("diff", path="link.sdhs", other_path="neurons.sdhs") == text


@pytest.mark.parametrize("where", ["text", "genotype", "below"])
@pytest.mark.parametrize("target", ["../secret.sdhs", "link.sdhs", "out/secret.sdhs", "/etc/passwd"])
def test_imports_stay_below_the_root_though_a_folder_above_is_a_project(session, folder, where, target):
    text = f'sdhs 1\nimport "{target}"\n'
    given = {"text": text} if where == "text" else {"text": "sdhs 1\n", "genotype": text}
    if where == "below":
        prefix = "" if target.startswith("/") else "../"
        given = {"text": f'sdhs 1\nimport "{prefix}{target}"\n', "path": "parts/text.sdhs"}
        target = f"{prefix}{target}"
    (found,) = session.data("check", **given)["diagnostics"]
    assert found["code"] == "SG0502"
    assert found["summary"] == f'"{target}" is outside the project\'s folder'
    assert found["detail"] == f"the project's folder is `{folder}`"
    assert found["help"] == "import only files inside it; links may not lead out of it"
    assert "0.123" not in session.call("shapes", **given).content[0].text


def test_words_of_files_outside_are_not_offered(session):
    text = 'sdhs 1\nimport "../secret.sdhs"\nimport "link.sdhs"\nnetwork net {\n  input s : spike[2]\n  a = s -> s\n}\n'
    names = [word["name"] for word in session.data("complete", text=text, line=6, column=13)["words"]]
    assert "scale" in names
    assert "secret" not in names


def test_imports_inside_are_followed(session):
    text = 'sdhs 1\nimport "parts/cells.sdhs"\nnetwork net { input s : spike[2]  output a = s -> linear(3) -> lif }\n'
    assert session.data("stats", text=text)["parameters"] == 2 * 3 + 3
    assert session.data("check", path="parts/cells.sdhs")["sound"]


def test_a_text_takes_the_place_of_a_bundled_spec(session):
    text = located("builtin:stereo").read_text(encoding="utf-8")
    assert "\nimport " in text
    assert session.data("check", text=text, path="builtin:stereo")["sound"]
    (found,) = session.data("check", text='sdhs 1\nimport "../README.md"\n', path="builtin:stereo")["diagnostics"]
    assert (found["code"], found["file"]) == ("SG0502", "builtin:stereo")


def test_a_text_without_a_file_takes_the_place_of_none(session, folder):
    for name in ("text.sdhs", "genotype.sdhs"):
        (folder / name).write_text("sdhs 1\nneuron own { }\n")
    try:
        text = 'sdhs 1\nimport "text.sdhs"\nnetwork net { input s : spike[2]  output a = s -> linear(3) -> own }\n'
        assert session.data("stats", text=text)["parameters"] == 2 * 3 + 3
        text = text.replace("text.sdhs", "genotype.sdhs")
        (found,) = session.data("check", text=text, genotype="sdhs 1\n")["diagnostics"]  # `own` is known
        assert (found["code"], found["file"]) == ("SG0417", "genotype-2.sdhs")
    finally:
        for name in ("text.sdhs", "genotype.sdhs"):
            (folder / name).unlink()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("neuron.sdhs", "error: there is no file `neuron.sdhs`\nhelp: did you mean `neurons.sdhs`?"),
        ("parts", "error: `parts` is a folder\nhelp: give a `.sdhs` file; of a run, `RUN/resolved.sdhs`"),
        ("plugin.py", "error: `plugin.py` is no spec\nhelp: give a file that ends in `.sdhs`"),
        ("builtin:stero", "error: no bundled spec is called `builtin:stero`\nhelp: did you mean `builtin:stereo`?"),
        ("n" * 300 + ".sdhs", "error: "),
    ],
)
def test_what_is_no_spec_is_refused(session, path, text):
    assert session.refused("check", path=path).startswith(text)


def test_bundled_specs_are_read_with_their_imports(session):
    assert session.data("shapes", path="builtin:cifar10")["sound"]


def test_it_runs_no_code_of_the_folder(session, folder):
    """A plug-in, a package that claims to be an installed one, and modules with names of known ones."""
    assert (folder / "evil-1.0.dist-info" / "entry_points.txt").exists()
    assert session.data("check", path="neurons.sdhs")["sound"]
    assert not (folder / "loaded").exists()


def test_nor_does_an_interpreter_that_is_started_as_the_pages_say(folder):
    done = subprocess.run(
        [sys.executable, "-P", "-m", "spikegraph", "mcp", "--help"], cwd=folder, check=True, capture_output=True
    )
    assert b"--allow-train" in done.stdout
    assert not (folder / "loaded").exists()


def test_without_its_packages_it_says_how_to_install_them():
    done = subprocess.run([sys.executable, "-c", MISSING], capture_output=True, text=True, check=False)
    assert done.returncode == 3
    message = 'error: the server for agents needs mcp, which isn\'t installed\nhelp: install it: `pip install -e ".[mcp]"`'
    assert " ".join(done.stderr.split()) == " ".join(message.split())


def test_a_project_is_never_above_the_folder_that_confines_it(tmp_path):
    (tmp_path / "sdhs.lock").touch()
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    top = os.path.realpath(tmp_path)
    assert str(project_root(inner / "x.sdhs")) == top
    with confined(tmp_path / "a"):
        assert project_root(inner / "x.sdhs") == (tmp_path / "a").resolve()
        (inner / "sdhs.lock").touch()
        assert project_root(inner / "x.sdhs") == inner.resolve()
    assert project_root(inner.parent / "x.sdhs") == tmp_path.resolve()
    (tmp_path / "sdhs.lock").unlink()
    with confined(tmp_path):
        assert project_root(inner.parent / "x.sdhs") == tmp_path.resolve()


def test_calls_do_not_overlap_though_one_is_cancelled(folder, monkeypatch):
    events, cancels = [], []

    def slow(arguments):
        events.append("begins")
        if cancels:
            from_thread.run_sync(cancels.pop().cancel)
            time.sleep(0.1)  # in which another call would begin
        events.append("ends")
        return Answer("", {})

    monkeypatch.setattr("spikegraph.agents.server.tools", lambda *_: (Tool("slow", "", (), {}, slow),))
    call = server(Files.below(folder)).get_request_handler("tools/call").handler
    params = types.CallToolRequestParams(name="slow", arguments={})

    async def twice():
        with CancelScope() as scope:
            cancels.append(scope)
            await call(None, params)
        await call(None, params)

    anyio.run(twice)
    assert events == ["begins", "ends"] * 2


def call(number, text):
    arguments = {"name": "check", "arguments": {"text": text}}
    return json.dumps({"jsonrpc": "2.0", "id": number, "method": "tools/call", "params": arguments})


def test_a_message_that_cannot_be_read_is_answered(folder):
    """The package passes over it, so that its sender would wait for ever."""
    lines = [json.dumps({"jsonrpc": "2.0", **each}) for each in HEAD]
    lines += [
        call(2, "# \ud800"),
        "",
        call("\udc00", ""),
        "no JSON",
        json.dumps({"jsonrpc": "2.0", "id": 3}),
        call(4, "sdhs 1\n"),
    ]
    command = [Path(sys.executable).with_name("spikegraph"), "mcp", "--root", "."]
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        process.stdin.write("".join(f"{line}\n" for line in lines))
        process.stdin.flush()
        found = [json.loads(process.stdout.readline()) for _ in range(6)]
        process.stdin.close()
    errors = [
        (each["id"], each["error"]["code"], each["error"]["message"].partition(" at ")[0]) for each in found if "error" in each
    ]
    half = "a text has half of a surrogate pair, which is no character: Invalid JSON: "
    assert errors == [
        (2, -32700, f"{half}unexpected end of hex escape"),
        (None, -32700, f"{half}lone leading surrogate in hex escape"),
        (None, -32700, "Invalid JSON: expected ident"),
        (3, -32600, "this isn't a message of the protocol"),
    ]
    assert [each["result"]["structuredContent"]["sound"] for each in found if each["id"] == 4] == [True]
    assert process.returncode == 0
