"""What computes our activations in other packages: the one list that all conversions and their tests go by.

An activation is here for a package if its values and gradients there agree with ours to 1e-12 in float64. So some are
None (as seen in PyTorch 2.13, Keras 3.15, TensorFlow 2.21, ONNX 1.23), and some are put together from others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autograd import activations as ours


@dataclass(frozen=True)
class Counterpart:
    """One activation elsewhere.

    Attributes:
        onnx: how y is made from x, in ONNX's own notation. With constants, as the attributes of operators are float32.
        torch: makes the module, given `torch.nn`.
        keras: makes the layer, given `keras` and the layer's name and dtype.
    """

    onnx: str | None
    torch: Callable[[Any], Any] | None
    keras: Callable[..., Any] | None


def _activation(name: str) -> Callable[..., Any]:
    """The Keras layer for an activation that Keras knows by name."""
    return lambda keras, **options: keras.layers.Activation(name, **options)


def _keras_leaky_relu(keras: Any, **options: Any) -> Any:
    """The layer that learns its slope, kept from learning: in TensorFlow the slope of the other one is of float32."""
    import numpy as np

    # TensorFlow takes a plain float for a number of float32.
    slope = keras.initializers.Constant(np.float64(0.01))
    return keras.layers.PReLU(alpha_initializer=slope, trainable=False, **options)


def _keras_tanh(keras: Any, *, name: str, dtype: str) -> Any:
    """2 · sigmoid(2x) − 1: on JAX, Keras computes tanh in float32."""
    steps = [
        keras.layers.Rescaling(2.0, dtype=dtype),
        keras.layers.Activation("sigmoid", dtype=dtype),
        keras.layers.Rescaling(2.0, offset=-1.0, dtype=dtype),
    ]
    return keras.Sequential(steps, name=name)


COUNTERPARTS = {
    ours.sigmoid: Counterpart("y = Sigmoid (x)", lambda nn: nn.Sigmoid(), _activation("sigmoid")),
    ours.tanh: Counterpart("y = Tanh (x)", lambda nn: nn.Tanh(), _keras_tanh),
    ours.relu: Counterpart("y = Relu (x)", lambda nn: nn.ReLU(), _activation("relu")),
    ours.leaky_relu: Counterpart(
        "slope = Constant <value = double {0.01}> () y = PRelu (x, slope)",
        lambda nn: nn.LeakyReLU(0.01),
        _keras_leaky_relu,
    ),
    ours.elu: Counterpart("y = Elu (x)", lambda nn: nn.ELU(), _activation("elu")),
    ours.selu: Counterpart(
        """
        alpha = Constant <value = double {1.6732632423543772}> ()
        scale = Constant <value = double {1.0507009873554805}> ()
        bent = Elu (x)
        deeper = PRelu (bent, alpha)
        y = Mul (scale, deeper)
        """,
        lambda nn: nn.SELU(),
        _activation("selu"),
    ),
    # From its threshold on PyTorch takes softplus(x) for x: at 20, unless told otherwise, that is 2e-9 too little.
    ours.softplus: Counterpart("y = Softplus (x)", lambda nn: nn.Softplus(threshold=40.0), _activation("softplus")),
    ours.silu: Counterpart("gate = Sigmoid (x) y = Mul (x, gate)", lambda nn: nn.SiLU(), _activation("silu")),
    # TensorFlow has the constants of both GELUs in float32; ONNX's evaluator and ONNX Runtime have no other erf.
    ours.gelu: Counterpart(None, lambda nn: nn.GELU(), None),
    ours.gelu_tanh: Counterpart(
        """
        linear = Constant <value = double {1.5957691216057308}> ()
        cubic = Constant <value = double {0.07135481627260025}> ()
        square = Mul (x, x)
        bend = Mul (cubic, square)
        slope = Add (linear, bend)
        z = Mul (x, slope)
        gate = Sigmoid (z)
        y = Mul (x, gate)
        """,
        lambda nn: nn.GELU(approximate="tanh"),
        None,
    ),
    ours.mish: Counterpart(
        "smooth = Softplus (x) gate = Tanh (smooth) y = Mul (x, gate)", lambda nn: nn.Mish(), _activation("mish")
    ),
    ours.relu6: Counterpart(
        """
        low = Constant <value = double {0}> ()
        high = Constant <value = double {6}> ()
        y = Clip (x, low, high)
        """,
        lambda nn: nn.ReLU6(),
        _activation("relu6"),
    ),
    # The gradient of PyTorch's Hardsigmoid is 1/6 in float32.
    ours.hard_sigmoid: Counterpart(
        """
        low = Constant <value = double {0}> ()
        three = Constant <value = double {3}> ()
        six = Constant <value = double {6}> ()
        shifted = Add (x, three)
        held = Clip (shifted, low, six)
        y = Div (held, six)
        """,
        None,
        _activation("hard_sigmoid"),
    ),
    ours.hard_tanh: Counterpart(
        """
        low = Constant <value = double {-1}> ()
        high = Constant <value = double {1}> ()
        y = Clip (x, low, high)
        """,
        lambda nn: nn.Hardtanh(),
        _activation("hard_tanh"),
    ),
    ours.softsign: Counterpart("y = Softsign (x)", lambda nn: nn.Softsign(), _activation("softsign")),
}
"""By activation. `identity` is not here: to it corresponds no layer at all."""
