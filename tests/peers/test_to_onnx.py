"""ONNX files hold what a network computes: checked by its checker, read by its reference evaluator and ONNX Runtime."""

import networks
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx.reference import ReferenceEvaluator

from autograd import identity
from autograd.nn import MLP, to_onnx
from autograd.nn.counterparts import COUNTERPARTS

ACTIVATIONS = [identity, *(op for op, row in COUNTERPARTS.items() if row.onnx)]
by_name = pytest.mark.parametrize("activation", ACTIVATIONS, ids=lambda op: op.name)
by_reader = pytest.mark.parametrize("reader", [ReferenceEvaluator, onnxruntime.InferenceSession])
# The reference evaluator's sigmoid meets inf and nan on its way to the right answer.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning:onnx.reference")


def evaluated(exported, samples, reader=ReferenceEvaluator):
    (outputs,) = reader(exported.SerializeToString()).run(None, {"inputs": np.array(samples)})
    return outputs


@by_reader
@by_name
def test_an_exported_network_gives_the_same_outputs(activation, reader):
    model = networks.network(activation)
    given = evaluated(to_onnx(model), networks.SAMPLES, reader)

    assert given.dtype == np.float64
    networks.assert_same(given, networks.outputs(model))


@by_reader
@by_name
def test_each_activation_agrees_around_and_at_its_kinks(activation, reader):
    model = MLP(1, [1], activation=[activation], init=lambda *_: 1.0)
    points = np.array([*activation.kinks, *np.linspace(-45.0, 45.0, 361)])

    networks.assert_same(evaluated(to_onnx(model), points[:, None], reader)[:, 0], activation(points))


@by_name
def test_an_export_is_valid_and_of_standard_operators_only(activation):
    exported = to_onnx(networks.network(activation))
    onnx.checker.check_model(exported, full_check=True)

    assert not exported.functions
    assert {node.domain for node in exported.graph.node} == {""}
    assert [opset.domain for opset in exported.opset_import] == [""]


def test_an_export_says_its_names_and_shapes():
    text = onnx.printer.to_text(to_onnx(MLP(2, [3, 1], rng=0)))

    assert "(double[samples,2] inputs) => (double[samples,1] outputs)" in text
    assert 'outputs = Gemm <transB: int = 1> ("layers.0.out", "layers.1.weight", "layers.1.bias")' in text


def test_a_network_comes_back_from_its_file(tmp_path):
    model = networks.network()
    onnx.save(to_onnx(model), tmp_path / "model.onnx")

    networks.assert_same(evaluated(onnx.load(tmp_path / "model.onnx"), networks.SAMPLES), networks.outputs(model))
