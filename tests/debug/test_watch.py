"""The debugger finds what is wrong with a pass, names it with numbers, and points at the line to change."""

import contextlib
import json
import linecache
import math
import re
import threading

import pytest

import autograd
from autograd import Value, debug, losses, nn, optim, watching
from autograd.debug import Cursor, detect_anomaly, explain, findings
from autograd.errors import AnomalyError


def kinds(traced):
    return [finding.kind for finding in findings(traced)]


def pointed_at(text):
    """The line of code that a diagnosis quotes, when it stands in this file where it says."""
    (file, number, quoted), *more = re.findall(r', (\S+) line (\d+): "(.*?)"(?=[.\n]|$)', text)

    assert not more
    assert file == __file__
    assert linecache.getline(file, int(number)).strip() == quoted
    return quoted


# ---------------------------------------------------------------- three worked cases


def test_a_nan_is_traced_to_the_line_that_took_the_logarithm_of_0():
    """A classifier became certain. The cure: cross-entropy of the logit, not of the probability."""
    w, x, target = Value(40.0, label="w"), Value(1.0, label="x"), 1.0
    with debug.trace() as traced:
        p = (w * x).sigmoid()
        p.label = "p"
        right = p.log()
        wrong = (1.0 - p).log()
        loss = -(target * right + (1.0 - target) * wrong)
        loss.backward()
    told = explain(traced)

    assert math.isnan(w.grad)
    assert told.startswith("not finite: v6 is the first that is not finite: log(v5) = log(0) = −inf, ")
    assert pointed_at(told) == "wrong = (1.0 - p).log()"
    cursor = Cursor(traced)
    cursor.seek(findings(traced)[0].position)
    assert (cursor.event.kind, traced.nodes[cursor.event.node].op) == ("create", "log")

    w.grad = x.grad = 0.0
    with debug.trace() as cured:
        losses.binary_cross_entropy(w * x, target).backward()

    assert "not finite" not in kinds(cured)
    assert 0.0 > w.grad > -1e-16


def deep(activate, depth=14):
    """A chain of layers, each a group; the gradient of the first weight and what the debugger says."""
    h = Value(0.5, label="x")
    with debug.trace() as traced:
        for k in range(depth):
            with autograd.scope(f"layer {k}"):
                w = Value(1.0, label="w")
                h = activate(w * h)
        loss = (h - 1.0) ** 2
        loss.backward()
    return traced


def test_a_vanishing_gradient_is_shown_with_the_activation_that_holds_it_back():
    """Fourteen sigmoids in a row, each with a slope of at most 1/4. The cure: a ReLU."""

    def squeeze(z):
        return z.sigmoid()

    told = explain(deep(squeeze))

    assert re.match(
        r"vanishing: the mean size of a gradient in layer 0 is \d\S*e−\d+, \S+ times smaller than in layer 13\."
        r" The slopes of 14 activations in a row multiply up; the least, 0\.2\d+, is that of v\d+ = sigmoid\(v\d+\), ",
        told,
    )
    assert pointed_at(told) == "return z.sigmoid()"
    assert findings(deep(autograd.relu)) == []


def test_weights_made_outside_of_the_layers_belong_to_those_that_use_them():
    weights = [Value(1.0, label="w") for _ in range(12)]
    with debug.trace() as traced:
        h = Value(0.5)
        for k, w in enumerate(weights):
            with autograd.scope(f"layer {k}"):
                h = (w * h).sigmoid()
        ((h - 1.0) ** 2).backward()

    assert "in layer 0 is" in explain(traced)
    assert "smaller than in layer 11." in explain(traced)


def test_a_dead_relu_is_named_over_a_batch_with_its_line():
    """One step with too high a rate threw the bias far below 0. The cure: a lower rate, or leaky_relu."""
    w, b = Value(0.5, label="w"), Value(-100.0, label="b")
    with debug.trace() as traced:
        loss = Value(0.0)
        for k in range(10):
            with autograd.scope("hidden"):
                h = (w * float(k) + b).relu()
            loss = loss + (h - 1.0) ** 2
        loss.backward()
    told = explain(traced)

    assert w.grad == b.grad == 0.0
    assert told.startswith(
        "dead: hidden is dead on this batch: relu gave 0 for all 10 samples, so nothing before it learns, "
    )
    assert pointed_at(told) == "h = (w * float(k) + b).relu()"
    assert traced.nodes[findings(traced)[0].node].op == "relu"


# ---------------------------------------------------------------- what else is found


