# %% [markdown]
# # 12 · Dead units
#
# *Exact zero never comes back.*
#
# **Afterwards you can** find dead units, say why no optimiser revives them, and choose an
# activation by a comparison. **You need** [lesson 11](11_remedies.ipynb). **Time** 20 minutes.

# %%
from statistics import fmean

from autograd import Value, debug, leaky_relu, losses, nn, relu
from autograd.datasets import Dataset, digits
from autograd.draw import plots
from autograd.experiments import compare, dead
from autograd.lesson import check, figure, hint, predict, reveal
from autograd.optim import SGD, Adam
from autograd.training import fit

# %% [markdown]
# ## A puzzle
#
# A network with 32 ReLU units learns to read digits by plain descent. With rate 0.25 it does
# well. What will rate 1 break, and what rate 2? Guess for each how much of the test is still
# read rightly: `[0.9, 0.5]`, say. By chance it would be 0.1.

# %%
predict("12.rates", ...)

# %% [markdown]
# ## Off, or dead?
#
# The second unit of the tiny network was off (lesson 3). Here it is alone; 6 is what came to
# h2 from above. Step backward: which factor stops it, and what will `w21` get?

# %%
w21, w22, b2 = Value(1, label="w21"), Value(-2, label="w22"), Value(1, label="b2")
z2 = w21 * 1 + w22 * 2 + b2
h2 = z2.relu()
out = 6 * h2
z2.label, h2.label, out.label = "z2", "h2", "out"
out.backward()
debug.show(out, title="a unit that is off")

# %%
figure(
    out,
    caption="Notice: 6 arrives at h2; the 0 on the edge into it lets nothing through.",
    alt="Weights and bias lead into z2, which is negative, z2 through relu into h2, which is "
    "0. h2 has gradient 6; all before it has gradient 0.",
)

# %%
check("12.grad0", ...)  # upstream 5, z = −3, input 2: the gradient of the unit's weight

# %% [markdown]
# Off for one example is what ReLU is made for. A unit is **dead** if it is off for *every*
# example: then nothing ever moves its weights.

# %%
check("12.dead", ...)  # z of unit 1: (−3, −1, 2), of unit 2: (−4, −2, −1). Which is dead?

# %%
hint("12.dead")

# %% [markdown]
# ## Buried
#
# A network 2-16-1 begins with all hidden biases at −10, so that no unit fires on the moons.
# A thousand steps. Adam made small gradients large in lesson 8: will it dig the network out?
# And what will leaky ReLU do, with slope 0.1 below 0?


# %%
def leaky(x):
    return leaky_relu(x, 0.1)


recipes = {"SGD": lambda ps: SGD(ps, lr=0.5), "Adam": lambda ps: Adam(ps, lr=0.01)}
for activation in (relu, leaky):
    for name, recipe in recipes.items():
        found = dead.revival(activation, recipe)
        shape = "leaky" if activation is leaky else "ReLU"
        print(
            f"{shape:5} {name:4}  gradient {found.gradient:<5.2g}  loss {found.loss:.4f}"
            f"  right {found.accuracy:.2f}  below zero {found.below:.0%}"
        )
print("the best straight line: loss {:.4f}, right {:.2f}".format(*dead.straight_line()))

# %% [markdown]
# 0.6931: the coin of lesson 10. Adam scales gradients, and zero at any scale is zero. The leak
# brings the network back, but all its units stay on their lower leg, which is straight: it
# lives, and is a line.
#
# ## The cliff
#
# Now the digits, at growing rates, two seeds each. (A third of the file, to save time.) Will
# accuracy fall as units die?

