"""What each layer is for, by hand on tiny cases; training and use; networks of each that learn."""

import copy
import itertools
import math
import random
import re
import statistics
from functools import reduce
from operator import itemgetter

import pytest

from autograd import Value, draw, losses, nn, no_grad, optim, relu, silu, tanh
from autograd.debug import trace
from autograd.graph import leaves, mapped, topological_order
from autograd.nn import (
    GRU,
    MLP,
    AttentionPooling,
    AveragePool,
    BatchNorm,
    Conv2d,
    Dropout,
    Elman,
    Embedding,
    Layer,
    LayerNorm,
    Maxout,
    MaxPool,
    Mixture,
    Module,
    MultiHeadAttention,
    PReLU,
    Recurrent,
    Residual,
    RMSNorm,
    Sequential,
    Swish,
    attention,
    flatten,
)


def data(tree):
    return mapped(lambda x: x.data if isinstance(x, Value) else x, tree)


def filled(layer, /, **rows):
    """The layer with the numbers of some of its neurons set: `name=[[w, ..., b], ...]`."""
    for name, neurons in rows.items():
        held = getattr(layer, name)
        for neuron, numbers in zip(getattr(held, "neurons", held), neurons, strict=True):
            for p, number in zip(neuron.parameters(), numbers, strict=True):
                p.data = number
    return layer


# ---------------------------------------------------------------- norms


def test_batch_norm_brings_each_feature_to_mean_0_and_variance_1():
    out = data(BatchNorm(2)([[1.0, -5.0], [3.0, 5.0], [5.0, -5.0], [7.0, 5.0]]))
    columns = list(zip(*out, strict=True))

    assert list(columns[0]) == pytest.approx([x / math.sqrt(5.0 + 1e-5) for x in (-3, -1, 1, 3)])
    assert columns[1] == pytest.approx([x / math.sqrt(25.0 + 1e-5) for x in (-5, 5, -5, 5)])


def test_batch_norm_remembers_a_tenth_of_each_batch_and_the_unbiased_variance():
    norm = BatchNorm(1)
    norm([[1.0], [3.0], [5.0], [7.0]])

    assert norm.running_mean[0].data == pytest.approx(0.9 * 0.0 + 0.1 * 4.0)
    assert norm.running_variance[0].data == pytest.approx(0.9 * 1.0 + 0.1 * 20.0 / 3.0)


def test_batch_norm_in_use_treats_each_sample_alone_and_remembers_nothing():
    norm = BatchNorm(1).eval()
    norm.load_state_dict({"gain.0": 2.0, "bias.0": 1.0, "running_mean.0": 3.0, "running_variance.0": 4.0 - 1e-5})
    state = norm.state_dict()

    assert data(norm([[5.0]])) == [[pytest.approx(3.0)]]  # 2 · (5 − 3) / 2 + 1
    assert data(norm([[5.0], [1.0]])) == [[pytest.approx(3.0)], [pytest.approx(-1.0)]]
    assert norm.state_dict() == state


def test_batch_norm_couples_the_samples_of_a_batch():
    batch = [[Value(1.0)], [Value(3.0)], [Value(8.0)]]
    BatchNorm(1)(batch)[0][0].backward()

    assert all(x.grad != 0.0 for [x] in batch)
    assert sum(x.grad for [x] in batch) == pytest.approx(0.0, abs=1e-15)  # adding to all changes nothing


def test_batch_norm_of_a_constant_feature_is_its_bias():
    norm = BatchNorm(1)
    norm.bias[0].data = 0.5

    assert data(norm([[7.0], [7.0]])) == [[0.5], [0.5]]


def test_batch_norm_does_not_learn_its_running_statistics():
    norm = BatchNorm(2)
    optimizer = optim.SGD(norm.parameters(), lr=0.1)
    norm.eval()([[1.0, 2.0]])[0][0].backward()
    optimizer.step()

    assert data(norm.running_mean) == [0.0, 0.0]
    assert norm.bias[0].data == -0.1


