"""What is beyond a limit is an error with its place and a fix; what a real user could want works."""

import os
import sys

import pytest

from spikegraph.dsl.limits import LARGEST_FILE, MOST_DECLARATIONS
from spikegraph.dsl.render import caret
from spikegraph.dsl.render import json as as_json
from spikegraph.program.program import Program

HEAD = "sdhs 1\nneuron lif {}\n"
CELL = """candidates ops {
  c3 = conv(3) -> norm -> lif
  skip = identity
}
cell small { nodes = 3  candidates = ops  neuron = lif }
"""


def net(body, before=""):
    return f"{HEAD}{before}network net {{\n  input x : real[3, 8, 8]\n  time = 2\n{body}\n}}\n"


def checked(text, tmp_path):
    path = tmp_path / "spec.sdhs"
    path.write_text(text, encoding="utf-8")
    return Program.read(path).check()


def found(text, tmp_path):
    return [(d.code, d.span.line, d.summary, d.help) for d in checked(text, tmp_path)]


DOUBLING = "block b0(a) { return a }\n" + "\n".join(
    f"block b{i}(a) {{\n s = b{i - 1}(a)\n t = b{i - 1}(s)\n return t\n}}" for i in range(1, 31)
)
COUNTS = "s0 = x -> conv(3, out = 4) -> lif\n" + "\n".join(f"s{i} = add(s{i - 1}, s{i - 1})" for i in range(1, 60))
GROWING = "a0 = x -> relu\n" + "\n".join(f"a{i} = a{i - 1} -> upsample(scale = 4096)" for i in range(1, 400))
NUMBERS = "a value has at most 10,000,000,000 numbers at each time step; use fewer channels, or smaller sizes"


@pytest.mark.parametrize(
    ("text", "code", "line", "summary", "help"),
    [
        (
            net("output y = x -> conv(3, out = 1000000000000)"),
            *("SG0218", 6, "the result of `conv` is too large: real[1000000000000, 8, 8] once", NUMBERS),
        ),
        (
            net("output y = cost_volume(x, x, planes = 1000000000000)"),
            *("SG0218", 6, "the result of `cost_volume` is too large: real[6, 1000000000000, 8, 8] once", NUMBERS),
        ),
        (
            net("output y = x -> stem(4001, out = 1000)"),
            *("SG0218", 6, "the weight of `conv` is too large: [1000, 3, 4001, 4001]"),
            "weights of a layer have at most 10,000,000,000 numbers; use fewer channels, or a smaller kernel",
        ),
        (
            net("output y = x -> pool(kind = max, kernel = 5000)"),
            *("SG0304", 6, "`kernel` of `pool` is 5000, but must be at least 1 and at most 4096", None),
        ),
        (
            net(GROWING + "\noutput y = a399 -> relu"),
            *("SG0218", 8, "the result of `upsample` is too large: real[3, 134217728, 134217728] once", NUMBERS),
        ),
        (
            net(COUNTS + "\noutput y = s59"),
            *("SG0218", 46, "the result of `add` counts up to more than 1,000,000,000,000 spikes"),
            "a sum of spikes counts up to 1,000,000,000,000",
        ),
        (
            net(DOUBLING + "\noutput y = b30(x)"),
            *("SG0218", 3, "the network is too large", "at most 30000 operations; nested blocks multiply them"),
        ),
        (
            f"{HEAD}candidates ops {{\n" + "\n".join(f"c{i} = identity" for i in range(257)) + "\n}\n",
            *("SG0218", 3, "`ops` has 257 operations", "there may be at most 256"),
        ),
        (
            f"{HEAD}candidates ops {{\n c = {' -> '.join(['relu'] * 257)}\n}}\n",
            *("SG0218", 4, "a pipeline of 257 stages", "there may be at most 256"),
        ),
        (
            f"{HEAD}neuron {'b' * 256} {{}}\n",
            *("SG0116", 3, "the name `bbbbbbbbbbbbbbbbbbbb...` is too long", "a name has at most 255 characters"),
        ),
        (f'{HEAD}import "{"b" * 4097}"\n', *("SG0116", 3, "a string of 4097 characters", "a string has at most 4096")),
        (f"{HEAD}#{'b' * 100_000}\n", *("SG0116", 3, "the line is too long", "a line has at most 100000 characters; break it")),
        (
            HEAD + "\n".join(f"path p{i} = []" for i in range(MOST_DECLARATIONS)),
            *("SG0116", 2 + MOST_DECLARATIONS, "there are too many declarations"),
            "a spec and its imports have at most 10000 declarations",
        ),
        (
            f"{HEAD}neuron a {{ decay = {' + '.join(['0'] * 2000)} }}\n",
            *("SG0105", 3, "an expression is nested too deeply", "the tree of an expression has at most 128 levels"),
        ),
    ],
    ids=lambda value: value[:8] if isinstance(value, str) and value.startswith("SG") else "",
)
def test_beyond_a_limit(text, code, line, summary, help, tmp_path):
    assert found(text, tmp_path) == [(code, line, summary, help)]


def test_names_of_blocks_in_blocks_have_a_limit(tmp_path):
    name = "b" * 250
    inner = f"block {name}0(v) {{ return v -> relu }}\n" + "\n".join(
        f"block {name}{i}(v) {{\n return {name}{i - 1}(v)\n}}" for i in range(1, 5)
    )
    help = "a name has at most 1000 characters, with those of the blocks around it"
    assert ("SG0218", 6, "the operation's name is too long", help) in found(net(f"{inner}\noutput y = {name}4(x)"), tmp_path)