def test_a_leaf_that_is_not_finite_is_where_it_begins():
    with debug.trace() as traced:
        x = Value(math.nan, label="x")
        (x * 2.0).backward()

    assert explain(traced).startswith("not finite: x was given as nan, ")
    assert pointed_at(explain(traced)) == 'x = Value(math.nan, label="x")'
    assert findings(traced)[0].position == 1


def test_a_nan_of_the_backward_pass_alone_is_found():
    x = Value(0.0, label="x")
    with debug.trace() as traced:
        distance = (x * x).sqrt()
        loss = distance * 0.0
        loss.backward()
    told = explain(traced)

    assert loss.data == 0.0
    assert "the values are finite, but going backwards v2 = sqrt(v1) passes 0 × inf = nan on to v1, " in told
    assert pointed_at(told) == "distance = (x * x).sqrt()"


def test_a_gradient_that_was_broken_before_the_pass_is_told_apart():
    w = Value(1.0, label="w")
    w.grad = math.nan
    with debug.trace() as traced:
        (w * 3.0).backward()

    assert explain(traced) == (
        "not finite: w comes into this pass with the gradient nan: zero_grad() before it forgets that."
    )


def test_a_sum_of_contributions_that_overflows_is_found():
    x = Value(0.0, label="x")

    assert explain(x * 1e308 + x * 1.5e308) == (
        "not finite: the values are finite, but going backwards v1 = x × 1e308 passes +1 × 1e308 = +1e308 on to x,"
        " where it makes +inf of +1.5e308."
    )


def test_an_update_that_leads_to_infinity_is_found():
    w = Value(1.0, label="w")
    with debug.trace() as traced:
        (w * 1e300).backward()
        w.data -= 1e10 * w.grad
        y = w * 2.0
        y.backward()

    assert explain(traced) == (
        "not finite: w moves from 1 to −inf (w.data -= 1e10 * w.grad)."
        " A lower rate, or clip_grad_norm, keeps it finite."
    )


def test_an_exploding_gradient_is_named():
    h = Value(1.0, label="x")
    for k in range(12):
        h = Value(10.0, label=f"w{k}") * h

    assert explain(h) == (
        "exploding: 13 of 13 leaf gradients are above 10000; the largest, +1e12, is that of x."
        " Smaller weights, a lower rate, or clip_grad_norm hold it."
    )


def test_flat_on_one_side_is_not_saturated():
    # A loss that has found its minimum is a softplus far below 0, and a leaky ReLU is off for half of its inputs.
    x = Value(-30.0, label="x")

    assert findings(debug.trace(x.softplus() + x.leaky_relu(0.01))) == []


@pytest.mark.parametrize("size", [4.0, 400.0])  # at 400 the slope of tanh is exactly 0
def test_saturated_units_are_counted(size):
    with debug.trace() as traced:
        weights = [Value(size * sign, label="w") for sign in (1, -1, 1)]
        h = autograd.sum([w.tanh() for w in weights]) + Value(0.25).tanh()
        h.backward()
    told = explain(traced)

    assert told.startswith(
        "saturated: 3 of 4 activations have less than a tenth of their largest slope, such as v3 = tanh(w), "
    )
    assert pointed_at(told) == "h = autograd.sum([w.tanh() for w in weights]) + Value(0.25).tanh()"


def test_a_parameter_without_a_way_to_the_loss_is_named():
    w, lost, nameless = Value(2.0, label="w"), Value(1.0, label="lost"), Value(1.0)

    assert explain(w * 3.0, [w, lost, nameless]) == (
        "unused: parameter lost has no way to the loss, so it never gets a gradient.\n"
        "unused: parameter number 2 has no way to the loss, so it never gets a gradient."
    )


def test_a_parameter_that_the_optimiser_does_not_know_is_named():
    model = nn.MLP(1, [1, 1], activation=autograd.tanh, rng=0)
    with debug.trace() as traced:
        model([0.5]).backward()
        optim.SGD(model.layers[0].parameters(), lr=0.1).step()

    assert explain(traced) == (
        "unread: w0.4 (layer 1, neuron 0), b.5 (layer 1, neuron 0) got a gradient, but nobody moved them:"
        " are they given to the optimiser?"
    )


def test_a_lone_relu_that_is_off_is_named_when_nothing_learns():
    x = Value(-3.0, label="x")

    assert explain((x * 2.0).relu()).startswith(
        "dead: v2 is off: relu gave 0 here, so nothing before it learns from this"
    )


