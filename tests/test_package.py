"""The package as a whole: what importing it costs and offers."""

import subprocess
import sys

import pytest

import skbits


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
