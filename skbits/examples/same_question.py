"""Do these two sentences ask the same question?

"My network gets two questions and shall say whether they are the same. It gives me shape (n, 1)
where I need (n,), and floats, not labels. And why should the cutoff be 0.5?"

The answer: pairs are rows of shape (2, length), and ``backbones.siamese`` reads both members with
the same encoder, so that it makes no difference which comes first. ``BinaryClassifier`` answers
with labels of shape (n,), and its ``threshold`` is chosen on pairs that it was not trained on, by a
score or by what mistakes cost: here a wrong "same" gives somebody the answer to another question.

Run it with ``python -m skbits.examples.same_question``. The questions are made up, of a few
wordings and synonyms, with words left out: the numbers show how a cutoff works, and nothing of how
people ask.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from skbits import best_thresholds, cost_threshold
from skbits.examples.telling import prose, story, table, tell
from skbits.report import CutoffReport, cutoff_report

#: what is asked -> its wordings
ASKED = {
    "repair": (
        "how do I repair {}",
        "what is the best way to fix {}",
        "who can mend {} for me",
        "how do I get {} to work again",
    ),
    "buy": (
        "where can I buy {}",
        "which shop sells {}",
        "where do I get {} for sale",
        "who sells {} near me",
    ),
    "price": (
        "how much is {}",
        "what does {} cost",
        "what is the price of {}",
        "what do I pay for {}",
    ),
    "clean": (
        "how do I clean {}",
        "what is the best way to wash {}",
        "how do I get dirt off {}",
        "who can clean {} for me",
    ),
    "choose": (
        "which is the best {}",
        "what {} do you recommend",
        "how do I choose {}",
        "which {} is worth the money",
    ),
    "sell": (
        "where can I sell {}",
        "who buys {} near me",
        "how do I get rid of {}",
        "what do I get for {}",
    ),
}

#: what is asked about -> its synonyms
ABOUT = {
    "bicycle": ("bicycle", "bike"),
    "phone": ("phone", "mobile"),
    "laptop": ("laptop", "notebook"),
    "sofa": ("sofa", "couch"),
    "car": ("car", "automobile"),
    "television": ("television", "screen"),
    "coat": ("coat", "jacket"),
    "stove": ("stove", "cooker"),
}

#: to answer with the answer to another question; to leave a known question to a person
COST_OF_WRONG, COST_OF_MISSED = 5, 1

NETWORK = {
    "model__encoder": "embedding",
    "model__encoder_hidden_layer_sizes": (32,),
    "model__hidden_layer_sizes": (16,),
    "batch_size": 64,
    "optimizer__learning_rate": 0.003,
    "random_state": 0,
}


@dataclass(frozen=True)
class Pairs:
    """Pairs of questions.

    Parameters
    ----------
    questions : list of (str, str), n of them
    X : ndarray of shape (n, 2, length), int
        Indices of their words, 0 beyond the end.
    same : ndarray of shape (n,), bool
        Whether both ask the same.
    """

    questions: list[tuple[str, str]]
    X: np.ndarray
    same: np.ndarray


@dataclass(frozen=True)
class Result:
    """What :func:`run` found.

    Parameters
    ----------
    n_questions : tuple of (int, int, int)
        To train on, to choose the cutoffs on, and held out.
    n_pairs : tuple of (int, int, int)
        Of these questions, in the same order.
    share : float
        Of the held-out pairs that are the same.
    accuracy : float
        On held-out pairs, at 0.5.
    trainer : str
    shapes : dict of {str: tuple}
        Call -> the shape of what it gives for all held-out pairs.
    swapped : float
        The largest difference between probabilities of held-out pairs, and of the same pairs with
        the second question first.
    cutoffs : dict of {str: CutoffReport}
        What chose a cutoff -> what that does to the held-out pairs.
    examples : list of (str, str, bool, float)
        Some held-out pairs, whether they are the same, and the probability that they are.
    """

    n_questions: tuple[int, int, int]
    n_pairs: tuple[int, int, int]
    share: float
    accuracy: float
    trainer: str
    shapes: dict[str, tuple]
    swapped: float
    cutoffs: dict[str, CutoffReport]
    examples: list[tuple[str, str, bool, float]]


@cache
def all_questions() -> dict[str, tuple[str, str]]:
    """Every question that can be made, and its meaning.

    Examples
    --------
    >>> questions = all_questions()
    >>> len(questions), questions["how much is bike"]
    (384, ('price', 'bicycle'))
    """
    return {
        wording.format(word): (asked, about)
        for (asked, wordings), (about, words) in product(ASKED.items(), ABOUT.items())
        for wording, word in product(wordings, words)
    }


def words_of(questions: Sequence[str]) -> dict[str, int]:
    """The index of each word, from 1.

    Examples
    --------
    >>> words_of(["how much", "how old"])
    {'how': 1, 'much': 2, 'old': 3}
    """
    return {word: i for i, word in enumerate(sorted({w for q in questions for w in q.split()}), 1)}


#: whether the members of a pair ask the same, and about the same -> how often pairs are so; those
#: with nothing in common would be too easy
COMMON = {(True, True): 0.3, (True, False): 0.3, (False, True): 0.3, (False, False): 0.1}

#: share of the words that are left out of questions
LEFT_OUT = 0.15


def make_pairs(rng: np.random.Generator, questions: Sequence[str], n: int) -> Pairs:
    """Pairs of these questions, words left out at random; the same where both is in common."""
    meanings = all_questions()
    common = rng.choice(list(COMMON), n, p=list(COMMON.values()))  # (n, 2)
    pairs = [draw_pair(rng, questions, tuple(what)) for what in common]
    index = words_of(list(meanings))
    X = np.zeros((n, 2, max(len(question.split()) for question in meanings)), dtype=int)
    for row, pair in enumerate(pairs):
        for member, question in enumerate(pair):
            words = question.split()
            X[row, member, : len(words)] = [index[word] for word in words]
    return Pairs(pairs, X, common.all(axis=1))


def draw_pair(rng: np.random.Generator, questions: Sequence[str], common: tuple) -> tuple[str, str]:
    """Two different questions that have this in common, words left out at random.

    Questions that only the words left out would tell apart are drawn again.
    """
    meanings = all_questions()
    while True:
        pair = [str(question) for question in rng.choice(questions, 2, replace=False)]
        (asked, about), (other_asked, other_about) = (meanings[question] for question in pair)
        if common == (asked == other_asked, about == other_about):
            first, second = (with_words_left_out(rng, question) for question in pair)
            if first != second:
                return first, second


def with_words_left_out(rng: np.random.Generator, question: str) -> str:
    """A question as somebody in a hurry writes it."""
    words = question.split()
    return " ".join(word for word in words if rng.uniform() >= LEFT_OUT) or question


def run(n_train: int = 6000, n_other: int = 2000, epochs: int = 20) -> Result:
    """Train on pairs of some questions, choose cutoffs on others, and test them on others again.

    Parameters
    ----------
    n_train, n_other : int
        Pairs to train on; to choose cutoffs on, and as many to test them on.
    epochs : int

    Returns
    -------
    Result
    """
    from skbits import BinaryClassifier, backbones

    rng = np.random.default_rng(0)
    questions = rng.permutation(list(all_questions()))
    parts = np.split(questions, [len(questions) // 2, 3 * len(questions) // 4])
    train, choose, test = (
        make_pairs(rng, part, n) for part, n in zip(parts, (n_train, n_other, n_other), strict=True)
    )
    n_indices = 1 + len(words_of(list(all_questions())))
    clf = BinaryClassifier(
        backbones.siamese, model__encoder_input_dim=n_indices, epochs=epochs, **NETWORK
    ).fit(train.X, train.same)
    p = clf.predict_proba(test.X)[:, 1]
    return Result(
        n_questions=tuple(len(part) for part in parts),
        n_pairs=(n_train, n_other, n_other),
        share=float(test.same.mean()),
        accuracy=clf.score(test.X, test.same),
        trainer=clf.trainer_,
        shapes={
            "clf.predict(X)": clf.predict(test.X).shape,
            "clf.predict_proba(X)": clf.predict_proba(test.X).shape,
            "clf.decision_function(X)": clf.decision_function(test.X).shape,
            "keras: clf.model_.predict(X)": clf.model_.predict(test.X, verbose=0).shape,
        },
        swapped=float(abs(p - clf.predict_proba(test.X[:, ::-1])[:, 1]).max()),
        cutoffs=chosen_cutoffs(clf, choose, test),
        examples=[(*test.questions[i], bool(test.same[i]), float(p[i])) for i in shown(test, p)],
    )


def chosen_cutoffs(clf: Any, choose: Pairs, test: Pairs) -> dict[str, CutoffReport]:
    """Cutoffs by habit, by F1 and by cost, and what they do to the held-out pairs."""
    p, p_test = (clf.predict_proba(pairs.X)[:, 1] for pairs in (choose, test))
    costs = [[0, COST_OF_WRONG], [COST_OF_MISSED, 0]]
    cutoffs = {
        "habit": 0.5,
        "F1": best_thresholds(choose.same, p, scoring="f1").thresholds[0],
        "cost": best_thresholds(choose.same, p, scoring=("neg_cost", costs)).thresholds[0],
        "formula": cost_threshold(fp=COST_OF_WRONG, fn=COST_OF_MISSED),
    }
    # as clf.set_params(threshold=cutoff) would decide, without a second fit
    return {name: cutoff_report(test.same, p_test, cutoff) for name, cutoff in cutoffs.items()}


def cost(at: CutoffReport) -> float:
    """What 100 pairs cost.

    Examples
    --------
    >>> cost(CutoffReport(cutoff=0.5, tp=30, fp=2, fn=4, tn=64))
    14.0
    """
    return 100 * (at.fp * COST_OF_WRONG + at.fn * COST_OF_MISSED) / (at.tp + at.fp + at.fn + at.tn)


def shown(pairs: Pairs, p: np.ndarray) -> list[int]:
    """Positions of some pairs: the surest of either kind, and the worst mistakes of either."""
    order = np.argsort(p)
    same, other = order[pairs.same[order]], order[~pairs.same[order]]
    return [int(same[-1]), int(same[0]), int(other[-1]), int(other[0])]


def account(result: Result) -> str:
    """The result in words."""
    return story(_task(result), _shapes(result), _cutoffs(result), _examples(result))


def _task(result: Result) -> str:
    questions, pairs = result.n_questions, result.n_pairs
    base = max(result.share, 1 - result.share)
    return prose(
        f"{sum(questions)} made-up questions: {len(ASKED)} things to ask, in four wordings, about",
        f"{len(ABOUT)} things, each with two names; {LEFT_OUT:.0%} of their words are left out at",
        f"random. {pairs[0]} pairs of {questions[0]} of them to",
        f"train on, {pairs[1]} pairs of {questions[1]} others to choose the cutoff on, and",
        f"{pairs[2]} pairs of the last {questions[2]} to test: so no question of a test was read",
        f"before, only its words. {result.share:.0%} of these pairs ask the same. The network is",
        "backbones.siamese over the words' indices (n, 2, length); its trainer_ is",
        f"{result.trainer!r}. At a cutoff of 0.5 it is right for {result.accuracy:.1%}; to give",
        f"every pair the commoner answer is right for {base:.1%}.",
    )


def _shapes(result: Result) -> str:
    rows = [[call, str(shape)] for call, shape in result.shapes.items()]
    n = result.n_pairs[2]
    others = [shape for call, shape in result.shapes.items() if "keras" not in call]
    return story(
        f"Shapes, for all {n} test pairs:",
        table(["", "shape"], rows),
        prose(
            f"({n}, 1) is Keras' own, and never reaches a caller of skbits."
            if (n, 1) not in others
            else f"({n}, 1) reached a caller, which it should not.",
            "With the second question first, "
            + (
                f"no probability changes by more than {result.swapped:.0e}."
                if result.swapped
                else "no probability changes at all."
            ),
        ),
    )


def _cutoffs(result: Result) -> str:
    measures = ("precision", "recall", "f1")
    rows = [
        [name, f"{at.cutoff:.2f}", *map(at.value, measures), f"{cost(at):.1f}"]
        for name, at in result.cutoffs.items()
    ]
    f1 = {name: at.value("f1") for name, at in result.cutoffs.items()}
    costs = {name: cost(at) for name, at in result.cutoffs.items()}
    by_f1, cheapest = max(f1, key=f1.get), min(costs, key=costs.get)
    return story(
        prose(
            f"Which cutoff? A wrong 'same' shall cost {COST_OF_WRONG} (somebody gets the answer to",
            f"another question), a missed one {COST_OF_MISSED} (a person has to answer). What each",
            "cutoff comes to on the test pairs, the cost that of 100 pairs:",
        ),
        table(["chosen by", "cutoff", "precision", "recall", "F1", "cost"], rows),
        prose(
            f"The best F1 has the cutoff chosen by {by_f1}, the lowest cost that by",
            cheapest
            + (
                f": {costs['habit'] - costs[cheapest]:.1f} less than at 0.5."
                if costs[cheapest] < costs["habit"]
                else "."
            ),
            f"The one chosen for F1 comes within {f1[by_f1] - f1['F1']:.3f}: what is best on some"
            " pairs need not be so on others."
            if by_f1 != "F1"
            else "",
            "'F1' and 'cost' were chosen on pairs of questions that the network had not read;",
            f"'formula' is {COST_OF_WRONG} / ({COST_OF_WRONG} + {COST_OF_MISSED}), which needs no",
            "pairs, but probabilities that are well calibrated.",
        ),
    )


def _examples(result: Result) -> str:
    rows = [
        [f"{first}? {second}?", "same" if same else "another", f"{p:.2f}"]
        for first, second, same, p in result.examples
    ]
    return story(
        prose(
            "The surest and the least likely of the pairs that ask the same, then of the others",
            "the most and the least likely:",
        ),
        table(["two questions", "in truth", "p(same)"], rows),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the example and print its account."""
    return tell("same_question", __doc__, run, account, argv)


if __name__ == "__main__":
    sys.exit(main())
