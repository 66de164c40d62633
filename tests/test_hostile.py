"""Bad input, at scale: a right result, or a ValueError or TypeError that names the argument.

A longer run: ``pytest tests/test_hostile.py --hypothesis-profile=thorough``.
"""

import inspect
import re
import warnings
import zlib

import numpy as np
import pytest
from entry_points import ENTRY_POINTS
from hostile import fingerprint
from hypothesis import HealthCheck, assume, event, given, seed, settings
from sklearn.exceptions import FitFailedWarning

import skbits

#: as many examples as another profile says, or a few for each argument, the same every time
PROFILE = settings(deadline=None, suppress_health_check=list(HealthCheck))
IS_SHORT = PROFILE.max_examples == 100
if IS_SHORT:
    PROFILE = settings(PROFILE, max_examples=6, database=None)

ARGUMENTS = [(name, argument) for name in ENTRY_POINTS for argument in ENTRY_POINTS[name].arguments]


def equal(a, b):
    if hasattr(a, "thresholds"):
        # they exist in the dtype of the probabilities, which is part of their form
        return np.allclose(a.thresholds, b.thresholds, atol=1e-3)
    if np.asarray(a).dtype.kind == "f" and np.asarray(a).dtype != np.asarray(b).dtype:
        return np.allclose(a, b, atol=1e-3)
    return np.array_equal(a, b)


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_a_right_result_or_an_error_that_names_the_argument(name, argument):
    entry = ENTRY_POINTS[name]

    @PROFILE
    @given(entry.draws(argument))
    def law(drawn):
        assume(not entry.refused(argument, drawn.value))
        event(outcome(entry, argument, drawn))

    if IS_SHORT:  # other kinds for each argument
        law = seed(zlib.crc32(f"{name} {argument}".encode()))(law)
    law()


#: scikit-learn's own words before a name, and those about two arguments that do not agree
BEFORE = r"Input |Invalid parameter .* for |X has \d+ rows and "


def is_named(entry, argument, message):
    """Whether a message starts with the argument's name, or tells its value, ``name=``."""
    words = rf"(?:{argument}|{entry.said.get(argument, argument)})"
    start = re.match(rf"(?:{BEFORE})?{words}(?!\w)", message, re.DOTALL)
    return bool(start or re.search(rf"(?<!\w){words}=", message))


def outcome(entry, argument, drawn):
    """What comes of a value for an argument; AssertionError where that must not be."""
    given = {**entry.right, argument: drawn.value}
    before = fingerprint(drawn.value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", RuntimeWarning)
        warnings.simplefilter("ignore", FitFailedWarning)
        try:
            result, refusal = entry.call(**given), None
        except OSError:
            if argument not in ("path", "memory"):
                raise
            return "no such path"
        except FloatingPointError:
            assert entry.trains, "only training can diverge"
            return "diverged"
        except (ValueError, TypeError) as error:
            refusal = error
        if refusal is None:
            entry.check(result, given)
            assert not drawn.same or equal(result, entry.call(**entry.right)), "another result"
        else:
            named = is_named(entry, argument, str(refusal))
            assert named, f"{argument} is not named: {refusal!r}"
            must = drawn.must and argument not in entry.may
            assert not must, f"{argument} in another form is refused: {refusal!r}"
    assert fingerprint(drawn.value) == before, f"{argument} was changed"
    return "taken" if refusal is None else "refused"


#: methods that take data or a path
METHODS = (
    *("fit", "partial_fit", "predict", "predict_proba", "predict_log_proba", "score", "save"),
    *("decision_function", "transform", "fit_transform", "inverse_transform", "decode_proba"),
    *("export",),
)

#: what has no entry, and why
EXEMPT = {
    "__version__": "a text",
    "clear_programs": "takes nothing",
    "HeadMismatchError": "is raised, not called",
    r"\w+\.fit_transform": "fit and transform, which have entries",
    r"\w+\.predict_log_proba": "the logarithm of predict_proba, which has one",
    r"(?!BinaryClassifier)\w+\.(save|export)": "the function of BinaryClassifier's",
}


def public():
    """The names of all that is public: functions, classes, and their methods of data."""
    modules = {
        skbits: "",
        skbits.codecs: "",
        skbits.backbones: "backbones.",
        skbits.plots: "plots.",
    }
    for module, of in modules.items():
        for name in module.__all__:
            value = getattr(module, name)
            if not inspect.ismodule(value):
                yield of + name
                yield from (f"{name}.{m}" for m in METHODS if hasattr(value, m))


@pytest.mark.parametrize("name", sorted(set(public())))
def test_all_that_is_public_is_an_entry_point(name):
    entries = {re.split(r"[ (]", entry)[0] for entry in ENTRY_POINTS}
    exempt = any(re.fullmatch(pattern, name) for pattern in EXEMPT)
    assert (name in entries) != exempt, "expected an entry, or a reason in EXEMPT, not both"
