"""Intents: which does a sentence have, and when is it best to say nothing.

"My chatbot is the one of the tutorials: short sentences, a bag of words, a softmax over intents,
and ERROR_THRESHOLD = 0.25. It answers nonsense, and of two intents in one sentence it often finds
one. Why 0.25, and how do I get every intent above it, best first, or none?"

The answer: intents are bits. A softmax shares out 1, so two intents in one sentence are left with
half each at best; that a sentence has none of them needs a class more. ``BitVectorClassifier``
gives each intent a probability of its own; sentences with two intents, and with none, are rows like
any other, and it has to be shown some. The threshold is chosen on sentences that the network was
not trained on: here one for all intents, with the most intents found such that 90 % of those
answered are right.

Run it with ``python -m skbits.examples.intents``. All sentences are made up, in
``skbits/examples/_sentences.py``: the numbers compare networks with each other, and say nothing
about sentences that customers write.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.metrics import precision_score, recall_score
from sklearn.pipeline import Pipeline, make_pipeline

from skbits import best_thresholds
from skbits.examples._sentences import INTENTS, Kinds, made_up, splits
from skbits.examples.telling import mean_of, named, percent, prose, story, table, tell

#: the threshold of the tutorials
HABIT = 0.25

#: what the threshold is chosen for, on sentences that were not trained on
PRECISION = 0.9
CONSTRAINT = f"precision >= {PRECISION}"

#: network -> its estimator, and whether it is trained on sentences with two intents and with none
NETWORKS: dict[str, tuple[str, bool]] = {
    "softmax": ("OneHotClassifier", False),
    "bits": ("BitVectorClassifier", False),
    "bits, taught": ("BitVectorClassifier", True),
}

#: sentences whose answers are shown
SHOWN = (
    "do you accept cards?",
    "hi, what do you sell?",
    "thanks, bye",
    "is delivery free and can I pay with PayPal?",
    "who wrote this book?",
    "qwerty zxcvb",
)


@dataclass(frozen=True)
class Bot:
    """A fitted network that answers with every intent above a threshold, or with none.

    Parameters
    ----------
    network : Pipeline
        Its ``predict_proba`` gives (n, n_intents), in the order of ``INTENTS``.
    threshold : float
    """

    network: Pipeline
    threshold: float

    def answer(self, sentence: str) -> list[tuple[str, float]]:
        """(intent, probability), best first; empty where nothing reaches the threshold."""
        ranked = self.ranked(sentence)
        return [(intent, p) for intent, p in ranked if p >= self.threshold]

    def ranked(self, sentence: str) -> list[tuple[str, float]]:
        """(intent, probability) of every intent, best first."""
        p = self.network.predict_proba([sentence])[0].tolist()
        return sorted(zip(INTENTS, p, strict=True), key=lambda pair: -pair[1])


@dataclass(frozen=True)
class Quality:
    """What answers at one threshold are worth, on sentences that were not trained on.

    Parameters
    ----------
    threshold : float
    precision, recall : float
        Share of the intents answered that are right, and share of the intents there that are
        answered.
    one, two, none : float
        Shares of the sentences with one intent, with two and with none that are answered wholly
        right: just these intents, or nothing.
    """

    threshold: float
    precision: float
    recall: float
    one: float
    two: float
    none: float


@dataclass(frozen=True)
class Result:
    """What :func:`run` found; dicts are by the networks' names.

    Parameters
    ----------
    n_test : tuple of int
        Sentences to test on: of one intent, of two (joined) and of none.
    at_habit, at_chosen : dict of {str: Quality}
        At the threshold of the tutorials, and at those chosen: means over seeds.
    chosen : dict of {str: tuple of float}
        The thresholds chosen, one a seed.
    n_shown : tuple of int
        Sentences that the networks whose answers are shown were trained on: all there are.
    unknown : dict of {str: (str, float)}
        Their likeliest intent of a sentence without any known word.
    answers, ranked : dict of {str: dict of {str: list of (intent, float)}}
        Network -> sentence of ``SHOWN`` -> its answer at the threshold of the tutorials, and all
        intents, best first.
    n_seeds : int
    """

    n_test: tuple[int, int, int]
    at_habit: Mapping[str, Quality]
    at_chosen: Mapping[str, Quality]
    chosen: Mapping[str, tuple[float, ...]]
    n_shown: tuple[int, int, int]
    unknown: Mapping[str, tuple[str, float]]
    answers: Mapping[str, Mapping[str, list[tuple[str, float]]]]
    ranked: Mapping[str, Mapping[str, list[tuple[str, float]]]]
    n_seeds: int


def train(name: str, rows: Kinds, seed: int, epochs: int) -> Pipeline:
    """A network of ``NETWORKS``, trained on sentences of one intent or, if taught, on all."""
    import skbits

    estimator, taught = NETWORKS[name]
    network = make_pipeline(
        CountVectorizer(binary=True),
        getattr(skbits, estimator)(
            hidden_layer_sizes=(32,), epochs=epochs, batch_size=8, random_state=seed
        ),
    )
    chosen = rows.all if taught else rows.one
    return network.fit(chosen.sentences, chosen.Y)


def choose_threshold(name: str, rows: Kinds, n_folds: int, seed: int, epochs: int) -> float:
    """One threshold for all intents, chosen on sentences that were not trained on."""
    truth, probabilities = [], []
    for kept, held in splits(rows, n_folds, seed):
        network = train(name, kept, seed, epochs)
        truth.append(held.all.Y)
        probabilities.append(network.predict_proba(held.all.sentences))
    best = best_thresholds(
        np.vstack(truth),
        np.vstack(probabilities),
        kind="bits",
        average="shared",
        scoring="recall",
        constraint=CONSTRAINT,
    )
    return best.threshold


def quality(network: Pipeline, threshold: float, rows: Kinds) -> Quality:
    """What answers at a threshold are worth."""
    on = network.predict_proba(rows.all.sentences) >= threshold
    Y = rows.all.Y
    right = (on == Y).all(axis=1)
    return Quality(
        threshold,
        precision_score(Y, on, average="micro", zero_division=1.0),
        recall_score(Y, on, average="micro"),
        *(float(kind.mean()) for kind in np.split(right, np.cumsum(rows.sizes)[:2])),
    )


def run(n_seeds: int = 3, n_folds: int = 3, n_pairs: int = 120, epochs: int = 100) -> Result:
    """Train the networks, choose their thresholds, and try them on held-out sentences.

    Parameters
    ----------
    n_seeds : int
        How often everything is done, with a quarter of the sentences held out, another each time.
    n_folds : int
        Parts of the others, each in turn left out of training for the choice of the threshold.
    n_pairs : int
        Sentences with two intents, joined of two.
    epochs : int

    Returns
    -------
    Result
    """
    habit: dict[str, list[Quality]] = {name: [] for name in NETWORKS}
    chosen: dict[str, list[Quality]] = {name: [] for name in NETWORKS}
    for seed in range(n_seeds):
        kept, held = next(splits(made_up(n_pairs), 4, seed))
        for name in NETWORKS:
            network = train(name, kept, seed, epochs)
            threshold = choose_threshold(name, kept, n_folds, seed, epochs)
            habit[name].append(quality(network, HABIT, held))
            chosen[name].append(quality(network, threshold, held))
    everything = made_up(n_pairs)
    bots = {name: Bot(train(name, everything, 0, epochs), HABIT) for name in NETWORKS}
    return Result(
        n_test=held.sizes,
        at_habit={name: mean_of(qualities) for name, qualities in habit.items()},
        at_chosen={name: mean_of(qualities) for name, qualities in chosen.items()},
        chosen={name: tuple(q.threshold for q in qualities) for name, qualities in chosen.items()},
        n_shown=everything.sizes,
        unknown={name: bot.ranked("")[0] for name, bot in bots.items()},
        answers={name: {s: bot.answer(s) for s in SHOWN} for name, bot in bots.items()},
        ranked={name: {s: bot.ranked(s) for s in SHOWN} for name, bot in bots.items()},
        n_seeds=n_seeds,
    )


def account(result: Result) -> str:
    """The account of a result."""
    one, two, none = result.n_shown
    return story(
        prose(
            f"Made-up sentences about a small shop, of {len(INTENTS)} intents "
            f"({', '.join(INTENTS)}) or of none, read as bags of words by three networks.",
            f'"softmax" is the one of the tutorials: OneHotClassifier, trained on {one} sentences '
            'of one intent. "bits" has a probability of its own for each intent: '
            'BitVectorClassifier, on the same sentences. "bits, taught" is trained on '
            f"{none} sentences of none as well, and on {two} of two, made by joining two.",
            f"What they answer at {HABIT}, the threshold of the tutorials: every intent that "
            "reaches it, best first.",
        ),
        "\n".join(_shown(result, sentence) for sentence in SHOWN),
        _of_unknown_words(result),
        prose(
            f"Then {result.n_seeds} rounds, each of which holds out another quarter of the "
            "sentences: {} of one intent, {} of two and {} of none.".format(*result.n_test),
            "What the answers to these are worth, in per cent: precision is the "
            "share of the intents answered that are right, recall the share of the intents there "
            "that are answered. The last columns are the sentences answered wholly right.",
        ),
        _qualities(result),
        _of_the_choice(result),
        _of_two_intents(result),
        prose(
            "All sentences are by one author, and a sentence of two intents is two of them in a "
            "row: the numbers compare the networks, and say nothing about what users write. With "
            "their sentences, choose the threshold on those."
        ),
    )


def _shown(result: Result, sentence: str) -> str:
    lines = [f'  "{sentence}"']
    for name in NETWORKS:
        answer = result.answers[name][sentence]
        text = ", ".join(f"{intent} {p:.2f}" for intent, p in answer)
        intent, p = result.ranked[name][sentence][0]
        lines.append(f"    {name:<13} {text or f'nothing: the highest is {intent}, {p:.2f}'}")
    return "\n".join(lines)


def _of_unknown_words(result: Result) -> str:
    highest = ", ".join(f'{p:.2f} for "{name}"' for name, (_, p) in result.unknown.items())
    answering = [name for name, (_, p) in result.unknown.items() if p >= HABIT]
    return prose(
        "A sentence without a known word is a row of zeros, and the network answers with what its "
        f"biases say. The highest probability is then {highest}.",
        f"At {HABIT} that is an answer, to nonsense, from {named(answering)}."
        if answering
        else f"At {HABIT} none of them answers.",
        "A softmax has to share out 1 whatever it reads, unless it gets a class for nothing. For "
        "bits, a row of zeros is a target like any other.",
    )


def _qualities(result: Result) -> str:
    head = ["network", "threshold", "precision", "recall", "one", "two", "none"]
    rows = []
    for name in NETWORKS:
        for q in (result.at_habit[name], result.at_chosen[name]):
            shares = (q.precision, q.recall, q.one, q.two, q.none)
            rows.append([name, f"{q.threshold:.2f}", *(percent(share, 0) for share in shares)])
    return table(head, rows)


def _of_the_choice(result: Result) -> str:
    ranges = ", ".join(
        f'{min(chosen):.2f} to {max(chosen):.2f} for "{name}"'
        for name, chosen in result.chosen.items()
    )
    kept = [name for name, q in result.at_chosen.items() if q.precision >= PRECISION]
    return prose(
        "The second threshold of each network was chosen, without the held-out sentences, by "
        f'best_thresholds(..., scoring="recall", constraint="{CONSTRAINT}", average="shared"): '
        f"find as many intents as possible while {percent(PRECISION, 0)} % of those answered are "
        "right.",
        f"It came to {ranges}. On the held-out sentences {len(kept)} of {len(NETWORKS)} networks "
        "keep the promise on average.",
    )


def _of_two_intents(result: Result) -> str:
    softmax, bits, taught = (result.at_chosen[name] for name in NETWORKS)
    best = max(NETWORKS, key=lambda name: result.at_chosen[name].recall)
    return prose(
        f"With the thresholds chosen, {named([best])} finds the most intents. Of the sentences "
        f"with two, softmax answers {percent(softmax.two, 0)} % in full (its probabilities sum to "
        "1, "
        + (
            f"so two cannot both reach {softmax.threshold:.2f}), "
            if softmax.threshold > 0.5
            else f"so two reach {softmax.threshold:.2f} only where neither is above "
            f"{1 - softmax.threshold:.2f}), "
        )
        + f"bits on the same sentences {percent(bits.two, 0)} %, and bits that were taught "
        f"{percent(taught.two, 0)} %.",
        "So bits alone change little: what helps is that they can be shown sentences with two "
        "intents, which a class cannot express."
        if bits.two - softmax.two < (taught.two - bits.two) / 2
        else "",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the example and print its account."""
    return tell("intents", __doc__, run, account, argv)


if __name__ == "__main__":
    sys.exit(main())
