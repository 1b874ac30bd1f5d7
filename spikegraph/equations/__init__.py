"""The equations of neuron models as values: terms, what they may be, and what they cost.

A model is text of the language (docs/language.md, `model`). The reader makes `Equations` of it: one line for each name, in the
order in which a time step computes them. Everything that computes, counts, draws or exports a neuron of such a model goes
through these lines and nothing else.
"""
