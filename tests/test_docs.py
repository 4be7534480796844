"""What is public is explained, and the examples that pytest does not reach are run."""

import doctest
import importlib
import inspect
import pkgutil
import pydoc
import types

import pytest

import autograd
from autograd.activations import Activation
from autograd.op import REGISTRY, Op

OPS = [op for op in REGISTRY.values() if op.forward.__module__.startswith("autograd.")]
MODULES = ["autograd"] + [module.name for module in pkgutil.walk_packages(autograd.__path__, "autograd.")]
PUBLIC = [
    "autograd",
    "autograd.nn",
    "autograd.program",
    "autograd.optim",
    "autograd.datasets",
    "autograd.debug",
    "autograd.draw",
    "autograd.lesson",
]
WITHOUT_ALL = [
    "autograd.losses",
    "autograd.training",
    "autograd.derivatives",
    "autograd.testing",
    "autograd.errors",
    "autograd.expression",
]


def examples(op):
    """The examples of an op stand on its formula, where pytest does not look."""
    formula = op.forward
    return doctest.DocTestFinder().find(formula, op.name, globs={**formula.__globals__})


def public():
    """Every function and class that the package offers, by its full name."""
    for name in PUBLIC + WITHOUT_ALL:
        module = importlib.import_module(name)
        names = getattr(module, "__all__", None) or [
            key for key, found in vars(module).items() if getattr(found, "__module__", "") == name
        ]
        for key in names:
            found = getattr(module, key)
            if key.startswith("_") or isinstance(found, types.ModuleType):
                continue
            if isinstance(found, Op) or inspect.isclass(found) or inspect.isroutine(found):
                yield f"{name}.{key}", found


def methods():
    """Every public method and property of those classes that the class itself defines."""
    for name, cls in public():
        if inspect.isclass(cls) and not issubclass(cls, BaseException):
            for key, member in vars(cls).items():
                if not key.startswith("_") and (inspect.isroutine(member) or isinstance(member, property)):
                    yield f"{name}.{key}", getattr(cls, key)


# ---------------------------------------------------------------- examples


@pytest.mark.parametrize(
    "test", [test for op in OPS for test in examples(op) if test.examples], ids=lambda test: test.name
)
def test_the_examples_of_an_op_are_true(test):
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def test_every_activation_has_an_example():
    activations = [op for op in OPS if isinstance(op, Activation)]

    assert len(activations) >= 17
    assert [op.name for op in activations if ">>>" not in op.forward.__doc__] == []


# ---------------------------------------------------------------- explanations


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_what_belongs_in_it(name):
    assert (importlib.import_module(name).__doc__ or "").strip()


def test_the_documentation_of_an_op_is_that_of_its_formula():
    assert [op.name for op in OPS if not op.forward.__doc__] == []
    assert [op.name for op in OPS if op.__doc__ != op.forward.__doc__] == []


def first_line(op):
    return op.forward.__doc__.partition("\n")[0]


def test_help_shows_the_documentation_of_an_op():
    assert [op.name for op in OPS if first_line(op) not in pydoc.plain(pydoc.render_doc(op))] == []


def test_the_method_of_an_op_has_its_first_line():
    methods = {op: getattr(autograd.Value, op.name) for op in OPS if hasattr(autograd.Value, op.name)}

    assert len(methods) > 30
    assert [op.name for op, method in methods.items() if method.__doc__ != first_line(op)] == []


def test_the_classes_of_ops_explain_themselves():
    # A class whose instances have a `__doc__` of their own loses its own to the property, and its example is not run.
    assert "A differentiable operation" in str(Op.__doc__)
    assert "An op that is used as an activation" in str(Activation.__doc__)


def documentation(found):
    return found.forward.__doc__ if isinstance(found, Op) else found.__doc__


def test_every_public_function_and_class_explains_itself():
    everything = dict(public())

    assert len(everything) > 100
    assert [name for name, found in everything.items() if not isinstance(documentation(found), str)] == []


def test_every_public_method_explains_itself():
    everything = dict(methods())

    assert len(everything) > 50
    assert [name for name, member in everything.items() if not inspect.getdoc(member)] == []
