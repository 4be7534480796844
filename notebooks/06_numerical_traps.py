# %% [markdown]
# # 6 · Numerical traps
#
# *Right formula, wrong number.*
#
# **Afterwards you can** find the node where the first nan began, and rewrite the formula so
# that it does not come back. **You need** [lesson 5](05_activations.ipynb). **Time** 15
# minutes.

# %%
import math

from autograd import Value, debug, detect_anomaly, logsumexp, sigmoid, softmax, softplus
from autograd.errors import AnomalyError
from autograd.lesson import check, figure, hint, predict, reveal

# %% [markdown]
# ## A puzzle
#
# A model says "yes", and it is right and very sure: z = 40, p = sigmoid(z), label y = 1. The
# loss is, as in the books, `−y·log(p) − (1 − y)·log(1 − p)`. What does the machine say? Guess
# a number.

# %%
predict("6.loss", ...)


# %%
def textbook(z, y):
    p = sigmoid(z)
    q = 1.0 - p
    log_p, log_q = p.log(), q.log()
    loss = -y * log_p - (1.0 - y) * log_q
    for node, label in ((p, "p"), (q, "q"), (log_p, "log_p"), (log_q, "log_q"), (loss, "loss")):
        node.label = label
    return loss


z = Value(40.0, label="z")
loss = textbook(z, y=1.0)
reveal("6.loss", str(loss.data))

# %% [markdown]
# Not 0, not small: **nan**, not a number. And it spreads: one backward pass, and the weights
# are nan too. Where did it begin? Go through the lines of `textbook`: which of `p`, `q`,
# `log_p`, `log_q` and `loss` is the first that is not finite?

# %%
check("6.where", ...)  # the label of the first bad node

# %%
hint("6.where")

# %%
figure(
    loss,
    caption="Notice: the first bad node is infinite, not nan; nan comes next, from 0 × inf.",
    alt="The graph of the loss. Above z, p and q are finite; the logarithm of q, in black, is "
    "minus infinity and tagged as the first; all that is computed from it is nan.",
    direction="TB",
)

# %% [markdown]
# The debugger answers the same question for any graph, however large.

# %%
print(debug.explain(loss))
debug.show(loss, title="the way of a nan")

# %% [markdown]
# 64 bits hold about 16 digits. p = 1 / (1 + e^−z) is never 1, but from some z on the nearest
# number *is* 1. Predict: from about which z?

# %%
z_one = next(k / 10 for k in range(1000) if sigmoid(k / 10) == 1.0)
print("p is exactly 1 from z =", z_one)
print("exp(709) =", Value(709.0).exp().data, "  exp(710) =", Value(710.0).exp().data)

# %% [markdown]
# With label 0 the same formula gives inf. Its slope should be 1: the loss grows like z. What
# arrives at z?

# %%
z = Value(40.0, label="z")
wrong = textbook(z, y=0.0)
wrong.backward()
print("loss", wrong.data, "  gradient at z:", z.grad)
assert not math.isfinite(z.grad)

# %% [markdown]
# ## Caught in the act
#
# In a block of `detect_anomaly` the operation that makes the first nan raises, and names its
# line.

# %%
try:
    with detect_anomaly():
        textbook(Value(40.0, label="z"), y=1.0)
except AnomalyError as error:
    what, _, where = str(error).splitlines()[0].partition(": ")
    print(what.split(",")[0], "in the line", where)

# %% [markdown]
# ## Rewritten
#
# The way out is never to make p. For label 0 the loss −log(1 − sigmoid(z)) is softplus(z),
# and softplus can be computed without overflow. What is the loss for label 1? Write it as a
# function, `lambda z:` and the rest. It is tried up to ±800.

# %%
check("6.safe", ...)

# %%
z = Value(40.0, label="z")
safe = softplus(z)
safe.backward()
print("label 0: loss", safe.data, "  gradient", z.grad)
figure(
    safe,
    caption="Notice: one node in place of a row, and the slope that was expected.",
    alt="Two cards: z with 40, and softplus of z, which is 40 too; the gradient of z is 1.",
)

# %% [markdown]
# The same idea for many classes: log(e^1000 + e^1001) overflows, unless the largest score is
# taken out of the sum first. What is left is e^−1 + 1.

# %%
check("6.lse", ...)  # log(e^1000 + e^1001), four decimals are enough

# %%
print("log-sum-exp:", round(logsumexp([1000.0, 1001.0]), 4))
print("softmax:", [round(share, 4) for share in softmax([1000.0, 1001.0])])
print("sigmoid of ±1:", round(sigmoid(-1.0), 4), round(sigmoid(1.0), 4))

# %% [markdown]
# ## Three questions
#
# 1. Why not simply clip p to 0.9999?
# 2. Which traps give no nan?
# 3. What does one nan gradient do to all weights?
#
# <details><summary>Answers</summary>
#
# 1. Beyond the clip the slope is 0: a model that is surely wrong learns nothing more.
# 2. Lost digits: 1 + 1e-16, a difference of two nearly equal numbers. The result only looks
#    right.
# 3. It arrives at each that the bad node was computed from; clipping by norm gives it to the
#    others too.
#
# </details>

# %% [markdown]
# **Sources** Goldberg, "What every computer scientist should know about floating-point
# arithmetic", *ACM Computing Surveys* 23, 1991; Blanchard, Higham and Higham, *IMA J. Numer.
# Anal.* 41, 2021 (log-sum-exp).
#
# **Next** [7 · Gradient descent](07_gradient_descent.ipynb): how far to go.