def test_batch_norm_shows_the_running_statistics_that_it_uses():
    out = BatchNorm(1).eval()([[Value(1.0)]])[0][0]

    assert "running mean" in draw.svg(out, detail="values")


def test_layer_norm_does_not_care_how_large_or_where_a_sample_is():
    norm = LayerNorm(3, eps=0.0)

    assert data(norm([1.0, 2.0, 4.0])) == pytest.approx(data(norm([11.0, 21.0, 41.0])))


def test_rms_norm_does_not_care_how_large_a_sample_is():
    norm = RMSNorm(2, eps=0.0)

    assert data(norm([3.0, 4.0])) == pytest.approx([3.0 / math.sqrt(12.5), 4.0 / math.sqrt(12.5)])
    assert data(norm([300.0, 400.0])) == pytest.approx(data(norm([3.0, 4.0])))


# ---------------------------------------------------------------- dropout


def test_dropout_leaves_out_its_share_and_keeps_the_mean():
    count = 20_000
    out = Dropout(0.3, rng=0)([1.0] * count)
    dropped = out.count(0.0) / count

    assert set(out) == {0.0, 1.0 / 0.7}
    assert dropped == pytest.approx(0.3, abs=4.0 * math.sqrt(0.21 / count))
    assert statistics.fmean(out) == pytest.approx(1.0, abs=4.0 * math.sqrt(0.3 / 0.7 / count))


def test_dropout_lets_no_gradient_through_what_it_leaves_out():
    x = [Value(1.0) for _ in range(8)]
    out = Dropout(0.5, rng=0)(x)
    sum(out).backward()

    assert [value.grad for value in x] == data(out)
    assert {value.grad for value in x} == {0.0, 2.0}


def test_dropout_repeats_itself_to_the_bit_from_a_seed_and_draws_anew_in_each_call():
    x = [1.0] * 64
    first, second = Dropout(0.5, rng=7), Dropout(0.5, rng=7)
    calls = [first(x), first(x)]

    assert [second(x), second(x)] == calls
    assert calls[0] != calls[1]
    assert Dropout(0.5, rng=8)(x) != calls[0]


def test_dropout_follows_the_global_seed_unless_it_has_one():
    random.seed(3)
    first = Dropout(0.5)([1.0] * 64)
    random.seed(3)

    assert Dropout(0.5)([1.0] * 64) == first


def test_dropout_in_use_and_of_rate_0_changes_nothing_and_draws_nothing():
    drop = Dropout(0.5, rng=0)
    first = drop([1.0] * 16)
    again = Dropout(0.5, rng=0)
    again.eval()([1.0] * 16)

    assert again.eval()([1.0, [2.0]][:1]) == [1.0]
    assert again.train()([1.0] * 16) == first
    assert Dropout(0.0)([1.0, 2.0]) == [1.0, 2.0]


def test_what_dropout_draws_is_no_node_of_the_graph():
    with trace() as happened:
        Dropout(0.5, rng=0)([Value(1.0), Value(2.0)])

    assert len([event for event in happened.events if event.kind == "create"]) == 4  # two inputs, two products


# ---------------------------------------------------------------- embedding


def test_an_embedding_gives_the_rows_themselves_and_only_those_used_learn():
    table = Embedding(4, 2, rng=0)
    rows = table([3, 1, 3])
    sum(leaves(rows)).backward()

    assert rows == [table.rows[3], table.rows[1], table.rows[3]]
    assert [[x.grad for x in row] for row in table.rows] == [[0.0, 0.0], [1.0, 1.0], [0.0, 0.0], [2.0, 2.0]]


def test_a_changed_answer_does_not_change_the_table():
    table = Embedding(2, 2)
    row = table(0)
    row.append("more")

    assert len(table.rows[0]) == 2


@pytest.mark.parametrize("index", [4, -1, 10**30])
def test_an_unknown_word_is_refused(index):
    with pytest.raises(IndexError, match=rf"Embedding\(4 words → 2\) has no word {index}: its words are 0..3"):
        Embedding(4, 2)([0, index])


