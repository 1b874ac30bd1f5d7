"""Neurons whose model is text, as C++ that is generated from its equations and compiled once for each shape of equations."""
