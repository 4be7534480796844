"""Tasks: data, honestly split, models that learn from them, and pictures of what they looked at.

    digits      which digit was written?            8×8 pixels          mlp, conv
    vowels      who speaks?                         frames of a sound   flat, attention
    sentiment   does it praise the film?            a bag of words      mean, attention
    translate   which number is it?                 words in a row      attention
    spoken      which digit was said?               frames of a sound   flat, sequence
    names       a woman's name, or a man's?         letter by letter    gru

`stepgrad train digits` trains one; here it is `train(TASKS["digits"])`. Each file is one task, a declaration that can
be read from top to bottom; `training` is the one loop, and `task` says what a declaration has.
"""

from autograd.tasks.command import train, trained
from autograd.tasks.digits import DIGITS
from autograd.tasks.names import NAMES
from autograd.tasks.sentiment import SENTIMENT
from autograd.tasks.spoken import SPOKEN
from autograd.tasks.task import Recipe, Split, Task
from autograd.tasks.translate import TRANSLATE
from autograd.tasks.vowels import VOWELS

TASKS = {task.name: task for task in (DIGITS, VOWELS, SENTIMENT, TRANSLATE, SPOKEN, NAMES)}

__all__ = ["TASKS", "Recipe", "Split", "Task", "train", "trained"]
