# %% [markdown]
# # 11 · Remedies
#
# *Each advice meets a test that it could fail.*
#
# **Afterwards you can** choose how weights begin, a normalisation and a short cut by
# evidence, and say for which networks each of them fails. **You need** [lesson
# 10](10_vanishing_and_exploding.ipynb). **Time** 20 minutes.

# %%
import math
from random import Random
from statistics import fmean

from autograd import Value, debug, losses, nn, relu
from autograd.datasets import moons
from autograd.experiments import depth
from autograd.experiments.exploding import scaled, sizes
from autograd.lesson import check, figure, hint, plot, predict, reveal
from autograd.optim import Adam
from autograd.training import accuracy, fit

# %% [markdown]
# ## A puzzle
#
# Four networks of 30 hidden layers learn two moons, 200 steps each: sigmoid with Xavier's
# weights, the same with batch normalisation, ReLU with He's weights, the same with batch
# normalisation. Which tells most fresh points right? Rank them, best first, as `"sigmoid"`,
# `"sigmoid + BatchNorm"`, `"relu"`, `"relu + BatchNorm"`.

# %%
predict("11.rank", ...)

# %% [markdown]
# ## Remedy 1: how weights begin
#
# A unit adds up n inputs, so the sum grows with n. Xavier's weights make up for that; He's
# also for the half that ReLU cuts away: variance 2/n. For a unit with 8 inputs, which
# standard deviation is that?
#
# Then twenty layers of 16 ReLU units begin in three ways. Whose signal will still have its
# size at the top?

# %%
check("11.he", ...)

# %%
hint("11.he")

# %%
lines = {}
for name, init in (("−1 to 1", nn.uniform), ("Xavier", nn.xavier), ("He", nn.he)):
    layers = sizes(relu, init, points=20)[:20]
    lines[name] = range(1, 21), [math.log10(layer.signal) for layer in layers]
figure(
    plot(lines, "Signal through 20 layers of ReLU", "layer", "power of ten"),
    caption="Notice: one line stays level; what is only right for tanh fades.",
    alt="Three lines over the layers, as powers of ten. Weights between −1 and 1 let the "
    "signal grow by several powers, Xavier's let it fall by several, He's keep it near 1.",
)

# %% [markdown]
# "He keeps the size": in each network? Fifty are drawn. Predict for width 16: how far from 1
# can a single one stray?

# %%
for width in (16, 64):
    nets = [depth.mean_squares(width, seed=seed) for seed in range(50)]
    tops = [sizes[-1] for sizes in nets]
    far = max(max(max(sizes), 1 / min(sizes)) for sizes in nets)
    print(f"width {width}: mean square at the top {fmean(tops):.2f},", end=" ")
    print(f"{sum(top < 1 for top in tops)} of 50 below 1, one off by a factor of {far:.0f}")

# %% [markdown]
# Only on average over very many nets: most lie below 1, and a rare large one makes up for
# them. The wider, the better. Never judge by one seed.
#
# ## Remedy 2: batch normalisation
#
# It takes what comes to a unit for *all* examples of a batch, subtracts their mean, divides
# by their deviation. Four examples give 1, 3, 5, 7. What will be left?

# %%
check("11.bn", ...)  # four numbers, to three decimals

# %%
# The first example's output alone: which inputs will have a gradient, and what is their sum?
xs = [Value(x, label=f"x{k}") for k, x in enumerate((1, 3, 5, 7), start=1)]
[first], *_ = nn.BatchNorm(1)([[x] for x in xs])
first.backward()
print({x.label: round(x.grad, 3) for x in xs})
print("sum:", round(abs(sum(x.grad for x in xs)), 9))

# %% [markdown]
# All have one. BatchNorm couples the examples: what you get depends on who else is there.
# And shift all four alike: nothing changes, so the slopes sum to 0.
#
# ## Remedy 3: a short cut
#
# A block no longer gives f(h), but h + f(h). In the picture f(h) = 0.25·h. Which gradient
# will h have?

# %%
h = Value(2, label="h")
y = h + 0.25 * h
y.label = "y"
y.backward()
figure(
    y,
    caption="Notice: a plus copies what arrives, so one of the two ways back shrinks nothing.",
    alt="h leads to y twice: by a short cut with local derivative 1, and through a product "
    "with 0.25. Its gradient is the sum of both.",
)

# %%
check("11.res3", ...)  # three such blocks in a row: the slope of all together

# %%
# Before each press of n say what the next h will have when both of its ways have spoken.
out = Value(2, label="h0")
for place in range(1, 4):
    out = out + 0.25 * out
    out.label = f"h{place}"
out.backward()
debug.show(out, title="three blocks with short cuts")

