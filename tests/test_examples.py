"""The examples, run small: laws of their results, and accounts that say what was computed.

An example joins by a function of this file that makes its row of ``CASES``.
"""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, is_dataclass
from functools import cache
from importlib import import_module
from itertools import combinations, pairwise
from typing import Any

import numpy as np
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


def hash_words() -> Case:
    from skbits.examples.hash_words import ELEMENTS, EPOCHS

    def laws(result):
        assert result.words == ELEMENTS
        assert (len(ELEMENTS), result.n_bits) == (118, 65)
        assert {len(text) for text in result.hashes} == {32}
        assert [way.inputs for way in result.ways] == [*EPOCHS, "one-hot"]
        assert [way.soft for way in result.ways] == [118] * 5
        assert "outputs sum to one" in result.wrong.refused
        assert result.wrong.most_above <= 1 < result.wrong.fewest_ones
        assert result.wrong.bits_found < 0.1
        hard, any_word, among = result.too_few.values()
        assert hard < among
        assert any_word <= among
        assert result.unseen.words_seen == result.unseen.bits_seen == 1
        assert result.unseen.words_unseen == 0
        assert abs(result.unseen.bits_unseen - result.unseen.bits_guessed) < 0.15

    def numbers(result):
        unseen = result.unseen
        return [
            f"{result.wrong.largest:.3f}",
            *(f"{way.hard} {way.soft}" for way in result.ways),
            *(f"{name} {found}" for name, found in result.too_few.items()),
            f"words not seen {unseen.bits_unseen:.3f} {unseen.words_unseen:.3f}",
            result.wrong.refused,
            "A hash cannot be learned beyond what was seen",
        ]

    return Case(laws, numbers, {"n_folds": 2})


def digits_as_bits() -> Case:
    from skbits.examples.digits_as_bits import CODECS, READINGS

    def laws(result):
        assert result.softmax > 0.85
        for codec in CODECS:
            at_half, tuned, likely = (result.readings[codec][name] for name in READINGS)
            assert likely.no_digit == 0
            assert likely.right > 0.8
            for reading in (at_half, tuned):
                assert reading.right + reading.no_digit <= 1
            assert result.bits_right[codec] > at_half.right
            assert all(0 < cutoff < 1 for cutoff in result.cutoffs[codec])

    def numbers(result):
        return [
            f"10 digits {result.softmax:.3f}",
            *(
                f"{codec} " + " ".join(f"{reading.right:.3f}" for reading in readings.values())
                for codec, readings in result.readings.items()
            ),
            *(
                f"{codec} " + " ".join(f"{cutoff:.2f}" for cutoff in cutoffs)
                for codec, cutoffs in result.cutoffs.items()
            ),
        ]

    return Case(laws, numbers, {"n_images": 600, "n_seeds": 1, "cv": 2})


def one_or_two_outputs() -> Case:
    from skbits.examples.one_or_two_outputs import HEADS, excess

    def laws(result):
        for found in result.tables.values():
            for head in HEADS:
                assert all(found.accuracy[head] > 0.7 for head in HEADS)
                assert found.log_loss[head] > 0
            for a in HEADS:
                for b in HEADS:
                    assert 0 <= found.disagreement[a, b] <= 0.5
                    assert found.disagreement[a, b] == pytest.approx(found.disagreement[b, a])
            share, alike = found.disagreement, ("sigmoid", "softmax", "linear")
            for a, b in combinations(alike, 2):
                assert share[a, b] <= 2 * max(share[a, a], share[b, b])
        assert result.one_of_two < 1e-5
        assert result.linear_is_sigmoid < 1e-5
        assert all(result.refused.values())
        assert len(result.refused) == 3

    def numbers(result):
        return [
            *(
                f"{head} {found.accuracy[head]:.3f} +/- {found.spread[head]:.3f} "
                f"{found.f1[head]:.3f} {found.log_loss[head]:.3f} "
                f"{100 * found.disagreement[head, 'sigmoid']:.1f}"
                for found in result.tables.values()
                for head in HEADS
            ),
            *(
                f"{100 * max(excess(found, *pair) for pair in combinations(HEADS, 2)):+.1f} points"
                for found in result.tables.values()
            ),
            *result.refused.values(),
        ]

    return Case(laws, numbers, {"n_seeds": 2, "epochs": 5})


