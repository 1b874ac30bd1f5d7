"""Names of strangers can't control the terminal, nor add markup to pages and pictures."""

import json
import os
import re
import xml.etree.ElementTree as ET

import pytest

from spikegraph.base.visible import visible, visible_json, visible_name
from spikegraph.charts.markup import el

ESCAPE = "\x1b[31mred\x1b]0;title\x07"
OTHERS = "\x9b2J\u202egpj.\u2066"
SPEC = "sdhs 1\nneuron lif {}\nnetwork net {\n  input x : real[1, 4, 4]\n  output y = x -> stem(3, out = 2)\n}\n"
RAW = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
HOSTILE = f"a{ESCAPE}{OTHERS}\nsound"
"""A file's name that would turn the terminal red, set its title, reorder letters and add a line."""


def test_what_becomes_visible():
    assert visible("a\tb\n\x1b[1m\x9b\u202e\udcff") == "a\tb\n\\x1b[1m\\x9b\\u202e\\udcff"
    assert visible_name("a\tb\n\r") == "a\\x09b\\x0a\\x0d"
    assert json.loads(visible_json(json.dumps({"k": OTHERS + "\x7f"}, ensure_ascii=False))) == {"k": OTHERS + "\x7f"}


@pytest.fixture
def hostile(tmp_path):
    path = tmp_path / f"{HOSTILE}.sdhs"
    path.write_text(SPEC)
    return path


@pytest.mark.parametrize("command", [("check",), ("check", "--json"), ("fmt", "--check"), ("fmt",), ("stats",), ("compile",)])
@pytest.mark.parametrize("wrong", [False, True])
def test_the_name_of_a_spec(command, wrong, spikegraph, hostile):
    if wrong:
        hostile.write_text(SPEC.replace("stem(3", "stom(3"))
    done = spikegraph(*command, hostile)
    assert not RAW.search(done.out + done.err)
    if "--json" not in command:  # the name adds no line
        assert not any(line.startswith("sound") for line in (done.out + done.err).splitlines())


def test_the_names_of_missing_and_unreadable_files(spikegraph, tmp_path):
    for arguments in (
        ("check", tmp_path / HOSTILE),
        ("compile", f"builtin:{ESCAPE}"),
        ("show", tmp_path / HOSTILE),
        (ESCAPE,),
        ("check", f"--{ESCAPE}"),
        ("check", "builtin:stereo", "--set", f"{ESCAPE} = 1"),
        ("check", "builtin:stereo", "--profile", ESCAPE),
        ("check", "builtin:stereo", "--plugin", f"{ESCAPE}.py"),
        ("explain", ESCAPE),
        ("ops", ESCAPE),
        ("passes", ESCAPE),
        ("compile", "builtin:stereo", "--passes", ESCAPE),
    ):
        done = spikegraph(*arguments)
        assert done.status != 0
        assert not RAW.search(done.out + done.err), arguments
        assert "Traceback" not in done.err


def test_line_ends_in_names_add_no_lines(spikegraph, tmp_path):
    """In messages of click too, and in notices."""
    name = "a\nsound\tb"
    shown = "a\\x0asound\\x09b"
    for arguments, said in (
        (("check", name), f"Error: Invalid value for 'SPEC...': there is no `{shown}`"),
        (("compile", "builtin:stereo", "--train", "--data", name), f"Error: there is no folder `{shown}` for --data;"),
        (("stats", "builtin:stereo", name), f"Error: Got unexpected extra argument ({shown})"),
        ((name,), f"Error: no command is called `{shown}`;"),
        (("explain", name), f"Error: Invalid value for '[CODE]': no diagnostic has the code `{shown}`;"),
    ):
        done = spikegraph(*arguments)
        assert done.status == 2
        assert next(line for line in done.err.splitlines() if line.startswith("Error: ")).startswith(said)
        assert "sound\t" not in done.err
    plugin = tmp_path / f"{name}.py"
    plugin.write_text("")
    done = spikegraph("check", "builtin:stereo", "--plugin", plugin)
    assert f"note: loaded the plug-in {tmp_path}/{shown}.py" in done.err
    done = spikegraph("compile", "builtin:stereo", "--emit", "ir", "-o", tmp_path / name)
    assert done.err == f"wrote {tmp_path}/{shown}\n"


