# %% [markdown]
# # 2 · An expression is a graph
#
# *Arithmetic leaves a record: who was computed from whom.*
#
# **Afterwards you can** read and draw the graph of an expression, and name the five steps of
# a forward pass. **You need** [lesson 1](01_slopes_by_nudging.ipynb). **Time** 10 minutes.

# %%
from autograd import Value, debug
from autograd.graph import topological_order
from autograd.lesson import check, figure, hint, predict, reveal, tiny_network

# %% [markdown]
# ## A number that remembers
#
# A `Value` is a number that knows how it was made. What do you expect `op` and `operands` of
# y to be?

# %%
x = Value(2.0, label="x")
y = x * 3 + 1
print("y is", y.data)
print("made by", y.op.name, "from", y.operands)

# %% [markdown]
# The 1 stands there as a plain number: nobody will ask for its slope. The other operand is a
# Value itself, made by a product; what its `grad` is, lesson 3 tells. Follow operands long
# enough and you come to a **leaf**: a Value that was given, not computed.

# %%
figure(
    y,
    caption="Notice: a card is a value, with the operation that made it on its left.",
    alt="Three cards from left to right: the leaf x with 2, x times 3 with 6, plus 1 with 7. "
    "The plain numbers 3 and 1 are small chips.",
    local=False,
)

# %% [markdown]
# ## Used twice
#
# How many edges lead into the product x·x: one or two?

# %%
square = x * x
print("operands:", [operand.label for operand in square.operands])
assert len(square.parents) == 2
figure(
    square,
    caption="Notice: two edges into one node, one for each slot. Lesson 4 lives on this.",
    alt="The leaf x with 2, and two arrows from it into one card, x times x, with 4.",
    local=False,
)

# %% [markdown]
# ## A tiny network
#
# Two inputs, two ReLU units, one output, a target of 4. Its numbers are small enough for
# mental arithmetic; it comes back in lessons 3 and 7.
#
# z1 = 2·x1 + 1·x2 − 1 and h1 = relu(z1); z2 = 1·x1 − 2·x2 + 1 and h2 = relu(z2); y = 2·h1 +
# 3·h2 − 1; L = (y − 4)². The inputs are x1 = 1 and x2 = 2; relu(z) is z if it is positive,
# else 0.
#
# **The puzzle:** how many nodes has its graph?

# %%
predict("2.nodes", ...)

# %% [markdown]
# A forward pass has five steps:
#
# 1. the input enters the first layer;
# 2. each unit takes its weighted sum;
# 3. the activation bends the sum;
# 4. on to the next layer: 2 and 3 again, to the last;
# 5. the output is compared with the truth: the loss.
#
# Work through them on paper. Then put your numbers in place of the dots; `hint("2.z1")`
# helps, more each time.

# %%
check("2.z1", ...)  # the weighted sum of the first unit

# %%
check("2.h2", ...)  # what the second unit gives

# %%
check("2.loss", ...)  # the loss

# %%
hint("2.h2")

# %% [markdown]
# Now let the machine do it, and compare.

# %%
numbers = tiny_network()
for name in ("z1", "h1", "z2", "h2", "y", "L"):
    print(f"{name} = {numbers[name].data:g}")

# %%
figure(
    numbers["L"],
    caption="Notice: no arrow turns back, and every gradient says 'not computed'.",
    alt="The tiny network as a graph in four frames. Above two units with their weights and "
    "inputs, then the output, then the loss. Two edges, into relu of unit 2 and from v2, are "
    "dotted.",
    detail="values",
    local=False,
    direction="TB",
)

# %% [markdown]
# ## Count
#
# Each operation makes one node, each leaf is one; the plain 4 and the plain 2 of the loss are
# none. Count in the picture, and let the number be checked before the next cell tells it.

# %%
check("2.nodes", ...)  # how many nodes the graph of the loss has

# %%
order = topological_order(numbers["L"])
leaves = sum(node.is_leaf for node in order)
print(f"{leaves} leaves and {len(order) - leaves} operations")
reveal("2.nodes", len(order))

# %% [markdown]
# ## Step by step
#
# The stepper walks through the pass. Before each press of **n** say the next number aloud,
# then look. In a notebook that does not run, a table stands here instead.

# %%
with debug.trace() as forward:
    tiny_network()
debug.show(forward, title="the tiny network, forwards")

# %% [markdown]
# ## Three questions
#
# 1. What is a leaf?
# 2. Is the order in which we created the nodes the only valid one?
# 3. What is lost if only the numbers are kept?
#
# <details><summary>Answers</summary>
#
# 1. A Value that was given: an input, a weight, a bias. It has no operands.
# 2. No. Any order in which operands come before results will do: unit 2 might go first.
# 3. Who was computed from whom, and so the way back, along which lesson 3 finds all slopes.
#
# </details>

# %% [markdown]
# **Sources** Computations as graphs: Bauer, "Computational graphs and rounding error", *SIAM
# J. Numer. Anal.* 11, 1974; values that remember: Karpathy, micrograd, 2020.
#
# **Next** [3 · Backprop by hand](03_backprop_by_hand.ipynb): all slopes in one walk back.
