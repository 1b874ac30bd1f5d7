"""Twice the text takes about twice the calls: what was quadratic stays linear."""

import sys

import pytest

from spikegraph.dsl.diagnostics import Diagnostics
from spikegraph.dsl.parser import parse
from spikegraph.dsl.printer import print_file
from spikegraph.dsl.render import caret
from spikegraph.dsl.source import SourceFile
from spikegraph.program.program import Program

HEAD = "sdhs 1\nneuron lif {}\n"


def net(body):
    return f"{HEAD}network net {{\n  input x : real[3, 8, 8]\n{body}\n}}\n"


def calls(function, *arguments):
    """The number of calls of Python functions."""
    count = 0

    def seen(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        function(*arguments)
    finally:
        sys.setprofile(before)
    return count


def check(text, path):
    path.write_text(text)
    caret.render(Program.read(path).check())


def fmt(text, path):
    file = parse(SourceFile("spec", text), Diagnostics())
    assert file is not None
    print_file(file)


@pytest.mark.parametrize(
    ("work", "made"),
    [
        (check, lambda n: net("output y = x" + " -> relu" * n)),
        (check, lambda n: net(f"output y = add({', '.join(['relu(x)'] * n)})")),
        (check, lambda n: HEAD + "\n".join(f"neuron a{i} {{ decay 3 }}" for i in range(n))),
        (check, lambda n: HEAD + "\n".join(f"neuron a{i} {{}}\nprofile p{i} {{ a{i}.decay = 0.1 }}" for i in range(n))),
        (check, lambda n: f"{HEAD}candidates c {{\n o = {' -> '.join(['relu'] * min(n, 256))}\n}}\n"),
        (fmt, lambda n: net("\n".join(f"a{i} = x -> relu" for i in range(n)))),
        (fmt, lambda n: HEAD + "\n".join(f"# comment {i}\nneuron a{i} {{}}  # {i}" for i in range(n))),
    ],
    ids=["stages", "operands", "errors", "profiles", "candidate", "fmt wires", "fmt comments"],
)
def test_linear(work, made, tmp_path):
    path = tmp_path / "spec.sdhs"
    work(made(20), path)  # imports
    once, twice, four = (calls(work, made(n), path) for n in (100, 200, 400))
    assert four - twice < 2.5 * (twice - once) + 1000


def test_a_long_line_is_recovered_from_in_linear_time(tmp_path):
    text = HEAD + "\n".join("a " + "b" * 250 + " " * 40_000 + "c" for _ in range(3))
    check(text, tmp_path / "spec.sdhs")  # a quadratic expression would take minutes


CONVOLUTION = "neuron lif { }\nblock b0(x) { weights = own  return x -> conv(1, out = 2) }\n"


def blocks(stages, count):
    """Blocks of which each uses the one before in its stages, and a network of the last."""
    inner = "".join(
        f"block b{i}(x) {{ weights = own  param n = 1  return x -> {stages(i - 1)} }}\n" for i in range(1, count + 1)
    )
    return f"{CONVOLUTION}{inner}network net {{ input s : spike[2, 4, 4]  output y = s -> b{count} }}\n"


@pytest.mark.parametrize(
    "stages",
    [
        lambda below: f"b{below} -> b{below}",
        lambda below: f"repeat(b{below}, 1000)",
        lambda below: f"b{below}(n = 2 * n) -> b{below}(n = 2 * n + 1) -> repeat(b0, n)" if below else "repeat(b0, n) -> b0",
    ],
    ids=["doubling", "repeating", "params"],
)
def test_blocks_that_multiply_are_refused_in_linear_time(stages, tmp_path, growth):
    path = tmp_path / "net.sdhs"

    def refused(count):
        path.write_text("sdhs 1\n" + blocks(stages, count))
        assert [d.code for d in Program.read(path).check()] == ["SG0218"]

    assert growth(refused, 15, 30) < 2.2
