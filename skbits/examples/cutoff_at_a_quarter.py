"""The cutoff at a quarter: another cutoff, against class weights, and a probability that fits it.

"My positives are rare. I want to call a row positive from 0.25 on, not from 0.5. Do I have to train
again, or to weigh the classes? And can I still show a probability where 0.25 reads as 50 %, with 0
and 1 staying where they are?"

The answer: ``set_params(threshold=0.25)``, without a second training. Weights of classes move the
cutoff too, by training anew: ones that weigh w times as much at 0.5 decide as no weights do at
1 / (1 + w), up to noise, so a weight of 3 is the cutoff of a quarter; and they spoil the
probabilities. 0.25 is also what follows where a miss costs three times as much as a false alarm:
``cost_threshold(fp=1, fn=3)``. ``RecenteredClassifier``, or ``recenter``, gives the probability
that reads 0.5 at the cutoff, and changes no decision.

Run it with ``python -m skbits.examples.cutoff_at_a_quarter``. The data is made up, so its true
probabilities are known.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import log_loss

from skbits import RecenteredClassifier, cost_threshold, recenter
from skbits.examples.telling import mean_of, percent, prose, story, table, tell
from skbits.report import CutoffReport, cutoff_report

#: what a false alarm and a miss cost
COSTS = {"fp": 1, "fn": 3}

CUTOFF = 0.25

METHODS = ("odds", "linear", "logistic")

#: probabilities to be shown recentered
GRID = (0.0, 0.05, 0.1, 0.2, 0.25, 0.3, 0.5, 0.75, 0.9, 1.0)

#: network -> its class weights
WEIGHTS: dict[str, Any] = {
    "no weights": None,
    "ones weigh 3": {0: 1, 1: 3},
    "balanced": "balanced",
}


@dataclass(frozen=True)
class Data:
    """Rows, labels and the true probabilities that the labels were drawn with.

    Parameters
    ----------
    X : ndarray of shape (n, 6)
    y : ndarray of shape (n,)
        0 or 1.
    p : ndarray of shape (n,)
    """

    X: np.ndarray
    y: np.ndarray
    p: np.ndarray


@dataclass(frozen=True)
class Quality:
    """What decisions are worth, on the test rows.

    Parameters
    ----------
    cutoff : float
    called : float
        Share of the rows that are called positive.
    precision, recall, f1 : float
    cost : float
        Of 100 rows, by ``COSTS``.
    """

    cutoff: float
    called: float
    precision: float
    recall: float
    f1: float
    cost: float


@dataclass(frozen=True)
class Result:
    """What :func:`run` found; means over the seeds where nothing else is said.

    Parameters
    ----------
    n_train, n_test, n_seeds : int
    positives : float
        Their share of the training rows.
    cutoff_of_costs : float
        What follows from ``COSTS``.
    qualities : dict of {(str, str): Quality}
        By network and the name of the cutoff; and those of the true probabilities.
    mean_probability, log_loss : dict of {str: float}
        By network, on the test rows.
    otherwise : dict of {str: float}
        Share of the test rows on which a network with weights decides otherwise at 0.5 than the
        one without at the cutoff that stands for them.
    noise : dict of {str: float}
        By network, the same of itself with another seed, both without weights at that cutoff.
    untouched : bool
        Whether every network's weights were the same after its threshold was moved.
    recentered : dict of {str: tuple of float}
        Method -> ``GRID`` recentered at ``CUTOFF``.
    changed : dict of {str: int}
        Method -> number of test rows, of all seeds, that ``predict`` at the cutoff decides
        otherwise than 0.5 does on the recentered probabilities.
    """

    n_train: int
    n_test: int
    n_seeds: int
    positives: float
    cutoff_of_costs: float
    qualities: Mapping[tuple[str, str], Quality]
    mean_probability: Mapping[str, float]
    log_loss: Mapping[str, float]
    otherwise: Mapping[str, float]
    noise: Mapping[str, float]
    untouched: bool
    recentered: Mapping[str, tuple[float, ...]]
    changed: Mapping[str, int]


def made_up(n: int, seed: int) -> Data:
    """Made up: six columns of normal numbers, and rare positives that follow from five of them."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 6))
    z = 1.4 * X[:, 0] + X[:, 1] * (X[:, 2] > 0) + 0.8 * np.abs(X[:, 3]) - 0.6 * X[:, 4] - 3
    p = 1 / (1 + np.exp(-z))
    return Data(X, (rng.random(n) < p).astype(int), p)