@pytest.mark.parametrize("name", ["\x1b[31mred", "two\nlines", "\ud800", "\u202e"])
def test_a_diagnosis_is_harmless_in_a_terminal(name):
    traced = debug.trace(Value(0.0, label="x").log())
    from_file = debug.Trace.from_json(
        json.dumps(
            json.loads(traced.to_json())
            | {"nodes": [{"name": name, "data": 0.0}, *json.loads(traced.to_json())["nodes"][1:]]}
        )
    )

    assert explain(from_file).isprintable()
    assert "x" in explain(traced)


# ---------------------------------------------------------------- what is healthy


@pytest.mark.parametrize(
    "activation", [autograd.tanh, autograd.sigmoid, autograd.gelu, autograd.leaky_relu, autograd.silu]
)
@pytest.mark.parametrize("init", [nn.xavier, nn.he, nn.uniform])
def test_a_healthy_network_gives_no_finding_before_and_after_training(activation, init):
    model = nn.MLP(2, [4, 4, 1], activation=activation, init=init, rng=0)
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    samples = [([math.sin(k), math.cos(k)], math.sin(2.0 * k)) for k in range(8)]
    for step in range(21):
        optimizer.zero_grad()
        with debug.trace() as traced:
            loss = losses.mse([model(x) for x, _ in samples], [y for _, y in samples])
            loss.backward()
            optimizer.step()
        if step in (0, 20):
            assert findings(traced) == []


@pytest.mark.parametrize("samples", [1, 4])
def test_a_healthy_relu_network_may_be_off_for_few_samples(samples):
    model = nn.MLP(2, [8, 1], rng=0)
    with debug.trace() as forward:
        loss = sum(model([math.sin(k), math.cos(k)]) for k in range(samples))

    assert findings(forward) == findings(debug.trace(loss)) == []


def test_a_loss_at_its_minimum_has_small_gradients_and_no_vanishing_ones():
    w, b = Value(2.0, label="w"), Value(1.0 + 1e-12, label="b")
    with autograd.scope("layer 0"):
        y = (w * 3.0 + b).relu().relu().relu()

    assert findings(debug.trace((y - 7.0) ** 2)) == []
    with autograd.scope("layer 0"):
        logits = [w * 40.0, w * -50.0]
    assert findings(debug.trace(losses.binary_cross_entropy(logits, [1, 0]))) == []
    assert explain((w * 3.0 + b - 7.0) ** 2) == (
        "nothing stands out: 6 values, all finite; leaf gradients from +2e−12 to +6.001e−12"
    )


def test_nothing_to_say_is_said_with_numbers():
    assert (
        explain(Value(3.0, label="x") * 2.0) == "nothing stands out: 2 values, all finite; leaf gradients from +2 to +2"
    )
    assert explain(debug.Trace()) == "nothing stands out: 0 values, all finite; leaf gradients from none"


def test_explain_takes_a_loss_or_a_trace_and_changes_neither():
    x = Value(3.0, label="x")
    y = x * x
    y.backward()
    explain(y)

    assert (x.grad, y.grad) == (6.0, 1.0)
    with pytest.raises(TypeError, match=r"only a Value can be traced, got float 3\.0"):
        explain(3.0)
    with pytest.raises(TypeError, match="parameters are looked for in the graph of a loss, not in a trace"):
        explain(debug.trace(y), [x])


# ---------------------------------------------------------------- detect_anomaly


def anomaly_in(code):
    """What is raised when this runs in the block."""
    with pytest.raises(AnomalyError) as error, detect_anomaly():
        code()
    return str(error.value)


def test_the_forward_op_that_first_makes_a_nan_raises_with_its_line_and_the_origin():
    p, target = Value(1.0, label="p"), Value(0.0, label="target")

    def code():
        surprise = (1.0 - p).log()
        surprise.label = "surprise"
        loss = target * surprise
        loss.backward()

    nan, origin = anomaly_in(code).split("\n")

    assert nan.startswith("nan was made by target × surprise = 0 × (−inf), ")
    assert pointed_at(nan) == "loss = target * surprise"
    assert origin.startswith("  it began before that: −inf was made by log(0), ")
    assert pointed_at(origin) == "surprise = (1.0 - p).log()"
    assert p.grad == target.grad == 0.0


def test_the_package_itself_offers_the_block():
    p = Value(1.0, label="p")
    with pytest.raises(AnomalyError) as error, autograd.detect_anomaly():
        0.0 * (1.0 - p).log()

    nan, origin = str(error.value).split("\n")
    assert autograd.detect_anomaly is detect_anomaly
    assert pointed_at(nan) == pointed_at(origin) == "0.0 * (1.0 - p).log()"


