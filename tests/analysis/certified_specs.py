"""The network around the lines that a test of the certificate gives."""

import textwrap

import spikegraph

HEAD = """sdhs 1
neuron lif { decay = 0.25 }
neuron quiet { decay = 0.5 fires = false }
network net {
  input image : real[3, 16, 16]
  time = 2
  first = image -> conv(3, out = 8, bias = false) -> norm -> lif
"""
TAIL = """
  output result = last
}
"""
AT = HEAD.count("\n")
"""The lines before those of a test."""


def certificate(body, tmp_path, neurons=""):
    """The certificate of the network with these lines, of which one defines `last`; `neurons` are declarations."""
    path = tmp_path / "net.sdhs"
    path.write_text(HEAD.replace("network", f"{neurons}network") + textwrap.dedent(body).strip("\n") + TAIL, encoding="utf-8")
    return spikegraph.certify(path)


def found(body, tmp_path):
    """Code and line, counted from the first of these lines, of each place."""
    return [(p.code, p.span.line - AT) for p in certificate(body, tmp_path).places]
