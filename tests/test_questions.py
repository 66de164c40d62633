"""The README's table of questions: its answers run, and its examples exist."""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MultiLabelBinarizer

import skbits
import skbits.examples
from skbits.examples import __main__ as examples

README = Path(__file__).parents[1] / "README.md"

rng = np.random.default_rng(0)
same = np.arange(40) % 2
intents = (rng.uniform(size=(40, 3)) < 0.5).astype(int)

#: example -> what its answer takes for given
GIVEN = {
    "hash_words": {"hashes": ["0a", "1b", "2c"], "words": ["one", "two", "six"]},
    "up_or_down": {"series": rng.normal(size=160)},
    "same_question": {"pairs": rng.integers(1, 9, size=(40, 2, 6)), "same": same},
    "one_or_two_outputs": {"X": rng.normal(size=(40, 3)), "y": same},
    "cutoff_at_a_quarter": {"X": rng.normal(size=(40, 3)), "y": same},
    "digits_as_bits": {"X": rng.normal(size=(60, 3)), "digits": np.arange(60) % 10},
    "intents": {
        "bags": rng.normal(size=(40, 5)),
        "intents": intents,
        "other_bags": rng.normal(size=(40, 5)),
        "other_intents": np.ones((40, 3), dtype=int),  # so that the constraint can be met
    },
    "colour_and_shape": {"images": rng.uniform(size=(2, 8, 8, 3))},
}


def answers():
    """Example -> the lines of its answer, as the README shows them."""
    row = re.compile(r"^\| .+ \| (`.+`) \| \[`(\w+)`\]\(skbits/examples/(\w+)\.py\) \|$", re.M)
    rows = row.findall(README.read_text(encoding="utf-8"))
    assert all(name == file for _, name, file in rows)
    return {name: [line.strip("`") for line in cell.split("<br>")] for cell, name, _ in rows}


def test_there_is_an_answer_for_each_example():
    listed = re.findall(r"^(\w+) {2,}\w", skbits.examples.__doc__, re.M)
    assert sorted(answers()) == sorted(listed) == sorted(GIVEN)
    for name in listed:
        assert find_spec(f"skbits.examples.{name}"), name


def test_the_readme_keeps_within_100_columns():
    lines = README.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if len(line) > 100 and not line.startswith("|")] == []


def test_the_command_without_a_name_lists_the_examples(capsys):
    assert examples.main() == 0
    told = dict(re.findall(r"^  (\w+) +(\w.*[?.])$", capsys.readouterr().out, re.M))
    assert told == examples.questions()
    assert sorted(told) == sorted(answers())


@pytest.mark.parametrize("name", GIVEN)
def test_the_answer_in_three_lines_runs(name, trainings):
    lines = answers()[name]
    assert len(lines) == 3
    tools = {tool.__name__: tool for tool in (GridSearchCV, make_pipeline, MultiLabelBinarizer)}
    names = {public: getattr(skbits, public) for public in skbits.__all__}
    given = {"np": np, **tools, **names, **GIVEN[name]}
    exec("\n".join(lines), given)  # our own README
    assert trainings
