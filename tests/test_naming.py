"""Words of messages: a number and its noun agree, everywhere."""

import ast
import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from skbits.naming import counted, plural
from skbits.reading import read_zeros_and_ones

PACKAGE = Path(__file__).parents[1] / "skbits"

#: what messages count
NOUNS = (
    "argument", "array", "axis", "bit", "block", "byte", "candidate", "category", "cell", "class",
    "code", "column", "cutoff", "device", "dimension", "entry", "epoch", "error", "failure",
    "feature", "file", "fit", "fold", "group", "input", "integer", "label", "layer", "letter",
    "level", "line", "metric", "matrix", "number", "one", "output", "parameter", "point",
    "positive", "replica", "row", "sample", "score", "second", "split", "step", "symbol", "text",
    "threshold", "unit", "value", "variable", "weight", "word", "worker",
)  # fmt: skip
ADJECTIVES = "cost|different|distinct|further|given|held-out|labelled|more|other|required|single"
BY_HAND = re.compile(
    rf" (?:(?:{ADJECTIVES}) )*(?:{'|'.join(map(plural, NOUNS))})\b|[ \w-]*\((?:e?s|ies)\)"
)


def f_strings():
    """Each value in an f-string of the package, with what follows it, and where."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if "examples" in path.parts:  # their numbers are fixed
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            parts = node.values if isinstance(node, ast.JoinedStr) else []
            for value, text in itertools.pairwise(parts):
                if isinstance(value, ast.FormattedValue) and isinstance(text, ast.Constant):
                    yield f"{path.name}:{value.lineno}", ast.unparse(value.value), text.value


def test_no_message_puts_a_number_before_a_plural_by_hand():
    """Else it says "1 rows" some day: ``counted`` knows the number."""
    found = [(where, value, text) for where, value, text in f_strings() if BY_HAND.match(text)]
    assert found == []


@pytest.mark.parametrize(
    "text", [" rows and", " held-out rows", " column(s)", " classes: expected"]
)
def test_a_plural_by_hand_would_be_found(text):
    assert BY_HAND.match(text)


@pytest.mark.parametrize("noun", NOUNS)
def test_one_is_singular_and_all_else_plural(noun):
    assert counted(1, noun) == counted(np.int64(1), noun) == f"1 {noun}"
    assert counted(0, noun) == f"0 {plural(noun)}"
    assert counted(2, noun) == f"2 {plural(noun)}"
    assert plural(noun) != noun


def test_plurals_are_words():
    """Nouns that do not take an s alone, and those that look as if they did not."""
    irregular = {
        "axis": "axes", "category": "categories", "class": "classes", "entry": "entries",
        "epoch": "epochs", "matrix": "matrices", "replica": "replicas", "key": "keys",
        "batch": "batches", "index": "indices",
    }  # fmt: skip
    for noun in (*NOUNS, *irregular):
        assert plural(noun) == irregular.get(noun, f"{noun}s")
        assert plural(f"more {noun}") == f"more {irregular.get(noun, f'{noun}s')}"


@pytest.mark.parametrize(("noun", "form"), [("bit", "n_bits"), ("class", "n_classes")])
def test_the_shape_that_is_expected_is_spelled_as_a_word(noun, form):
    with pytest.raises(ValueError, match=rf"expected \(n, {form}\)"):
        read_zeros_and_ones(np.array([0, 1]), noun)
