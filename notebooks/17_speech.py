# %% [markdown]
# # 17 · Speech
#
# *Frames in time.*
#
# **Afterwards you can** classify sound by statistics and as a sequence, see which moments
# count, and split voices honestly. **You need** [lesson 16](16_text.ipynb). **Time** 20
# minutes.

# %%
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np

from autograd import Value, datasets, debug, nn, no_grad, value_and_grad
from autograd.draw import maps
from autograd.lesson import check, figure, hint, plot, predict, reveal
from autograd.tasks import TASKS, Recipe, Split, trained
from autograd.tasks.pictures import frames_with_gradient
from autograd.tasks.prepare import Standard

# %% [markdown]
# ## A puzzle
#
# Somebody says a digit: 20 frames, one after another, 13 numbers each. One network gets all
# 260 numbers at once and knows nothing of time. A *recurrent* one reads frame after frame and
# keeps in mind what it has heard. Which will know more digits: `"flat"` or `"recurrent"`?

# %%
predict("17.reader", ...)

# %% [markdown]
# ## Frames
#
# The voices are **synthetic**: no person was recorded, and what holds for them need not hold
# for people. A column is a moment, a row one of its 13 numbers (*cepstral coefficients*).
# Two of the pictures are one digit, by two voices. Which picture is the other digit?

# %%
spoken = datasets.spoken_digits()
_, axes = plt.subplots(1, 3, figsize=(9.6, 2.9), layout="constrained")
for ax, name, row in zip(axes, "abc", (1, 7, 501), strict=True):
    bands = np.array(spoken.inputs[row]).T
    low, high = bands.min(axis=1, keepdims=True), bands.max(axis=1, keepdims=True)
    maps.heat((bands - low) / (high - low), title=name, across="time", ax=ax)
assert [spoken.targets[row] for row in (1, 7, 501)] == [1, 7, 1]
figure(
    list(axes),
    caption="Notice: in two of them a bright arc climbs from the left; its greys differ.",
    alt="Three grey pictures of 13 rows and 20 columns. In a and c a bright arc climbs from "
    "the lower left and then goes on level; in b there are patches and no arc.",
)

# %% [markdown]
# It was b: a 7 between two 1s. A louder voice or another microphone adds the same to every
# frame. So one often takes away the mean over the frames. Of 2, 4, 6, what is left?

# %%
check("17.norm", ...)  # a list of three numbers

# %%
hint("17.norm")

# %% [markdown]
# ## Three readers
#
# *flat*: 260 numbers, 32 ReLU units, 10 scores. *recurrent*: at each frame 32 tanh units see
# the frame and what they themselves said before (Elman's cell); their last word makes the
# scores. *sequence*: 32 units look at five frames, everywhere (lesson 15); four heads of
# attention pool what they say (lesson 16). All are tested on voices never heard.


# %%
class Recurrent(nn.Module):
    def __init__(self, train, activation, rng):
        self.standard = Standard([frame for frames in train.inputs for frame in frames])
        self.cell = nn.Elman(13, 32, rng=rng)
        self.scores = nn.Layer(32, 10, nonlin=False, init=nn.xavier, rng=rng)

    def __call__(self, frames):
        states = self.cell([self.standard(frame) for frame in frames])
        return self.scores(states[-1])


task, way = TASKS["spoken"], "unheard voices"
settings = {"optimizer": "adamw", "rate": 0.003, "decay": 0.01}
recipes = {**task.recipes, "recurrent": Recipe(Recurrent, **settings)}
task = replace(task, recipes=recipes)
readers, shares = {}, {}
for name, epochs in (("flat", 15), ("recurrent", 15), ("sequence", 20)):
    readers[name], split = trained(task, name, way, epochs=epochs)
    shares[name] = readers[name].share_right(split.test)
    print(f"{name:10} {shares[name]:.3f} of {len(split.test)} rightly")
reveal("17.reader", max(("flat", "recurrent"), key=shares.get))

# %% [markdown]
# ## What is forgotten
#
# One recurrent unit on four frames: each state is tanh(x + u · the state before), u = 0.8.
# The last state is asked how it depends on each frame. On the way back each step multiplies
# by u · tanh' (lesson 10). Say before you press **n**: what will be left for x0?

# %%
u, state = Value(0.8, label="u"), Value(0.0, label="silence")
frames = [Value(number, label=f"x{t}") for t, number in enumerate((0.5, -0.3, 0.8, 0.4))]
for t, x in enumerate(frames):
    state = (x + u * state).tanh()
    state.label = f"state {t}"
debug.show(state, title="what the last state knows of each frame")

# %% [markdown]
# And the trained ones? For 20 utterances, how much of the gradient of the decided score
# arrives at each of the 20 frames? Draw three lines in your head first.