def quality(y: np.ndarray, p: np.ndarray, cutoff: float) -> Quality:
    """What a cutoff does to probabilities.

    Examples
    --------
    >>> quality(np.array([0, 0, 1, 1]), np.array([0.1, 0.3, 0.2, 0.9]), 0.25)
    Quality(cutoff=0.25, called=0.5, precision=0.5, recall=0.5, f1=0.5, cost=100.0)
    """
    report: CutoffReport = cutoff_report(y == 1, p, cutoff)
    paid = COSTS["fp"] * report.fp + COSTS["fn"] * report.fn
    return Quality(
        cutoff,
        (report.tp + report.fp) / len(y),
        *(report.value(metric) for metric in ("precision", "recall", "f1")),
        100 * paid / len(y),
    )


def cutoffs(network: str, positives: float) -> dict[str, float]:
    """The cutoffs that a network is tried at, by name.

    Weights that balance the classes stand for the cutoff at the share of positives, since ones
    then weigh (1 - share) / share times as much.
    """
    if network != "no weights":
        return {"half": 0.5}
    return {"half": 0.5, "quarter": CUTOFF, "share of positives": positives}


#: network with weights -> the cutoff of the one without that stands for them
STANDS_FOR = {"ones weigh 3": "quarter", "balanced": "share of positives"}


@dataclass(frozen=True)
class Round:
    """What one seed gives: data of its own, and networks trained on it.

    Parameters
    ----------
    test : Data
    positives : float
        Their share of the training rows.
    p : dict of {str: ndarray of shape (n_test,)}
        By network, on the test rows.
    twin : ndarray of shape (n_test,)
        Of the network without weights, trained with another seed.
    untouched : bool
    changed : dict of {str: int}
    """

    test: Data
    positives: float
    p: Mapping[str, np.ndarray]
    twin: np.ndarray
    untouched: bool
    changed: Mapping[str, int]


def one_round(n_train: int, n_test: int, seed: int, epochs: int) -> Round:
    """Train on data of this seed, and move and recenter the cutoff."""
    from skbits import BinaryClassifier

    data = made_up(n_train + n_test, seed)
    X, y = data.X[:n_train], data.y[:n_train]
    test = Data(data.X[n_train:], data.y[n_train:], data.p[n_train:])

    def network(weights: Any, random_state: int) -> Any:
        options = {"hidden_layer_sizes": (16,), "epochs": epochs, "random_state": random_state}
        return BinaryClassifier(class_weight=weights, **options).fit(X, y)

    # a seed for each, or networks that start alike would agree for that reason
    fitted = {
        name: network(weights, seed + 1000 * place)
        for place, (name, weights) in enumerate(WEIGHTS.items())
    }
    plain = fitted["no weights"]
    before = plain.model_.get_weights()
    called = plain.set_params(threshold=CUTOFF).predict(test.X) == 1
    untouched = all(map(np.array_equal, before, plain.model_.get_weights()))
    changed = {}
    for method in METHODS:
        wrapped = RecenteredClassifier(plain, method=method)
        reads = wrapped.predict_proba(test.X)[:, 1]
        changed[method] = int(((reads >= 0.5) != called).sum())
    p = {name: network.predict_proba(test.X)[:, 1] for name, network in fitted.items()}
    twin = network(None, seed + 1000 * len(WEIGHTS)).predict_proba(test.X)[:, 1]
    return Round(test, float(y.mean()), p, twin, untouched, changed)


def all_qualities(rounds: Sequence[Round]) -> dict[tuple[str, str], list[Quality]]:
    """By network and the name of the cutoff, one a round."""
    tried = {
        (name, cutoff): [
            quality(one.test.y, one.p[name], value)
            for one in rounds
            for value in [cutoffs(name, one.positives)[cutoff]]
        ]
        for name in WEIGHTS
        for cutoff in cutoffs(name, 0.0)
    }
    tried["true probabilities", "quarter"] = [quality(r.test.y, r.test.p, CUTOFF) for r in rounds]
    return tried


def run(n_train: int = 3000, n_test: int = 3000, n_seeds: int = 8, epochs: int = 30) -> Result:
    """Train with and without weights, on data drawn anew for each seed.

    Parameters
    ----------
    n_train, n_test, n_seeds, epochs : int

    Returns
    -------
    Result
    """
    rounds = [one_round(n_train, n_test, seed, epochs) for seed in range(n_seeds)]
    tried = all_qualities(rounds)

    def means(names: Iterable[str], value: Callable[[Round, str], float]) -> dict[str, float]:
        return {name: _mean(value(one, name) for one in rounds) for name in names}

    return Result(
        n_train=n_train,
        n_test=n_test,
        n_seeds=n_seeds,
        positives=_mean(one.positives for one in rounds),
        cutoff_of_costs=cost_threshold(**COSTS),
        qualities={key: mean_of(qualities) for key, qualities in tried.items()},
        mean_probability=means(WEIGHTS, lambda one, name: one.p[name].mean()),
        log_loss=means(WEIGHTS, lambda one, name: log_loss(one.test.y, one.p[name])),
        otherwise=means(STANDS_FOR, lambda one, name: _otherwise(one, name, one.p[name], 0.5)),
        noise=means(STANDS_FOR, lambda one, name: _otherwise(one, name, one.twin)),
        untouched=all(one.untouched for one in rounds),
        recentered={m: tuple(recenter(GRID, CUTOFF, method=m).tolist()) for m in METHODS},
        changed={method: sum(one.changed[method] for one in rounds) for method in METHODS},
    )