@pytest.mark.parametrize("index", [1.0, "1", None, True], ids=repr)
def test_what_is_no_index_is_refused(index):
    with pytest.raises(TypeError, match="needs the index of a word, a whole number, got"):
        Embedding(4, 2)(index)
    with pytest.raises(TypeError, match="needs the index of a word, a whole number, got"):
        Embedding(4, 2)([0, index])


def test_an_embedding_begins_with_mean_0_and_variance_1():
    numbers = data(list(leaves(Embedding(100, 20, rng=0).rows)))

    assert statistics.fmean(numbers) == pytest.approx(0.0, abs=4.0 / math.sqrt(2000))
    assert statistics.pvariance(numbers) == pytest.approx(1.0, abs=4.0 * math.sqrt(2.0 / 2000))


# ---------------------------------------------------------------- attention


def test_attention_is_a_mean_weighted_by_likeness():
    """Lesson 14: scores 0 and ln 3, values 8 and 4."""
    query, keys = [Value(1.0)], [[Value(0.0)], [Value(math.log(3.0))]]
    outputs, weights = attention([query], keys, [[8.0], [4.0]])
    outputs[0][0].backward()

    assert data(weights) == [[pytest.approx(0.25), pytest.approx(0.75)]]
    assert outputs[0][0].data == pytest.approx(5.0)
    assert [key.grad for [key] in keys] == pytest.approx([0.75, -0.75])  # d out / d score


def test_causal_attention_does_not_see_what_comes_later():
    layer = MultiHeadAttention(4, 2, causal=True, rng=0)
    x = [[Value(random.Random(10 * t + k).uniform(-1, 1)) for k in range(4)] for t in range(3)]
    sum(layer(x)[1]).backward()

    assert all(value.grad != 0.0 for row in x[:2] for value in row)
    assert all(value.grad == 0.0 for value in x[2])
    assert [list(row) for head in data(layer.weights) for row in head[:1]] == [[1.0, 0.0, 0.0]] * 2


def test_the_weights_of_each_query_add_up_to_1():
    layer = MultiHeadAttention(4, 2, rng=0)
    layer([[1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 0.0, 1.0], [2.0, 2.0, 2.0, 2.0]])
    weights = data(layer.weights)

    assert [len(weights), len(weights[0]), len(weights[0][0])] == [2, 3, 3]
    assert [sum(row) for head in weights for row in head] == pytest.approx([1.0] * 6)


def test_attention_does_not_know_the_order_of_what_it_sees():
    layer = MultiHeadAttention(2, 1, rng=0)
    x = [[1.0, 2.0], [3.0, -1.0], [0.5, 0.5]]

    assert data(layer([x[2], x[0], x[1]]))[1] == pytest.approx(data(layer(x))[0])


def test_attention_pooling_with_equal_scores_is_the_mean():
    pool = AttentionPooling(filled(Layer(1, 1, nonlin=False), neurons=[[0.0, 5.0]]))

    assert data(pool([[2.0], [4.0], [9.0]])) == [pytest.approx(5.0)]
    assert data(pool.weights) == pytest.approx([1.0 / 3.0] * 3)


def test_attention_pooling_may_score_keys_and_give_values():
    pool = AttentionPooling(filled(Layer(1, 1, nonlin=False), neurons=[[1.0, 0.0]]))

    assert data(pool([[8.0, 80.0], [4.0, 40.0]], [[0.0], [math.log(3.0)]])) == pytest.approx([5.0, 50.0])


def test_weights_can_be_looked_at_only_after_a_call():
    for layer in (AttentionPooling(Layer(1, 1)), MultiHeadAttention(1, 1)):
        with pytest.raises(RuntimeError, match="has attended to nothing yet"):
            _ = layer.weights


def test_a_copy_does_not_take_the_weights_of_the_last_call_along():
    pool = AttentionPooling(Layer(1, 1))
    pool([[1.0], [2.0]])

    with pytest.raises(RuntimeError, match="has attended to nothing yet"):
        _ = copy.deepcopy(pool).weights
    assert len(pool.weights) == 2


