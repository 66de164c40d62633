"""Bad input, at scale: a right result, or a ValueError or TypeError that names the argument.

A longer run: ``pytest tests/test_hostile.py --hypothesis-profile=thorough``.
"""

import re
import warnings

import numpy as np
import pytest
from entry_points import ENTRY_POINTS
from hostile import fingerprint
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st
from sklearn.exceptions import FitFailedWarning

#: the same 20 examples for each entry point every time, or as many as another profile says
PROFILE = settings(deadline=None, suppress_health_check=list(HealthCheck))
if PROFILE.max_examples == 100:
    PROFILE = settings(PROFILE, max_examples=20, derandomize=True, database=None)


def equal(a, b):
    if hasattr(a, "thresholds"):
        # they exist in the dtype of the probabilities, which is part of their form
        return np.allclose(a.thresholds, b.thresholds, atol=1e-3)
    if np.asarray(a).dtype.kind == "f" and np.asarray(a).dtype != np.asarray(b).dtype:
        return np.allclose(a, b, atol=1e-3)
    return np.array_equal(a, b)


@pytest.mark.parametrize("name", ENTRY_POINTS)
@PROFILE
@given(data=st.data())
def test_a_right_result_or_an_error_that_names_the_argument(name, data):
    entry = ENTRY_POINTS[name]
    argument = data.draw(st.sampled_from(entry.arguments), "argument")
    drawn = data.draw(entry.draws(argument), "value")
    assume(not entry.refused(argument, drawn.value))
    event(f"{argument}: {outcome(entry, argument, drawn)}")


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
        except FloatingPointError:
            assert entry.trains, "only training can diverge"
            return "diverged"
        except (ValueError, TypeError) as error:
            refusal = error
        if refusal is None:
            entry.check(result, given)
            assert not drawn.same or equal(result, entry.call(**entry.right)), "another result"
        else:
            words = rf"{argument}|{entry.said.get(argument, argument)}"
            named = re.search(rf"(?<![A-Za-z_])({words})(?![A-Za-z])", str(refusal))
            assert named, f"{argument} is not named: {refusal!r}"
            must = drawn.must and argument not in entry.may
            assert not must, f"{argument} in another form is refused: {refusal!r}"
    assert fingerprint(drawn.value) == before, f"{argument} was changed"
    return "taken" if refusal is None else "refused"