def _mean(values: Iterable[float]) -> float:
    return float(np.mean(list(values)))


def _otherwise(one: Round, name: str, p: np.ndarray, at: float | None = None) -> float:
    """Share of rows decided otherwise than by no weights at the cutoff that stands for weights."""
    cutoff = cutoffs("no weights", one.positives)[STANDS_FOR[name]]
    at = cutoff if at is None else at
    return float(((p >= at) != (one.p["no weights"] >= cutoff)).mean())


def account(result: Result) -> str:
    """The account of a result."""
    false_alarm, miss = COSTS["fp"], COSTS["fn"]
    return story(
        prose(
            f"Made-up data: {result.n_train} rows to train on and {result.n_test} to test on, "
            f"drawn anew {result.n_seeds} times; {percent(result.positives, 0)} % are positive. A "
            f"false alarm costs {false_alarm} and a miss {miss}, from which a cutoff of "
            f"{result.cutoff_of_costs} follows: cost_threshold(fp={false_alarm}, fn={miss}). A "
            "network without weights of classes was trained each time, and its cutoff moved by "
            "set_params(threshold=...),",
            "which left its weights as they were."
            if result.untouched
            else "which changed its weights!",
            "Two networks with weights were trained anew for 0.5:",
        ),
        _table(result),
        prose(
            "All are means. Called is the share called positive, and cost is that of 100 rows. The "
            "last line decides by the probabilities that the labels were drawn with: nobody has "
            "those, and in the long run nothing costs less."
        ),
        _of_weights(result),
        prose(
            "What weights do cost is the meaning of the probabilities. They average "
            + ", ".join(f'{p:.2f} with "{name}"' for name, p in result.mean_probability.items())
            + f" where {result.positives:.2f} are positive. The log loss is "
            + ", ".join(f"{loss:.3f}" for loss in result.log_loss.values())
            + ", in this order."
        ),
        prose(f"Now the probability that reads 0.5 at {CUTOFF}, by three methods of recenter:"),
        table(
            ["p", *METHODS],
            zip([f"{p:.2f}" for p in GRID], *result.recentered.values(), strict=True),
        ),
        _of_recentering(result),
    )


def _table(result: Result) -> str:
    head = ["network", "cutoff", "called", "precision", "recall", "F1", "cost"]
    rows = [
        [
            name,
            f"{q.cutoff:.2f}",
            *(f"{percent(share)} %" for share in (q.called, q.precision, q.recall)),
            q.f1,
            f"{q.cost:.1f}",
        ]
        for (name, _), q in result.qualities.items()
    ]
    return table(head, rows)


def _of_weights(result: Result) -> str:
    parts = []
    for name, cutoff in STANDS_FOR.items():
        moved = result.qualities["no weights", cutoff].cutoff
        parts.append(
            f'"{name}" at 0.5 decides {percent(result.otherwise[name])} % of the rows otherwise '
            f'than "no weights" at {moved:.2f}, where another seed of "no weights" decides '
            f"{percent(result.noise[name])} % otherwise."
        )
    alike = [name for name in STANDS_FOR if result.otherwise[name] <= 1.25 * result.noise[name]]
    return prose(
        "Compare decisions at cutoffs that should come to the same, ones that weigh w times as "
        "much at 0.5 and no weights at 1 / (1 + w):",
        *parts,
        "So the weights did what moving the cutoff does, up to noise."
        if len(alike) == len(STANDS_FOR)
        else "So moving the cutoff explains most of what weights do, and not quite all."
        if all(result.otherwise[name] < 2 * result.noise[name] for name in STANDS_FOR)
        else "So here weights do something besides.",
    )


def _of_recentering(result: Result) -> str:
    n_rows = result.n_seeds * result.n_test
    changed = sum(result.changed.values())
    return prose(
        f"On {n_rows} test rows, RecenteredClassifier's probability, compared with 0.5, decides",
        f"as predict does at {CUTOFF} on every row, by all three methods."
        if changed == 0
        else f"{changed} times otherwise than predict does at {CUTOFF}.",
        'Which method to take: "odds" is a probability again, that of the world in which '
        'positives are as much more frequent as the cutoff says. "linear" and '
        '"logistic" are scales for display: they keep the order and the three fixed points (0, the '
        "cutoff, 1), and claim no more.",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the example and print its account."""
    return tell("cutoff_at_a_quarter", __doc__, run, account, argv)


if __name__ == "__main__":
    sys.exit(main())
