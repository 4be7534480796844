# %% [markdown]
# # 3 · Backprop by hand
#
# *Local times upstream, from the last node to the first.*
#
# **Afterwards you can** fill in every gradient of a graph by hand, and name the four steps of
# a backward pass. **You need** [lesson 2](02_an_expression_is_a_graph.ipynb). **Time** 20
# minutes.

# %%
import math

from autograd import Value, debug
from autograd.derivatives import central_difference
from autograd.lesson import check, figure, hint, predict, reveal, tiny_network

# %% [markdown]
# ## A puzzle
#
# In the tiny network of lesson 2 unit 1 takes z1 = w11·x1 + w12·x2 + b1, unit 2 likewise z2,
# and y = v1·h1 + v2·h2 + c. Some weights have no influence on the loss just now. Which of
# `v1`, `v2`, `w11`, `w12`, `w21`, `w22` has the most? Nothing is computed yet: guess.

# %%
predict("3.influence", ...)

# %% [markdown]
# ## One rule
#
# L = (a·b + c)² at a = 3, b = −2, c = 3. Name the parts: u = a·b, v = u + c. Going forward,
# each edge notes its **local derivative**: how fast the result moves with this one operand.
#
# Going back, each node hands down: **what arrived from above × the local derivative**. At L
# begins a 1, the seed: L moves exactly as fast as L.

# %%
a, b, c = Value(3, label="a"), Value(-2, label="b"), Value(3, label="c")
u = a * b
v = u + c
L = v**2
u.label, v.label, L.label = "u", "v", "L"
figure(
    L,
    caption="Notice: the local derivatives stand on the edges before any gradient is known.",
    alt="The graph of L: a and b into u, u and c into v, v squared into L. On the edges their "
    "local derivatives; all gradients are not computed.",
)

# %% [markdown]
# Do it by hand, from right to left, and have each number checked.

# %%
check("3.dv", ...)  # ∂L/∂v

# %%
check("3.da", ...)  # ∂L/∂a

# %%
hint("3.da")

# %% [markdown]
# In the stepper, say the next number before each press of **n**. The formula on top is the
# one rule: upstream × local = what the operand gets.

# %%
L.backward()
debug.show(L, title="L = (a·b + c)²")

# %% [markdown]
# ## Three habits
#
# After some practice one no longer computes, one sees: a **sum** copies what arrives to both
# operands; a **product** hands each what arrives times the other one's number; **relu** lets
# all through, or nothing.
#
# A sigmoid is one gate too. Its local derivative is s·(1 − s). Here z = 0: what will it be?

# %%
w, x, bias = Value(2, label="w"), Value(-1, label="x"), Value(2, label="b")
s = (w * x + bias).sigmoid()
s.label = "s"
s.backward()
print(f"s = {s.data}, local derivative {s.partials[0]}")
print(f"gradients: w {w.grad}, x {x.grad}, b {bias.grad}")
assert s.partials[0] == s.data * (1 - s.data)

# %% [markdown]
# ## The tiny network
#
# A backward pass has four steps:
#
# 1. from the last layer: the derivative of the loss by each output;
# 2. by the chain rule, by each weighted sum;
# 3. from there by each weight: the gradient;
# 4. move each weight a little against its gradient.
#
# The local derivatives are there. Fill in all gradients on paper; three numbers are asked for.

# %%
numbers = tiny_network()
figure(
    numbers["L"],
    caption="Notice: a weight's local derivative is the number that it is multiplied with.",
    alt="The tiny network before its backward pass: local derivatives on the edges, 2 on that "
    "of w12, and room for the gradients. Two edges, into relu of unit 2 and from v2, have 0.",
    detail="values",
    direction="TB",
)

# %%
check("3.w12", ...)  # ∂L/∂w12

# %%
check("3.h2", ...)  # ∂L/∂h2

# %%
check("3.new_w12", ...)  # w12 after one step of rate 0.01

# %%
numbers["L"].backward()
weights = ["w11", "w12", "b1", "w21", "w22", "b2", "v1", "v2", "c"]
print({name: numbers[name].grad for name in weights})
reveal("3.influence", max(weights, key=lambda name: abs(numbers[name].grad)))

# %%
figure(
    numbers["L"],
    caption="Notice: unit 2 is off, so all beneath it gets 0; yet h2's own gradient is not 0.",
    alt="The tiny network with all gradients. Broad blue edges lead from the loss into unit 1; "
    "the edges into unit 2 end at relu, and its weights have gradient 0.",
    detail="values",
    direction="TB",
)

# %% [markdown]
# ## Is it true?
#
# Lesson 1 can judge: nudge each of the nine weights and compare. Then step 4: with rate 0.01,
# how far will the loss fall from 1?

# %%
for name in weights:
    measured = central_difference(
        lambda x, name=name: tiny_network(**{name: x})["L"].data, numbers[name].data
    )
    assert math.isclose(measured, numbers[name].grad, rel_tol=1e-6, abs_tol=1e-6), name
print("all nine agree with their nudges")

moved = {name: numbers[name].data - 0.01 * numbers[name].grad for name in weights}
after = tiny_network(**moved)["L"].data
print(f"one step: L falls from {numbers['L'].data:g} to {after:.4f}")

# %% [markdown]
# ## Three questions
#
# 1. Why does the pass go backwards?
# 2. What must the forward pass keep?
# 3. What can the second unit learn here?
#
# <details><summary>Answers</summary>
#
# 1. There is one loss and many weights: from the loss, one walk serves them all.
# 2. Each local derivative, or the numbers that it is made of.
# 3. Nothing from this example: no weight of it gets a gradient. Another example may wake it.
#
# </details>

# %% [markdown]
# **Sources** Rumelhart, Hinton and Williams, "Learning representations by back-propagating
# errors", *Nature* 323, 1986; the habits of gates: Karpathy, CS231n notes, 2016.
#
# **Next** [4 · Order and accumulation](04_order_and_accumulation.ipynb): what happens when a
# node is used twice.
