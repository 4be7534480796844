# %% [markdown]
# # 5 · Activations
#
# *Four shapes, four slopes.*
#
# **Afterwards you can** give value and derivative of sigmoid, tanh, ReLU and leaky ReLU, on
# numbers and on arrays, and say where each goes to sleep. **You need** [lesson
# 3](03_backprop_by_hand.ipynb). **Time** 15 minutes.

# %%
from random import Random

import matplotlib.pyplot as plt
import numpy as np

from autograd import Value, activation, debug, gradcheck, leaky_relu, relu, sigmoid, tanh
from autograd.draw import plots
from autograd.errors import GradcheckError
from autograd.lesson import check, figure, hint, predict, reveal

# %% [markdown]
# ## A puzzle
#
# An activation bends what a unit has added up. Ten sigmoids stand in a row, each fed by the
# one before, all weights 1. What is the largest slope that the whole row can possibly have?
# Guess a number: 1, 0.1, 0.001, or less?

# %%
predict("5.ten", ...)

# %% [markdown]
# ## Four shapes
#
# - **sigmoid**: 1/(1 + e^−x), between 0 and 1; its slope is out·(1 − out);
# - **tanh**: (e^x − e^−x)/(e^x + e^−x), between −1 and 1; its slope is 1 − out²;
# - **ReLU**: x if it is positive, else 0;
# - **leaky ReLU**: x if it is positive, else 0.01·x.
#
# Here out is the function's own result; `sigmoid(2.0)` computes it. Two slopes by hand:

# %%
check("5.ds", ...)  # sigmoid'(2), to three digits

# %%
check("5.leaky", ...)  # leaky ReLU with slope 0.01: its derivative at −2

# %%
hint("5.ds")

# %% [markdown]
# Every function here takes numbers, Values and arrays, and knows its derivative. Before you
# run: for which x will sigmoid be exactly one half, and which of its slopes are equal?

# %%
x = np.array([-2, -1, 0, 1, 2])
for op in (sigmoid, tanh, relu, leaky_relu):
    print(f"{op.name:10} {op(x).round(4)}   slope {op.derivative(x).round(4)}")

assert sigmoid(0.0) == 0.5
assert relu.derivative(0.0) == 0.0  # a choice: mathematics leaves it open

# %%
_, axes = plt.subplots(2, 2, figsize=(9, 7), layout="constrained")
figure(
    plots.activation(ax=axes.flat),
    caption="Notice: sigmoid's slope is at most 1/4, tanh's reaches 1. Hatched: less than a "
    "tenth of the largest.",
    alt="Sigmoid, tanh, ReLU and leaky ReLU, each a black curve with its derivative dashed. "
    "The derivatives of sigmoid and tanh are bells; those of the other two are steps.",
)

# %% [markdown]
# Sigmoid's slope is out·(1 − out), largest where out is one half: 1/4. In a row slopes
# multiply: ten of them give at most (1/4)¹⁰. A real row does worse, as it cannot stay at the
# steepest point. In the stepper, say before each press of **n** how much will be left.

# %%
best = sigmoid.derivative(0.0) ** 10
value = start = Value(0.0)
for _ in range(10):
    value = value.sigmoid()
value.backward()
print(f"a real row, from 0: {start.grad:.1e}")
reveal("5.ten", best)
assert start.grad < best < 1e-6
debug.show(value, title="ten sigmoids in a row")

# %% [markdown]
# ## One shape, twice
#
# tanh x = 2·sigmoid(2x) − 1: the same bend, stretched. Predict from this its largest slope:
# two factors of 2, and the quarter.

# %%
xs = np.linspace(-5, 5, 101)
assert np.allclose(tanh(xs), 2 * sigmoid(2 * xs) - 1)
print("steepest:", tanh.derivative(0.0), "=", 2 * 2 * sigmoid.derivative(0.0))

# %% [markdown]
# ## Asleep
#
# Where the slope is small, next to nothing is learned: the unit is *saturated*. From which x
# on is the slope below 0.01? Guess for sigmoid and for tanh.

# %%
fine = np.arange(0, 8, 0.001)
for op in (sigmoid, tanh):
    first = fine[op.derivative(fine) < 0.01][0]
    print(f"{op.name}: from |x| = {first:.2f}")

# %%
chance = Random(0)
sums = {f"spread {spread}": [chance.gauss(0, spread) for _ in range(5000)] for spread in (1, 3)}
figure(
    plots.pre_activations(sums, sigmoid),
    caption="Notice: the same unit learns or sleeps by how large its sums are.",
    alt="Two heaps of weighted sums. The narrow one lies between the hatched zones in which "
    "sigmoid is saturated; the broad one reaches far into both.",
)

# %% [markdown]
# ## One of your own
#
# A formula becomes an activation by one line above it: `d_x` is its derivative, given x and
# the result. `gradcheck` nudges and compares. What will it say of a wrong derivative, and
# what of the right one at ReLU's corner?


# %%
@activation(d_x=lambda x, out: 1 - out * out)
def my_tanh(x):
    return tanh(x)


@activation(d_x=lambda x, out: 1 - out)
def broken(x):
    return tanh(x)


print("mine:", gradcheck(my_tanh, 0.7))
for op, x in ((broken, 0.7), (relu, 0.0)):
    try:
        gradcheck(op, x)
    except GradcheckError as error:
        print(f"{op.name}:", str(error).partition("number 0, ")[2])

# %% [markdown]
# At a corner a nudge goes up on one side only, so it measures the mean of both slopes: there a
# check says nothing.
#
# Softplus is ln(1 + e^x), a ReLU with a soft corner. Write its derivative as a function:
# `lambda x: ...` with functions of `autograd`. It is tried at six points.

# %%
check("5.own", ...)

# %% [markdown]
# ## Three questions
#
# 1. Why does one like values around zero?
# 2. What is ReLU's slope at 0, and who decides?
# 3. Why is a saturated unit not a dead one?
#
# <details><summary>Answers</summary>
#
# 1. If all inputs of a unit are positive, all its weights must move up or down together.
# 2. Left it is 0, right it is 1; at the corner a programmer decides. Here it is 0, as in
#    PyTorch.
# 3. Its slope is small, but not 0: it learns slowly. A dead unit's slope is exactly 0.
#
# </details>

# %% [markdown]
# **Sources** LeCun et al., "Efficient backprop", 1998 (zero mean); Nair and Hinton, ICML 2010
# (ReLU); Maas et al., ICML workshop 2013 (leaky ReLU).
#
# **Next** [6 · Numerical traps](06_numerical_traps.ipynb): right formula, wrong number.
