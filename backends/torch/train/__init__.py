"""Training: weights, architecture search, checkpoints and logs."""