# %%
def by_frame(reader, frames):
    """The share of each frame in the gradient of the score that wins."""
    winner = reader.outputs(np.array([frames]))[0].argmax()
    gradient = value_and_grad(lambda frames: reader.model(frames)[winner])(frames)[1]
    sizes = np.abs(gradient).sum(axis=1)
    return sizes / sizes.sum()


lines = {}
for name, reader in readers.items():
    found = [by_frame(reader, frames) for frames in split.test.inputs[::23]]
    lines[name] = range(20), np.mean(found, axis=0).tolist()
assert np.argmax(lines["recurrent"][1]) == 19
figure(
    plot(lines, "Share of the gradient", "frame"),
    caption="Notice: the recurrent reader decides by the end and hardly knows the beginning.",
    alt="Three lines over 20 frames. Those of flat and sequence are never near 0; that of "
    "recurrent is, up to frame 5, and climbs to a fifth at the last frame.",
)

# %% [markdown]
# ## Two witnesses
#
# The reader of sequences can be asked in two ways: by its gradient, and by the attention of
# its heads. Where will they agree? Below the frames of one utterance, and by each witness the
# share of every frame (a window shares out its attention among its five).

# %%
reader, frames = readers["sequence"], split.test.inputs[0]
said = reader.outputs(np.array([frames]))[0].argmax()
witnesses = {"gradient": by_frame(reader, frames)}
with no_grad():
    reader.model(frames)
for number, head in enumerate(reader.model.heads):
    paid = [share.data for share in head.weights]
    witnesses[f"head {number}"] = np.convolve(paid, [0.2] * 5)
gradient, *heads = witnesses.values()
alike = np.corrcoef(gradient, np.mean(heads, axis=0))[0, 1]
print(f"correlation of the gradient and the heads together: {alike:.2f}")
_, axes = plt.subplots(2, 1, figsize=(7.6, 7.2), layout="constrained", height_ratios=(13, 5))
title = f"{split.test.targets[0]}, heard as {said}"
frames_with_gradient(reader.model, said, frames, title=title, ax=axes[0])
greys = [shares / max(shares) for shares in witnesses.values()]
maps.heat(greys, title="where each looks most", across="frame", ax=axes[1])
axes[1].set_yticks(range(5), list(witnesses))
figure(
    list(axes),
    caption="Notice: three heads look where the gradient is largest, one looks later.",
    alt="Grey frames with blue squares for the gradient; below them five rows of grey. The "
    "gradient is darkest about frame 6, as three heads are; one is dark about frame 14.",
)

# %% [markdown]
# ## An honest split
#
# Each voice has said all ten digits. You want to know how the reader does with a speaker who
# is new. How must the rows be shared out: `"by voice"` or `"random rows"`?

# %%
check("17.split", ...)

# %% [markdown]
# Now do it wrongly, to see what it is worth. Predict: how many of 100 does the flat reader
# get with rows at random?


# %%
def random_rows(seed):
    train, test = spoken.split(450 / len(spoken), seed)
    return Split(*train.split(120 / len(train), seed), test)


task = replace(task, splits={**task.splits, "random rows": random_rows})
for way in task.splits:
    runs = [trained(task, "flat", way, seed, epochs=15) for seed in range(2)]
    print(f"{way:15}", ", ".join(f"{run.share_right(split.test):.3f}" for run, split in runs))

# %% [markdown]
# ## Real voices
#
# What rows at random add is no skill: the voices are known. Where the question is *who*
# speaks, they must be. Nine men, recorded, say /ae/ in 7 to 29 frames: who was it? One reader
# has mean and deviation of each coefficient over the frames, 24 numbers without time; the
# other pools the frames by attention. Which will know the men better?

# %%
for name in ("flat", "attention"):
    reader, split = trained(TASKS["vowels"], name, "by file")
    print(f"{name:10} {reader.share_right(split.test):.3f} of {len(split.test)} rightly")

# %% [markdown]
# ## Three questions
#
# 1. What leaks when rows are split at random?
# 2. Why does a mean over time help?
# 3. What would real voices change?
#
# <details><summary>Answers</summary>
#
# 1. The voice: the net has heard it say other digits, and knows its sound.
# 2. Utterances are slower and faster. A mean does not ask when; and what a vowel has of its
#    speaker is there all the time.
# 3. Noise, rooms, moods, dialects: all that no synthesiser varies. The figures here promise
#    nothing for people.
#
# </details>
#
# **Sources** Davis and Mermelstein, *IEEE Trans. ASSP* 28, 1980 (cepstra); Elman, *Cognitive
# Science* 14, 1990; the vowels: Kudo, Toyama and Shimbo, *Pattern Recognition Letters* 20,
# 1999.
#
# **Next** [18 · Scalars to tensors](18_scalars_to_tensors.ipynb): your code was a matrix
# product.
