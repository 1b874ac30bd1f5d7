"""The PyTorch backend: models, data sets and training."""
