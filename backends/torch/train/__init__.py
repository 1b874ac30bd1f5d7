"""Training, architecture search, evaluation, checkpoints and logs."""
