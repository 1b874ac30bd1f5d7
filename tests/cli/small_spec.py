"""A small spec of folders of images, in parts and with an import, and the commands that sweep it."""

DECLARED = """neuron lif { }
candidates both {
  c3   = conv(3) -> norm -> lif
  skip = identity
}
"""
NETWORK = """cell plain { nodes = 1 candidates = both neuron = lif }
network net {
  input x : real[3, 8, 8]
  time = 2
  stem  = x -> stem(3, out = 4)
  output logits = stem -> chain([plain, plain], width = 2) -> pool -> linear(2) -> mean(time)
}
dataset images { source = imagenet  augment = [random_crop([8, 8])] }
"""
LIBRARY = f"sdhs 1\n{DECLARED}"
SPEC = f"""# a comment
sdhs 1
import "library.sdhs"
{NETWORK}search net on images {{
  epochs = 2  warm_up = 0  batch = 3
  weights = sgd(lr = 0.05)  architecture = adam(lr = 0.5)  loss = cross_entropy(logits)
}}
retrain net on images {{
  epochs = 3  batch = 4  weights = sgd(lr = 0.05)  loss = cross_entropy(logits)
}}
profile short {{ search.epochs = 1 }}
"""
TRAIN = ("compile", "net.sdhs", "--train", "--data", "data", "--device", "cpu", "--out", "out")
SWEEP = ("sweep", "net.sdhs", "--data", "data", "--device", "cpu", "--out", "out")
