"""Up or down: will the next value of a series be higher than the last?

"I have a series and want to know whether X(t+1) is higher than X(t). I take an LSTM with one
sigmoid unit on the last values. How do I know that it has learned anything?"

The answer: train it on the past, test it on the future, and compare it with what costs nothing:
the direction that was usual in the past, the last move, a logistic regression on the same windows.
"Better" needs a standard error, too: half a point is nothing on 2000 moves. On a random walk no
network is better than a coin, and the account says so where that is what came out.

What must not leak: here the series is cut in two before windows are made, so none reaches over the
cut; moves are scaled by the past's standard deviation; and no rows are shuffled from one side to
the other. So ``early_stopping``, which holds out rows at random, is not used.

Run it with ``python -m skbits.examples.up_or_down``. The series are made up, so it is known what
there is to be learned.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression

from skbits.examples.telling import percent, prose, story, table, tell

#: moves in a window
N_MOVES = 12

#: how often a move of the series "reversals" follows its rule
FOLLOWS = 0.75

#: neighbouring moves are alike, so the standard error is taken of blocks of so many
BLOCK = 20

#: standard errors from which a gain is called one: chance alone goes there once in 700 times
ENOUGH = 3

#: who tells the direction
USUAL, LAST, LOGISTIC, NETWORK = RIVALS = ("usual", "last move", "logistic", "LSTM")


@dataclass(frozen=True)
class Gain:
    """By how much one is right more often than another, on the same moves.

    Parameters
    ----------
    mean, error : float
        The difference of accuracies and its standard error.
    """

    mean: float
    error: float

    @property
    def is_one(self) -> bool:
        """Whether it is more than chance would give."""
        return self.mean > ENOUGH * self.error

    @property
    def is_loss(self) -> bool:
        """Whether it is less than chance would give."""
        return self.mean < -ENOUGH * self.error

    def __str__(self) -> str:
        return f"{100 * self.mean:+.1f} +/- {100 * self.error:.1f}"


@dataclass(frozen=True)
class Contest:
    """Who tells the direction of one series how well.

    Parameters
    ----------
    accuracy : dict of {str: float}
        By the names of ``RIVALS``, on the future.
    on_past : float
        Accuracy of the network on the moves that it was trained on.
    gains : dict of {str: Gain}
        Of the network over "usual" and over "logistic".
    """

    accuracy: Mapping[str, float]
    on_past: float
    gains: Mapping[str, Gain]


@dataclass(frozen=True)
class Result:
    """What :func:`run` found.

    Parameters
    ----------
    n_past, n_future, n_seeds : int
    contests : dict of {str: Contest}
        By the names of ``SERIES``.
    """

    n_past: int
    n_future: int
    n_seeds: int
    contests: Mapping[str, Contest]


def oscillation(n: int, rng: np.random.Generator) -> np.ndarray:
    """Made up: a wave of nine steps or so, whose phase wanders, under noise."""
    phase = np.cumsum(2 * np.pi / 9 + rng.normal(scale=0.15, size=n))
    return np.sin(phase) + 0.4 * np.sin(2 * phase) + rng.normal(scale=0.35, size=n)


def reversals(n: int, rng: np.random.Generator) -> np.ndarray:
    """Made up: the direction goes on after a small move and turns after a large one, mostly."""
    is_small, follows = rng.random(n) < 0.5, rng.random(n) < FOLLOWS
    turns = np.where(is_small == follows, 1, -1)  # what the move after does with the direction
    direction = np.cumprod(np.roll(turns, 1))
    size = np.where(is_small, 0.5, 1.5) * rng.lognormal(sigma=0.2, size=n)
    return np.cumsum(direction * size)


def random_walk(n: int, rng: np.random.Generator) -> np.ndarray:
    """Made up: every move is drawn anew."""
    return np.cumsum(rng.normal(size=n))


#: name -> (length, generator) -> series
SERIES: dict[str, Callable[[int, np.random.Generator], np.ndarray]] = {
    "oscillation": oscillation,
    "reversals": reversals,
    "random walk": random_walk,
}


def windows(series: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The last moves before each value, and whether it is higher than the one before.

    Returns
    -------
    X : ndarray of shape (n - N_MOVES - 1, N_MOVES)
    higher : ndarray of shape (n - N_MOVES - 1,), bool

    Examples
    --------
    >>> X, higher = windows(np.append(np.arange(13.0), [9.0]))
    >>> X.shape, higher.tolist()
    ((1, 12), [False])
    """
    moves = np.diff(series)
    X = np.lib.stride_tricks.sliding_window_view(moves[:-1], N_MOVES)
    return X, moves[N_MOVES:] > 0


def cut(series: np.ndarray, n_past: int) -> tuple[tuple, tuple]:
    """Windows of the first ``n_past`` values, and of the others: none holds values of both.

    Moves are divided by the standard deviation that they had in the past.

    Examples
    --------
    >>> (X, y), (X_new, y_new) = cut(np.sin(np.arange(50.0)), 30)
    >>> X.shape, X_new.shape
    ((17, 12), (7, 12))
    """
    past, future = series[:n_past], series[n_past:]
    scale = np.diff(past).std()
    return windows(past / scale), windows(future / scale)


