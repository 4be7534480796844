"""The same program gives the same bits in every process, whatever the hash seed and the addresses are."""

import pytest

PREAMBLE = """
import hashlib, random
import autograd
from autograd import Value
from autograd.graph import topological_order

junk = [object() for _ in range(random.SystemRandom().randrange(10_000))]  # moves all addresses
digest = hashlib.sha256()

def note(*numbers):
    for number in numbers:
        digest.update(number.hex().encode())
"""

TRAINING = """
draw = random.Random(11)
hidden = [[Value(draw.uniform(-1, 1)) for _ in range(3)] for _ in range(5)]
last = [Value(draw.uniform(-1, 1)) for _ in range(5)]
parameters = [w for row in (*hidden, last) for w in row]
for _ in range(15):
    x, y = draw.uniform(-1, 1), draw.uniform(-1, 1)
    features = [(row[0] * x + row[1] * y + row[2]).tanh() for row in hidden]
    loss = (autograd.dot(last, features) - x * y) ** 2 + 1e-3 * sum(p * p for p in parameters)
    loss.backward()
    for p in parameters:
        p.data -= 0.1 * p.grad
    note(loss.data, *(p.grad for p in parameters))
    for p in parameters:
        p.grad = 0.0
"""

SHARED_GRAPH = """
draw = random.Random(12)
leaves = [Value(draw.uniform(-1, 1)) for _ in range(6)]
nodes = list(leaves)
for _ in range(400):
    a, b, c = draw.choices(nodes[-40:], k=3)
    nodes.append(draw.choice([a + b, a * b, a - b, a.tanh(), autograd.sum([a, b, c]).sin(), a.softplus() * 0.1]))
root = autograd.sum(nodes[-40:])
root.backward()
note(*(node.grad for node in topological_order(root)), *(leaf.grad for leaf in leaves))
"""

OF_ANY_ORDER = """
def f(x):
    shared = [x[0] * x[1], x[0].exp(), x[1].sigmoid() * x[2]]
    return autograd.logsumexp(shared) * autograd.dot(shared, x) + autograd.softmax_cross_entropy(x, 1)

for row in autograd.hessian(f)([0.1, -0.7, 0.3]):
    note(*row)
note(autograd.grad(autograd.grad(autograd.grad(autograd.gelu)))(0.3))
"""


@pytest.mark.parametrize("program", [TRAINING, SHARED_GRAPH, OF_ANY_ORDER], ids=["training", "shared", "any_order"])
def test_bits_are_the_same_under_every_hash_seed(program, run_python):
    source = f"{PREAMBLE}{program}\nprint(digest.hexdigest())"
    digests = {run_python(source, PYTHONHASHSEED=seed) for seed in ("0", "1", "12345", "random")}

    assert len(digests) == 1


def test_the_digest_sees_the_last_bit(run_python):
    source = f"{PREAMBLE}note({{}})\nprint(digest.hexdigest())"

    assert run_python(source.format("0.1 + 0.2")) != run_python(source.format("0.3"))