def cutoff_at_a_quarter() -> Case:
    from skbits.examples.cutoff_at_a_quarter import COSTS, CUTOFF, GRID

    def laws(result):
        assert result.cutoff_of_costs == CUTOFF
        assert result.untouched
        assert set(result.changed.values()) == {0}
        for values in result.recentered.values():
            fixed = dict(zip(GRID, values, strict=True))
            assert (fixed[0.0], fixed[CUTOFF], fixed[1.0]) == (0, 0.5, 1)
            assert list(values) == sorted(values)
        plain = [q for (name, _), q in result.qualities.items() if name == "no weights"]
        plain.sort(key=lambda q: q.cutoff)
        for low, high in pairwise(plain):
            assert low.called >= high.called
            assert low.recall >= high.recall
        for q in result.qualities.values():
            # all called positive costs less than this, and so does nothing called
            assert 0 < q.cost < 100 * (COSTS["fp"] + COSTS["fn"])
        assert result.mean_probability["balanced"] > result.mean_probability["no weights"]

    def numbers(result):
        return [
            *(
                f"{name} {q.cutoff:.2f} {100 * q.called:.1f} % {100 * q.precision:.1f} % "
                f"{100 * q.recall:.1f} % {q.f1:.3f} {q.cost:.1f}"
                for (name, _), q in result.qualities.items()
            ),
            *(f'{p:.2f} with "{name}"' for name, p in result.mean_probability.items()),
            *(f"{loss:.3f}" for loss in result.log_loss.values()),
            *(f"decides {100 * share:.1f} % of the rows" for share in result.otherwise.values()),
            "p odds linear logistic 0.00 0.000 0.000 0.000",
            f"{CUTOFF} 0.500 0.500 0.500",
        ]

    return Case(laws, numbers, {"n_train": 600, "n_test": 600, "n_seeds": 2, "epochs": 10})


def same_question() -> Case:
    from skbits.examples.same_question import ABOUT, ASKED, COMMON

    def laws(result):
        assert sum(result.n_questions) == sum(map(len, ASKED.values())) * 2 * len(ABOUT)
        assert abs(result.share - COMMON[True, True]) < 0.1
        assert result.accuracy > max(result.share, 1 - result.share)
        assert result.trainer == "compiled"
        assert result.swapped < 1e-6
        *ours, keras_shape = result.shapes.values()
        n = result.n_pairs[2]
        assert ours == [(n,), (n, 2), (n,)]
        assert keras_shape == (n, 1)
        by_cutoff = sorted(result.cutoffs.values(), key=lambda at: at.cutoff)
        recalls = [at.value("recall") for at in by_cutoff]
        assert recalls == sorted(recalls, reverse=True)
        assert result.cutoffs["formula"].cutoff == 5 / 6
        assert [same for _, _, same, _ in result.examples] == [True, True, False, False]

    def numbers(result):
        return [
            f"{result.accuracy:.1%}",
            f"clf.predict(X) ({result.n_pairs[2]},) clf.predict_proba(X) ({result.n_pairs[2]}, 2)",
            *(
                f"{name} {at.cutoff:.2f} {at.value('precision'):.3f}"
                for name, at in result.cutoffs.items()
            ),
            *(f"{p:.2f}" for *_, p in result.examples),
        ]

    return Case(laws, numbers, {"n_train": 1500, "n_other": 300, "epochs": 10})


def up_or_down() -> Case:
    from skbits.examples.up_or_down import ENOUGH, FOLLOWS, LOGISTIC, RIVALS, SERIES, USUAL

    def laws(result):
        assert list(result.contests) == list(SERIES)
        for contest in result.contests.values():
            for rival, gain in contest.gains.items():
                ahead = contest.accuracy["LSTM"] - contest.accuracy[rival]
                assert gain.mean == pytest.approx(ahead)
                assert gain.error > 0
                assert gain.is_one == (gain.mean > ENOUGH * gain.error)
        oscillation, reversals, walk = result.contests.values()
        assert oscillation.gains[USUAL].is_one
        assert reversals.gains[USUAL].is_one
        assert reversals.gains[LOGISTIC].is_one
        assert abs(reversals.accuracy["LSTM"] - FOLLOWS) < 0.1
        assert not any(walk.gains[rival].is_one for rival in (USUAL, LOGISTIC))

    def numbers(result):
        return [
            *(
                f"{name} {' '.join(f'{100 * contest.accuracy[rival]:.1f}' for rival in RIVALS)} "
                f"{100 * contest.on_past:.1f} {contest.gains[USUAL]}"
                for name, contest in result.contests.items()
            ),
            "The network is not better than always saying what is usual",
        ]

    return Case(laws, numbers, {"n_past": 2000, "n_future": 1000, "n_seeds": 1})


