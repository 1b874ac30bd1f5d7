"""The figures of the paper, from runs.

The paper is Che et al., "Differentiable hierarchical and surrogate gradient search for spiking neural networks", NeurIPS 2022.
"""
