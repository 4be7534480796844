"""Networks: modules with named parameters, files to keep them in, and the way to other packages and back.

A layer takes one sample: a number, a vector, a sequence of vectors, or an image of channels × rows × columns, as
nested lists of numbers and Values. Only BatchNorm, and what contains it, takes a batch: a list of samples.
"""

from autograd.nn.adaptive import Maxout, Mixture, PReLU, Swish
from autograd.nn.attention import AttentionPooling, MultiHeadAttention, attention
from autograd.nn.dense import MLP, Layer, Neuron
from autograd.nn.dropout import Dropout
from autograd.nn.embedding import Embedding
from autograd.nn.images import AveragePool, Conv2d, MaxPool, flatten
from autograd.nn.init import he, lecun, uniform, xavier
from autograd.nn.interchange import from_torch, to_keras, to_onnx, to_torch
from autograd.nn.module import Module
from autograd.nn.norm import BatchNorm, LayerNorm, RMSNorm
from autograd.nn.recurrent import GRU, Elman, Recurrent
from autograd.nn.sequential import Residual, Sequential
from autograd.nn.storage import load, save

__all__ = [
    "GRU",
    "MLP",
    "AttentionPooling",
    "AveragePool",
    "BatchNorm",
    "Conv2d",
    "Dropout",
    "Elman",
    "Embedding",
    "Layer",
    "LayerNorm",
    "MaxPool",
    "Maxout",
    "Mixture",
    "Module",
    "MultiHeadAttention",
    "Neuron",
    "PReLU",
    "RMSNorm",
    "Recurrent",
    "Residual",
    "Sequential",
    "Swish",
    "attention",
    "flatten",
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