def test_choices_stay_on_lines_of_their_own(spikegraph, tmp_path):
    (tmp_path / "a.txt").write_text("")
    done = spikegraph("import", tmp_path / "a.txt")
    choices = ",\n\t".join(("darts", "spikedhs", "nasbench201", "torch", "nir"))
    assert done.err.endswith(f"Error: Missing option '--from'. Choose from:\n\t{choices}\n")


def test_an_imported_file(spikegraph, tmp_path):
    (tmp_path / f"{ESCAPE}.sdhs").write_text("sdhs 1\nneuron lif { decay = 7 }\n")
    spec = tmp_path / "spec.sdhs"
    spec.write_text(f'sdhs 1\nimport "{ESCAPE}.sdhs"\n')
    done = spikegraph("check", spec)
    assert (done.status, RAW.search(done.err)) == (1, None)
    assert "error[SG0109]" in done.err


def test_a_genotype_that_is_imported_and_compared(spikegraph, tmp_path):
    text = "Genotype(normal=[('c3', 0), ('c5', 1)], normal_concat=range(2, 3))"
    first, second = tmp_path / f"{HOSTILE}1.txt", tmp_path / f"{HOSTILE}2.txt"
    first.write_text(text)
    second.write_text(text.replace("c5", "\x1b[31m"))
    made = spikegraph("import", first, "--from", "darts")
    assert (made.status, RAW.search(made.out + made.err)) == (0, None)
    assert made.out.startswith("# Imported from a\\x1b[31mred")
    assert "\n# sound1.txt." in made.out  # a comment, too
    refused = spikegraph("import", second, "--from", "darts")
    assert (refused.status, RAW.search(refused.out + refused.err)) == (1, None)
    paths = [tmp_path / f"{HOSTILE}{i}.sdhs" for i in range(2)]
    for path in paths:
        path.write_text(made.out.partition("\nsdhs")[1].lstrip() + made.out.partition("\nsdhs")[2])
    for suffix in ("svg", "dot"):
        picture = tmp_path / f"picture.{suffix}"
        done = spikegraph("diff", *paths, "-o", picture)
        assert (done.status, RAW.search(done.out + done.err)) == (0, None)
        assert not RAW.search(picture.read_text(encoding="utf-8"))


def test_markup_of_names(spikegraph, tmp_path):
    path = tmp_path / '"]; x [label="<script>alert(1)</script>'
    path.mkdir(parents=True)
    spec = path.with_name(path.name[:20].replace("/", "") + ".sdhs")
    spec.write_text(SPEC)
    for suffix in ("svg", "dot"):
        picture = tmp_path / f"net.{suffix}"
        assert spikegraph("render", spec, "-o", picture).status == 0
        assert "<script" not in picture.read_text(encoding="utf-8")
    ET.parse(tmp_path / "net.svg")
    text = el("p", f"<script>{ESCAPE}</script>", title='"><script>')
    assert text == '<p title="&quot;&gt;&lt;script&gt;">&lt;script&gt;\\x1b[31mred\\x1b]0;title\\x07&lt;/script&gt;</p>'


TRAINED = """sdhs 1
neuron lif { }
network net {
  input x : real[1, 28, 28]
  time = 2
  output y = x -> stem(3, out = 2, stride = 4) -> pool -> linear(10) -> mean(time)
}
dataset fashion_mnist_small { }
retrain net on fashion_mnist_small { epochs = 1  batch = 8  weights = sgd(lr = 0.1)  loss = cross_entropy(y) }
"""


@pytest.mark.parametrize(
    ("command", "held"),
    [
        (("compile", "--train", "--device", "cpu", "--out", "out"), "manifest.json"),
        (("slurm", "--seeds", "0-1", "--device", "cpu", "--out", "out", "-o", "out.sh"), "sweep.json"),
    ],
)
def test_a_name_that_is_not_utf_8_is_refused_before_a_training(command, held, spikegraph, tmp_path, monkeypatch):
    """JSON holds only text: the run's manifest couldn't be read again at its end."""
    spec = os.fsdecode(b"net\xff.sdhs")
    (tmp_path / spec).write_text(TRAINED)
    monkeypatch.chdir(tmp_path)
    done = spikegraph(*command, spec)
    assert (done.status, done.err.splitlines()[-2:]) == (
        3,
        [
            f"error: out: `net\\udcff.sdhs` isn't UTF-8, so {held} can't hold it",
            "help: give the file or folder another name, or a link to it",
        ],
    )
    assert not (tmp_path / "out" / held).exists()
