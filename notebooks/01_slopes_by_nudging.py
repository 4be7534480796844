# %% [markdown]
# # 1 · Slopes by nudging
#
# *A derivative answers one question: nudge this a little, how much does that move?*
#
# **Afterwards you can** estimate the slope of anything you can compute, and say how far to
# trust the estimate. **You need** Python arithmetic. **Time** 10 minutes.

# %%
import math

from autograd.lesson import check, figure, hint, plot, predict, reveal

# %% [markdown]
# ## A puzzle
#
# A number y is computed from three others. Which of them raises y fastest, if it alone is
# nudged up a little? Look at the numbers, then put your guess in place of the dots: `"a"`,
# `"b"` or `"c"`.


# %%
def f(a, b, c):
    return a * b + c


a, b, c = 4.0, -2.0, 3.0
predict("1.fastest", ...)

# %% [markdown]
# Do not think long: try it. Nudge each number by `h`, one at a time, and divide how far y
# moved by `h`. What this gives is called the **slope** of y in that number.
#
# For a do it on paper, and have it checked: put your number in place of the dots and run the
# cell, as often as you like. `hint("1.da")` helps, more each time.

# %%
check("1.da", ...)  # y = a·b + c at a = 4, b = −2, c = 3: how fast does y move with a?

# %%
hint("1.da")

# %%
h = 0.001
y = f(a, b, c)
slopes = {
    "a": (f(a + h, b, c) - y) / h,
    "b": (f(a, b + h, c) - y) / h,
    "c": (f(a, b, c + h) - y) / h,
}
for name, slope in slopes.items():
    print(f"{name}: y moves {slope:+.3f} times as far")
reveal("1.fastest", max(slopes, key=slopes.get))

# %% [markdown]
# The largest number has no say in it. Nudging a moves y by b times as much, so down; nudging
# b moves it by a times as much. A product hands each factor the *other* one.
#
# The three slopes together are an arrow, the **gradient**: it points where y grows fastest.

# %% [markdown]
# ## From secant to tangent
#
# What is the slope of x³ at 2? A nudge of 1 gives one answer, a nudge of 0.1 another. Guess
# where they lead, then run.


# %%
def cube(x):
    return x**3


def forward(function, x, h):
    """How far the function moves for each unit of a nudge."""
    return (function(x + h) - function(x)) / h


estimates = {h: forward(cube, 2, h) for h in (1, 0.1, 0.01, 0.001)}
for h, slope in estimates.items():
    print(f"h = {h:<6} slope {slope:.6f}")

# %%
xs = [1 + i / 50 for i in range(126)]
lines = {"x³": (xs, [cube(x) for x in xs])}
for h in (1, 0.5):
    lines[f"h = {h}"] = (xs, [8 + forward(cube, 2, h) * (x - 2) for x in xs])
lines["tangent"] = (xs, [8 + forward(cube, 2, 1e-6) * (x - 2) for x in xs])
figure(
    plot(lines, "Secants of x³ through x = 2", "x"),
    caption="Notice: as h shrinks, the secant turns into the tangent.",
    alt="The curve x³ and three lines through the point (2, 8): secants for h = 1 and 0.5, "
    "ever less steep, and the tangent, least steep of all.",
)

# %% [markdown]
# A nudge to both sides is better. The *central* estimate goes h up and h down: the curve's
# bend pulls the two ends the same way, and mostly cancels.


# %%
def central(function, x, h):
    return (function(x + h) - function(x - h)) / (2 * h)


print(f"forward, h = 0.01: {forward(cube, 2, 0.01):.6f}")
print(f"central, h = 0.01: {central(cube, 2, 0.01):.6f}")
assert central(cube, 2, 0.01) < estimates[0.001] < estimates[0.01]

# %% [markdown]
# ## Smaller is better?
#
# The slope of e^x at 1 is e itself, so the error can be measured. Predict: if h = 0.001 is
# good, how good is h = 1e-16?

# %%
predict("1.tiny_h", ...)

# %%
steps = [10**-k for k in range(1, 17)]
errors = {
    "forward": [abs(forward(math.exp, 1, h) - math.e) for h in steps],
    "central": [abs(central(math.exp, 1, h) - math.e) for h in steps],
}
for name, row in errors.items():
    print(f"{name}: best error {min(row):.0e}")
reveal("1.tiny_h", f"slope {forward(math.exp, 1, 1e-16):g}")

# %%
figure(
    plot(
        {name: (steps, row) for name, row in errors.items()},
        "Error of the slope of e^x at 1",
        "h",
        "error",
        log=True,
    ),
    caption="Notice: a V. Smaller h helps until rounding wins: 1 + 1e-16 is 1.",
    alt="Error against h on logarithmic axes. From the right both lines fall as h shrinks, the "
    "central one twice as steeply; left of 1e-5 and of 1e-8 they rise again, ragged.",
)

# %% [markdown]
# ## What it costs
#
# n slopes take n + 1 runs: one as it is, one for each nudge. The digit reader of lesson 15
# has 2,410 weights: 2,411 runs for a single step of learning. The next lessons find all
# slopes in *one* walk back through the computation.

# %% [markdown]
# ## Exercises

# %%
check("1.cube", ...)  # the slope of x³ at x = 2

# %%
check("1.best_h", ...)  # forward slope of e^x at 1: the best h, a power of ten

# %% [markdown]
# ## Three questions
#
# 1. What does a slope of 0 promise?
# 2. Why is the central estimate better?
# 3. Why do networks not learn this way?
#
# <details><summary>Answers</summary>
#
# 1. Only that a *small* nudge hardly moves y. It may be a top, a bottom, or a flat spot
#    half-way.
# 2. The error of the forward one shrinks like h, that of the central one like h².
# 3. One run for each weight is too dear, and every estimate is rounded.
#
# </details>

# %% [markdown]
# **Sources** Nudges as a check of gradients: Griewank and Walther, *Evaluating Derivatives*,
# 2008, chapter 1; the V and its two bottoms: Press et al., *Numerical Recipes*, 2007, section
# 5.7.
#
# **Next** [2 · An expression is a graph](02_an_expression_is_a_graph.ipynb): what a
# computation leaves behind.
