"""Specs with a block, for tests of blocks."""

LAYER = """
block layer(x) {
  weights = WEIGHTS
  param out  = 4
  param n    = lif
  c = x -> conv(3, out = out)
  return c -> n
}
"""


def layer(weights="own"):
    return LAYER.replace("WEIGHTS", weights)


def net(body, before=""):
    return f"{before}network net {{\n  param W = 2\n  input x : real[3, 8, 8]\n{body}\n}}\n"


def line(made, text):
    """The number of the line that has a text."""
    return next(i for i, written in enumerate(made.path.read_text().split("\n"), 1) if text in written)
