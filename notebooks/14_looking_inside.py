# %% [markdown]
# # 14 · Looking inside
#
# *Ask the model, then test the answer.*
#
# **Afterwards you can** ask a model by saliency, gradient × input, integrated gradients and
# attention what it looked at, and test by deletion what they say. **You need** [lesson
# 9](09_neuron_layer_mlp.ipynb). **Time** 20 minutes.

# %%
import math
from random import Random

import matplotlib.pyplot as plt
import numpy as np

from autograd import Value, accuracy, batch, debug, fit, grad, identity, interpret, minimum, nn
from autograd.datasets import digits
from autograd.draw import maps, plots
from autograd.lesson import check, figure, hint, plot, predict, reveal
from autograd.losses import binary_cross_entropy, cross_entropy
from autograd.optim import Adam, AdamW
from autograd.tasks import sentiment

# %% [markdown]
# ## A puzzle
#
# A score is min(x, 1), and x is 3. The gradient there is 0: a nudge moves nothing. How much of
# the score, which is 1, comes from x?

# %%
predict("14.flat", ...)

# %% [markdown]
# ## Three questions to a model
#
# **Saliency**: which nudge would move the score? **Gradient × input**: what if the score were
# a straight line through 0? **Integrated gradients**: what has moved it, all the way from a
# *baseline*, an input that says nothing? Here that is 0. Predict all three.


# %%
def capped(xs):
    return minimum(xs[0], 1.0)


for ask in (interpret.saliency, interpret.gradient_times_input, interpret.integrated_gradients):
    print(f"{ask.__name__:22} {ask(capped, [3.0])[0]:.2f}")
reveal("14.flat", f"{interpret.integrated_gradients(capped, [3.0])[0]:.2f}, all of it")

# %%
way = [k / 100 for k in range(301)]
slopes = [grad(capped)([x])[0] for x in way]
curves = {"score": (way, [min(x, 1.0) for x in way]), "slope": (way, slopes)}
figure(
    plot(curves, "The way from 0", "x"),
    caption="Notice: the slope at 3 is of the next step, the area under it of the whole way.",
    alt="The score rises from 0 to 1 and then stays at 1. Its slope is 1 on the first third of "
    "the way and 0 from there on.",
)

# %%
check("14.ig", ...)  # the score relu(x − 1) at x = 3: the integrated gradient from 0

# %%
hint("14.ig")

# %% [markdown]
# ## Attention, by hand
#
# Attention gives each word a score; softmax makes shares of the scores, and the output is the
# mean of the words' values, weighted by these. Two words: scores 0 and ln 3, values 8 and 4.

# %%
check("14.att", ...)  # the output

# %%
check("14.dscore2", ...)  # the output's derivative with respect to the second score

# %% [markdown]
# Here softmax is spelt out. In the stepper, say the number on each edge before **n**. Both
# values are positive: why, then, does one of the scores pull the output down?

# %%
score_1, score_2 = Value(0.0, label="score 1"), Value(math.log(3.0), label="score 2")
e_1, e_2 = score_1.exp(), score_2.exp()
both = e_1 + e_2
output = e_1 / both * 8.0 + e_2 / both * 4.0
debug.show(output, title="attention on two words")

# %% [markdown]
# ## A reader of digits
#
# 64 pixels, 32 units, 10 scores. What will the weights into a unit look like, drawn as an
# image: a digit, a stroke, or noise?

# %%
train, test = digits().split(0.2, seed=0)
reader = nn.MLP(64, [32, 10], init=nn.he, rng=0)
optimizer = Adam(reader.parameters(), lr=0.01)
fit(reader, train, cross_entropy, optimizer, epochs=8, progress=False)
print(f"right on digits it has not seen: {accuracy(reader, test):.3f}")
figure(
    plots.weights_as_images(reader),
    caption="Notice: patches for and against, no digit. No decision can be read off them.",
    alt="32 small images of 8 by 8 weights. Most have patches of positive and of negative "
    "weights side by side, some are nearly empty; none shows a digit.",
)

# %% [markdown]
# Better ask about *one* image. **Occlusion** needs no gradient: it covers a square and looks
# how far the score falls. Predict: do three methods point to the same pixel?


# %%
digit, pixels = test.targets[1], test.inputs[1]
image = [pixels[k : k + 8] for k in range(0, 64, 8)]


def score(rows):
    return reader([pixel for row in rows for pixel in row])[digit]


