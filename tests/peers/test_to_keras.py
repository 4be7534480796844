"""Keras computes what a converted network computes, on the backend that KERAS_BACKEND names.

Keras multiplies matrices in float32 on its torch backend, whatever the weights are: there 1e-5 is what can be held.
"""

import os

os.environ["JAX_ENABLE_X64"] = "1"  # before JAX starts

import keras
import networks
import numpy as np
import pytest

from autograd import leaky_relu, optim, tanh
from autograd.errors import PrecisionWarning
from autograd.nn import to_keras
from autograd.nn.counterparts import COUNTERPARTS

# Keras's own, when it saves a variable under NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")
BACKEND = keras.backend.backend()
WITHIN = 1e-5 if BACKEND == "torch" else 1e-12
ACTIVATIONS = [op for op, row in COUNTERPARTS.items() if row.keras]
by_name = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda op: op.name)


def converted(model):
    if BACKEND != "torch":
        return to_keras(model)
    with pytest.warns(PrecisionWarning, match=r"computes in float32 on torch: use nn\.to_torch"):
        return to_keras(model)


def mean_loss(answers, name):
    """As `networks.loss_and_gradients`, by the backend's own functions: those of Keras go through float32."""
    targets, classes = np.array(networks.TARGETS), np.array(networks.CLASSES)
    if BACKEND == "tensorflow":
        import tensorflow as tf

        if name == "mse":
            return tf.reduce_mean(tf.square(answers - targets))
        return tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(classes, answers))
    if BACKEND == "torch":
        import torch

        if name == "mse":
            return torch.nn.functional.mse_loss(answers, torch.tensor(targets))
        return torch.nn.functional.cross_entropy(answers, torch.tensor(classes))
    import jax

    if name == "mse":
        return jax.numpy.mean((answers - targets) ** 2)
    return -jax.numpy.mean(jax.nn.log_softmax(answers)[np.arange(len(classes)), classes])


def value_and_gradients(function, variables):
    """The value of a function of no arguments and its gradients, by the backend's own means."""
    if BACKEND == "tensorflow":
        import tensorflow as tf

        with tf.GradientTape() as tape:
            value = function()
        found = tape.gradient(value, [variable.value for variable in variables])
    elif BACKEND == "torch":
        value = function()
        value.backward()
        found = [variable.value.grad for variable in variables]
    else:
        import jax

        def of_numbers(numbers):
            with keras.StatelessScope(state_mapping=list(zip(variables, numbers, strict=True))):
                return function()

        value, found = jax.value_and_grad(of_numbers)([variable.value for variable in variables])
    return float(keras.ops.convert_to_numpy(value)), [keras.ops.convert_to_numpy(gradient) for gradient in found]


@by_name
def test_a_converted_network_gives_the_same_outputs(activation):
    model = networks.network(activation)
    given = keras.ops.convert_to_numpy(converted(model)(np.array(networks.SAMPLES)))

    networks.assert_same(given, networks.outputs(model), within=WITHIN)


@pytest.mark.parametrize("loss", ["mse", "cross_entropy"])
@by_name
def test_a_converted_network_gives_the_same_gradients(activation, loss):
    model = networks.network(activation)
    module = converted(model)

    value, gradients = value_and_gradients(
        lambda: mean_loss(module(np.array(networks.SAMPLES)), loss), module.trainable_weights
    )
    our_value, our_gradients = networks.loss_and_gradients(model, loss)

    networks.assert_same(value, our_value, within=WITHIN)
    for theirs, ours in zip(gradients, our_gradients, strict=True):
        networks.assert_same(theirs.T, ours, within=WITHIN)


@by_name
def test_each_activation_agrees_but_for_the_gradient_at_its_kinks(activation):
    points = np.linspace(-45.125, 45.125, 362)
    layer = COUNTERPARTS[activation].keras(keras, dtype="float64", name="activation")
    x = keras.Variable(points[None, :], dtype="float64")
    y = keras.ops.convert_to_numpy(layer(x.value))
    _, (gradient,) = value_and_gradients(lambda: keras.ops.sum(layer(x.value)), [x])

    networks.assert_same(y[0], activation(points), within=WITHIN)
    networks.assert_same(gradient[0], activation.derivative(points), within=WITHIN)


@by_name
def test_a_saved_network_comes_back(activation, tmp_path):
    module = converted(networks.network(activation))
    module.save(tmp_path / "model.keras")
    back = keras.saving.load_model(tmp_path / "model.keras")
    samples = np.array(networks.SAMPLES)

    assert (keras.ops.convert_to_numpy(back(samples)) == keras.ops.convert_to_numpy(module(samples))).all()


def test_only_the_model_s_parameters_learn():
    module = converted(networks.network(leaky_relu))

    assert [tuple(weight.shape) for weight in module.trainable_weights] == [(3, 6), (6,), (6, 5), (5,), (5, 4), (4,)]
    assert module.count_params() - 6 - 5 == len(networks.network().parameters())


@pytest.fixture
def floats_of_64_bits():
    keras.config.set_floatx("float64")
    yield
    keras.config.set_floatx("float32")


@pytest.mark.usefixtures("floats_of_64_bits")
def test_fit_and_predict_keep_float64_when_told_to():
    model = networks.network(tanh)
    module = converted(model)
    module.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    module.fit(np.array(networks.SAMPLES), np.array(networks.TARGETS), batch_size=len(networks.SAMPLES), verbose=0)
    networks.loss_and_gradients(model, "mse")
    optim.SGD(model.parameters(), lr=0.1).step()

    networks.assert_same(module.predict(np.array(networks.SAMPLES), verbose=0), networks.outputs(model), within=WITHIN)


def test_without_its_64_bits_jax_is_said_to_compute_in_float32(run_python):
    said = run_python(
        "import warnings; from autograd import nn\n"
        "with warnings.catch_warnings(record=True) as met:\n"
        "    warnings.simplefilter('always')\n"
        "    nn.to_keras(nn.MLP(1, [1]))\n"
        "print([str(w.message) for w in met if w.category.__name__ == 'PrecisionWarning'])",
        KERAS_BACKEND="jax",
        JAX_ENABLE_X64="0",
    )

    assert said == "['Keras computes in float32 on jax: set JAX_ENABLE_X64=1 before it starts for all digits']\n"