@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((1, 2), (2, 3), (2, 1)), "got 1 × 2, 2 × 3, 2 × 1"),
        (((1, 2), (2, 2), (3, 1)), "got 1 × 2, 2 × 2, 3 × 1"),
        (((2,), (2, 2), (2, 1)), "got 2, 2 × 2, 2 × 1"),
    ],
)
def test_attention_refuses_sizes_that_do_not_fit(shapes, message):
    with pytest.raises(ValueError, match=f"queries of m × d numbers, keys of n × d and values of n × any, {message}"):
        attention(*(reduce(lambda x, n: [x] * n, reversed(sizes), 1.0) for sizes in shapes))


def test_causal_attention_refuses_more_queries_than_keys():
    with pytest.raises(ValueError, match="values of n × any, m ≤ n, got 2 × 1, 1 × 1, 1 × 1"):
        attention([[1.0], [1.0]], [[1.0]], [[1.0]], causal=True)


@pytest.mark.parametrize("keys", [[[1.0]], [[1.0]] * 3])
def test_pooling_refuses_more_or_fewer_keys_than_vectors(keys):
    with pytest.raises(ValueError, match="takes 2 × any, got"):
        AttentionPooling(Layer(1, 1))([[1.0], [2.0]], keys)


def test_pooling_refuses_a_score_that_is_not_one_number():
    with pytest.raises(TypeError, match="needs a score of one number for each vector, got 2"):
        AttentionPooling(Layer(1, 2))([[1.0], [2.0]])


# ---------------------------------------------------------------- images


def test_a_filter_finds_an_edge_and_its_weights_share_their_gradient():
    """Lesson 15: the kernel (−1, 1) on 0, 0, 9, 9."""
    edge = filled(Conv2d(1, 1, 2, nonlin=False), filters=[[-1.0, 1.0, 0.0, 0.0, 0.0]])
    [row] = edge([[[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 0.0, 0.0]]])[0]
    sum(k * y for k, y in zip((2.0, -2.0, 3.0), row, strict=True)).backward()

    assert data(row) == [0.0, 9.0, 0.0]
    assert edge.filters[0].w[0].grad == 2.0 * 0.0 - 2.0 * 0.0 + 3.0 * 9.0
    assert edge.filters[0].w[1].grad == 2.0 * 0.0 - 2.0 * 9.0 + 3.0 * 9.0


@pytest.mark.parametrize(
    ("rows", "window", "stride", "padding", "expected"),
    [(8, 3, 1, 0, 6), (8, 3, 1, 1, 8), (8, 3, 2, 1, 4), (7, 3, 2, 0, 3), (8, 3, 2, 0, 3), (2, 2, 5, 0, 1)],
)
def test_a_convolution_has_as_many_places_as_the_formula_says(rows, window, stride, padding, expected):
    out = Conv2d(1, 1, window, stride=stride, padding=padding)([[[0.0] * 9 for _ in range(rows)]])

    assert len(out[0]) == expected == (rows + 2 * padding - window) // stride + 1


def test_the_network_of_the_course_has_1210_parameters():
    model = Sequential(Conv2d(1, 12, 3), MaxPool(2), flatten, Layer(108, 10, nonlin=False))

    assert len(model.parameters()) == 1210
    assert len(model([[[0.5] * 8 for _ in range(8)]])) == 10


def test_max_pooling_gives_the_gradient_to_the_largest_and_halves_it_for_two():
    image = [[[Value(1.0), Value(3.0), Value(5.0), Value(5.0)], [Value(2.0), Value(0.0), Value(1.0), Value(4.0)]]]
    sum(MaxPool(2)(image)[0][0]).backward()

    assert [[x.grad for x in row] for row in image[0]] == [[0.0, 1.0, 0.5, 0.5], [0.0, 0.0, 0.0, 0.0]]


