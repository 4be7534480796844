# %% [markdown]
# # 7 · Gradient descent
#
# *The gradient says which way, the rate how far.*
#
# **Afterwards you can** choose a learning rate, read a loss curve, and say what standardising
# does. **You need** [lesson 3](03_backprop_by_hand.ipynb). **Time** 20 minutes.

# %%
import statistics
from random import Random

from autograd import Value, debug
from autograd.datasets import penguins
from autograd.experiments.descent import find_rate
from autograd.lesson import check, figure, hint, plot, predict, reveal, tiny_network
from autograd.losses import mse
from autograd.optim import SGD

# %% [markdown]
# ## A puzzle
#
# One step with rate 0.01 took the loss of the tiny network from 1 to 0.11 (lesson 3). The
# direction is right. What will the loss be after one step with rate 0.1, ten times as far?

# %%
predict("7.far", ...)


# %%
def after_one_step(rate):
    numbers = tiny_network()
    numbers["L"].backward()
    weights = ("w11", "w12", "b1", "w21", "w22", "b2", "v1", "v2", "c")
    moved = {name: numbers[name].data - rate * numbers[name].grad for name in weights}
    return tiny_network(**moved)["L"].data


for rate in (0.01, 0.02, 0.03, 0.05, 0.1):
    print(f"rate {rate:<4}  loss {after_one_step(rate):.3f}")
reveal("7.far", after_one_step(0.1))

# %%
rates = [k / 1000 for k in range(61)]
figure(
    plot({"loss": (rates, [after_one_step(rate) for rate in rates])}, "One step", "rate"),
    caption="Notice: right direction, worse place. Beyond the valley the other slope goes up.",
    alt="The loss after one step against the rate: it falls from 1 to nearly 0 at about 0.015 "
    "and then rises, ever more steeply, to above 6 at 0.06.",
)

# %% [markdown]
# ## A parabola
#
# (x − 3)² is the simplest valley. From x = 0, rate 0.1: where does the first step lead?

# %%
check("7.x1", ...)

# %%
hint("7.x1")

# %% [markdown]
# A loop of four lines: clear, compute, pass back, step. How many steps until x is within 0.01
# of 3, for rates 0.1, 0.3, 0.5, 0.9? Which two will take equally long?


# %%
def descend(rate, steps):
    x = Value(0.0, label="x")
    path = [x.data]
    for _ in range(steps):
        x.zero_grad()
        loss = (x - 3) ** 2
        loss.backward()
        x.data -= rate * x.grad
        path.append(x.data)
    return path


for rate in (0.1, 0.3, 0.5, 0.9):
    steps = next(n for n, x in enumerate(descend(rate, 50)) if abs(x - 3) < 0.01)
    print(f"rate {rate}: within 0.01 after {steps} steps")

# %%
check("7.rate_edge", ...)  # above which rate does descent on (x − 3)² diverge?

# %%
print("rate 1.0:", descend(1.0, 3), "  rate 1.1:", [round(x, 2) for x in descend(1.1, 3)])
lines = {f"rate {rate}": (range(11), descend(rate, 10)) for rate in (0.1, 0.5, 0.9, 1.0)}
figure(
    plot(lines, "The way to 3", "step", "x"),
    caption="Notice: below 1/2 it creeps, above it zigzags; each step multiplies the error.",
    alt="x against steps for four rates. 0.1 creeps up to 3, 0.5 is there at once, 0.9 swings "
    "around it ever less, and 1.0 swings between 0 and 6 for ever.",
)

# %% [markdown]
# ## What is forgotten most often
#
# Here is the same loop with one line missing. Which? Say what x will do before you run it.

# %%
x = Value(0.0, label="x")
with debug.trace() as forgetful:
    for _ in range(4):
        loss = (x - 3) ** 2
        loss.backward()
        x.data -= 0.1 * x.grad
        print(f"gradient {x.grad:.2f}, x {x.data:.2f}")
debug.show(forgetful, title="a loop with a line missing")

# %%
check("7.forgot", ...)  # the name of the method that is not called

# %% [markdown]
# ## Penguins
#
# Is a penguin with long flippers heavy? A line, mass = w · flipper + b, found by descent.
# First both are *standardised*: mean 0, deviation 1. Rate 0.1: after how many steps will w
# hardly move any more?


# %%
def standardised(xs):
    return [(x - statistics.fmean(xs)) / statistics.pstdev(xs) for x in xs]


birds = penguins().inputs
flippers, masses = [bird[2] for bird in birds], [bird[3] for bird in birds]
xs, ys = standardised(flippers), standardised(masses)
w, b = Value(0.0, label="w"), Value(0.0, label="b")
optimizer, way = SGD([w, b], lr=0.1), {}
for step in range(1, 31):
    optimizer.zero_grad()
    mse([w * x + b for x in xs], ys).backward()
    optimizer.step()
    way[step] = w.data
print({step: round(way[step], 3) for step in (1, 10, 30)})
print("correlation", round(statistics.correlation(flippers, masses), 3))

# %% [markdown]
# And raw, in millimetres and grams? The edge is 2 over the largest curvature, and that grows
# with x². Predict: is the largest stable rate 0.1, 0.001, or far less?

# %%
mean, square = statistics.fmean(flippers), statistics.fmean(x * x for x in flippers)
root = ((square - 1) ** 2 + 4 * mean**2) ** 0.5
steep, flat = square + 1 + root, square + 1 - root  # curvatures of the mean square error
print(f"largest stable rate {2 / steep:.1e}; steep : flat = {steep / flat:.0e}")

# %% [markdown]
# One rate serves all directions: small enough for the steep one, it is nearly nothing for the
# flat one. Standardising makes the valley round.
#
# **Mini-batches** take a few birds for each step: cheap and noisy. And `find_rate` lets the
# rate grow until the loss turns up: where do you read off a good one?

# %%
w.data = b.data = 0.0
chance, noisy = Random(0), []
for _ in range(30):
    chosen = chance.sample(range(len(xs)), 8)
    optimizer.zero_grad()
    mse([w * xs[i] + b for i in chosen], [ys[i] for i in chosen]).backward()
    optimizer.step()
    noisy.append(w.data)
figure(
    plot(
        {"all birds": (range(1, 31), list(way.values())), "8 birds": (range(1, 31), noisy)},
        "The weight w",
        "step",
    ),
    caption="Notice: eight birds a step lead to the same place, not to rest.",
    alt="The weight against steps: with all birds a smooth rise to 0.87, with eight a ragged "
    "one around it.",
)

# %%
w.data = b.data = 0.0
curve = find_rate(
    lambda: mse([w * x + b for x in xs[::4]], ys[::4]), [w, b], low=1e-3, steps=40
)
best = min(curve, key=lambda point: point[1])[0]
print(f"the loss turns up after rate {best:.2f}; take a tenth to a half of it")

# %% [markdown]
# ## Three questions
#
# 1. Why not go the whole way to zero loss in one step?
# 2. Does a small gradient mean that the goal is near?
# 3. Why standardise?
#
# <details><summary>Answers</summary>
#
# 1. The gradient holds here only; further on the slope is another one.
# 2. No: a flat spot, a saturated unit, a valley that is nearly level have small gradients
#    too.
# 3. So that one rate is right for all weights.
#
# </details>
#
# **Sources** Cauchy, *Comptes Rendus* 25, 1847; Smith, WACV 2017 (rates); the penguins:
# Gorman, Williams and Fraser, *PLoS ONE* 9, 2014.
#
# **Next** [8 · Optimisers race](08_optimisers_race.ipynb): memory and scale.
