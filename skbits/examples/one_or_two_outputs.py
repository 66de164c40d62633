"""One or two outputs: sigmoid, softmax, tanh and linear on the same two classes.

"For two classes, do I take one output with sigmoid or two with softmax? My colleague uses tanh with
labels -1 and 1, and somebody on the net a linear output. Which is right?"

The answer: any of them, with the loss that belongs to it. Two softmax units are one sigmoid unit
with twice the weights, since only the difference of the two counts; a linear unit with the
cross-entropy of logits is a sigmoid unit; tanh with a squared hinge is another loss for the same
decision. Here that is measured. Two trainings of one and the same network disagree on some rows,
and the question is whether two kinds of output disagree on more.

What is wrong is the mixture, as softmax on one unit: skbits refuses it before training.

Run it with ``python -m skbits.examples.one_or_two_outputs``. One table is scikit-learn's breast
cancer data, the other is made up and noisy.
"""

import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.metrics import accuracy_score, f1_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbits.examples.telling import (
    named,
    percent,
    prose,
    quoted,
    said_to,
    story,
    table,
    tell,
)

HEADS = ("sigmoid", "softmax", "tanh", "linear")


@dataclass(frozen=True)
class Data:
    """Rows to train on and rows to test on.

    Parameters
    ----------
    X_train, X_test : ndarray of shape (n, n_features)
    y_train, y_test : ndarray of shape (n,)
        0 or 1.
    """

    X_train: np.ndarray
    X_test: np.ndarray
    y_train: np.ndarray
    y_test: np.ndarray


@dataclass(frozen=True)
class Comparison:
    """What the heads make of one table.

    Parameters
    ----------
    n_train, n_test : int
    accuracy, spread, f1, log_loss : dict of {head: float}
        On the test rows: means over the seeds, and the accuracy's standard deviation.
    disagreement : dict of {(head, head): float}
        Share of the test rows that two trainings decide otherwise: the mean over pairs of
        trainings with different seeds. Of a head with itself, it is the noise.
    """

    n_train: int
    n_test: int
    accuracy: Mapping[str, float]
    spread: Mapping[str, float]
    f1: Mapping[str, float]
    log_loss: Mapping[str, float]
    disagreement: Mapping[tuple[str, str], float]


@dataclass(frozen=True)
class Result:
    """What :func:`run` found.

    Parameters
    ----------
    n_seeds : int
    tables : dict of {str: Comparison}
        By the name of the table.
    one_of_two : float
        Largest difference between a trained softmax's probability and that of one sigmoid unit
        with the difference of its two units' weights.
    linear_is_sigmoid : float
        Largest difference between the probabilities of a sigmoid and a linear unit that were
        trained with the same seed.
    refused : dict of {str: str}
        A wrong way, and what skbits says to it.
    """

    n_seeds: int
    tables: Mapping[str, Comparison]
    one_of_two: float
    linear_is_sigmoid: float
    refused: Mapping[str, str]


def breast_cancer() -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's 569 real cases of 30 features; 1 is malignant."""
    data = load_breast_cancer()
    return data.data, (data.target == 0).astype(int)


def noisy() -> tuple[np.ndarray, np.ndarray]:
    """Made up: 1500 rows of 10 features, and a label at random for 15 % of them."""
    return make_classification(
        n_samples=1500, n_features=10, n_informative=5, flip_y=0.15, class_sep=0.8, random_state=0
    )


#: table -> () -> (X, y)
TABLES: dict[str, Callable[[], tuple[np.ndarray, np.ndarray]]] = {
    "breast cancer": breast_cancer,
    "made up, noisy": noisy,
}


def split(X: np.ndarray, y: np.ndarray) -> Data:
    """Two fifths of the rows are for testing."""
    return Data(*train_test_split(X, y, test_size=0.4, stratify=y, random_state=0))


def train(data: Data, head: str, seed: int, epochs: int) -> Any:
    """A pipeline of a scaler and a network of 32 hidden units, fitted."""
    from skbits import BinaryClassifier

    network = BinaryClassifier(
        head=head, hidden_layer_sizes=(32,), epochs=epochs, random_state=seed
    )
    return make_pipeline(StandardScaler(), network).fit(data.X_train, data.y_train)


