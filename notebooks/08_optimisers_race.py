# %% [markdown]
# # 8 · Optimisers race
#
# *Memory and scale.*
#
# **Afterwards you can** write momentum and Adam in a few lines each, and say when each helps.
# **You need** [lesson 7](07_gradient_descent.ipynb). **Time** 20 minutes.

# %%
import matplotlib.pyplot as plt

from autograd import Value, debug
from autograd.draw.landscape import paths
from autograd.experiments.descent import descend, race, ravine, rosenbrock, saddle, turn, turned
from autograd.lesson import check, figure, hint, predict, reveal
from autograd.optim import SGD, Adagrad, Adam, Optimizer, RMSProp

# %% [markdown]
# ## A puzzle
#
# Two weights: the gradient of one is 0.001, of the other 1000. Plain descent moves the second
# a million times as far. And Adam, in its first step? Guess how many times as far.

# %%
predict("8.times", ...)

# %% [markdown]
# ## A ravine
#
# (x² + 25y²)/2 is flat along x and steep along y. Lesson 7 has the rule for one direction: the
# edge is 2 over the second derivative. Which of the two directions decides, and where is the
# edge? Answer first; then the next cell shows a hundred steps on either side of it.

# %%
check("8.edge", ...)  # the largest rate with which plain descent does not diverge

# %%
start = (-4.0, 1.0)
for rate in (0.03, 0.079, 0.081):
    path = descend(ravine, start, lambda x, rate=rate: SGD(x, lr=rate), limit=100)
    x, y = path[-1]
    print(f"rate {rate:<5}: after {len(path) - 1} steps x {x:7.4f}, y {y:8.4f}")

# %% [markdown]
# ## Memory
#
# *Momentum* keeps a velocity: each step 0.9 of the old one, plus the new gradient. Where
# gradients agree it grows, where they change sign it cancels. An optimiser here is one
# formula, `update`: old number p and gradient g in, new number out.
#
# Step through three rounds on x²/2 from 4. Before each update say the new x: the gradient is
# x itself.


# %%
class Momentum(Optimizer):
    def update(self, p, g, rate, memory):
        memory["v"] = 0.9 * memory.get("v", 0.0) + g
        return p - rate * memory["v"]


x = Value(4.0, label="x")
mine = Momentum([x], lr=0.1)
with debug.trace() as rounds:
    for _ in range(3):
        mine.zero_grad()
        (x**2 / 2).backward()
        mine.step()
        print(f"gradient {x.grad:.3f}, velocity {mine.memory[0]['v']:.3f}, x {x.data:.4f}")
debug.show(rounds, title="three rounds of momentum")

# %%
check("8.v10", ...)  # the gradient is always 1: the velocity after 10 steps, keeping 0.9

# %% [markdown]
# ## The race
#
# All start at (−4, 1) with rate 0.03; the goal is a height below 0.001. Plain descent needs
# 148 steps. How many does momentum need? *Nesterov* momentum asks for the gradient a little
# ahead, where the velocity leads: better or worse?

# %%
runners = {
    "SGD": lambda x: SGD(x, lr=0.03),
    "momentum": lambda x: SGD(x, lr=0.03, momentum=0.9),
    "Nesterov": lambda x: SGD(x, lr=0.03, momentum=0.9, nesterov=True),
}
ways = race(ravine, start, runners)
print({name: len(way) - 1 for name, way in ways.items()})
assert descend(ravine, start, lambda x: Momentum(x, lr=0.03)) == ways["momentum"]
figure(
    paths(ravine, ways),
    caption="Notice: momentum overshoots, and is faster for all that; Nesterov brakes in time.",
    alt="Long flat ellipses. SGD creeps along their axis; momentum swings across and beyond "
    "the goal and comes back; Nesterov's path swings less and ends first.",
)

# %% [markdown]
# ## Scale
#
# *Adam* remembers two means for each weight: of its gradients, and of their squares. It goes
# along the first, divided by the root of the second. Both begin at 0, so at first they are
# far too small; a division corrects that.


# %%
class MyAdam(Optimizer):
    def update(self, p, g, rate, memory):
        m = memory["m"] = 0.9 * memory.get("m", 0.0) + 0.1 * g
        s = memory["s"] = 0.999 * memory.get("s", 0.0) + 0.001 * g * g
        m, s = m / (1 - 0.9**self.steps), s / (1 - 0.999**self.steps)  # self.steps: from 1 on
        return p - rate * m / (s**0.5 + 1e-8)


(*_, mine), (*_, theirs) = (
    descend(ravine, start, lambda x, kind=kind: kind(x, lr=0.2)) for kind in (MyAdam, Adam)
)
assert all(abs(a - b) < 1e-9 for a, b in zip(mine, theirs, strict=True))

# %%
check("8.adam1", ...)  # rate 0.1, first step, gradient 0.001: how far does the weight move?

# %%
hint("8.adam1")


