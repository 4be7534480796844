# %% [markdown]
# # 4 · Order and accumulation
#
# *A node speaks after all who use it have spoken.*
#
# **Afterwards you can** say why a backward pass needs topological order and `+=`, and spot
# both bugs in somebody's engine. **You need** [lesson 3](03_backprop_by_hand.ipynb). **Time**
# 15 minutes.

# %%
from autograd import Value, debug
from autograd.graph import topological_order
from autograd.lesson import check, figure, hint, predict, procedures, reveal

# %% [markdown]
# ## A puzzle
#
# b = 3a, c = 2b, L = b + c, at a = 2. Four people simplify the backward pass:
#
# - **breadth_first**: level by level from L, each node once;
# - **recursive**: whenever something arrives, pass on all that you have;
# - **leaves_first**: in the order of the forward pass;
# - **overwritten**: in the right order, but with `=` for `+=`.
#
# Which of them finds the right slope? Guess a name, or `"none"`.


# %%
def diamond(turned=False):
    a = Value(2, label="a")
    b = a * 3
    c = b * 2
    root = c + b if turned else b + c
    b.label, c.label, root.label = "b", "c", "L"
    return root


predict("4.loops", ...)

# %%
figure(
    diamond(),
    caption="Notice: b is used twice, by c and by L. Two paths lead from a to L.",
    alt="A diamond: a leads into b, b into both c and L, c into L.",
)

# %%
check("4.da", ...)  # ∂L/∂a, by hand

# %%
hint("4.da")

# %% [markdown]
# Now the four are let loose. And once more with the sum turned round, L = c + b: the
# mathematics is the same. Will every loop find the same again?

# %%
loops = ("breadth_first", "recursive", "leaves_first", "overwritten", "right")
found = {
    name: [
        procedures.gradient(diamond(turned), "a", getattr(procedures, name))
        for turned in (False, True)
    ]
    for name in loops
}
print(f"{'':15}L = b + c   L = c + b")
for name, (first, second) in found.items():
    print(f"{name:15}{first:9g}{second:12g}")
good = [name for name in loops[:-1] if found[name] == found["right"]]
reveal("4.loops", good[0] if good else "none")

# %% [markdown]
# Breadth first is right for one spelling and wrong for the other: a bug that passes a test.
# The rule that always works: **a node passes on when all who use it have spoken**. Any order
# in which results come before operands, walking back, will do: a reversed *topological
# order*.

# %%
L = diamond()
L.backward()
figure(
    L,
    caption="Notice: b waits for both, 1 from L and 2 from c, and passes their sum on, once.",
    alt="The diamond with gradients: L 1, c 1, b 3, and a three times as much as b.",
)

# %% [markdown]
# In the stepper the small circles at the right edge of a card fill as contributions come in.
# When all of a card's circles are full, it may speak. Say who is next before each press of
# **n**.

# %%
debug.show(L, title="b = 3a, c = 2b, L = b + c")

# %% [markdown]
# ## Your own loop
#
# Six lines are enough. Each node has `operands` and `partials`, its local derivatives.
# Rewrite the order of the loop to make each of the four mistakes. And with `=` for `+=`: what
# becomes of x + x?


# %%
def backward(root, *, add=True):
    slope = dict.fromkeys(topological_order(root), 0.0)
    slope[root] = 1.0
    for node in reversed(topological_order(root)):
        for operand, local in zip(node.operands, node.partials, strict=True):
            if local is not None:
                slope[operand] = slope[node] * local + (slope[operand] if add else 0.0)
    return slope


x = Value(5, label="x")
print("x + x with +=:", backward(x + x)[x], "  with =:", backward(x + x, add=False)[x])

# %%
check("4.xx", ...)  # y = x·x at 3: ∂y/∂x

# %% [markdown]
# An order, said in labels: in which may the nodes of L = (a·b + c)², u = a·b, v = u + c, pass
# on?

# %%
check("4.order", ...)  # a list: ["L", ...]

# %% [markdown]
# ## Twice
#
# y = x·x·x at 3 has slope 27. What will `x.grad` be after `backward()` has been called twice?

# %%
check("4.second", ...)

# %%
x = Value(3, label="x")
y = x * x * x
for _ in range(2):
    y.backward()
    print(f"x.grad {x.grad:g}, inner node {y.parents[0].grad:g}")
y.zero_grad()
print(f"after zero_grad: {x.grad:g}")

# %% [markdown]
# Leaves add up over calls, so that the gradients of several examples can be gathered. Inner
# nodes begin afresh in each call. Engines that forget this find 27 + 45 the second time.
#
# And one path at a time? Right, but a chain of n doublings has 2ⁿ paths: for n = 60, at ten
# million a second, that is

# %%
years = 2**60 / 1e7 / (365.25 * 24 * 3600)
print(f"{years:,.0f} years; in topological order 60 steps")
chain = start = Value(1)
for _ in range(60):
    chain = chain + chain
chain.backward()
assert start.grad == 2.0**60

# %% [markdown]
# ## Three questions
#
# 1. When is breadth-first right by luck?
# 2. Why do leaves accumulate?
# 3. What does `zero_grad` not touch?
#
# <details><summary>Answers</summary>
#
# 1. When no node is reached by paths of different length, or the longer one happens to come
#    first.
# 2. So that a loss may be computed in parts: the gradient of a sum is the sum of the
#    gradients.
# 3. The numbers themselves, and the local derivatives: only gradients are set to 0.
#
# </details>

# %% [markdown]
# **Sources** Griewank and Walther, *Evaluating Derivatives*, 2008, chapter 3; topological
# order: Kahn, *Communications of the ACM* 5, 1962.
#
# **Next** [5 · Activations](05_activations.ipynb): what bends the line.
