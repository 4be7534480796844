# %% [markdown]
# # 10 · Vanishing and exploding
#
# *Long products.*
#
# **Afterwards you can** measure in a deep network how much gradient reaches each layer, and
# tell a network that cannot learn from one that has finished. **You need** lessons
# [5](05_activations.ipynb) and [9](09_neuron_layer_mlp.ipynb). **Time** 20 minutes.

# %%
import math

from autograd import Value, debug, losses, nn, relu, sigmoid
from autograd.datasets import moons
from autograd.draw import plots
from autograd.experiments.exploding import chain, descent, sizes
from autograd.lesson import check, figure, hint, plot, predict, reveal
from autograd.optim import Adam
from autograd.training import fit

# %% [markdown]
# ## A puzzle
#
# Twenty sigmoids stand in a row, all weights 1; 0.5 goes in. How much does the end move if
# the beginning is nudged? Guess the slope, as a power of ten: `1e-3`, `1e-6`, or what?

# %%
predict("10.slope", ...)

# %% [markdown]
# Begin with three of them. What could their slope be at best?

# %%
check("10.chain3", ...)

# %%
hint("10.chain3")

# %% [markdown]
# Each stage passes on what arrives, times its own slope, and a sigmoid's is never above 1/4.
# In the stepper, before each press of **n**, say roughly how much will be left.

# %%
x = Value(0.5, label="x")
out = x
for place in range(1, 5):
    out = out.sigmoid()
    out.label = f"s{place}"
out.backward()
debug.show(out, title="four sigmoids in a row")

# %%
value, slope = chain(sigmoid, 20, 0.5)
print(f"twenty: value {value:.4f}, slope there {sigmoid.derivative(value):.4f}")
print(f"at best 0.25^20 = {0.25**20:.1e}")
reveal("10.slope", f"{slope:.2e}")
assert slope < 0.25**20
figure(
    out,
    caption="Notice: from the end to the beginning the blue fades; the numbers above do not.",
    alt="x and four sigmoids in a row. The gradient is 1 at the end and smaller by a factor of "
    "more than 4 at each stage before it, the tint with it; the values hardly change.",
)

# %% [markdown]
# ## Layer by layer
#
# Now a network: 20 hidden layers of 16 sigmoids, Xavier's weights, two moons, one backward
# pass. How many times smaller is the mean |gradient| of the weights in layer 1 than in
# layer 20?
#
# The picture adds two more sizes: the *signal*, what leaves a layer on its way up, and
# *upstream*, the gradient that arrives there from above.

# %%
fading = sizes(sigmoid, nn.xavier)
for number in (1, 5, 10, 15, 20):
    print(f"layer {number:2}: mean |gradient| {fading[number - 1].weights:.0e}")
ratio = fading[0].weights / fading[19].weights
print(f"first : last = {ratio:.0e}")
assert ratio < 1e-6


def profile(layers, title):
    """The hidden layers' sizes as powers of ten: a straight line is a product."""
    lines = {}
    for kind in ("weights", "signal", "upstream"):
        lines[kind] = range(1, 21), [math.log10(getattr(x, kind)) for x in layers[:20]]
    return plot(lines, title, "layer", "power of ten")


figure(
    profile(fading, "20 layers of sigmoids, Xavier"),
    caption="Notice: the signal goes up unharmed; going down, ten layers cost six digits.",
    alt="Three lines over the layers. The signal stays near 1. The gradients of the weights, "
    "and what arrives from upstream, fall steadily from layer 20 down to layer 1.",
)

# %% [markdown]
# ## Vanishing, or finished?
#
# Both look flat. Two networks learn the moons with Adam, one with 2 hidden layers, one with
# 20. Predict: at which loss will the deep one stand still? Think of what a coin says.

# %%
check("10.ln2", ...)  # two classes, the model always says one half: its cross-entropy