def test_average_pooling_shares_the_gradient():
    image = [[[Value(1.0), Value(2.0)], [Value(3.0), Value(6.0)]]]
    [[[out]]] = AveragePool(2)(image)
    out.backward()

    assert out.data == 3.0
    assert [x.grad for x in leaves(image)] == [0.25] * 4


# ---------------------------------------------------------------- sequences


def test_an_elman_cell_is_a_layer_that_reads_its_own_last_state():
    cell = filled(Elman(1, 1), layer=[[0.5, 2.0, 0.1]])
    states = data(cell([[1.0], [-1.0]]))
    first = math.tanh(0.5 * 1.0 + 2.0 * 0.0 + 0.1)

    assert states == [[pytest.approx(first)], [pytest.approx(math.tanh(-0.5 + 2.0 * first + 0.1))]]


def test_a_gru_with_its_gates_open_and_closed():
    cell = filled(GRU(1, 1), reset=[[0.0, 0.0, 0.0]], of_input=[[1.0, 0.0]], of_state=[[0.0, 0.0]])
    keeps = filled(cell, update=[[0.0, 0.0, 1000.0]])

    assert data(keeps([[0.5]], [0.3])) == [[0.3]]
    replaces = filled(cell, update=[[0.0, 0.0, -1000.0]])
    assert data(replaces([[0.5]], [0.3])) == [[pytest.approx(math.tanh(0.5))]]


@pytest.mark.parametrize("make", [lambda: Elman(2, 3, rng=0), lambda: GRU(2, 3, rng=0)], ids=["Elman", "GRU"])
def test_a_sequence_can_be_read_in_two_parts(make):
    cell = make()
    xs = [[0.5, -1.0], [2.0, 0.3], [0.0, 1.0]]
    whole = data(cell(xs))

    assert data(cell(xs[2:], cell(xs[:2])[-1])) == whole[2:]


def test_a_cell_of_ones_own_is_its_step():
    class Sum(Recurrent):
        nin = size = 1

        def step(self, x, state):
            return [state[0] + x[0]]

    assert Sum()([[1.0], [2.0], [3.0]]) == [[1.0], [3.0], [6.0]]
    with pytest.raises(NotImplementedError, match="needs a method step"):
        Recurrent().step([1.0], [0.0])


def test_the_last_state_goes_on_in_sequential():
    model = Sequential(Embedding(5, 2, rng=0), GRU(2, 3, rng=0), itemgetter(-1), Layer(3, 2, rng=0))

    assert len(model([4, 0, 1])) == 2


# ---------------------------------------------------------------- activations that learn


def test_prelu_learns_the_absolute_value():
    """Lesson 13: rate 0.25, slopes .25, −.375, −.6875, −.84375."""
    activation = PReLU()
    optimizer = optim.SGD(activation.parameters(), lr=0.25)
    slopes = []
    for _ in range(4):
        slopes.append(activation.slopes[0].data)
        loss = (activation(Value(-1.0)) - 1.0) ** 2  # (slope + 1)²
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    assert slopes == [0.25, -0.375, -0.6875, -0.84375]


def test_units_have_slopes_of_their_own_and_channels_share_one():
    activation = PReLU(2)
    activation.slopes[1].data = 0.5

    assert data(activation([-1.0, -1.0])) == [-0.25, -0.5]
    assert data(activation([[[-1.0, 2.0]], [[-2.0, -4.0]]])) == [[[-0.25, 2.0]], [[-1.0, -2.0]]]


def test_one_shape_for_all_stands_wherever_an_activation_can():
    model = MLP(2, [3, 1], activation=Swish(beta=2.0), rng=0)
    plain = MLP(2, [3, 1], activation=lambda x: silu(x, 2.0), rng=0)

    assert model([1.0, -2.0]).data == plain([1.0, -2.0]).data
    assert len(model.parameters()) == len(plain.parameters()) + 1


def test_a_mixture_goes_from_one_activation_to_another():
    mixture = Mixture([tanh, relu], size=2)
    mixture.scores[0][0].data = mixture.scores[1][1].data = 1000.0

    assert data(mixture([-2.0, -2.0])) == [math.tanh(-2.0), 0.0]
    assert data(mixture.shares(1)) == [0.0, 1.0]


