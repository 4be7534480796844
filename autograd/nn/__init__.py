"""Networks: modules with named parameters, files to keep them in, and the way to other packages and back."""

from autograd.nn.dense import MLP, Layer, Neuron
from autograd.nn.init import he, lecun, uniform, xavier
from autograd.nn.interchange import from_torch, to_keras, to_onnx, to_torch
from autograd.nn.module import Module
from autograd.nn.storage import load, save

__all__ = [
    "MLP",
    "Layer",
    "Module",
    "Neuron",
    "from_torch",
    "he",
    "lecun",
    "load",
    "save",
    "to_keras",
    "to_onnx",
    "to_torch",
    "uniform",
    "xavier",
]