# %%
every = digits()
train, test = dead.last_fifth(Dataset(every.inputs[::3], every.targets[::3]))
rates = (0.25, 0.5, 0.75, 1, 1.25, 1.5, 2)
found = dead.sweep(rates, seeds=(0, 1), data=(train, test))
means = {rate: fmean(run.accuracy for run in runs) for rate, runs in found.items()}
reveal("12.rates", [round(means[rate], 2) for rate in (1, 2)])
assert means[1] > 0.8
assert means[2] < 0.2
figure(
    dead.picture(found),
    caption="Notice: a cliff, not a slope; the first dead units cost hardly anything.",
    alt="Accuracy and the share of dead units against the rate. Up to rate 1 accuracy stays "
    "near 0.9 while units begin to die; beyond it all units die and accuracy falls to 0.1.",
)

# %% [markdown]
# Which units are they? Here is one network after learning with rate 1. Guess how often a
# unit that lives will fire.

# %%
net = nn.MLP(64, [32, 10], init=nn.he, rng=0)
descent = SGD(net.parameters(), lr=1.0)
fit(net, train, losses.cross_entropy, descent, epochs=10, progress=False)
outputs = [net.layers[0](row) for row in train.inputs]
figure(
    plots.dead_units(outputs),
    caption="Notice: dead is exactly never; next to it stand units that fire now and then.",
    alt="Bars for 32 units: on which share of the digits each fires. Many are crosses at 0, "
    "the others lie between a few and many percent.",
)

# %% [markdown]
# A leak keeps every unit alive. Does it also save rate 2?

# %%
for slope in (0.01, 0.1):
    [runs] = dead.sweep(
        [2.0], seeds=(0, 1), data=(train, test), activation=lambda x, s=slope: leaky_relu(x, s)
    ).values()
    print(
        f"slope {slope}: dead {runs[0].dead:.0%}, right",
        *(f"{run.accuracy:.2f}" for run in runs),
    )

# %% [markdown]
# Alive, and still not good: the rate was the disease, dead units a symptom.
#
# ## Which activation?
#
# The honest way is to compare on *your* task: same data, depth, steps. Two moons, 8 hidden
# layers. First state a rule in your own words: "take ... because ...".

# %%
predict("12.rule", ...)

# %%
task = compare.task_called("moons")
names = ("relu", "leaky_relu", "tanh", "sigmoid")
compared = list(compare.compare(names, task, depth=8, seeds=(0, 1)))
for one in compared:
    right = " ".join(f"{share:.3f}" for share in one.accuracies)
    print(f"{one.name:11} right {right}  dead units {one.dead:.0%}")
best = max(compared, key=lambda one: fmean(one.accuracies))
reveal("12.rule", f"{best.name} that is ahead, for this task and these seeds")

# %%
figure(
    plots.loss_curve({one.name: one.steps for one in compared}),
    caption="Notice: three arrive, tanh by a way of its own; sigmoid comes to rest far above.",
    alt="Loss curves of four activations over 200 steps. Three fall to below 0.1, tanh first; "
    "that of sigmoid stays at a coin's loss, then comes to rest at about 0.3.",
)

# %% [markdown]
# Between the first three the seed decides: ReLU lost units and did no worse. A rule: *begin
# with ReLU and He; if many units die, lower the rate, then try a leak; tanh where values
# should have mean 0.* Its exception is the task at hand: compare.

# %% [markdown]
# ## Three questions
#
# 1. Dead, or off for one example: how do you tell?
# 2. Why does Adam not help a dead unit?
# 3. What did the comparison cost you in time, and what would it cost with ten seeds?
#
# <details><summary>Answers</summary>
#
# 1. Look at all examples: dead is off on every one. `debug.health` and `plots.dead_units`
#    count.
# 2. It scales gradients, and the gradient is exactly 0.
# 3. Some seconds for two seeds; five times that for ten. It is cheaper than a wrong choice.
#
# </details>
#
# **Sources** Nair and Hinton, ICML 2010; Maas, Hannun and Ng, ICML workshop 2013; Lu et al.,
# *Communications in Computational Physics* 28, 2020 (dying ReLU).
#
# **Next** [13 · Adaptive activations](13_adaptive_activations.ipynb): the shape learns too.
