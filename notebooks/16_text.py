# %% [markdown]
# # 16 · Text
#
# *Words are rows of a table.*
#
# **Afterwards you can** make numbers of words, pool a sentence by attention, and translate
# number words to digits. **You need** [lesson 14](14_looking_inside.ipynb). **Time** 20
# minutes.

# %%
import math
from dataclasses import replace
from random import Random
from statistics import fmean

import matplotlib.pyplot as plt
import numpy as np

from autograd import Value, datasets, debug, dot, nn
from autograd import sum as total
from autograd.draw import maps
from autograd.lesson import check, figure, hint, plot, predict, reveal
from autograd.tasks import TASKS, Split, trained
from autograd.tasks.sentiment import contributions
from autograd.tasks.translate import CLASSES, PLACES, WORDS, data, findings, spelled, translated

# %% [markdown]
# ## A puzzle
#
# Does a sentence praise a film? Each word has eight numbers, learned; a sentence is the mean
# of its words. Now *attention* may give words different weights, so that "the" need not count
# as much as "dull". Will it decide better? Guess `"better"`, `"equal"` or `"worse"`.

# %%
predict("16.attention", ...)

# %% [markdown]
# ## A table
#
# A word is the number of a row in a table, and the numbers in the row are parameters like
# any others. Five words, and a sentence made of words 3, 0 and 3: which rows will get a
# gradient, and which one twice?

# %%
table = nn.Embedding(5, 2, rng=0)
rows = table([3, 0, 3])
dot([1.0, 1.0, 1.0], [row[0] for row in rows]).backward()
for word, row in enumerate(table.rows):
    print(f"word {word}: gradients {[number.grad for number in row]}")

# %% [markdown]
# ## A bag
#
# A mean does not know the order of what it is made of. Such a sentence is called a *bag of
# words*.

# %%
check("16.bag", ...)  # can it tell "not good, bad" from "not bad, good"? "yes" or "no"

# %% [markdown]
# Attention gives each word a score, and softmax makes weights of them. Two words, scores 0
# and ln 3: which weights?

# %%
check("16.soft", ...)  # a list of two numbers

# %%
hint("16.soft")

# %% [markdown]
# ## Praise or blame
#
# 7,600 sentences from film reviews to learn from, 800 to stop by, 2,036 to be tested on; each
# way twice, with another beginning. Predict too: will the loss go on falling, and the share
# of wrong decisions with it?

# %%
readers, means, epochs = {}, {}, range(1, 7)
for name in ("mean", "attention"):
    runs = [trained(TASKS["sentiment"], name, "by file", seed, epochs=6) for seed in (0, 1)]
    readers[name], split = runs[0]
    shares = [training.share_right(split.test) for training, split in runs]
    print(f"{name:9} rightly:", ", ".join(f"{share:.3f}" for share in shares))
    means[name] = fmean(shares)
training, words = readers["attention"], split.test.features
lines = {
    "loss": (epochs, training.losses),
    "share wrong": (epochs, [1 - score for score in training.scores]),
}
assert abs(means["attention"] - means["mean"]) < 0.01
reveal("16.attention", f"equal: {means['attention']:.2f}, and the mean {means['mean']:.2f}")
figure(
    plot(lines, "Attention: loss on known rows, mistakes on others", "epoch"),
    caption="Notice: the loss goes on falling; on other rows nothing gets better any more.",
    alt="Two lines over six epochs. The loss falls steadily from 0.65; the share of wrong "
    "decisions goes from 0.31 to 0.26 in three epochs and stays there.",
)

# %% [markdown]
# What attention earns is a picture. Two sentences, their words by the alphabet, as the order
# is not in the data. The first blames, and was read so. The second praises. How was it read?

# %%
decided, classes = training.decide(split.test), split.test.classes
assert not decided[[662, 252]].any()
_, axes = plt.subplots(2, 2, figsize=(9, 6.6), layout="constrained")
for line, row in zip(axes, (662, 252), strict=True):
    bag = [word for word in split.test.inputs[row] if word < len(words)]
    maps.words([words[word] for word in bag], contributions(training.model, bag), ax=list(line))
    true, read = classes[split.test.targets[row]], classes[decided[row]]
    line[0].set_xlabel(f"it {true}, read as: it {read}")
figure(
    axes[0][0],
    caption='Notice: "the" and "of" get next to nothing; "not" does not save "waste".',
    alt='Bars for ten words, twice. In the first sentence "worst" gets most attention and '
    'pulls most towards blame; in the second "waste" gets nearly all.',
)

