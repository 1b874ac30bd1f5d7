"""What a thing may be renamed to: no word that means something else where the thing is named."""

import pytest

from .texts import opened, place, renamed

TEXT = """\
sdhs 1
model leaky(x) {
  number k = 0.5 in (0, 1)
  state u = 0
  u = k * u[t-1] + x
  y = fire(u, 1)
  emit y else u
}
neuron lif { model = leaky }
block part(v) {
  weights = own
  w = v -> conv(3, out = 4)
  return w -> lif
}
network net {
  input image : real[1, 8, 8]
  time = 2
  param n = 2
  a = image -> part
  output y = a -> pool -> linear(n) -> mean(time)
}
profile small {
  net.n = 3
}
"""


@pytest.mark.parametrize(
    ("at", "new", "why"),
    [
        ("  a| =", "time", "`time` is a key of the network"),
        ("input image|", "neuron", "`neuron` is a key of the network"),
        ("param n|", "time", "`time` is a key of the network"),
        ("  w| =", "weights", "`weights` is a key of the block"),
        ("part(v|)", "weights", "`weights` is a key of the block"),
        ("network net|", "search", "`search` is a word of the language"),
        ("number k|", "time", "`time` is a word of models"),
        ("number k|", "in", "`in` would mean something else at {}:3:10"),
        ("  u| = k", "case", "`case` would mean something else at {}:4:9"),
    ],
)
def test_a_word_that_means_something_else_there_is_refused(tmp_path, at, new, why):
    service, path = opened(tmp_path, TEXT, checked=False)
    found = service.rename(path, place(TEXT, at), new)
    assert (found.refused, found.edits) == (why.format(path), ())


@pytest.mark.parametrize(
    ("at", "new"),
    [
        *(("  a| =", new) for new in ("input", "output", "block", "dgs", "weights", "at", "search")),
        ("  w| =", "time"),
        ("neuron lif|", "in"),
    ],
)
def test_a_word_that_is_a_name_there_is_taken(tmp_path, at, new):
    service, path = opened(tmp_path, TEXT)
    before = service.checked[path]
    text = renamed({"net.sdhs": TEXT}, service.rename(path, place(TEXT, at), new).edits)["net.sdhs"]
    assert text != TEXT
    service.open(path, text)
    after = service.check(path)
    assert (before.diagnostics, after.diagnostics) == ((), ())
    assert after.counts.parameters == before.counts.parameters
