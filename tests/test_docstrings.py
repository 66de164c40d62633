"""What the docstrings of all that is public have to say."""

import inspect
import re

import pytest

import skbits
from skbits import backbones, plots


def public():
    found = {name: getattr(skbits, name) for name in skbits.__all__ if name[0] != "_"}
    found |= {f"plots.{name}": getattr(plots, name) for name in plots.__all__}
    found |= {f"backbones.{name}": getattr(backbones, name) for name in backbones.__all__}
    return {name: item for name, item in found.items() if not inspect.ismodule(item)}


PUBLIC = public()
#: of which nobody could ask what they are not for
PLAIN = {"clear_programs", "HeadMismatchError"}
#: what others have found, and when
FROM_ELSEWHERE = [
    "BinaryClassifier",
    "BitVectorClassifier",
    "IntegerBits",
    "OneHotClassifier",
    "ThresholdGridSearchCV",
    "TunedThresholdsCV",
    "backbones.gru",
    "backbones.lstm",
    "backbones.siamese",
    "best_thresholds",
    "cost_threshold",
    "recenter",
]
#: parameters that are described elsewhere, which the docstring names
ELSEWHERE = re.compile(r"As in :|as in :|All of|The other")


@pytest.mark.parametrize("name", PUBLIC)
def test_there_is_an_example(name):
    text = inspect.getdoc(PUBLIC[name])
    assert "Examples\n--------\n" in text
    assert ">>> " in text


@pytest.mark.parametrize("name", FROM_ELSEWHERE)
def test_the_source_is_named(name):
    text = inspect.getdoc(PUBLIC[name])
    (source,) = re.findall(r"References\n-{10}\n(.*?)\n\n", text, re.S)
    assert re.search(r"\((19|20)\d\d\)", source)


@pytest.mark.parametrize("name", [n for n in PUBLIC if n not in PLAIN and "." not in n])
def test_it_is_said_what_it_is_not_for(name):
    assert re.search(r"\bNot (for|where|on) ", inspect.getdoc(PUBLIC[name]))


@pytest.mark.parametrize("name", [n for n in PUBLIC if n not in PLAIN])
def test_parameters_are_described(name):
    item = PUBLIC[name]
    text = inspect.getdoc(item)
    described = text.partition("Parameters\n----------\n")[2]
    described = re.split(r"\n\w[\w ]*\n---", described)[0]
    names = inspect.signature(item).parameters
    for parameter in names.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            assert f"**{parameter.name}" in text
        elif not re.search(rf"^(.*, )?\*?{parameter.name}\b", described, re.M):
            assert ELSEWHERE.search(text), parameter.name


@pytest.mark.parametrize("name", [n for n in PUBLIC if n != "HeadMismatchError"])
def test_signatures_are_explicit(name):
    kinds = [one.kind for one in inspect.signature(PUBLIC[name]).parameters.values()]
    assert inspect.Parameter.VAR_POSITIONAL not in kinds
