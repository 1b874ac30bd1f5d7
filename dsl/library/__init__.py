"""The library of neuron models: one file of the language for each, `NAME.sdhs`, which any editor shows."""