# %% [markdown]
# ## The test
#
# Sigmoid and ReLU, each with a good init alone, then with BatchNorm or short cuts added; 5
# layers and 30, width 8, two seeds, Adam, 200 steps. It takes a while: 24 networks are
# trained. Sigmoid first: which of the three will learn at 30 layers, and what?
# (`first` and `last` are the mean |gradient| in these layers, before the first step.)

# %%
remedies = ("init", "batch norm", "residual")
settings = {"seeds": (0, 1), "points": 64}
found = depth.grid(("sigmoid",), remedies, (5, 30), **settings)
print(depth.report(found))

# %%
with_relu = depth.grid(("relu",), remedies, (5, 30), **settings)
print(depth.report(with_relu))
found |= with_relu
reached = {
    f"{name} + BatchNorm" if remedy == "batch norm" else name: fmean(r.accuracy for r in runs)
    for (name, remedy, layers), runs in found.items()
    if layers == 30 and remedy != "residual"
}
reveal("11.rank", sorted(reached, key=reached.get, reverse=True))
assert reached["sigmoid"] == 0.5
assert reached["sigmoid + BatchNorm"] > 0.9
figure(
    depth.picture(found),
    caption="Notice: the two halves disagree. A healthy gradient is not yet a good network.",
    alt="Two heat maps, remedies by depth. Left the gradient at the first layer: next to "
    "nothing for deep sigmoid alone, huge for deep ReLU with short cuts. Right the accuracy.",
)

# %% [markdown]
# Read it as a judge, at 30 layers. BatchNorm saves sigmoid, and harms ReLU: there the
# gradient grows on its way down, from `last` to `first`. Short cuts give sigmoid a healthy
# gradient, yet the accuracy of a straight line. With ReLU, which is never below 0, each block
# adds to the signal, and it explodes.
#
# Does sigmoid with short cuts never learn to bend? Predict its loss curve if it has 600
# steps.

# %%
points, labels = moons(64, noise=0.15, seed=0)
data = points, [(label + 1) // 2 for label in labels]
fresh = moons(64, noise=0.15, seed=100)


def learned(net, steps, rate=0.01):
    adam, loss = Adam(net.parameters(), lr=rate), losses.binary_cross_entropy
    return fit(net, data, loss, adam, epochs=steps, batch_size=64, progress=False).steps


slow = learned(depth.deep("sigmoid", 30, "residual"), 600)
line = learned(nn.MLP(2, [1], rng=0), 600, rate=0.1)[-1]
lines = {"30 layers": (range(100, 600), slow[100:]), "best line": ((100, 599), (line, line))}
figure(
    plot(lines, "Sigmoid with short cuts", "step", "loss"),
    caption="Notice: it pauses at what a straight line can do, and later finds the bend.",
    alt="Loss from step 100 on. The deep network falls to the level of the best straight line, "
    "stays there for some hundred steps, then falls to nearly 0.",
)

# %% [markdown]
# ReLU's explosion has a remedy too: a *small* branch, h + f(h) with f's weights a tenth of
# He's. Take the seed whose network was at its worst. What will become of it?

# %%
chance = Random(1)
blocks = [nn.Residual(nn.Layer(8, 8, init=scaled(nn.he, 0.1), rng=chance)) for _ in range(29)]
mended = nn.Sequential(
    nn.Layer(2, 8, init=nn.he, rng=chance), *blocks, nn.Layer(8, 1, nonlin=False, rng=chance)
)
last = learned(mended, 200)[-1]
before = found["relu", "residual", 30][1]
print(f"unscaled: loss {before.loss:.4g}, {before.accuracy:.2f} right")
print(f"scaled:   loss {last:.4g}, {accuracy(mended, fresh):.2f} right")
assert accuracy(mended, fresh) > 0.85

# %% [markdown]
# ## Three questions
#
# 1. Why is a healthy gradient not enough?
# 2. What does BatchNorm couple?
# 3. What would refute each advice, and what did?
#
# <details><summary>Answers</summary>
#
# 1. It says that the first layer moves, not that it moves towards a bend; and a huge one
#    moves it too far.
# 2. The examples of a batch: an output depends on all of them, and so does its gradient.
# 3. A network that does worse with it. BatchNorm fell with 30 layers of ReLU, the unscaled
#    short cut too; "He keeps the size" fell for single narrow networks.
#
# </details>
#
# **Sources** Glorot and Bengio, AISTATS 2010; He et al., ICCV 2015 (init) and CVPR 2016
# (short cuts); Ioffe and Szegedy, ICML 2015; Yang et al., ICLR 2019 (BatchNorm explodes).
#
# **Next** [12 · Dead units](12_dead_units.ipynb): exact zero never comes back.