def compete(series: np.ndarray, n_past: int, seeds: Sequence[int], epochs: int) -> Contest:
    """Learn from the first ``n_past`` values, and tell the direction of the others."""
    (X, y), (X_new, y_new) = cut(series, n_past)
    usual = y.mean() >= 0.5
    goes_on = bool(np.mean((X[:, -1] > 0) == y) >= 0.5)
    logistic = LogisticRegression().fit(X, y)
    networks = [network(seed, epochs).fit(X, y) for seed in seeds]
    # share of the networks that are right, for each move; of the others, 0 or 1
    right = {
        USUAL: y_new == usual,
        LAST: ((X_new[:, -1] > 0) == y_new) == goes_on,
        LOGISTIC: logistic.predict(X_new) == y_new,
        NETWORK: np.mean([net.predict(X_new) == y_new for net in networks], axis=0),
    }
    return Contest(
        accuracy={name: float(share.mean()) for name, share in right.items()},
        on_past=float(np.mean([net.score(X, y) for net in networks])),
        gains={name: gain(right[NETWORK], right[name]) for name in (USUAL, LOGISTIC)},
    )


def network(seed: int, epochs: int) -> Any:
    """An LSTM of 8 units and one sigmoid unit; its labels are True for up and False for down."""
    from skbits import BinaryClassifier, backbones

    return BinaryClassifier(
        backbones.lstm,
        model__units=8,
        epochs=epochs,
        batch_size=64,
        optimizer__learning_rate=0.01,
        random_state=seed,
    )


def gain(right: np.ndarray, rival: np.ndarray) -> Gain:
    """By how much more often the one is right, with a standard error over blocks of moves.

    Parameters
    ----------
    right, rival : ndarray of shape (n,)
        How right each is about each move, from 0 to 1; at least two blocks.

    Examples
    --------
    >>> print(gain(np.ones(40), np.repeat([True, False], 20)))
    +50.0 +/- 50.0
    """
    more = right - rival.astype(float)
    blocks = more[: len(more) // BLOCK * BLOCK].reshape(-1, BLOCK).mean(axis=1)
    return Gain(float(more.mean()), float(blocks.std(ddof=1) / np.sqrt(len(blocks))))


def run(
    n_past: int = 4000, n_future: int = 2000, n_seeds: int = 3, epochs: int = 20, seed: int = 0
) -> Result:
    """Make each series, learn from its past, and test on its future.

    Parameters
    ----------
    n_past, n_future : int
        Values to learn from, and values after them.
    n_seeds : int
        Networks that are trained on each series; their accuracies are averaged.
    epochs : int
    seed : int
        Of the series and the networks.

    Returns
    -------
    Result
    """
    seeds = range(seed * n_seeds, (seed + 1) * n_seeds)
    contests = {}
    for name, make in SERIES.items():
        series = make(n_past + n_future, np.random.default_rng(seed))
        contests[name] = compete(series, n_past, seeds, epochs)
    return Result(n_past, n_future, n_seeds, contests)


def account(result: Result) -> str:
    """The account of a result."""
    return story(
        prose(
            f"Three made-up series: {result.n_past} values to learn from, and the next "
            f"{result.n_future} to test on. A row is the last {N_MOVES} moves, and the question is "
            "whether the next move is up. How often, in per cent, each is right about the future: "
            '"usual" says what was more frequent in the past, "last move" the same direction '
            "again, or always the other, as was better in the past; then a logistic regression, "
            f"and an LSTM of 8 units (mean of {result.n_seeds} trainings), which is shown on its "
            "own past, too:",
        ),
        _table(result),
        prose(
            '"gain" is LSTM less usual on the future, in points, and its standard error. It is '
            f"called a gain from {ENOUGH} standard errors on."
        ),
        *(prose(*_verdict(name, contest)) for name, contest in result.contests.items()),
        _of_the_past(result),
    )


def _table(result: Result) -> str:
    rows = [
        [
            name,
            *(percent(contest.accuracy[rival]) for rival in RIVALS),
            percent(contest.on_past),
            contest.gains[USUAL],
        ]
        for name, contest in result.contests.items()
    ]
    return table(["series", *RIVALS, "on its past", "gain"], rows)


#: what there is to be learned of each series, from how it is made
_MADE = {
    "oscillation": "a wave whose phase wanders, under noise. The best possible is not known.",
    "reversals": (
        "after a small move the direction goes on, after a large one it turns, in "
        f"{percent(FOLLOWS, 0)} % of the cases: nobody can be right more often in the long run."
    ),
    "random walk": "every move is drawn anew: nobody can be right more often than half the time.",
}


def _verdict(name: str, contest: Contest) -> list[str]:
    over_usual, over_logistic = contest.gains[USUAL], contest.gains[LOGISTIC]
    sentences = [f"{name.capitalize()}: {_MADE[name]}"]
    if not over_usual.is_one:
        missed = "is even worse" if over_usual.is_loss else "is not better"
        sentences.append(
            f"The network {missed} than always saying what is usual: nothing was learned that "
            f"holds in the future ({over_usual} points)."
        )
        return sentences
    sentences.append(f"The network is better than what is usual ({over_usual} points),")
    if over_logistic.is_one:
        sentences.append(f"and better than logistic regression ({over_logistic}).")
    elif over_logistic.is_loss:
        sentences.append(f"but worse than logistic regression ({over_logistic}).")
    else:
        sentences.append(
            "but it cannot be told from logistic regression, which is simpler "
            f"({over_logistic}): take that."
        )
    return sentences


def _of_the_past(result: Result) -> str:
    contests = result.contests
    gaps = {name: c.on_past - c.accuracy[NETWORK] for name, c in contests.items()}
    name = max(gaps, key=gaps.get)
    if gaps[name] <= 0:
        return ""
    return prose(
        "Only moves that were not trained on count: on its own past the LSTM is right "
        f"{percent(contests[name].on_past)} % of the time for the {name}, and on the future "
        f"{percent(contests[name].accuracy[NETWORK])} %."
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the example and print its account."""
    return tell("up_or_down", __doc__, run, account, argv)


if __name__ == "__main__":
    sys.exit(main())
