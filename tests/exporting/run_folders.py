"""Run folders without a training: a spec and weights."""

import json
from pathlib import Path

from spikegraph.backends.torch.train.checkpoint import weights_content
from spikegraph.plugins.targets import lower
from spikegraph.program.program import Program

COMPLETE = Path(__file__).parents[1] / "compat" / "0.1.0" / "runs" / "complete"


def run_folder(
    path: Path,
    spec: str,
    precision: str = "fp32",
    *,
    genotype: str | None = None,
    weights: bytes | None = None,
    classes: tuple[str, ...] = (),
) -> Path:
    """The folder of a complete run of this spec, by default with its initial weights and without names of classes."""
    path.mkdir()
    (path / "resolved.sdhs").write_text(spec)
    if genotype is not None:
        (path / "genotype.sdhs").write_text(genotype)
    manifest = json.loads((COMPLETE / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, "precision": precision, "classes": classes}))
    (path / "summary.json").write_text((COMPLETE / "summary.json").read_text())
    (path / "weights.safetensors").write_bytes(initial_weights(path / "resolved.sdhs") if weights is None else weights)
    return path


def initial_weights(spec: Path) -> bytes:
    """The content of a file with the initial weights of a spec."""
    built = Program.read(spec).build("retrain")
    return weights_content(lower(built.graph, "torch", plain=built.plain).state_dict())
