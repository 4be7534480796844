# %% [markdown]
# # 13 · Adaptive activations
#
# *The shape learns too.*
#
# **Afterwards you can** give an activation a parameter that is learned, check its derivative,
# and read what it has learned. **You need** [lesson 12](12_dead_units.ipynb). **Time** 15
# minutes.

# %%
import matplotlib.pyplot as plt
import numpy as np

from autograd import Value, activation, debug, gradcheck, leaky_relu, nn, silu, tanh
from autograd.draw import plots
from autograd.experiments import adaptive
from autograd.lesson import check, figure, hint, plot, predict, reveal
from autograd.losses import mse
from autograd.optim import SGD

# %% [markdown]
# ## A puzzle
#
# PReLU is a leaky ReLU that learns its slope below 0: `z` for positive z, `slope·z` for the
# others. It begins with slope 0.25 and is to become |x|. Where does the slope go?

# %%
predict("13.slope", ...)

# %% [markdown]
# ## By hand
#
# The slope is an operand like a weight: it gets a gradient, and descent moves it. Left of the
# kink the output is a product, `slope·z`; which derivative has it with respect to the *slope*?

# %%
check("13.dslope", ...)  # at z = −3, slope 0.25

# %%
check("13.dslope2", ...)  # and at z = 2?

# %%
hint("13.dslope")

# %% [markdown]
# One slope may serve many units, and gathers what each brings (lesson 4). Below, z is −3, −1
# and 2, and the outputs are added up. Say before each press of **n** what the slope will get.

# %%
prelu = nn.PReLU()
[slope] = prelu.parameters()
total = prelu(-3.0) + prelu(-1.0) + prelu(2.0)
debug.show(total, title="one slope, three units")

# %% [markdown]
# Now the puzzle: five points, the square error, rate 0.25. The error left of 0 is
# `x²·(slope + 1)²`, so the mean over the five is just `(slope + 1)²`. Predict: by which factor
# does each step shrink the distance to the goal?

# %%
xs = [-2, -1, 0, 1, 2]
slope.data, slopes = 0.25, [0.25]
optimizer = SGD([slope], lr=0.25)
for _ in range(30):
    optimizer.zero_grad()
    mse([prelu(x) for x in xs], [abs(x) for x in xs]).backward()
    optimizer.step()
    slopes.append(slope.data)
print("slope:", slopes[:5], "... ", round(slopes[-1], 6))
reveal("13.slope", round(slopes[-1], 6))

# %%
_, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
for k, ax in zip((0, 2, 30), axes, strict=True):
    plots.activation(leaky_relu, slope=slopes[k], low=-2, high=2, ax=ax)
    ax.set_title(f"after {k} steps", loc="left", fontweight="bold")
figure(
    axes[0],
    caption="Notice: the left leg swings up; on the right the parameter does not occur.",
    alt="PReLU with its derivative dashed, after 0, 2 and 30 steps. The left leg first hangs "
    "below 0, then rises to the left, and at last is as steep as the right one: |x|.",
)

# %% [markdown]
# ## Swish
#
# `x·sigmoid(β·x)`: the sigmoid is a gate, and β says how sharply it opens. First the slope by
# the *parameter* again, by hand.

# %%
check("13.db", ...)  # at β = 1, x = 2: the derivative with respect to β

# %% [markdown]
# Which shape will it have for β = 0, which for a very large β? And can a unit go below 0?

# %%
_, axes = plt.subplots(1, 3, figsize=(12, 3.6), layout="constrained")
for beta, ax in zip((0.0, 1.0, 10.0), axes, strict=True):
    plots.activation(silu, beta=beta, low=-3, high=3, ax=ax)
    ax.set_title(f"beta = {beta:g}", loc="left", fontweight="bold")
