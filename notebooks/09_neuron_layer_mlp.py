# %% [markdown]
# # 9 · Neuron, layer, MLP
#
# *Bends make the difference.*
#
# **Afterwards you can** build a multi-layer perceptron, count its parameters, and explain its
# boundary. **You need** [lesson 7](07_gradient_descent.ipynb). **Time** 20 minutes.

# %%
from itertools import product

import matplotlib.pyplot as plt

from autograd import debug, identity, no_grad, record, relu, tanh
from autograd.datasets import moons, spiral
from autograd.draw import plots
from autograd.lesson import check, figure, hint, predict, reveal
from autograd.losses import binary_cross_entropy, hinge
from autograd.nn import MLP, xavier
from autograd.optim import SGD, Adam

# %% [markdown]
# ## A puzzle
#
# A *neuron* adds up its inputs, each times a weight, plus a bias. A *layer* is neurons side by
# side, an *MLP* layers in a row. Without any activation one neuron gets 88 of 100 points of
# two moons right. How many will three layers get right, of 8, 8 and 1 such neurons?

# %%
predict("9.deeper", ...)


# %%
def train(model, loss, points, labels, optimizer, steps):
    # record: the same numbers, faster; lesson 18 tells how. Every step is that of lesson 7
    program = record(loss([model(point) for point in points], labels), parameters=model)
    for _ in range(steps):
        last = program.step(optimizer)
    program.sync()
    return last


def right(model, points, labels):
    with no_grad():
        return sum((model(x).data > 0) == (y > 0) for x, y in zip(points, labels, strict=True))