def chain(count):
    cells = f"[{', '.join(['small'] * 1000)}]"
    lists = [f"w{i} = {'x' if i == 0 else f'w{i - 1}'} -> chain({cells}, width = 4)" for i in range(count)]
    return net("\n".join(lists) + f"\noutput y = w{count - 1} -> pool", CELL)


def test_a_network_that_is_too_large_when_its_cells_are_taken_apart(tmp_path, monkeypatch):
    monkeypatch.setattr("spikegraph.ir.graph.MOST_OPERATIONS", 20_000)
    help = "a network has at most 20,000 operations; use fewer cells, layers or levels"
    wanted = [("SG0218", 11, "the network is too large once its cells are taken apart", help)]
    assert found(chain(10), tmp_path) == wanted
    trellis = "trellis grid { cell = small  layers = 64  levels = 8 }\n"
    body = "a = x -> stem(3, out = 12)\noutput y = a -> grid -> restore(a)"
    assert [(c, s) for c, _, s, _ in found(net(body, CELL + trellis), tmp_path)] == [wanted[0][::2]]


@pytest.mark.slow
def test_a_chain_of_a_thousand_cells_and_a_large_trellis_are_valid(tmp_path):
    assert found(chain(1), tmp_path) == []
    trellis = "trellis grid { cell = small  layers = 64  levels = 8 }\n"
    body = "a = x -> stem(3, out = 12)\noutput y = a -> grid -> restore(a)"
    assert found(net(body, CELL + trellis), tmp_path) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (HEAD + "neuron b {\n" + "\n".join(f"k{i} = 1" for i in range(2000)) + "\n}\n", "SG0203"),
        (HEAD + "\n".join(f"neuron b{i} {{ decay 3 }}" for i in range(2000)), "SG0106"),
        (HEAD + "\n".join(f"profile b{i} {{ lif.x = 3 }}" for i in range(2000)), "SG0702"),
        (net("\n".join(f"a{i} = x -> nothing{i}" for i in range(2000)) + "\noutput y = x -> relu"), "SG0307"),
    ],
    ids=["keys", "syntax", "profiles", "operations"],
)
def test_checking_stops_after_a_thousand_errors_and_prints_a_hundred(text, shown, tmp_path):
    diagnostics = checked(text, tmp_path)
    assert (diagnostics.errors, diagnostics.stopped) == (1000, True)
    printed = caret.render(diagnostics)
    assert printed.count(f"error[{shown}]") == 100
    assert printed.endswith("\n... and 900 more\n\n1000 errors, and there checking stopped\n")
    data = as_json.as_object(diagnostics)
    assert (data["error_count"], len(data["diagnostics"]), data["omitted"], data["valid"]) == (1000, 100, 900, False)


def test_a_message_and_a_fix_are_cut(tmp_path):
    (only,) = checked(net(f"output y = {' + '.join(['x'] * 120)} + concat({', '.join(['x'] * 4000)})"), tmp_path)
    assert (only.code, len(only.summary), only.fixes) == ("SG0310", 1003, ())
    assert only.summary.endswith("...")


def test_a_spec_and_its_imports_have_a_limit_together(tmp_path):
    half = "#" * 80 + "\n"
    for name in "ab":
        (tmp_path / f"{name}.sdhs").write_text("sdhs 1\n" + half * (LARGEST_FILE * 2 // 3 // len(half)))
    help = "a spec and its imports have together at most 1048576 bytes"
    wanted = [("SG0104", 3, "the spec and its imports are too large", help)]
    assert found('sdhs 1\nimport "a.sdhs"\nimport "b.sdhs"\n', tmp_path) == wanted


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes")
def test_pipes_and_devices_are_not_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.sdhs")
    assert found('sdhs 1\nimport "pipe.sdhs"\n', tmp_path) == [
        ("SG0501", 2, 'there is no file "pipe.sdhs"', "did you mean `spec.sdhs`?")
    ]
    (tmp_path / "zero.sdhs").symlink_to("/dev/zero")
    detail = [(d.code, d.summary) for d in checked('sdhs 1\nimport "zero.sdhs"\n', tmp_path)]
    assert detail == [("SG0502", '"zero.sdhs" is outside the project\'s folder')]
    (only,) = Program.read(tmp_path / "pipe.sdhs").check()
    assert (only.code, only.summary) == ("SG0101", f"`{tmp_path / 'pipe.sdhs'}` is a named pipe")
    (only,) = Program.read("/dev/zero").check()
    assert (only.code, only.summary) == ("SG0104", "`/dev/zero` is too large")


@pytest.mark.parametrize("character", ["\x1b", "\x00", "\x7f", "\x9b", "\u202e", "\u2066", "\r"])
@pytest.mark.parametrize("place", ["# {}x\n", 'dataset d {{ sequence = "{}x" }}\n', "neuron {}x\n"])
def test_control_characters_are_refused_everywhere(character, place, tmp_path):
    (only,) = checked("sdhs 1\n" + place.format(character), tmp_path)
    assert (only.code, only.span.line, only.summary) == ("SG0109", 2, f"`U+{ord(character):04X}` has no meaning here")
    assert only.help == "leave it out, in strings and comments too: on a terminal it could hide other text"


def test_lines_may_end_as_on_windows(tmp_path):
    (tmp_path / "spec.sdhs").write_bytes(b"sdhs 1\r\n# a comment\r\nneuron lif {}\r\n")
    assert not Program.read(tmp_path / "spec.sdhs").check().has_errors
