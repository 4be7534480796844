# %% [markdown]
# # 15 · Images
#
# *One small window, used everywhere.*
#
# **Afterwards you can** train a digit reader, say what it confuses and what it looked at, and
# test it honestly. **You need** lessons [12](12_dead_units.ipynb) and
# [14](14_looking_inside.ipynb). **Time** 20 minutes.

# %%
from itertools import pairwise
from statistics import fmean

import matplotlib.pyplot as plt
import numpy as np

from autograd import Value, datasets, debug, interpret, nn
from autograd import sum as total
from autograd.draw import maps, plots
from autograd.lesson import check, figure, hint, predict, reveal
from autograd.tasks import TASKS, trained
from autograd.tasks.digits import image
from autograd.tasks.training import confusion

# %% [markdown]
# ## A puzzle
#
# 1,797 digits, written by hand, 8×8 pixels each. A network learns from four fifths and is
# tested on the rest. If the rest is drawn by chance, it reads 97 of 100 rightly. Now the same
# network, but the rest is the *last* fifth of the file. How many of 100?

# %%
predict("15.last", ...)

# %% [markdown]
# ## A window
#
# A convolution looks at a few neighbouring pixels, adds them up with its weights, moves on
# by one, and does so everywhere with the *same* weights. Its simplest window sees two pixels:
# (−1, 1). It slides over 0, 0, 9, 9. What are its three results?

# %%
check("15.conv", ...)  # a list of three numbers

# %%
hint("15.conv")

# %% [markdown]
# In two dimensions: a window of 3×3, −1 in its left column and 1 in its right one. Where on a
# written zero will it be positive, where negative? And if the window is turned by 90°?

# %%
zero = image(datasets.digits().inputs[0])
_, axes = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
for ax, weights, title in (
    (axes[0], [-1, 0, 1, -1, 0, 1, -1, 0, 1], "left to right"),
    (axes[1], [-1, -1, -1, 0, 0, 0, 1, 1, 1], "top to bottom"),
):
    edge = nn.Conv2d(1, 1, 3, padding=1, nonlin=False)
    for weight, number in zip(edge.filters[0].w, weights, strict=True):
        weight.data = number
    maps.heat(zero, [[y.data for y in row] for row in edge([zero])[0]], title=title, ax=ax)
figure(
    list(axes),
    caption="Notice: blue where ink begins, orange where it ends; within a stroke, little.",
    alt="A written 0, twice. Squares over the first one are blue at left edges of the strokes "
    "and orange at right ones; over the second one blue at upper and orange at lower edges.",
)

# %% [markdown]
# ## One weight, many places
#
# A weight of the window has as many uses as the window has places. Four places pass back 2,
# −2, 3 and 1. What is the weight's gradient?

# %%
check("15.shared", ...)

# %% [markdown]
# A window (a, b) answers y1, y2, y3 on the pixels 1, 2, 4, 4; the loss is the sum of their
# squares. Say before each press of **n** what a and b will have then. How often does each
# receive?

# %%
a, b = Value(-1.0, label="a"), Value(1.0, label="b")
answers = [a * left + b * right for left, right in pairwise([1.0, 2.0, 4.0, 4.0])]
for place, answer in enumerate(answers, start=1):
    answer.label = f"y{place}"
loss = total([answer**2 for answer in answers])
loss.label = "loss"
debug.show(loss, title="one window at three places")

# %% [markdown]
# ## Two readers
#
# *dense*: 64 pixels, 32 ReLU units, 10 scores: 2,410 parameters. *windows*: 12 filters of
# 3×3, ReLU, the largest of each 2×2 answers (*max-pool*), 10 scores. How many parameters are
# these? And which reader will be the better one?

# %%
check("15.params", ...)

# %% [markdown]
# Each is trained on each split, four times: another seed shares out the rows and begins the
# weights anew. What will differ more, the seeds or the splits?

