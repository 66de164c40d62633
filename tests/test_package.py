"""The package as a whole: what importing it costs and offers."""

import ast
import re
import subprocess
import sys
import tomllib
from importlib.resources import files
from inspect import Parameter, signature
from pathlib import Path

import pytest

import skbits
from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier

ROOT = Path(__file__).parents[1]


def modules_after(statement):
    code = f"import sys; {statement}; print(' '.join(m.partition('.')[0] for m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "statement",
    [
        "import skbits",
        "import skbits.targets, skbits.thresholds.decisions",
        "from skbits import HeadMismatchError",
        "from skbits import CharCodes, TextBits, TransformedTargetClassifier",
    ],
)
def test_import_leaves_tensorflow_and_keras_out(statement):
    assert modules_after(statement).isdisjoint({"tensorflow", "keras", "scikeras"})


def test_every_public_name_is_there():
    for name in skbits.__all__:
        assert getattr(skbits, name) is not None
    assert set(skbits.__all__) <= set(dir(skbits))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Binary'"):
        _ = skbits.Binary


def test_it_is_marked_as_typed():
    assert files(skbits).joinpath("py.typed").is_file()


def test_editors_see_every_public_name():
    (block,) = (
        node
        for node in ast.parse(Path(skbits.__file__).read_text()).body
        if isinstance(node, ast.If)
    )
    seen = {name.asname: line.module for line in block.body for name in line.names}
    assert seen == {name: module or "skbits" for name, module in skbits._PUBLIC.items()}


NO_SIGNATURE = {"__version__", "HeadMismatchError", "backbones", "codecs", "plots", "tuning"}


@pytest.mark.parametrize("name", sorted(set(skbits.__all__) - NO_SIGNATURE))
def test_editors_see_every_parameter_and_its_type(name):
    parameters = signature(getattr(skbits, name)).parameters.values()
    assert all(p.annotation is not Parameter.empty for p in parameters)
    assert all(p.kind is not Parameter.VAR_POSITIONAL for p in parameters)


@pytest.mark.parametrize("estimator", [BinaryClassifier, BitVectorClassifier, OneHotClassifier])
def test_the_signature_holds_what_get_params_gives(estimator):
    named = [p for p in signature(estimator).parameters.values() if p.kind is not p.VAR_KEYWORD]
    assert {p.name: p.default for p in named} == estimator().get_params()


def test_the_lowest_versions_are_those_of_pyproject():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    needed = [*project["dependencies"], *extras["test"], *extras["plot"], *extras["cli"]]
    bounds = {re.split(r"[\[>]", one)[0]: re.search(r">=([\d.]+)", one)[1] for one in needed}
    text = (ROOT / "tests/lowest.txt").read_text()
    lowest = dict(re.findall(r"^([\w-]+)==([\d.]+)$", text, re.M))
    assert set(bounds) - set(lowest) == {"ruff"}  # which no result hangs on
    for name in set(bounds) & set(lowest):
        bound, version = (text.split(".") for text in (bounds[name], lowest[name]))
        padded = [*bound, "0", "0"][: len(version)]
        assert version == padded, name