def compare(data: Data, n_seeds: int, epochs: int) -> Comparison:
    """Train every head with seeds of its own, and compare."""
    seeds = iter(range(n_seeds * len(HEADS)))  # all different, so that no two trainings are alike
    p = {
        head: np.array(
            [
                train(data, head, next(seeds), epochs).predict_proba(data.X_test)[:, 1]
                for _ in range(n_seeds)
            ]
        )
        for head in HEADS
    }  # (n_seeds, n_test) each
    on = {head: values >= 0.5 for head, values in p.items()}

    def scores(metric: Callable, values: Mapping[str, np.ndarray], reduce: Callable) -> dict:
        return {
            head: float(reduce([metric(data.y_test, row) for row in values[head]]))
            for head in HEADS
        }

    pairs = [(a, b) for a in HEADS for b in HEADS]
    return Comparison(
        n_train=len(data.y_train),
        n_test=len(data.y_test),
        accuracy=scores(accuracy_score, on, np.mean),
        spread=scores(accuracy_score, on, np.std),
        f1=scores(f1_score, on, np.mean),
        log_loss=scores(log_loss, p, np.mean),
        disagreement={(a, b): disagreement(on[a], on[b], same=a == b) for a, b in pairs},
    )


def disagreement(a: np.ndarray, b: np.ndarray, *, same: bool) -> float:
    """Mean share of rows that a training of ``a`` and one of ``b`` decide otherwise.

    Parameters
    ----------
    a, b : ndarray of shape (n_seeds, n_test), bool
    same : bool
        Whether both are the same trainings: no training is then compared with itself.

    Examples
    --------
    >>> a, b = np.array([[True, True], [True, False]]), np.array([[False, False]])
    >>> disagreement(a, a, same=True), disagreement(a, b, same=False)
    (0.5, 0.75)
    """
    shares = (a[:, None] != b[None]).mean(axis=2)
    return float(shares[~np.eye(len(a), dtype=bool)].mean() if same else shares.mean())


def one_of_two(data: Data, epochs: int) -> float:
    """Largest difference between a softmax of two units and the one unit of their difference."""
    fitted = train(data, "softmax", 0, epochs)
    W, b, kernel, bias = fitted[-1].model_.get_weights()
    hidden = np.maximum(fitted[0].transform(data.X_test) @ W + b, 0)
    z = hidden @ (kernel[:, 1] - kernel[:, 0]) + (bias[1] - bias[0])
    p = fitted.predict_proba(data.X_test)[:, 1]
    return float(np.abs(1 / (1 + np.exp(-z)) - p).max())


def refused() -> dict[str, str]:
    """What skbits says to three wrong ways."""
    import keras

    from skbits import BinaryClassifier

    def softmax_on_one() -> Any:
        return keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, activation="softmax")])

    ways = {
        'Dense(1, activation="softmax")': BinaryClassifier(softmax_on_one),
        "one sigmoid unit with a loss for several": BinaryClassifier(
            head="sigmoid", loss="categorical_crossentropy"
        ),
        "a linear unit with a regression loss": BinaryClassifier(head="linear", loss="mse"),
    }
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "You are using a softmax over axis")  # Keras sees it too
        return {way: said_to(net, [[0.0], [1.0]], [0, 1]) for way, net in ways.items()}


def run(n_seeds: int = 6, epochs: int = 30) -> Result:
    """Train every head several times on each table.

    Parameters
    ----------
    n_seeds : int
        Trainings of each head, at least 2.
    epochs : int

    Returns
    -------
    Result

    Raises
    ------
    ValueError
        Too few seeds.
    """
    if n_seeds < 2:
        raise ValueError(f"n_seeds={n_seeds}: expected at least 2, to compare a head with itself.")
    tables = {name: split(*load()) for name, load in TABLES.items()}
    first = next(iter(tables.values()))
    same_seed = [
        train(first, head, 0, epochs).predict_proba(first.X_test) for head in ("sigmoid", "linear")
    ]
    return Result(
        n_seeds=n_seeds,
        tables={name: compare(data, n_seeds, epochs) for name, data in tables.items()},
        one_of_two=one_of_two(first, epochs),
        linear_is_sigmoid=float(np.abs(same_seed[0] - same_seed[1]).max()),
        refused=refused(),
    )


