"""What to write instead of layers and functions of PyTorch that the language doesn't have."""

KNOWN = "write it with convolutions, linear layers, norms, poolings, ReLU and spiking neurons, or register an adapter"
"""What to write instead of any other."""

ONLINE = (
    "train it through time: results and spikes are the same, and the network's gradients those of backpropagation through time"
)
"""What to do instead of online training."""

_ACTIVATIONS = """mish elu celu selu hardtanh softplus prelu rrelu tanhshrink
    hardshrink softshrink softsign logsigmoid glu threshold clamp clip log sqrt"""
_COMPARISONS = "gt ge lt le eq ne where heaviside sign greater less masked_fill"
_REDUCTIONS = "amin min std var prod norm argmax cumsum"
_OTHERS = {
    "leave it out, and apply it to the network's result": "log_softmax logsoftmax softmin",
    "use spiking neurons, which keep a state from step to step": "lstm gru rnn lstmcell grucell rnncell",
    "use convolutions or linear layers in place of attention": """transformer transformerencoder
        transformerencoderlayer transformerdecoder transformerdecoderlayer""",
    "use the layer ConvTranspose": "conv_transpose1d conv_transpose2d conv_transpose3d",
    "compute it before the network, and give its result as the example": "embedding embeddingbag one_hot",
    "use BatchNorm, or InstanceNorm for single samples": """groupnorm rmsnorm localresponsenorm group_norm
        instance_norm normalize""",
    "use the `padding` of the convolution or pooling behind it": """zeropad1d zeropad2d zeropad3d constantpad1d constantpad2d
        constantpad3d reflectionpad1d reflectionpad2d replicationpad1d replicationpad2d circularpad2d pad""",
    "use AdaptiveAvgPool, or MaxPool with a kernel": """lppool1d lppool2d
        fractionalmaxpool2d adaptive_max_pool1d adaptive_max_pool2d""",
    "use Dropout": "alphadropout featurealphadropout dropout1d dropout3d dropout2d alpha_dropout",
    "give the module inside it, `module.module`": "dataparallel distributeddataparallel",
    "use permute or transpose": "movedim moveaxis t",
    "keep the order of the numbers": "flip roll",
    "use chunk or split": "select tensor_split index_select",
    "concatenate the channels with torch.cat, or add": "stack",
    "use matmul for products of tokens, and a linear layer or a convolution for weights": "einsum mm baddbmm bilinear",
    "leave it out; train some weights alone after the import": "detach detach_ data",
    "compute a new tensor": "fill_ zero_ copy_ index_fill_ scatter_ masked_fill_",
    "use Upsample, or a convolution with a stride": "pixelshuffle pixelunshuffle pixel_shuffle pixel_unshuffle",
}
_GROUPS = _OTHERS | {
    "use ReLU, LeakyReLU or a spiking neuron": _ACTIVATIONS,
    "compare a potential with a threshold, by > or >=, in neurons": _COMPARISONS,
    "use the mean over all pixels, or over the time steps": _REDUCTIONS,
}

INSTEAD = {name: text for text, names in _GROUPS.items() for name in names.split()}
"""What to write instead, by the last part of a function's name, or of a layer's in small letters."""


def instead(name: str) -> str:
    """What to write instead of a layer or function."""
    last = name.rpartition(".")[2].lower()
    return INSTEAD.get(last) or INSTEAD.get(last.rstrip("_")) or KNOWN
