"""A spec with a bit of everything, and its file's places by the text at them."""

import re
from pathlib import Path

from spikegraph.service.places import Place
from spikegraph.service.service import Service

TEXT = """\
sdhs 1

# Leaky neurons.
neuron lif {
  decay     = 0.5
  surrogate = arctan(b = 3)
}

block stage(x) {
  weights = own
  param W = 8
  return x -> conv(3, out = W) -> norm -> lif
}

network net {
  param classes = 10
  input image : real[1, 28, 28]
  time = 2
  a    = image -> stage(W = 4)
  b    = a     -> stage -> pool(max)      # half the size
  output logits = b -> pool -> linear(classes) -> mean(time)
}

dataset fashion_mnist_small {
}

retrain net(classes = 10) on fashion_mnist_small {
  epochs  = 1
  batch   = 8
  weights = adam(lr = 0.01)
  loss    = cross_entropy(logits)
}

profile quick {
  retrain.classes = 5
  retrain.epochs  = 2
}
"""


def opened(folder: Path, text: str = TEXT, *, checked: bool = True) -> tuple[Service, Path]:
    """A service with a file of this text, which isn't on the disk."""
    service, path = Service(), folder / "net.sdhs"
    service.open(path, text)
    if checked:
        service.check(path)
    return service, path


def place(text: str, at: str, number: int = 0) -> Place:
    """The place of `|` in a part of a text, of which it is the first one, or another."""
    before, after = at.split("|")
    found = [m.start() for m in re.finditer(re.escape(before + after), text)][number] + len(before)
    return Place(text.count("\n", 0, found) + 1, found - text.rfind("\n", 0, found))


def shown(spans) -> list[str]:
    """Spans as `line:column-column`."""
    return [f"{s.line}:{s.column}-{s.end_column}" for s in spans]


def renamed(files, edits):
    """The files with the edits applied."""
    lines = {name: text.splitlines(keepends=True) for name, text in files.items()}
    for edit in sorted(edits, key=lambda e: (e.span.line, -e.span.column)):
        span, of = edit.span, lines[Path(edit.span.file).name]
        line = of[span.line - 1]
        of[span.line - 1] = line[: span.column - 1] + edit.text + line[span.end_column - 1 :]
    return {name: "".join(text) for name, text in lines.items()}