# %%
points, labels = moons(100, noise=0.1, seed=0)
data = points, [(label + 1) // 2 for label in labels]
nets = {
    f"{depth} layers": nn.MLP(2, [8] * depth + [1], activation=sigmoid, init=nn.xavier, rng=0)
    for depth in (2, 20)
}
curves = {}
for name, net in nets.items():
    adam = Adam(net.parameters(), lr=0.03)
    loss = losses.binary_cross_entropy
    curves[name] = fit(net, data, loss, adam, epochs=300, batch_size=100, progress=False).steps
figure(
    plots.loss_curve(curves),
    caption="Notice: a flat loss of 0.6931 is a coin, not a minimum.",
    alt="Two loss curves. That of 2 layers falls towards 0. That of 20 layers "
    "comes down to 0.6931 and stays there, level.",
)

# %% [markdown]
# `debug.health` reads a network after a backward pass; it counts layers from 0. Of which of
# the two will it complain?

# %%
for name, net in nets.items():
    loss = losses.binary_cross_entropy([net(point) for point in points], data[1])
    net.zero_grad()
    loss.backward()
    found = debug.health(net, loss).warnings() or ["nothing stands out"]
    print(f"{name}, loss {loss.data:.4f}:", *found, sep="\n  ")

# %% [markdown]
# ## A blind measure
#
# ReLU now, its weights far too small: deviation 0.01. First against last layer, as before:
# will the ratio be small?


# %%
def tiny(rng, fan_in, fan_out):
    return rng.gauss(0.0, 0.01)


shrunk = sizes(relu, tiny, points=20)
print(f"first : last = {shrunk[0].weights / shrunk[19].weights:.1f}")
figure(
    profile(shrunk, "20 layers of ReLU, weights near 0"),
    caption="Notice: in all layers the weights' gradients are alike, and next to nothing.",
    alt="Three lines over the layers. The signal falls on its way up, the upstream gradient "
    "on its way down, by as much; the gradients of the weights are level, at the bottom.",
)

# %% [markdown]
# A weight's gradient is what arrives from above times what comes from below. If both shrink
# alike, the product is the same, and nothing, everywhere. So look at all three.
#
# ## The other way
#
# Products can grow too. What is the slope of thirty factors w, for w = 0.5, 0.9, 1.1, 1.5?

# %%
for w in (0.5, 0.9, 1.1, 1.5):
    print(f"{w}^30 = {chain(lambda x, w=w: w * x, 30, 1.0)[1]:.2g}")
print(f"1.5^20 = {1.5**20:.0f}")

# %% [markdown]
# He's weights keep ReLU's signal. One and a half times as large, they let it grow by 1.5 in
# each of 20 layers. The usual first aid is *clipping*: if the gradient is longer than 1, it
# is made that long.

# %%
check("10.clip", ...)  # the gradient (3, 4), clipped to norm 1: [first, second]

# %%
wild, tame = descent(), descent(clip=1.0)
print("unclipped: loss", *(f"{loss:.0e}," for loss in wild.losses), "gradient", wild.norms[-1])
print(f"clipped:   loss {tame.losses[-1]:.2f}, {tame.accuracy:.2f} right")
assert wild.diverged
assert not tame.diverged
steps = range(0, 200, 5)
figure(
    plot(
        {
            "loss": (steps, [math.log10(tame.losses[step]) for step in steps]),
            "gradient": (steps, [math.log10(tame.norms[step]) for step in steps]),
        },
        "Clipped",
        "step",
        "power of ten",
    ),
    caption="Notice: the gradient stays hundreds of times too long; only the steps are short.",
    alt="Loss and length of the gradient over 200 clipped steps. The loss falls by two powers "
    "of ten; the length of the gradient falls from thousands and then swings about 1000.",
)

# %% [markdown]
# ## Three questions
#
# 1. A loss stands still: vanishing, or finished?
# 2. Why does w = 1.1 explode, which is hardly more than 1?
# 3. What does clipping not mend?
#
# <details><summary>Answers</summary>
#
# 1. Finished: a low loss, and small gradients in all layers. Vanishing: the loss of a coin,
#    and the gradient smaller layer by layer.
# 2. What counts is the power: thirty factors of 1.1 are more than 17.
# 3. The cause: weights that are too large. Each layer still multiplies; only the step is
#    made bearable.
#
# </details>
#
# **Sources** Hochreiter, diploma thesis, TU München, 1991; Bengio, Simard and Frasconi, *IEEE
# Transactions on Neural Networks* 5, 1994; Pascanu, Mikolov and Bengio, ICML 2013 (clipping).
#
# **Next** [11 · Remedies](11_remedies.ipynb): what helps, and where it fails.