def test_a_mixture_may_hold_activations_that_learn_themselves():
    mixture = Mixture([PReLU(), tanh])

    assert [name for name, _ in mixture.named_parameters()] == ["activations.0.slopes.0", "scores.0.0", "scores.0.1"]


def test_maxout_of_two_lines_is_the_absolute_value():
    layer = Maxout(1, 1, 2)
    filled(layer.units[0], neurons=[[1.0, 0.0], [-1.0, 0.0]])

    assert [layer([x])[0].data for x in (-3.0, 0.0, 2.0)] == [3.0, 0.0, 2.0]


# ---------------------------------------------------------------- put together


def test_sequential_hands_on_what_each_part_gives():
    model = Sequential(Layer(2, 3, rng=0), tanh, Layer(3, 1, rng=1))
    x = [0.5, -1.0]
    by_hand = Layer(3, 1, rng=1)([y.tanh() for y in Layer(2, 3, rng=0)(x)])

    assert model(x).data == by_hand.data


def test_sequential_takes_a_batch_if_a_part_does_and_one_sample_otherwise():
    with_norm = Sequential(Layer(2, 3, rng=0), Sequential(tanh, BatchNorm(3)), Residual(tanh))
    without = Sequential(Layer(2, 3, rng=0), Residual(Sequential(tanh)))
    batch = [[1.0, 2.0], [3.0, -4.0]]

    assert with_norm.takes_batch
    assert not without.takes_batch
    assert len(with_norm(batch)) == 2
    assert len(without(batch[0])) == 3


def test_batch_norm_in_a_network_sees_the_whole_batch():
    layer, norm = Layer(1, 2, nonlin=False, rng=0), BatchNorm(2)
    batch = [[1.0], [2.0], [4.0]]

    assert data(Sequential(layer, norm)(batch)) == data(BatchNorm(2)([layer(x) for x in batch]))


def test_a_residual_around_a_part_that_takes_a_batch_takes_one():
    model = Residual(BatchNorm(1))

    assert data(model([[1.0], [3.0]])) == [[pytest.approx(0.0, abs=1e-5)], [pytest.approx(4.0, abs=1e-5)]]


def test_a_residual_carries_the_gradient_past_parts_that_shrink_it():
    """Lesson 11: x + f(x) with f′ = ¼, three times, has slope 1.25³; without the short cut ¼³."""
    x, y = Value(0.0), Value(0.0)
    Sequential(*[Residual(lambda x: 0.25 * x)] * 3)(x).backward()
    Sequential(*[lambda x: 0.25 * x] * 3)(y).backward()

    assert (x.grad, y.grad) == (1.25**3, 0.25**3)


@pytest.mark.parametrize(
    ("model", "x", "note"),
    [
        (Sequential(Layer(2, 3), Layer(2, 1)), [1.0, 2.0], "in part 1, Layer of .*, of a Sequential that takes one"),
        (Sequential(Layer(2, 3)), [[1.0, 2.0], [3.0, 4.0]], "in part 0, .* that takes one sample"),
        (Sequential(Layer(2, 3), BatchNorm(3)), [1.0, 2.0], "in part 0, .* that takes a batch, a list of samples"),
        (Sequential(tanh, Embedding(3, 2)), [9.0], r"in part 1, Embedding\(3 words → 2\), of"),
        (Sequential(Embedding(3, 2)), [5], r"in part 0, Embedding"),
    ],
)
def test_an_error_inside_sequential_names_the_part(model, x, note):
    with pytest.raises((TypeError, ValueError, IndexError)) as caught:
        model(x)

    assert any(re.search(note, line) for line in caught.value.__notes__)


