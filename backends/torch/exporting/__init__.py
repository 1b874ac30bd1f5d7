"""Trained networks as files for other programs: one streaming step for PyTorch and ONNX, and folded weights."""
