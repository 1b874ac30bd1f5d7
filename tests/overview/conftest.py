import json

import pytest

SPEC = """\
sdhs 1

neuron lif {
  decay = 0.2
}

cell plain {
  nodes = 1
}

search net on images {
  weights = sgd(lr = LR, momentum = 0.9)
  loss    = cross_entropy(logits)
  epochs  = 2
}
"""

GENOTYPES = (
    "sdhs 1\n\ngenotype plain {\n  n0 = c3(prev2) + c3(prev)\n}\n",
    "sdhs 1\n\ngenotype plain {\n  n0 = c3(prev2) + skip(prev)\n}\n",
)


@pytest.fixture
def make(tmp_path, manifest):
    """Makes the folder of a run."""

    def made(
        name,
        *,
        seed=0,
        lr="0.1",
        accuracy=None,
        validation=None,
        metric="accuracy_percent",
        summary=None,
        genotype=None,
        spec=SPEC,
        epochs=(),
        **others,
    ):
        path = tmp_path / name
        path.mkdir(parents=True)
        text = spec.replace("LR", str(lr))
        started = f"2026-01-01T00:00:{seed:02}+00:00"
        written = {
            **manifest,
            "seed": seed,
            "resolved_sha256": f"hash of {text}",
            "started": started,
            "overrides": [],
            **others,
        }
        (path / "manifest.json").write_text(json.dumps(written))
        (path / "resolved.sdhs").write_text(text)
        if genotype is not None:
            (path / "genotype.sdhs").write_text(GENOTYPES[genotype])
        lines = [
            {"time": 1.0, "event": "epoch", "phase": "retrain", "epoch": k, "step": 4, "losses": {"loss": loss}}
            for k, loss in enumerate(epochs, 1)
        ]
        (path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        if accuracy is not None:
            phase = {"epochs": 2, "steps": 8, "seconds": 1.5, "parameters": 9, "losses": {"loss": 1.0 - accuracy / 100}}
            phase |= {} if validation is None else {"best_epoch": 2, "validation": {metric: validation}}
            evaluation = {"metrics": {metric: accuracy}, "samples": 10, "seconds": 1.0}
            written = {"format_version": 1, "complete": True, "retrain": phase, "evaluation": evaluation, **(summary or {})}
            (path / "summary.json").write_text(json.dumps(written))
        return path

    return made