def colour_and_shape() -> Case:
    from skbits.examples.colour_and_shape import BITS, BLOCKS, WAYS

    def laws(result):
        softmax = result.softmax
        # two probabilities of a softmax sum to 1 at most
        assert softmax.other <= softmax.likelier <= 1 - softmax.other + 1e-6
        assert softmax.found == 0
        assert "outputs sum to one" in result.refused
        assert list(result.qualities) == list(WAYS)
        for q in result.qualities.values():
            assert q.both <= min(q.colour, q.shape)
            assert q.both + q.odd <= 1 + 1e-9
            assert q.colour > 0.7  # guessing: a quarter
        assert result.qualities[BLOCKS].odd == 0
        assert result.refused
        assert len({len(values) for values in result.history.values()}) == 1

    def numbers(result):
        q = result.qualities[BITS]
        return [
            f"{BITS} {100 * q.colour:.1f} {100 * q.shape:.1f} {100 * q.both:.1f}",
            f"{result.softmax.likelier:.3f}",
            f"{100 * result.softmax.best_two:.1f}",
            f"{result.history['val_loss'][0]:.3f}",
            result.refused,
        ]

    small = {"n_train": 1200, "n_test": 300, "epochs": 6, "softmax_epochs": 1}
    return Case(laws, numbers, small)


CASES: dict[str, Case] = {
    "same_question": same_question(),
    "cutoff_at_a_quarter": cutoff_at_a_quarter(),
    "one_or_two_outputs": one_or_two_outputs(),
    "hash_words": hash_words(),
    "digits_as_bits": digits_as_bits(),
    "intents": intents(),
    "up_or_down": up_or_down(),
    "colour_and_shape": colour_and_shape(),
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


def test_questions_of_a_pair_differ_with_words_left_out():
    from skbits.examples.same_question import draw_pair

    rng, questions = np.random.default_rng(0), ["how do I repair sofa", "how do I clean sofa"]
    for _ in range(1000):
        first, second = draw_pair(rng, questions, (False, True))
        assert first != second


def test_one_training_is_not_compared_with_itself():
    with pytest.raises(ValueError, match="n_seeds=1: expected at least 2"):
        module_of("one_or_two_outputs").run(n_seeds=1)


def test_windows_of_the_past_know_nothing_of_the_future():
    from skbits.examples.up_or_down import BLOCK, N_MOVES, random_walk, windows

    series = random_walk(60, np.random.default_rng(0))
    X, higher = windows(series)
    assert len(X) == len(higher) == len(series) - N_MOVES - 1
    for row in range(len(X)):
        upto = row + N_MOVES + 1
        np.testing.assert_array_equal(X[row], np.diff(series[:upto])[-N_MOVES:])
        assert higher[row] == (series[upto] > series[upto - 1])
    assert BLOCK > N_MOVES


def test_the_past_and_the_future_are_cut_before_windows_are_made():
    from skbits.examples.up_or_down import cut, random_walk, windows

    series = random_walk(90, np.random.default_rng(0))
    scale = np.diff(series[:60]).std()
    for side, values in zip(cut(series, 60), (series[:60], series[60:]), strict=True):
        for rows, expected in zip(side, windows(values / scale), strict=True):
            np.testing.assert_array_equal(rows, expected)


def test_a_command_in_a_process_of_its_own():
    command = [sys.executable, "-m", "skbits.examples.intents"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "tensorflow" not in done.stdout.lower()


def test_importing_the_examples_leaves_keras_out():
    names = "; ".join(f"import skbits.examples.{name}" for name in CASES)
    code = f"import sys; {names}; sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