points, labels = moons(100, noise=0.1, seed=0)
truth = [(label + 1) // 2 for label in labels]
for widths, seed in product(([1], [8, 8, 1]), range(3)):
    linear = MLP(2, widths, activation=identity, rng=seed)
    adam = Adam(linear.parameters(), lr=0.1)
    loss = train(linear, binary_cross_entropy, points, truth, adam, 500)
    print(f"{widths!s:9}  seed {seed}  loss {loss:.4f}  {right(linear, points, truth)} right")
reveal("9.deeper", right(linear, points, truth))

# %%
figure(
    plots.decision_boundary(linear, points, labels),
    caption="Notice: three layers, one straight line.",
    alt="Two half moons of points that reach into each other. The boundary of the network "
    "without activations is a straight line through both, with the tips on the wrong side.",
)

# %% [markdown]
# ## It collapses
#
# Each seed and depth ends at the same loss, to four digits: it is the same line. Multiply out
# why. A first layer gives h1 = x1 + x2 + 1 and h2 = x1 − x2 − 2, a second one y = 2·h1 + 3·h2
# − 1. Which weights has y in x1 and x2, and which bias?

# %%
check("9.collapse", ...)  # [weight of x1, weight of x2, bias]

# %% [markdown]
# ## A bend
#
# *Exclusive or* is 1 where just one input is 1: no line parts its corners. Try relu(x1 + x2):
# at the corners (0,0), (0,1), (1,0), (1,1) it gives 0, 1, 1, 2, and 0, 1, 1, 0 is wanted. What
# must a second unit take back, and from where on? h1 = relu(w11·x1 + w12·x2 + b1), h2 likewise
# with w21, w22 and b2, and y = v1·h1 + v2·h2 + c.

# %%
check("9.xor", ...)  # [w11, w12, b1, w21, w22, b2, v1, v2, c]

# %%
hint("9.xor")

# %% [markdown]
# So two units are enough. Will descent find them? Twenty networks, twenty seeds, 1,000 steps
# each. They share no weight, so one sum of their losses trains each as if alone. Predict: how
# many of twenty will get all corners right, with 2 tanh units, with 4, with 2 ReLU units, 8?

# %%
corners, wanted = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


def xor_loss(net):
    return binary_cross_entropy([net(corner) for corner in corners], wanted)


twenties = {}
for shape, width in ((identity, 2), (tanh, 2), (tanh, 4), (relu, 2), (relu, 8)):
    nets = [MLP(2, [width, 1], activation=shape, init=xavier, rng=seed) for seed in range(20)]
    weights = [weight for net in nets for weight in net.parameters()]
    together = record(sum(map(xor_loss, nets)), parameters=weights)
    descent = SGD(weights, lr=0.5)
    for _ in range(1000):
        together.step(descent)
    together.sync()
    solved = sum(right(net, corners, wanted) == 4 for net in nets)
    least = min(xor_loss(net).data for net in nets)
    print(f"{shape.name:8} {width} units: {solved:2} of 20, least loss {least:.4f}")
    twenties[shape, width] = nets

# %% [markdown]
# *That a solution exists* and *that it is found* are two things. Lines alone stay at ln 2 =
# 0.6931, the loss of a coin. Some ReLU nets stay there too. Here is the first: both its units
# give 0 at every corner. Before you step: which gradients will be 0?

# %%
stuck = next(net for net in twenties[relu, 2] if abs(xor_loss(net).data - 0.6931) < 1e-4)
print("hidden units:", [[unit.data for unit in stuck.layers[0](corner)] for corner in corners])
one = binary_cross_entropy([stuck(corners[1])], [1])
one.backward()
debug.show(one, title="a net that cannot learn")

# %% [markdown]
# ## Two moons
#
# Now bends: two hidden layers of 16 ReLU units. Count first: here is a smaller MLP to try your
# rule on. Then train. The loss is *hinge*: it asks each point for a score of 1 or more on its
# side. After how many steps will all 100 be right: 5, 50, 200?

# %%
figure(
    MLP(3, [4, 1], rng=0)([1.0, 2.0, 3.0]),
    caption="Notice: each neuron takes all that comes in; so how many numbers does it own?",
    alt="Three inputs lead into a frame, layer 0 with 16 parameters, of four neurons; these "
    "lead into one neuron of layer 1, which has 5 parameters.",
    detail="neurons",
)

# %%
check("9.params", ...)  # the number of parameters of MLP(2, [16, 16, 1])

# %%
model = MLP(2, [16, 16, 1], rng=0)
sgd, made = SGD(model.parameters(), lr=0.5), 0
_, axes = plt.subplots(2, 2, figsize=(9, 7.5), layout="constrained")
for ax, until in zip(axes.flat, (0, 5, 50, 200), strict=True):
    if until:
        train(model, hinge, points, labels, sgd, until - made)
    made = until
    plots.decision_boundary(model, points, labels, ax=ax)
    ax.get_legend().remove()
    ax.set_title(
        f"step {until}: {right(model, points, labels)} right", loc="left", weight="bold"
    )
figure(
    axes[0, 0],
    caption="Notice: one bend after the other, until it winds between the moons.",
    alt="The boundary at four times of training: at random, with one corner, then "
    "bent twice, and at last winding between the two moons.",
)

# %%
# other seeds; then two harder tasks, without bends and with them
for seed in range(1, 5):
    other = MLP(2, [16, 16, 1], rng=seed)
    train(other, hinge, points, labels, SGD(other.parameters(), lr=0.5), 200)
    print(f"moons, seed {seed}: {right(other, points, labels)} of 100")

bits = [list(map(float, corner)) for corner in product((0, 1), repeat=4)]
odd = [2 * (sum(corner) % 2) - 1 for corner in bits]
for name, inputs, answers in (
    ("spiral", *spiral(100)),
    ("is the number of ones odd?", bits, odd),
):
    for shape in (identity, tanh):
        net = MLP(len(inputs[0]), [8, 8, 1], activation=shape, rng=0)
        train(net, hinge, inputs, answers, Adam(net.parameters(), lr=0.02), 500)
        print(f"{name} {shape.name}: {right(net, inputs, answers)} of {len(inputs)}")

# %% [markdown]
# ## Folds
#
# A ReLU unit of the first layer is off on one side of a line and grows on the other: the plane
# is folded there. With one hidden layer of 8 units, where can the boundary bend?

# %%
folded = MLP(2, [8, 1], rng=1)
train(folded, hinge, points, labels, SGD(folded.parameters(), lr=0.5), 400)
ax = plots.decision_boundary(folded, points, labels)
for unit in folded.layers[0].neurons:
    (a, b), c = (weight.data for weight in unit.w), unit.b.data
    foot = -c * a / (a * a + b * b), -c * b / (a * a + b * b)  # a·x + b·y + c = 0 there
    ax.axline(foot, (foot[0] - b, foot[1] + a), color="black", linestyle=":", linewidth=1.4)
figure(
    ax,
    caption="Notice: the boundary is straight, but where it meets a fold.",
    alt="Two moons with a boundary of straight pieces. Eight dotted lines are the folds of the "
    "hidden units; each corner of the boundary lies on one of them.",
)

# %% [markdown]
# ## Three questions
#
# 1. What does depth add without bends?
# 2. What is a fold?
# 3. Why can two units fail at exclusive or?
#
# <details><summary>Answers</summary>
#
# 1. Nothing: layers of sums are one layer of sums.
# 2. The line where a ReLU unit turns on: on either side the network is another linear map.
# 3. Both are needed. One that is off at all four corners never moves again; or both settle
#    where no small step is better. More units leave spare ones.
#
# </details>
#
# **Sources** Rosenblatt, *Psychological Review* 65, 1958; Minsky and Papert, *Perceptrons*,
# 1969 (exclusive or); Rumelhart et al., *Nature* 323, 1986; Montúfar et al., NeurIPS 2014
# (folds).
#
# **Next** [10 · Vanishing and exploding](10_vanishing_and_exploding.ipynb): long products.
