# %% [markdown]
# # 18 · Scalars to tensors
#
# *Your code was a matrix product.*
#
# **Afterwards you can** record a program from scalar code, read and time it, and take a model
# to PyTorch. **You need** [lesson 9](09_neuron_layer_mlp.ipynb). **Time** 15 minutes.

# %%
import time
from random import Random

import matplotlib.pyplot as plt
import numpy as np

import autograd
from autograd import Value, debug, greater, losses, nn, record, where
from autograd.datasets import moons
from autograd.errors import RecordingError
from autograd.graph import topological_order
from autograd.lesson import check, figure, hint, predict, reveal
from autograd.optim import SGD

# %% [markdown]
# ## A puzzle
#
# Here is a network for two moons in plain scalar code: loops, `+` and `*`, no library. One
# loss over 100 points is a graph of tens of thousands of nodes. Arrays do many of them at
# once. How many array steps will be left?

# %%
predict("18.steps", ...)


# %%
def weights_of(chance, nin, nout):
    return [[Value(chance.uniform(-1, 1)) for _ in range(nin + 1)] for _ in range(nout)]


def unit(weights, inputs):
    *ws, total = weights  # the last one is the bias
    for w, x in zip(ws, inputs, strict=True):
        total = total + w * x
    return total


def score(network, x):
    first, second, last = network
    x = [unit(weights, x).relu() for weights in first]
    x = [unit(weights, x).relu() for weights in second]
    return unit(last[0], x)


def mean_loss(network, points, labels):
    total = 0.0
    for point, label in zip(points, labels, strict=True):
        total = total + (1.0 - label * score(network, point)).relu()
    return total / len(points)


points, labels = moons(100, noise=0.1, seed=0)
chance = Random(0)
network = [weights_of(chance, *shape) for shape in ((2, 16), (16, 16), (16, 1))]
parameters = [w for layer in network for weights in layer for w in weights]
loss = mean_loss(network, points, labels)
print(f"{len(topological_order(loss)):,} nodes")

program = record(loss, parameters=parameters)
reveal("18.steps", sum(not line.startswith(" ") for line in program.explain().splitlines()))

# %% [markdown]
# ## Small first
#
# Three points, two inputs, two units, the sum of what comes out. Each weight is used once for
# each point, so its gradient is a sum over the points: lesson 4's `+=`. In the stepper, say
# each contribution to w11 before it comes. Then look at both pictures.

# %%
W = [
    [Value(1.0, label="w11"), Value(-2.0, label="w12")],
    [Value(2.0, label="w21"), Value(1.0, label="w22")],
]
X = [[1.0, 2.0], [3.0, -1.0], [2.0, 0.5]]
outputs = [(w[0] * x[0] + w[1] * x[1]).relu() for x in X for w in W]
small = autograd.sum(outputs)
small.backward()
debug.show(small, title="three points, two units")

# %%
figure(
    small,
    caption="Notice: the same little piece, six times over.",
    alt="A tangle: four weights on the left, from each of which three edges lead to products; "
    "pairs of these are added, go through relu and are summed up.",
    detail="values",
)

# %%
one_layer = record(small, parameters=[*W[0], *W[1]])
figure(
    one_layer.draw(),
    caption="Notice: the six pieces are one product of matrices.",
    alt="Four cards in a row: W0, two by two; a0 = c0 @ W0.T, three by two; relu; loss.",
)

# %% [markdown]
# Read the sum again: each number of X @ W.T is a row of X times a row of W. Backwards, each
# weight's sum over the points is a row times a column too: the gradient of W is d.T @ X,
# where d holds what has arrived, a row for each point.

# %%
d = np.array([[float(output.data > 0) for output in outputs[i : i + 2]] for i in (0, 2, 4)])
print(d.T @ np.array(X))
assert np.array_equal(d.T @ np.array(X), [[w.grad for w in row] for row in W])

# %% [markdown]
# ## The whole network
#
# 100 points of 2 numbers go into a layer of 16 units, X @ W.T. Which shape has W.T? Answer,
# then read the program. Where are the two hidden layers? What is `c0`?

# %%
check("18.shape", ...)  # [rows, columns] of W.T

# %%
print(program.source().partition("def value_and_gradient")[0].rstrip(), program, sep="\n\n")

# %% [markdown]
# `c0` holds the points, `c1` the labels. It is your code, and nothing else: the same numbers
# come out, but for the last digits, as sums are added up in another order. So train with it:
# 200 steps in place of 200 walks over all those nodes. How many of the 100 points will be
# right?