def test_parameters_stand_in_the_frame_of_what_they_compute():
    model = Sequential(Layer(2, 2, rng=0), BatchNorm(2), tanh, Sequential(Layer(2, 1, rng=0)))
    [out, _] = model([[1.0, 2.0], [0.0, 1.0]])
    nodes = [node for node in topological_order(out) if node.scope]

    assert {node.scope for node in nodes if node.is_leaf} <= {node.scope for node in nodes if not node.is_leaf}
    assert {node.scope for node in nodes} == {
        *[("0 Layer", f"neuron {k}") for k in (0, 1)],
        *[("1 BatchNorm", f"feature {k}") for k in (0, 1)],
        *[("2 tanh",), ("3 Sequential", "0 Layer", "neuron 0")],
    }


def test_a_part_of_a_network_used_alone_keeps_its_frames():
    model = Sequential(Layer(2, 2), tanh, Layer(2, 1))
    first = Sequential(*model.parts[:2])

    assert {p.scope for p in first.parameters()} == {("0 Layer", "neuron 0"), ("0 Layer", "neuron 1")}


def test_a_number_stands_for_a_vector_of_one():
    """As a layer of one neuron gives a bare Value."""
    norm, series = BatchNorm(1), GRU(1, 2, rng=0)

    assert data(norm([1.0, 3.0])) == data(BatchNorm(1)([[1.0], [3.0]]))
    assert data(series([0.5, 2.0])) == data(series([[0.5], [2.0]]))
    assert data(LayerNorm(1)(3.0)) == [0.0]
    assert data(PReLU(1)(Value(-2.0))) == [-0.5]
    assert len(Sequential(Layer(2, 1), BatchNorm(1))([[1.0, 2.0], [3.0, 4.0]])) == 2


# ---------------------------------------------------------------- they learn


def trained(model, loss_of, steps=30, lr=0.05):
    """The losses of a short training with Adam."""
    optimizer = optim.Adam(model.parameters(), lr=lr)
    seen = []
    for _ in range(steps):
        loss = loss_of()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        seen.append(loss.data)
    return seen


POINTS = [[x, y] for x, y in itertools.product((-1.0, 0.2, 1.0), repeat=2)]
TARGETS = [x * y for x, y in POINTS]
VECTORS = {
    "BatchNorm": lambda: (Layer(2, 6, nonlin=False, rng=0), BatchNorm(6), tanh),
    "LayerNorm": lambda: (Layer(2, 6, nonlin=False, rng=0), LayerNorm(6), tanh),
    "RMSNorm": lambda: (Layer(2, 6, nonlin=False, rng=0), RMSNorm(6), tanh),
    "Residual": lambda: (Layer(2, 6, activation=tanh, rng=0), Residual(Layer(6, 6, activation=tanh, rng=1))),
    "Dropout": lambda: (Layer(2, 6, activation=tanh, rng=0), Dropout(0.1, rng=2)),
    "PReLU": lambda: (Layer(2, 6, nonlin=False, rng=0), PReLU(6)),
    "Swish": lambda: (Layer(2, 6, nonlin=False, rng=0), Swish(6)),
    "Mixture": lambda: (Layer(2, 6, nonlin=False, rng=0), Mixture(size=6)),
    "Maxout": lambda: (Maxout(2, 6, 2, rng=0),),
}


@pytest.mark.parametrize("parts", VECTORS.values(), ids=VECTORS)
def test_a_network_of_vectors_learns_a_product(parts):
    model = Sequential(*parts(), Layer(6, 1, nonlin=False, init=nn.xavier, rng=3))

    def loss_of():
        return losses.mse(model(POINTS) if model.takes_batch else [model(x) for x in POINTS], TARGETS)

    seen = trained(model, loss_of, steps=60)

    assert statistics.fmean(seen[-5:]) < 0.3 * seen[0]


SEQUENCES = [[0, 1, 2], [2, 1, 0], [0, 0, 1], [1, 2, 2], [2, 0, 1], [1, 1, 0]]
IS_FIRST_SMALLER = [int(s[0] < s[-1]) for s in SEQUENCES]


def added(x, y):
    return [a + b for a, b in zip(x, y, strict=True)]


def reader(cell):
    return Sequential(Embedding(3, 3, rng=0), cell, itemgetter(-1), Layer(4, 2, nonlin=False, rng=2))