# %%
def first_step(gradient):
    x = Value(0.0)
    x.grad = gradient
    Adam([x], lr=0.1).step()
    return -x.data


reveal("8.times", round(first_step(1000.0) / first_step(0.001), 3))

# %% [markdown]
# ## The ravine, turned
#
# *Adagrad* and *RMSProp* divide by the size of past gradients too, without a velocity. Each
# runner gets the best of ten rates, 0.01 to 2; other rates give other counts. Then hill and
# start are turned by 45°. Which runners will not even notice?

# %%
rates = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.2, 0.5, 1.0, 2.0)
makers = {
    "SGD": SGD,
    "momentum": lambda x, rate: SGD(x, rate, momentum=0.9),
    "Nesterov": lambda x, rate: SGD(x, rate, momentum=0.9, nesterov=True),
    "Adagrad": Adagrad,
    "RMSProp": RMSProp,
    "Adam": Adam,
}


def best_way(hill, start, make):
    runs = [descend(hill, start, lambda x, r=r: make(x, r), limit=300) for r in rates]
    return min(runs, key=len)


level = {name: best_way(ravine, start, make) for name, make in makers.items()}
aslant = {name: best_way(turned(ravine), turn(start), make) for name, make in makers.items()}
print("steps      straight  turned")
for name in makers:
    print(f"{name:9} {len(level[name]) - 1:9} {len(aslant[name]) - 1:7}")

# %%
_, axes = plt.subplots(2, 1, figsize=(8.4, 9), layout="constrained")
for ax, hill, found in zip(axes, (ravine, turned(ravine)), (level, aslant), strict=True):
    paths(hill, {name: found[name] for name in ("SGD", "RMSProp")}, ax=ax)
    ax.set_aspect("equal")
axes[0].set_title("straight", loc="left", weight="bold")
axes[1].set_title("turned by 45°", loc="left", weight="bold")
figure(
    axes[0],
    caption="Notice: SGD's path is turned with the hill; RMSProp, which scales x and y apart, "
    "has to take another.",
    alt="Two maps of the same ellipses, level and at 45 degrees. SGD's zigzag is turned with "
    "them. RMSProp reaches the goal in a few steps on the first and in dozens on the second.",
)

# %% [markdown]
# ## Saddle and bend
#
# At a saddle, (x² − y²)/2, the gradient is nearly 0 and nothing is found yet. From (1, 0.001),
# rate 0.03, until the height is below −1: plain descent needs 246 steps. Will memory or scale
# help more? And in Rosenbrock's bent valley, where 3,232 steps are needed?

# %%
leaving = {name: runners[name] for name in ("SGD", "momentum")}
leaving["Adam"] = lambda x: Adam(x, lr=0.03)
around = {
    "SGD": lambda x: SGD(x, lr=0.002),
    "momentum": lambda x: SGD(x, lr=0.003, momentum=0.9),
    "Adam": lambda x: Adam(x, lr=0.1),
}
left = race(saddle, (1.0, 0.001), leaving, below=-1.0)
rounded = race(rosenbrock, (-1.2, 1.0), around)
for name, found in (("saddle", left), ("Rosenbrock", rounded)):
    print(f"{name:11}", {runner: len(way) - 1 for runner, way in found.items()})

# %%
_, axes = plt.subplots(2, 1, figsize=(8.4, 8.4), layout="constrained")
for ax, hill, found in zip(axes, (saddle, rosenbrock), (left, rounded), strict=True):
    paths(hill, found, ax=ax)
    ax.set_title(hill.__name__.capitalize(), loc="left", weight="bold")
figure(
    axes[0],
    caption="Notice: no runner wins everywhere.",
    alt="Above, a saddle: Adam leaves it first, obliquely; SGD and momentum first run down to "
    "its middle. Below, a bent valley: momentum follows the bend in the fewest steps.",
)

# %% [markdown]
# ## Three questions
#
# 1. What does a ravine do to plain descent?
# 2. What does turning it prove?
# 3. Why correct Adam's two means?
#
# <details><summary>Answers</summary>
#
# 1. The steep direction limits the rate, and along the flat one that rate is too small.
# 2. That Adagrad, RMSProp and Adam look at each weight alone: they mend a ravine only where
#    it lies along the axes.
# 3. They begin at 0. After one step they would be 0.1·g and 0.001·g², and the step
#    0.1/√0.001, about three times the rate.
#
# </details>
#
# **Sources** Polyak, *USSR Comput. Math.* 4, 1964 (momentum); Sutskever et al., ICML 2013
# (Nesterov's); Duchi et al., *JMLR* 12, 2011 (Adagrad); Tieleman and Hinton, 2012 (RMSProp);
# Kingma and Ba, ICLR 2015 (Adam); Rosenbrock, *Computer Journal* 3, 1960.
#
# **Next** [9 · Neuron, layer, MLP](09_neuron_layer_mlp.ipynb): bends make the difference.
