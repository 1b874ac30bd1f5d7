"""What the public documentation of PyTorch Lightning says about the subject of each campaign.

Looked up in November 2026 in the documentation that was current then, of version 2.6.6; a page of another version says so.
"""

DOCS = "https://lightning.ai/docs/pytorch"
API = f"{DOCS}/stable/optional-api/api/lightning.pytorch"

NOT_DOCUMENTED = "not documented"
NOT_LOOKED_UP = "not looked up"

KILLS = (
    "A checkpoint after each epoch, from which `fit(ckpt_path=...)` restores model, epoch, step and optimizers "
    f"([checkpointing]({DOCS}/2.5.5/reference/common/checkpointing_basic), 2.5.5). Equal results are not documented; from a "
    "checkpoint inside an epoch it warns of unreliable results unless the DataLoader has a state of its own "
    "([#19475](https://github.com/Lightning-AI/pytorch-lightning/pull/19475))"
)
FAULTS = (
    f"The callback [OnExceptionCheckpoint]({API}.callbacks.OnExceptionCheckpoint.md) saves a checkpoint when an exception ends "
    "the training (2.6.6). A full disk, a file-size limit and missing memory are not documented"
)
DIVERGENCE = (
    f"The callback [EarlyStopping]({DOCS}/stable/common/early_stopping.html) with `check_finite` stops when the monitored "
    "metric is NaN or infinite, with `divergence_threshold` when it is worse than a given value; neither is on by default"
)
CODE = "A model is Python code; running a stranger's is not discussed"
CHECKPOINT_FILES = (
    f"[TorchCheckpointIO]({API}.plugins.io.TorchCheckpointIO.md) recommends `weights_only=True` for files of untrusted sources "
    "(2.6.6); that release fixed two ways to run code with "
    "[load_from_checkpoint](https://github.com/Lightning-AI/pytorch-lightning/releases/tag/2.6.6)"
)
AGENTS = "Not in its own documentation; a package of others, `lightning-mcp`, trains and inspects models for agents"
DETERMINISM = (
    "`seed_everything(workers=True)` and `Trainer(deterministic=True)` ensure reproducibility from run to run "
    f"([Trainer]({DOCS}/stable/common/trainer.html)). The number of threads is not mentioned"
)
COMPATIBILITY = (
    "Checkpoints of older versions are migrated when they are loaded, or for good with `upgrade_checkpoint` "
    f"([upgrading]({DOCS}/stable/reference/common/checkpointing_migration.md)). Interfaces change with major releases, but the "
    f"policy is not strict ([versioning]({DOCS}/stable/reference/versioning.md))"
)

PROMISES: dict[str, str] = {
    "kills": KILLS,
    **dict.fromkeys(("bitflips", "races", "identity"), NOT_DOCUMENTED),
    **dict.fromkeys(("faults", "failures"), FAULTS),
    "divergence": DIVERGENCE,
    "agent_repairs": AGENTS,
    **dict.fromkeys(
        (
            "specs_mutants",
            "model_mutants",
            "zoo_mutants",
            "editor_mutants",
            "valid_specs",
            "folded_blocks",
            "networks",
            "equal",
            "exports",
            "processes",
            "names",
        ),
        CODE,
    ),
    **dict.fromkeys(("damaged_runs", "file_mutants"), CHECKPOINT_FILES),
    **dict.fromkeys(("hdf5_mutants", "event_mutants", "array_mutants"), "Reading data is left to the user's code"),
    "determinism": DETERMINISM,
    "sanitizers": NOT_DOCUMENTED,
    "compatibility": COMPATIBILITY,
}
"""By campaign; a test fails if one is missing."""


def documented(campaign: str) -> str:
    """What is documented about a campaign's subject, for a cell of the table."""
    return PROMISES.get(campaign, NOT_LOOKED_UP)