# %%
loss.backward()
by_node = np.array([w.grad for w in parameters])
assert np.allclose(program.gradients(), by_node, rtol=1e-9, atol=1e-12)

optimizer = SGD(parameters, lr=0.5)
for _ in range(200):
    program.step(optimizer)
program.sync()  # the Values get the numbers that were learned
signs = [score(network, point).data > 0 for point in points]
print(sum(sign == (label > 0) for sign, label in zip(signs, labels, strict=True)), "right")

# %% [markdown]
# ## What was fixed
#
# A recording holds one walk through your code. New numbers for x are welcome. But which line
# of this function would go wrong for another x? Answer, then try it: it is refused, and below
# is what can be recorded in its place.

# %%
w = Value(2.0, label="w")


@record
def asks(x):
    y = w * x
    if y.data > 0:
        return y * y
    return -y


# %%
check("18.refused", ...)  # the Python word that begins the line

# %%
hint("18.refused")


# %%
try:
    asks(3.0)
except RecordingError as error:
    print("refused: a line that reads", str(error).partition(" reads ")[2].split(". ")[0])


@record
def decides(x):
    y = w * x
    return where(greater(y, 0.0), y * y, -y)


print("at 3:", decides(3.0), "  at −3:", decides(-3.0))

# %% [markdown]
# ## Leaving
#
# An `nn.MLP` is the same network with fewer nodes: each weighted sum is one. `to_torch` makes a
# PyTorch module of it. Same points, same loss: will the gradients agree?
#
# Then the next cell takes the times of one step with gradients, on your machine. Guess first:
# by which factor is the program faster than the loops?

# %%
model = nn.MLP(2, [16, 16, 1], rng=0)
losses.hinge([model(point) for point in points], labels).backward()
try:
    import torch
except ImportError:
    torch = None
    print("PyTorch is not installed here: pip install 'stepgrad[torch]' and run this again")
else:
    module = nn.to_torch(model)
    x, y = torch.tensor(points).double(), torch.tensor(labels).double()
    (1 - y * module(x)[:, 0]).relu().mean().backward()
    layer = module[0].weight.grad.numpy()
    assert np.allclose(layer, [[w.grad for w in unit.w] for unit in model.layers[0].neurons])
    print("the gradients of the first layer agree")


# %%
def milliseconds(task, times):
    began = time.perf_counter()
    for _ in range(times):
        task()
    return 1000 * (time.perf_counter() - began) / times


took = {
    "loops, node by node": milliseconds(
        lambda: mean_loss(network, points, labels).backward(), 3
    ),
    "recording, once": milliseconds(lambda: record(loss, parameters=parameters), 1),
    "the program": milliseconds(program.gradients, 100),
}
if torch:
    took["PyTorch"] = milliseconds(
        lambda: (1 - y * module(x)[:, 0]).relu().mean().backward(), 100
    )

_, ax = plt.subplots(figsize=(8, 3), layout="constrained")
bars = ax.barh(list(took), list(took.values()), color="0.3")
ax.bar_label(bars, fmt="{:,.2f}", padding=4)
ax.set(xscale="log", xlabel="milliseconds")
ax.xaxis.set_major_formatter("{x:g}")
ax.minorticks_off()
ax.margins(x=0.15)
ax.invert_yaxis()
ax.spines[["top", "right"]].set_visible(False)
figure(
    ax,
    caption="Notice: each mark is ten times the one before; recording is paid for only once.",
    alt="Horizontal bars on a logarithmic scale: the loops take long, the program little; "
    "recording takes long too, and is done once.",
)

# %% [markdown]
# ## Three questions
#
# 1. What did recording fix for ever?
# 2. Why is one big step cheap?
# 3. When do you stay with scalars?
#
# <details><summary>Answers</summary>
#
# 1. Which operations are made and in which order: the branches, the number of points, layers
#    and units. Not the numbers.
# 2. Python does little for each step, and the loop over the numbers runs in compiled code that
#    has them side by side in memory.
# 3. To see, to debug, to try an idea; and where each sample takes its own way.
#
# </details>
#
# **Sources** Griewank and Walther, *Evaluating Derivatives*, SIAM 2008 (tapes); Frostig et
# al., SysML 2018 (tracing); Paszke et al., NeurIPS 2019 (PyTorch).
#
# **Next** Nothing is left in the dark: `stepgrad train digits` trains a network of your own,
# `debug.show` opens it.
