"""What importing takes and does: no third-party package, a warning about the namesake, the promised names."""

import builtins
import importlib
import inspect
import subprocess
import sys
import types
from pathlib import Path

import pytest

import autograd
from autograd import derivatives
from autograd.activations import swish
from autograd.op import REGISTRY

ROOT = Path(autograd.__file__).parents[1]
THIRD_PARTY = ("numpy", "graphviz", "tqdm", "matplotlib", "graphviz_pure", "mpmath", "torch")

TRAIN = """
from autograd import Value, debug, draw, losses, nn, optim, tanh
from autograd.datasets import moons

points, labels = moons(20, seed=0)
model = nn.MLP(2, [8, 1], activation=tanh, init=nn.xavier, rng=0)
optimizer = optim.Adam(model.parameters(), lr=0.05)
seen = []
for _ in range(20):
    loss = losses.hinge([model(point) for point in points], labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    seen.append(loss.data)
print(seen[-1] < 0.5 * seen[0])
x = Value(3.0, label="x")
print(debug.table(x * x).splitlines()[0])
"""

BLOCK = f"import sys\nfor name in {THIRD_PARTY!r}: sys.modules[name] = None\n"


# ---------------------------------------------------------------- a bare interpreter


def test_importing_takes_no_third_party_module(run_python):
    program = (
        "import sys\n"
        "before = set(sys.modules)\n"
        "import autograd\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )

    assert run_python(program) == "['autograd']\n"


@pytest.mark.parametrize("module", ["datasets", "debug", "draw", "expression", "testing", "training", "__main__"])
def test_every_floor_can_be_imported_without_third_party_modules(run_python, module):
    run_python(f"{BLOCK}import autograd.{module}")


def test_a_network_trains_with_every_third_party_module_missing(run_python):
    assert run_python(BLOCK + TRAIN).splitlines() == ["True", "node  made by  value      gradient"]


def test_a_network_trains_on_an_interpreter_without_site_packages(run_python):
    program = f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{TRAIN}"

    assert run_python(program, "-S", "-E").startswith("True\n")


def test_a_graph_is_drawn_as_svg_dot_and_mermaid_without_third_party_modules(run_python):
    program = (
        "from autograd import Value, draw\n"
        "x = Value(3.0, label='x'); y = x * x; y.backward()\n"
        "print('<svg' in draw.svg(y), 'digraph' in draw.dot(y), 'flowchart' in draw.mermaid(y))"
    )

    assert run_python(BLOCK + program, PATH="") == "True True True\n"


def test_the_command_steps_through_an_expression_without_third_party_modules(run_python):
    program = "from autograd.__main__ import main\nprint(main(['step', 'x*x', 'x=3']))"

    assert run_python(BLOCK + program, PYTHONIOENCODING="utf-8").endswith("\n0\n")


def test_a_missing_tqdm_is_answered_with_what_to_install(run_python):
    program = (
        "from autograd.demo import demo\n"
        "from autograd.errors import MissingPackageError\n"
        "from pathlib import Path\n"
        "try:\n"
        "    demo(Path('nowhere'))\n"
        "except MissingPackageError as error:\n"
        "    print(error)"
    )

    assert "the progress bar needs tqdm: pip install tqdm, or progress=False\n" in run_python(
        BLOCK + program, PYTHONIOENCODING="utf-8"
    )


def test_the_command_answers_a_missing_tqdm_with_the_status_2(tmp_path):
    program = f"{BLOCK}from autograd.__main__ import main\nsys.exit(main(['demo', '--folder', {str(tmp_path)!r}]))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.returncode == 2
    assert done.stderr == "stepgrad demo: the progress bar needs tqdm: pip install tqdm, or progress=False\n"


def test_a_missing_numpy_is_answered_with_what_to_install(run_python):
    program = (
        "from autograd.datasets import digits\n"
        "from autograd.errors import MissingPackageError\n"
        "try:\n"
        "    digits(as_numpy=True)\n"
        "except MissingPackageError as error:\n"
        "    print(error)"
    )

    assert "pip install numpy" in run_python(BLOCK + program)


# ---------------------------------------------------------------- the other autograd


WARNINGS = (
    "import warnings\n"
    "with warnings.catch_warnings(record=True) as caught:\n"
    "    warnings.simplefilter('always')\n"
    "    import autograd\n"
    "for warning in caught:\n"
    "    print(warning.category.__name__, warning.message)"
)


def test_there_is_no_warning_when_the_other_autograd_is_not_installed(run_python):
    assert run_python(WARNINGS) == ""


@pytest.mark.parametrize("folder", ["autograd-1.7.0.dist-info", "autograd-1.3.dist-info"])
def test_the_other_autograd_is_answered_with_the_remedy(run_python, tmp_path, folder):
    (tmp_path / folder).mkdir()
    printed = run_python(WARNINGS, PYTHONPATH=str(tmp_path))

    assert printed.count("\n") == 1
    assert printed.startswith(f"ImportNameWarning the distribution 'autograd' (HIPS) is installed in {tmp_path}")
    assert "pip uninstall -y autograd stepgrad && pip install stepgrad" in printed


@pytest.mark.parametrize("folder", ["autograd_gamma-0.5.0.dist-info", "stepgrad-0.1.0.dist-info", "autograd"])
def test_a_distribution_of_another_name_causes_no_warning(run_python, tmp_path, folder):
    (tmp_path / folder).mkdir()

    assert run_python(WARNINGS, PYTHONPATH=str(tmp_path)) == ""


def test_the_warning_can_be_made_an_error_and_can_be_silenced(run_python, tmp_path):
    (tmp_path / "autograd-1.7.0.dist-info").mkdir()
    program = "try:\n    import autograd\nexcept UserWarning:\n    print('raised')"

    assert run_python(program, "-W", "error", PYTHONPATH=str(tmp_path)) == "raised\n"
    assert run_python(program, "-W", "ignore", PYTHONPATH=str(tmp_path)) == ""


@pytest.mark.parametrize("entry", ["", ".", "/no/such/folder", "[*", "archive.zip", "two words"])
def test_any_entry_of_the_path_is_looked_at_without_trouble(run_python, entry):
    program = f"import sys; sys.path.append({entry!r})\nimport autograd"

    run_python(program)


# ---------------------------------------------------------------- names


def test_every_name_of_all_exists():
    assert [name for name in autograd.__all__ if not hasattr(autograd, name)] == []
    assert len(set(autograd.__all__)) == len(autograd.__all__)


def test_every_op_of_the_package_is_public_under_its_name():
    ops = {op.name: op for op in REGISTRY.values() if op.forward.__module__.startswith("autograd.")}

    assert {name: getattr(autograd, name, None) for name in ops} == ops
    assert set(ops) <= set(autograd.__all__)
    assert autograd.swish is swish is autograd.silu


def test_every_derivative_is_public():
    defined = {
        name
        for name, found in vars(derivatives).items()
        if inspect.isfunction(found) and found.__module__ == derivatives.__name__ and not name.startswith("_")
    }

    assert defined - {"central_difference"} <= set(autograd.__all__)


def test_no_public_name_is_missing_from_all():
    ours = {
        name
        for name, found in vars(autograd).items()
        if not name.startswith("_")
        and not isinstance(found, types.ModuleType)
        and getattr(found, "__module__", "").startswith("autograd")
    }

    assert ours - {"ImportNameWarning"} <= set(autograd.__all__)


@pytest.mark.parametrize("module", ["nn", "optim", "datasets", "debug", "draw"])
def test_every_name_of_a_module_s_all_exists(module):
    found = importlib.import_module(f"autograd.{module}")

    assert [name for name in found.__all__ if not hasattr(found, name)] == []


STABLE = {
    "autograd": "Value grad value_and_grad jacobian hessian jvp hvp gradcheck no_grad detect_anomaly",
    "autograd.debug": "trace Cursor table show save source explain annotate animate",
    "autograd.nn": "Module Neuron Layer MLP save load",
    "autograd.draw": "dot svg mermaid png pdf save show digraph draw_dot",
    "autograd.Value": "data grad op operands partials parents label _prev _op _backward backward zero_grad detach",
}


@pytest.mark.parametrize("place", STABLE)
def test_the_names_that_are_to_stay_are_there(place):
    found = autograd.Value(1.0) if place.endswith(".Value") else importlib.import_module(place)

    assert [name for name in STABLE[place].split() if not hasattr(found, name)] == []


def test_lazy_modules_come_when_asked_for_and_others_do_not_exist(run_python):
    program = (
        "import sys, autograd\n"
        "print('autograd.draw' in sys.modules)\n"
        "autograd.draw, autograd.debug, autograd.datasets\n"
        "print('autograd.draw' in sys.modules)\n"
        "try:\n"
        "    autograd.drawing\n"
        "except AttributeError as error:\n"
        "    print(error)"
    )

    assert run_python(program) == "False\nTrue\nmodule 'autograd' has no attribute 'drawing'\n"


def test_lazy_modules_are_offered_by_dir(run_python):
    # A notebook completes `autograd.dr` from dir().
    program = "import autograd; print({'datasets', 'debug', 'draw'} <= set(dir(autograd)))"

    assert run_python(program) == "True\n"


def test_importing_everything_shadows_no_builtin_but_the_functions_named_alike():
    assert set(autograd.__all__) & set(dir(builtins)) == {"abs", "pow", "sum"}


def test_the_package_says_that_it_is_typed():
    assert (Path(autograd.__file__).parent / "py.typed").exists()