shares = interpret.integrated_gradients(score, image)
_, axes = plt.subplots(1, 4, figsize=(11, 3.4), layout="constrained")
maps.heat(image, title=f"a {digit}", ax=axes[0])
maps.heat(image, interpret.saliency(score, image), title="saliency", ax=axes[1])
maps.heat(image, shares, title="integrated", ax=axes[2])
maps.heat(image, interpret.occlusion(score, image), title="occlusion", ax=axes[3])
rise = score(image).data - score([[0.0] * 8] * 8).data
print(f"integrated: {np.sum(shares):.2f} in all; from an empty image the score rose {rise:.2f}")
figure(
    axes[0],
    caption="Notice: fair methods disagree. Empty pixels have a slope, yet added nothing.",
    alt="A 9 in grey, three times with squares over it. Saliency covers pixels all over the "
    "image, empty ones too. Integrated gradients and occlusion have their largest squares at "
    "the right of the upper loop, and strokes for against at the bottom.",
)

# %% [markdown]
# ## A reader of sentences
#
# Does a sentence praise the film? Each word is a row of 8 learned numbers; attention says how
# much each row counts in their mean, one score decides. What share of new sentences will it
# get right? (Lesson 16 takes it apart.)

# %%
split = sentiment.by_file(0)
model = sentiment.Attention(split.train, identity, Random(0))
learn = batch(lambda words, praises: binary_cross_entropy(model(words), praises))
optimizer = AdamW(model.parameters(), lr=0.003, weight_decay=0.01)
inputs, targets = np.array(split.train.inputs), np.array(split.train.targets)
chance = Random(0)
for _ in range(4):
    order = chance.sample(range(len(targets)), len(targets))
    for start in range(0, len(order), 32):
        rows = order[start : start + 32]
        learn.step(optimizer, inputs[rows], targets[rows])
learn.sync()
scores = batch(model)(np.array(split.test.inputs))
print(f"right: {np.mean((scores > 0) == np.array(split.test.targets)):.3f}")

# %% [markdown]
# Which word is attended most, and which has the largest gradient × input? Guess how often it
# is the same one. Below is a short sentence where it is not. (Its words stand by the alphabet:
# their order is not in the file.)


# %%
def asked(row):
    bag = [word for word in split.test.inputs[row] if word < model.words]
    return [split.test.features[word] for word in bag], sentiment.contributions(model, bag)


def on_top(found):
    return [int(np.abs(counts).argmax()) for counts in found.values()]


same = [len({*on_top(asked(row)[1])}) == 1 for row in range(100)]
print(f"the same word: in {np.mean(same):.0%} of 100 sentences")
row = next(k for k in range(100) if not same[k] and len(asked(k)[0]) < 12)
truth = split.test.classes[split.test.targets[row]]
print(f"this sentence: score {scores[row]:.1f}, above 0 for praise; in truth it {truth}")
figure(
    maps.words(*asked(row)),
    caption="Notice: attention has no sign; it says where the model looked, not what it saw.",
    alt="Bars for the eleven words of a sentence. By attention the word 'face' is longest, "
    "then 'funny'; by gradient × input it is 'funny', and one word, 'and', pulls to the left.",
)

# %% [markdown]
# ## The test
#
# If a word decided, the decision must turn over without it, more often than without just any
# word. Delete one word of 500 sentences, chosen in four ways. Predict four shares.

# %%
for name, share in sentiment.flips(model, split.test).items():
    print(f"{name:35} {share:.0%} turn over")

# %% [markdown]
# All three beat chance, so they found something; none finds the word in most sentences, for
# several words decide together. And what does a shortened sentence prove about the whole one?
#
# ## Three questions
#
# 1. What is the baseline, and what if another is taken?
# 2. Can attention mislead?
# 3. Which picture would change your mind about a model?
#
# <details><summary>Answers</summary>
#
# 1. An input that says nothing. From another one the shares are others: the answer is always
#    "compared with what".
# 2. Yes: a word may get much attention and have a value near the mean, so that nothing hangs
#    on it; and attention has no sign.
# 3. One that could have come out otherwise, such as a deletion that changes no more than that
#    of a random word.
#
# </details>
#
# **Sources** Simonyan et al., arXiv 1312.6034 (saliency); Sundararajan et al., ICML 2017;
# Jain and Wallace, NAACL 2019 (attention and explanation).
#
# **Next** [15 · Images](15_images.ipynb): one small window, used everywhere.