class Transformer(Module):
    """One block of attention on words and places, read at the last place."""

    def __init__(self):
        self.words, self.places = Embedding(3, 4, rng=0), Embedding(3, 4, rng=1)
        self.norm, self.attend = RMSNorm(4), MultiHeadAttention(4, 2, rng=2)
        self.out = Layer(4, 2, nonlin=False, init=nn.xavier, rng=3)

    def __call__(self, words):
        x = [added(*pair) for pair in zip(self.words(words), self.places(range(3)), strict=True)]
        attended = self.attend([self.norm(row) for row in x])
        return self.out(added(x[-1], attended[-1]))


READERS = {
    "Elman": lambda: reader(Elman(3, 4, rng=1)),
    "GRU": lambda: reader(GRU(3, 4, rng=1)),
    "attention": Transformer,
}


@pytest.mark.parametrize("make", READERS.values(), ids=READERS)
def test_a_reader_of_sequences_learns_their_order(make):
    model = make()
    seen = trained(model, lambda: losses.cross_entropy([model(s) for s in SEQUENCES], IS_FIRST_SMALLER))

    assert seen[-1] < 0.3 * seen[0]


def test_attention_pooling_learns_where_to_look():
    pool = AttentionPooling(MLP(2, [4, 1], activation=tanh, init=nn.xavier, rng=0))
    chance = random.Random(0)
    samples = [[[chance.uniform(-1, 1), float(k == t % 3)] for k in range(3)] for t in range(6)]
    answers = [next(x for x, flag in sample if flag) for sample in samples]
    seen = trained(pool, lambda: losses.mse([pool(s)[0] for s in samples], answers), steps=60)
    pool(samples[0])

    assert seen[-1] < 0.1 * seen[0]
    assert data(pool.weights)[0] > 0.6


@pytest.mark.parametrize("pool", [MaxPool(2), AveragePool(2)], ids=repr)
def test_a_convolution_learns_to_tell_bars_apart(pool):
    upright = [[[float(c == k) for c in range(4)] for _ in range(4)] for k in range(4)]
    level = [[list(row) for row in zip(*image, strict=True)] for image in upright]
    model = Sequential(Conv2d(1, 2, 3, padding=1, rng=1), pool, flatten, Layer(8, 2, nonlin=False, rng=1))
    images, classes = [[x] for x in (*upright, *level)], [0] * 4 + [1] * 4
    seen = trained(model, lambda: losses.cross_entropy([model(x) for x in images], classes))

    assert seen[-1] < 0.3 * seen[0]


def test_a_trained_network_answers_alike_for_one_sample_and_for_many_in_use():
    model = Sequential(Layer(2, 4, nonlin=False, rng=0), BatchNorm(4), tanh, Dropout(0.3, rng=0), Layer(4, 1, rng=1))
    trained(model, lambda: losses.mse(model(POINTS), TARGETS), steps=5)
    model.eval()
    with no_grad():
        together = data(model(POINTS))

        assert [model([x])[0].data for x in POINTS] == together


def test_a_training_repeats_itself_to_the_bit(run_python):
    program = (
        "from autograd import nn, losses, optim, tanh\n"
        "model = nn.Sequential(nn.Layer(2, 3, nonlin=False, rng=0), nn.BatchNorm(3), tanh, nn.Dropout(0.4, rng=1),"
        " nn.Mixture(size=3), nn.Layer(3, 1, rng=2))\n"
        "optimizer = optim.Adam(model.parameters(), lr=0.05)\n"
        "for _ in range(3):\n"
        "    loss = losses.mse(model([[1.0, 2.0], [0.5, -1.0], [-2.0, 1.0]]), [1, 0, 1])\n"
        "    model.zero_grad(); loss.backward(); optimizer.step()\n"
        "print(*(x.hex() for x in model.state_dict().values()))"
    )

    assert len({run_python(program, PYTHONHASHSEED=str(seed)) for seed in (0, 1)}) == 1
