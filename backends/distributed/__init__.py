"""One training in several processes, started by `torchrun`: gloo on CPUs, NCCL on GPUs."""
