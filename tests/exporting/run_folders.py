"""Run folders without a training: a spec and weights."""

import json
from pathlib import Path

from spikegraph.backends.torch.train.checkpoint import weights_content
from spikegraph.program import Program
from spikegraph.targets import lower

COMPLETE = Path(__file__).parents[1] / "compat" / "0.1.0" / "runs" / "complete"


def run_folder(path: Path, spec: str, precision: str = "fp32") -> Path:
    """The folder of a complete run of this spec, with its initial weights."""
    path.mkdir()
    (path / "resolved.sdhs").write_text(spec)
    manifest = json.loads((COMPLETE / "manifest.json").read_text())
    (path / "manifest.json").write_text(json.dumps({**manifest, "precision": precision}))
    (path / "summary.json").write_text((COMPLETE / "summary.json").read_text())
    built = Program.read(path / "resolved.sdhs").build("retrain")
    (path / "weights.safetensors").write_bytes(weights_content(lower(built.graph, "torch", plain=built.plain).state_dict()))
    return path
