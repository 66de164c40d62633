"""The examples, run small: laws of their results, and accounts that say what was computed.

An example joins by a function of this file that makes its row of ``CASES``.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from importlib import import_module
from typing import Any

import pytest

import skbits.examples
from skbits.examples.telling import WIDTH


@dataclass(frozen=True)
class Case:
    """How an example is tested.

    Parameters
    ----------
    laws : callable
        result -> None; asserts what holds whatever the data and the seeds.
    numbers : callable
        result -> texts with numbers that its account must mention, however it breaks its lines.
    small : dict
        Parameters of ``run`` that make it take a few seconds.
    """

    laws: Callable[[Any], None]
    numbers: Callable[[Any], list[str]]
    small: dict[str, Any] = field(default_factory=dict)


def intents() -> Case:
    from skbits.examples.intents import HABIT, INTENTS, NETWORKS, SHOWN

    def laws(result):
        for qualities in (result.at_habit, result.at_chosen):
            assert list(qualities) == list(NETWORKS)
            for q in qualities.values():
                assert all(0 <= value <= 1 for value in (q.precision, q.recall, q.one, q.two))
        for name in NETWORKS:
            habit, chosen = result.at_habit[name], result.at_chosen[name]
            assert habit.threshold == HABIT
            # one round: a higher threshold finds no more, and says no less to nothing
            low, high = sorted((habit, chosen), key=lambda q: q.threshold)
            assert high.recall <= low.recall
            assert high.none >= low.none
            for sentence in SHOWN:
                answer, ranked = result.answers[name][sentence], result.ranked[name][sentence]
                assert sorted(intent for intent, _ in ranked) == sorted(INTENTS)
                assert answer == [pair for pair in ranked if pair[1] >= HABIT]
                assert ranked == sorted(ranked, key=lambda pair: -pair[1])
        assert all(sum(p for _, p in r) < 1.001 for r in result.ranked["softmax"].values())

    def numbers(result):
        q = result.at_chosen["bits, taught"]
        answers = [pair for a in result.answers.values() for pairs in a.values() for pair in pairs]
        return [
            f"{q.threshold:.2f} {100 * q.precision:.0f} {100 * q.recall:.0f} {100 * q.one:.0f}",
            *(f"{intent} {p:.2f}" for intent, p in answers),
            *(f"{p:.2f} for" for _, p in result.unknown.values()),
        ]

    return Case(laws, numbers, {"n_seeds": 1, "n_folds": 2, "n_pairs": 60, "epochs": 80})


CASES: dict[str, Case] = {
    "intents": intents(),
}


def module_of(name: str) -> Any:
    return import_module(f"skbits.examples.{name}")


@cache
def result_of(name: str) -> Any:
    return module_of(name).run(**CASES[name].small)


@pytest.mark.parametrize("name", CASES)
class TestEachExample:
    def test_its_result_keeps_the_laws(self, name):
        result = result_of(name)
        assert is_dataclass(result)
        assert result.__dataclass_params__.frozen
        CASES[name].laws(result)

    def test_its_account_mentions_the_numbers(self, name):
        words = module_of(name).account(result_of(name)).split()
        assert "nan" not in words
        for number in CASES[name].numbers(result_of(name)):
            assert number in " ".join(words)

    def test_its_account_fits_the_page(self, name):
        for line in module_of(name).account(result_of(name)).splitlines():
            assert len(line) <= WIDTH
            assert line == line.rstrip()

    def test_its_command_prints_the_account(self, name, monkeypatch, capsys):
        module, result = module_of(name), result_of(name)
        monkeypatch.setattr(module, "run", lambda: result)
        assert module.main([]) == 0
        assert capsys.readouterr().out == module.account(result) + "\n"

    def test_it_is_listed_and_says_how_to_run_it(self, name):
        assert f"\n{name} " in skbits.examples.__doc__
        assert f"python -m skbits.examples.{name}" in module_of(name).__doc__


def test_a_command_in_a_process_of_its_own():
    command = [sys.executable, "-m", "skbits.examples.intents"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "tensorflow" not in done.stdout.lower()


def test_importing_the_examples_leaves_keras_out():
    names = "; ".join(f"import skbits.examples.{name}" for name in CASES)
    code = f"import sys; {names}; sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