def account(result: Result) -> str:
    """The account of a result."""
    return story(
        prose(
            "Two classes, one network of 32 hidden units, and four ways to end it, each with the "
            "loss that belongs to it: one sigmoid unit, two softmax units, one tanh unit and one "
            f"linear unit. Each was trained {result.n_seeds} times, with other seeds. On the right "
            "stands how many per cent of the test rows two trainings decide otherwise: of the same "
            "head that is the noise, and between two heads it should be about as much."
        ),
        *(
            part
            for name, found in result.tables.items()
            for part in (
                f"{name}, {found.n_train} rows to train on, {found.n_test} to test on:",
                _table(found),
            )
        ),
        _of_noise(result),
        _of_scores(result),
        prose(
            "That one output and two are the same thing can be computed: taking one unit with the "
            "difference of the two softmax units' weights changes probabilities by rounding alone: "
            f"the largest difference is {result.one_of_two:.0e}.",
            "A sigmoid unit and a linear unit that start from the same seed end with",
            "exactly the same probabilities."
            if result.linear_is_sigmoid == 0
            else f"probabilities that differ by {result.linear_is_sigmoid:.0e} at most.",
            _same_in_disguise(result) if result.linear_is_sigmoid < 1e-5 else "",
        ),
        prose("What does not work is refused before training:"),
        *(f"  {way}:\n{quoted(message)}" for way, message in result.refused.items()),
    )


def _table(found: Comparison) -> str:
    rows = [
        [
            head,
            f"{found.accuracy[head]:.3f} +/- {found.spread[head]:.3f}",
            found.f1[head],
            found.log_loss[head],
            *(percent(found.disagreement[head, other]) for other in HEADS),
        ]
        for head in HEADS
    ]
    return table(["head", "accuracy", "F1", "log loss", *HEADS], rows)


def excess(found: Comparison, a: str, b: str) -> float:
    """By how much two heads disagree more with each other than either does with itself."""
    share = found.disagreement
    return share[a, b] - (share[a, a] + share[b, b]) / 2


def _of_noise(result: Result) -> str:
    return prose(
        "Do two heads disagree more with each other than with themselves, on average of the two?",
        *(_of_excess(name, found) for name, found in result.tables.items()),
    )


def _of_excess(name: str, found: Comparison) -> str:
    most = {pair: excess(found, *pair) for pair in combinations(HEADS, 2)}
    a, b = max(most, key=most.get)
    share = found.disagreement
    own = [share[head, head] for head in HEADS]
    is_noise = most[a, b] <= max(own) - min(own)
    return (
        f"On {named([name])} most by {100 * most[a, b]:+.1f} points, {a} and {b}: "
        f"{percent(share[a, b])} % of the rows with each other, {percent(share[a, a])} % and "
        f"{percent(share[b, b])} % with themselves. That is "
        + ("less" if is_noise else "more")
        + f" than the heads' own disagreements lie apart ({percent(min(own))} to "
        f"{percent(max(own))} %)"
        + (
            ", so no difference of the heads is to be seen. "
            if is_noise
            else ", so these two differ by more than seeds do. "
        )
        + ("tanh has another loss. " if "tanh" in (a, b) else "")
        + f"For sigmoid and linear, which are the same thing, it is "
        f"{100 * most['sigmoid', 'linear']:+.1f}."
    )


def _same_in_disguise(result: Result) -> str:
    accuracies = {name: found.accuracy for name, found in result.tables.items()}
    gaps = (
        f"{100 * abs(accuracy['sigmoid'] - accuracy['linear']):.1f} on {named([name])}"
        for name, accuracy in accuracies.items()
    )
    return (
        "So where their rows differ in the tables above, seeds alone did it: in points of "
        f"accuracy, {' and '.join(gaps)}."
    )


def _of_scores(result: Result) -> str:
    lines = []
    for name, found in result.tables.items():
        gap = 100 * (max(found.accuracy.values()) - min(found.accuracy.values()))
        spread = 100 * max(found.spread.values())
        best, worst = (by(HEADS, key=found.log_loss.get) for by in (min, max))
        lines.append(
            f"On {named([name])} the heads' mean accuracies lie within {gap:.1f} points, and one "
            f"head's own accuracies have a standard deviation of up to {spread:.1f}; the log loss "
            f"goes from {found.log_loss[best]:.3f} ({best}) to {found.log_loss[worst]:.3f} "
            f"({worst})."
        )
    return prose(
        *lines,
        "tanh is trained with a squared hinge, the others with the log loss itself, and the number "
        "of epochs was chosen for none of them.",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the example and print its account."""
    return tell("one_or_two_outputs", __doc__, run, account, argv)


if __name__ == "__main__":
    sys.exit(main())