# %% [markdown]
# "Not a waste of time" is praise; its bag is not. And people? Each sentence has the mean of
# several people's ratings, −4 to +4. Where will the model be better: where these are far from
# 0, or near?

# %%
ratings = np.array(datasets.movie_ratings().targets[-len(split.test) :])
right = decided == np.array(split.test.targets)
for name, chosen in (("below 1", abs(ratings) < 1), ("above 2", abs(ratings) > 2)):
    print(f"|rating| {name}: {right[chosen].mean():.2f} of {chosen.sum()} rightly")

# %% [markdown]
# ## Three hundred and twelve
#
# Now order counts. Three questions, learned, are put to the words, one for each digit. A
# word's *key*, made of it and the next word, says how well it fits a question; what is passed
# on is the row of the word alone. 300 numbers are learned from. Of the 700 others, how many
# will be translated rightly? And where will the tens digit of 312 come from?

# %%
translator, split = trained(TASKS["translate"], "attention", "unseen numbers")
print(findings(translator.model, split))
shown = (321, 312, 700)
_, axes = plt.subplots(1, 3, figsize=(11, 3), layout="constrained", width_ratios=(5, 4, 2.6))
for ax, number in zip(axes, shown, strict=True):
    ids = [WORDS.index(word) for word in spelled(number)]
    rows = translator.model.alignment(ids)
    digits = translated(translator.model, ids)
    maps.attention(rows, list(digits), spelled(number), ax=ax)
    ax.set_title(f"{number}, as {digits}", loc="left")
figure(
    list(axes),
    caption='Notice: the 1 of 312 comes from "hundred", and so does the wrong 1 of 700.',
    alt="Three tables of attention, a row for each digit and a column for each word. Tens: in "
    '321 all from "twenty"; in 312 and in 700, read as 710, mostly from "hundred".',
)

# %% [markdown]
# The score of 1 as tens digit is a sum: share times what the word's row is worth. In the
# stepper softmax is spelt out, on scores that give the trained shares. Say first: which of
# them would raise it by rising, and which would lower it?

# %%
ids, place, digit = [WORDS.index(word) for word in spelled(312)], 1, CLASSES.index("1")
model = translator.model
answer = model.answers[place].neurons[digit]
worths = [dot(answer.w, model.table(word)).data for word in ids]
scores = [Value(math.log(share.data)) for share in model.alignment(ids)[place]]
powers = [score.exp() for score in scores]
whole = total(powers)
shares = [power / whole for power in powers]
for word, score, share in zip(spelled(312), scores, shares, strict=True):
    score.label, share.label = f"score of {word}", f"share of {word}"
one = dot(shares, worths, start=answer.b.data)
whole.label, one.label = "whole", f"{PLACES[place]}: 1"
assert math.isclose(one.data, model(ids)[place][digit].data)
debug.show(one, title="where the tens digit of 312 comes from")

# %% [markdown]
# ## What it has never met
#
# Among the 300 are always the words that stand alone: 0 to 19, 20, 30, and so on. Suppose
# they were left out, and it learned from three digits only. Which of 7, 307 and 347 may it
# fail at?

# %%
check("16.unseen", ...)


# %%
def three_digits(seed):
    known = Random(seed).sample(range(100, 1000), 300)
    below = data(list(range(100)), "0 to 99")
    return Split(data(known[30:], "to learn from"), data(known[:30], "to stop by"), below)


narrow = replace(TASKS["translate"], splits={"three digits": three_digits})
narrow, split = trained(narrow, "attention", "three digits")
print(f"of 0 to 99 rightly: {narrow.share_right(split.test):.2f}")
for number in (7, 307, 347):
    print(number, "→", translated(narrow.model, [WORDS.index(w) for w in spelled(number)]))

# %% [markdown]
# ## Three questions
#
# 1. Why do both ways of pooling stop at about 0.77?
# 2. What does a word do that was never met?
# 3. Is an alignment an explanation?
#
# <details><summary>Answers</summary>
#
# 1. Both see a bag: order is lost, and with it "not a waste". And where people are divided,
#    there is little to be right about.
# 2. It has no row: it is refused, or left out. A row that was never used says whatever it
#    began with.
# 3. In part: these shares really are what is added up. Why they are so, it does not say; and
#    where "hundred" says "1", the picture is true and the reason a bad one.
#
# </details>
#
# **Sources** Bengio et al., *JMLR* 3, 2003 (tables of words); Bahdanau, Cho and Bengio, ICLR
# 2015 (alignment); Hutto and Gilbert, ICWSM 2014 (the sentences).
#
# **Next** [17 · Speech](17_speech.ipynb): frames in time.
