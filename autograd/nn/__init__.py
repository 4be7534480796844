"""Networks: modules with named parameters, and files to keep them in."""

from autograd.nn.dense import MLP, Layer, Neuron
from autograd.nn.init import he, lecun, uniform, xavier
from autograd.nn.module import Module
from autograd.nn.storage import load, save

__all__ = ["MLP", "Layer", "Module", "Neuron", "he", "lecun", "load", "save", "uniform", "xavier"]
