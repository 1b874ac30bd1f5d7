"""Whether a text's deployed network computes with spikes alone."""

from collections.abc import Mapping
from pathlib import Path

from spikegraph.analysis.certificate import Certificate, certify
from spikegraph.program.program import Program


def certificate(path: Path, texts: Mapping[Path, str]) -> Certificate:
    """The certificate of a spec; `texts` are those of open files by their real path.

    Raises:
        SpecError: The spec is wrong, or has no genotype that it needs.
    """
    return certify(Program.read(path, texts=texts).build("deploy").plain)