xs = np.linspace(-3, 0, 30_001)
print(f"beta = 1: lowest {silu(xs).min():.4f}, at x = {xs[silu(xs).argmin()]:.3f}")
figure(
    axes[0],
    caption="Notice: one family, from a straight line to ReLU.",
    alt="Swish with its derivative dashed, for beta 0, 1 and 10: half of x; a soft curve that "
    "dips below 0 on the left; and almost ReLU.",
)

# %% [markdown]
# Data are made with β = 3, and descent is to find it, once from 1 and once from 0, with the
# same rate, 5. Will both arrive?

# %%
from_1, from_0 = adaptive.fitted(1.0), adaptive.fitted(0.0)
curves = {}
for name, path in (("from 1", from_1), ("from 0", from_0)):
    print(name, {step: round(path[step][0], 3) for step in (0, 1, 2, 50, 300)})
    curves[name] = (range(301), [beta for [beta] in path])
figure(
    plot(curves, "beta", "step"),
    caption="Notice: from 0 it leaps so far that the gate is a step, and hardly creeps back.",
    alt="Beta over 300 steps. From 1 it rises and nears 3. From 0 it leaps to almost 9 in "
    "the first step and then hardly moves.",
)

# %% [markdown]
# ## One of your own
#
# `x·tanh(s·x)` is |x| with a round corner; `s` says how sharp. It has two operands, so it needs
# two rules. Predict: does the optimiser move `s` in both nets below?


# %%
@activation(
    d_x=lambda x, s, out: tanh(s * x) + s * x * (1 - tanh(s * x) ** 2),
    d_s=lambda x, s, out: x * x * (1 - tanh(s * x) ** 2),
)
def soft_abs(x, s):
    """|x| with a round corner."""
    return x * tanh(s * x)


class SoftAbs(nn.Module):
    def __init__(self):
        self.s = Value(1.0, label="s")

    def __call__(self, x):
        return soft_abs(x, self.s)


print("gradcheck:", gradcheck(soft_abs, 0.7, 1.3))
s = Value(1.0)
for name, shape in (("a lambda", lambda x: soft_abs(x, s)), ("a Module", SoftAbs())):
    net = nn.MLP(2, [4, 1], activation=shape, rng=0)
    print(f"{name}: {len(net.parameters())} parameters")

# %% [markdown]
# What the model does not hold, the optimiser does not know: in the lambda `s` stays 1 for
# ever, and no error says so. Count parameters.
#
# ## What networks choose
#
# 2-8-8-1 on two moons, one β for each hidden layer, from 1; then a digit reader. Guess the
# values. Will two seeds agree?

# %%
for seed in range(3):
    path = adaptive.on_moons(seed=seed)
    print(f"moons, seed {seed}:", [round(beta, 2) for beta in path[-1]])
    if seed == 0:
        shown = path
for seed in range(2):
    path = adaptive.on_digits(epochs=3, seed=seed)
    print(f"digits, seed {seed}:", [round(beta, 2) for [beta] in path], "after each epoch")
figure(
    adaptive.picture(shown),
    caption="Notice: there is no universal value; each layer goes its own way.",
    alt="The betas of two layers over 500 steps on two moons: both rise from 1, the first to "
    "about 2.4, the second to about 1.9.",
)

# %% [markdown]
# ## Three questions
#
# 1. What does Swish become for β → ∞?
# 2. With a negative slope, does PReLU still rise everywhere, and does it matter?
# 3. Why may many units share one β?
#
# <details><summary>Answers</summary>
#
# 1. ReLU: the gate is shut on the left and open on the right.
# 2. No: it falls, then rises, like |x|. The gradient does not mind; that a larger sum means a
#    larger output no longer holds.
# 3. It is one number for the whole layer, so there is hardly more to learn or to overfit, and
#    each unit helps to find it.
#
# </details>

# %% [markdown]
# **Sources** He, Zhang, Ren, Sun, ICCV 2015 (PReLU); Ramachandran, Zoph, Le, arXiv 1710.05941
# (Swish).
#
# **Next** [14 · Looking inside](14_looking_inside.ipynb): ask the model, then test the answer.
