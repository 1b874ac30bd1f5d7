"""A spec of CIFAR10 with a search, in whose network OPERATION stands for an operation of a plug-in and an arrow."""

SPEC = """\
sdhs 1

neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
cell plain { nodes = 1 candidates = both neuron = lif }

network net {
  input image : real[3, 32, 32]
  time = 2
  stem  = image -> OPERATION stem(3, out = 2, stride = 4)
  output logits = stem -> chain([plain, plain], width = 2) -> pool -> linear(10) -> mean(time)
}
dataset cifar10 { augment = [horizontal_flip] }

search net on cifar10 {
  epochs = 2  warm_up = 1  batch = 5
  weights      = sgd(lr = 0.05, momentum = 0.9)
  architecture = adam(lr = 0.5)
  loss         = cross_entropy(logits)
}
retrain net on cifar10 {
  epochs = 9  batch = 5
  weights = adam(lr = 0.05)
  loss    = cross_entropy(logits)
}
profile tiny { retrain.epochs = 3 }
profile other { retrain.epochs = 5 }
"""