# %%
readers, means = {}, {}
for name, model in (("dense", "mlp"), ("windows", "conv")):
    for way in ("random fifth", "last fifth"):
        found = [trained(TASKS["digits"], model, way, seed) for seed in range(4)]
        rights = [100 * training.share_right(split.test) for training, split in found]
        readers[name, way], means[name, way] = found[0], fmean(rights)
        print(f"{name + ',':8} {way:12} {fmean(rights):.1f} of 100", end="")
        print(f"   ({min(rights):.1f} to {max(rights):.1f})")
reveal("15.last", round(means["dense", "last fifth"], 1))
assert round(means["dense", "random fifth"]) == 97
assert means["dense", "last fifth"] + 5 < means["dense", "random fifth"]

# %% [markdown]
# The splits, for both readers. Neighbours in the file may share a writer; then a random fifth
# asks of hands that were learned from, the last fifth of new ones. That is a guess: the file
# does not say who wrote what. The lower figure is the safer promise.
#
# What have the windows learned to look for?

# %%
training, split = readers["windows", "last fifth"]
figure(
    plots.weights_as_images([unit.w for unit in training.model.filters.filters], (3, 3)),
    caption="Notice: edges again, in several directions, and lines. Nobody asked for them.",
    alt="Twelve images of 3×3 weights. In some one side is blue and the opposite one orange; "
    "in others a bar or the middle is blue.",
)

# %% [markdown]
# ## What it takes for what
#
# Which digit will be taken for which other one most often? Guess, then look at the reader
# with windows and the last fifth.

# %%
decided, written = training.decide(split.test), np.array(split.test.targets)
counts = confusion(decided, written, 10)
assert counts[3, 8] == 6
figure(
    maps.confusion(counts, split.test.classes),
    caption="Notice: a row is what was written. Six 3s went into one wrong cell.",
    alt="A table of ten by ten counts, nearly all on the diagonal. Off it the largest is 6, "
    "in the row of the 3 and the column of the 8; the rows of 3 and 8 have most mistakes.",
)

# %% [markdown]
# ## What it looked at
#
# *Occlusion* covers the 3×3 pixels around each pixel in turn and asks how far a score falls.
# Here the score is the lead of 8 before 3, on 3s that were read as 8. And lesson 14's rule:
# test the answer. With the bluest place covered, what will be read?


# %%
def lead(rows):
    scores = training.model([pixel for row in rows for pixel in row])
    return scores[8] - scores[3]


wrong = [k for k in range(len(written)) if (written[k], decided[k]) == (3, 8)]
_, axes = plt.subplots(1, 3, figsize=(9, 3.8), layout="constrained")
for ax, k in zip(axes, wrong, strict=False):
    pixels = np.array(image(split.test.inputs[k]))
    falls = interpret.occlusion(lead, pixels.tolist())
    maps.heat(pixels, falls, title="a 3, read as 8", ax=ax)
    down, right = np.unravel_index(np.argmax(falls), pixels.shape)
    pixels[max(down - 1, 0) : down + 2, max(right - 1, 0) : right + 2] = 0.0
    now = training.outputs(pixels.reshape(1, 64)).argmax()
    ax.set_xlabel(f"bluest covered: {now}")
    assert now == 3
figure(
    list(axes),
    caption="Notice: it is the ink left of the middle, where an 8 is closed and a 3 open.",
    alt="Three written 3s. The large blue squares lie on the left of the middle; covered "
    "there, all three are read as 3.",
)

# %% [markdown]
# ## Three questions
#
# 1. Which split is honest for you?
# 2. What does pooling forget?
# 3. Why can fewer weights read better?
#
# <details><summary>Answers</summary>
#
# 1. The one that is like your use: for writers who are new, none of theirs in training.
# 2. Where in its 2×2 places the largest answer stood. A stroke may move by a pixel.
# 3. A shared window learns from every place of every image; what it finds in one corner it
#    knows in all. The dense layer must learn each place by itself.
#
# </details>
#
# **Sources** LeCun et al., *Neural Computation* 1, 1989 (shared windows); Zeiler and Fergus,
# ECCV 2014 (occlusion); the digits: Alpaydin and Kaynak, UCI, 1998.
#
# **Next** [16 · Text](16_text.ipynb): words are rows of a table.
