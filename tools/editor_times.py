"""Times of the language server's answers on a spec of 2,000 lines: `python tools/editor_times.py [--lines N] [--rounds N]`.

Each round types a character somewhere and asks everything once, as an editor does. Times are what this process
computes, with the answers as JSON, so that other programs on the machine hardly count. `edit` is what happens at once: the text
is read again and syntax errors are found; `check` is what another process does meanwhile, for all other errors and types.
"""

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from lsprotocol import types as lsp
from pygls.protocol import default_converter

from spikegraph.base.processor import this_processor
from spikegraph.lsp.features import server
from spikegraph.lsp.server import Server
from spikegraph.service import formatting
from spikegraph.service.checked import check

BLOCK = """\
# Block {i}: attention by a mask of channels.
block mixer{i}(s) {{
  weights = own
  param W     = 64
  param ratio = 2
  q    = s -> conv(1, out = W, bias = false) -> norm -> lif
  k    = s -> conv(1, out = W, bias = false) -> norm -> lif
  mask = mul(q, k) -> reduce(space, by = sum) -> lif(threshold = 0.5)
  a    = mul(q, mask) -> conv(1, out = ratio * W, bias = false) -> norm -> lif
  b    = a -> conv(1, out = W, bias = false) -> norm
  return add(s, b)
}}

"""
HEAD = "sdhs 1\n\nneuron lif {\n  decay     = 0.5\n  surrogate = arctan(b = 3)\n}\n\n"
NETWORK = """\
network net {{
  param classes = 10
  input image : real[1, 28, 28]
  time = 4
  x0 = image -> conv(3, out = 64, bias = false) -> norm -> lif -> pool(max)
{wires}  output logits = x{last} -> pool -> linear(classes) -> mean(time)
}}

dataset fashion_mnist_small {{
}}

retrain net on fashion_mnist_small {{
  epochs   = 1
  batch    = 64
  weights  = adamw(lr = 0.0005)
  schedule = cosine
  loss     = cross_entropy(logits)
}}
"""


def spec(lines: int) -> str:
    """A network of as many blocks as fit so many lines."""
    count = (lines - HEAD.count("\n") - NETWORK.count("\n")) // (BLOCK.count("\n") + 1)
    wires = "".join(f"  x{i} = x{i - 1} -> mixer{i} -> lif\n" for i in range(1, count + 1))
    blocks = "".join(BLOCK.format(i=i) for i in range(1, count + 1))
    return HEAD + blocks + NETWORK.format(wires=wires, last=count)


def requests(text: str, document: lsp.TextDocumentIdentifier, rng: random.Random) -> Iterator[tuple[str, Any]]:
    """Every request once, at a name that is typed somewhere."""
    lines = [number for number, line in enumerate(text.split("\n")) if "-> conv(1" in line]
    at = lsp.Position(rng.choice(lines), 8)
    behind = lsp.Position(at.line, text.split("\n")[at.line].index("conv(") + 5)
    whole = lsp.Range(lsp.Position(0, 0), lsp.Position(text.count("\n"), 0))
    screen = lsp.Range(lsp.Position(max(0, at.line - 30), 0), lsp.Position(at.line + 30, 0))
    yield lsp.TEXT_DOCUMENT_HOVER, lsp.HoverParams(document, behind)
    yield lsp.TEXT_DOCUMENT_COMPLETION, lsp.CompletionParams(document, behind)
    yield lsp.TEXT_DOCUMENT_SIGNATURE_HELP, lsp.SignatureHelpParams(document, behind)
    yield lsp.TEXT_DOCUMENT_DEFINITION, lsp.DefinitionParams(document, at)
    neuron = lsp.Position(2, 8)
    context = lsp.ReferenceContext(include_declaration=True)
    yield lsp.TEXT_DOCUMENT_REFERENCES, lsp.ReferenceParams(context=context, text_document=document, position=neuron)
    yield lsp.TEXT_DOCUMENT_DOCUMENT_HIGHLIGHT, lsp.DocumentHighlightParams(document, neuron)
    yield lsp.TEXT_DOCUMENT_RENAME, lsp.RenameParams(text_document=document, position=neuron, new_name="leaky")
    yield lsp.TEXT_DOCUMENT_CODE_ACTION, lsp.CodeActionParams(document, screen, lsp.CodeActionContext([]))
    yield lsp.TEXT_DOCUMENT_FORMATTING, lsp.DocumentFormattingParams(document, lsp.FormattingOptions(2, True))
    yield lsp.TEXT_DOCUMENT_DOCUMENT_SYMBOL, lsp.DocumentSymbolParams(document)
    yield lsp.WORKSPACE_SYMBOL, lsp.WorkspaceSymbolParams("mixer")
    yield lsp.TEXT_DOCUMENT_FOLDING_RANGE, lsp.FoldingRangeParams(document)
    yield lsp.TEXT_DOCUMENT_SEMANTIC_TOKENS_FULL, lsp.SemanticTokensParams(document)
    yield lsp.TEXT_DOCUMENT_INLAY_HINT, lsp.InlayHintParams(document, whole)
    yield lsp.TEXT_DOCUMENT_CODE_LENS, lsp.CodeLensParams(document)


def measured(lines: int, rounds: int) -> dict[str, list[float]]:
    """Milliseconds of each answer, by request."""
    rng, converter, found = random.Random(0), default_converter(), dict[str, list[float]]()

    def timed(name: str, answer: Callable[[], object]) -> Any:
        before = time.process_time()
        result = answer()
        found.setdefault(name, []).append(1000 * (time.process_time() - before))
        return result

    with tempfile.TemporaryDirectory() as folder:
        made, path, text = server(), Path(folder) / "net.sdhs", spec(lines)
        document = lsp.TextDocumentIdentifier(path.as_uri())
        made.service.open(path, text)
        for number in range(rounds + 1):
            if number % 10 == 0:
                checked = timed("check", lambda: check(path, made.service.workspace.texts))
                made.service.checked[path] = checked
                list(formatting.warmed(made.service.document(path)))
            changed = _typed(text, rng)
            timed("edit", lambda changed=changed: _edited(made, path, changed, converter))
            for name, params in requests(changed, document, rng):
                handler = made.protocol.fm.features[name]
                timed(name, lambda h=handler, p=params: json.dumps(converter.unstructure(h(p))))
    return {name: times if name == "check" else times[len(times) // (rounds + 1) :] for name, times in found.items()}


def _typed(text: str, rng: random.Random) -> str:
    """The text with another number in one block, or with a part of a line that is missing."""
    places = [i for i in range(len(text)) if text.startswith("bias = false", i)]
    at = rng.choice(places)
    return text[:at] + rng.choice(("bias = true", "bias =", "bia")) + text[at + len("bias = false") :]


def _edited(made: Server, path: Path, text: str, converter: Any) -> None:
    made.service.open(path, text)
    json.dumps([converter.unstructure(made.answers.diagnostic(each)) for each in made.service.problems(path)])


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description="Times of the language server's answers.")
    parser.add_argument("--lines", type=int, default=2000, help="lines of the spec (default 2000)")
    parser.add_argument("--rounds", type=int, default=40, help="edits, each followed by every request (default 40)")
    options = parser.parse_args()
    found = measured(options.lines, options.rounds)
    print(f"{options.lines} lines, {options.rounds} edits, milliseconds of one core of {this_processor().name}\n")
    print("| request | median | 95th percentile |\n|---|---:|---:|")
    for name, times in found.items():
        last = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
        print(f"| {name.removeprefix('textDocument/')} | {median(times):.1f} | {last:.1f} |")


if __name__ == "__main__":
    main()