def test_a_nan_without_an_infinity_before_it_has_no_origin():
    x = Value(-1.0, label="x")
    told = anomaly_in(lambda: x.sqrt())

    assert told.startswith("nan was made by sqrt(x) = sqrt(−1), ")
    assert pointed_at(told) == "told = anomaly_in(lambda: x.sqrt())"


def test_the_oldest_infinity_is_the_origin():
    x = Value(1e308, label="x")

    def code():
        big = x * 10.0
        bigger = big * 10.0
        return bigger - big

    assert pointed_at(anomaly_in(code).split("\n")[1]) == "big = x * 10.0"


def test_a_given_nan_is_found_at_once():
    told = anomaly_in(lambda: Value(math.nan, label="x"))

    assert told.startswith("nan was given, ")
    assert pointed_at(told) == 'told = anomaly_in(lambda: Value(math.nan, label="x"))'


def test_infinity_alone_is_no_anomaly():
    with detect_anomaly():
        y = Value(0.0, label="x").log()
        z = autograd.maximum(Value(1.0, label="a"), Value(-math.inf))
        z.backward()

    assert (y.data, z.data) == (-math.inf, 1.0)


def test_a_backward_pass_that_makes_a_nan_raises_with_the_line_of_the_node():
    x = Value(0.0, label="x")

    def code():
        root = x.sqrt()
        root.label = "root"
        loss = root * 0.0
        loss.backward()

    told = anomaly_in(code)

    assert told.startswith("going backwards root = sqrt(x) passes 0 × inf = nan on to x, ")
    assert pointed_at(told) == "root = x.sqrt()"


def test_contributions_that_cancel_to_nan_raise():
    x = Value(0.0, label="x")

    assert "passes +1 × inf = +inf on to x, where it makes nan of −inf, " in anomaly_in(
        lambda: (x.sqrt() - x.sqrt()).backward()
    )


def test_a_backward_made_by_hand_that_makes_a_nan_raises():
    x = Value(2.0, label="x")
    out = Value(2.0, (x,), "mine", label="out")

    def backward():
        x.grad += math.nan

    out._backward = backward

    assert anomaly_in(out.backward) == "going backwards out = mine(x) passes nan on to x."


def test_a_node_made_by_hand_may_be_infinite_before_it_has_its_backward():
    x = Value(2.0, label="x")
    with detect_anomaly():
        out = Value(math.inf, (x,), "mine")

    assert out.data == math.inf
    assert anomaly_in(lambda: Value(math.nan, (x * 1.0,), "mine")).startswith("nan was made by mine(2), ")


def test_an_update_to_nan_raises():
    w = Value(2.0, label="w")

    def code():
        w.data = math.nan

    assert anomaly_in(code).startswith("w was moved from 2 to nan, ")
    assert pointed_at(anomaly_in(code)) == "w.data = math.nan"


def test_healthy_training_is_not_disturbed():
    def training(block):
        model = nn.MLP(2, [3, 1], rng=0)
        optimizer = optim.SGD(model.parameters(), lr=0.1)
        found = []
        with block:
            for k in range(5):
                optimizer.zero_grad()
                loss = (model([math.sin(k), 1.0]) - 1.0) ** 2
                loss.backward()
                optimizer.step()
                found.append(loss.data)
        return found

    assert training(detect_anomaly()) == training(contextlib.nullcontext())


def test_blocks_nest_and_the_anomaly_is_raised_once():
    with detect_anomaly():
        told = anomaly_in(lambda: Value(-1.0, label="x").log())
        assert Value(1.0).log().data == 0.0

    assert told.startswith("nan was made by log(x) = log(−1), ")


def test_another_thread_may_make_a_nan():
    found = []
    with detect_anomaly():
        thread = threading.Thread(target=lambda: found.append(Value(-1.0).log().data))
        thread.start()
        thread.join()

    assert math.isnan(found[0])


def test_after_the_block_nobody_watches():
    before = watching.blocks
    with pytest.raises(AnomalyError), detect_anomaly():
        Value(-1.0).log()

    assert watching.blocks == before
    assert math.isnan(Value(-1.0).log().data)


def test_under_no_grad_a_nan_is_found_too():
    with pytest.raises(AnomalyError, match=r"nan was made by log\(−1\)"), detect_anomaly(), autograd.no_grad():
        Value(-1.0).log()
