"""Numbers as rows of bits, and how do I get them back?

"My network is to read a digit and answer with 4 bits, or with the 7 segments of a display. How do I
get the digit back, what about 1111, which is none, and should each bit have a cutoff of its own?"

The answer: ``IntegerBits`` turns integers into bits and back, and ``TransformedTargetClassifier``
puts it around the network: digits in, digits out. Where not every code is a digit, the
probabilities tell the most likely one (``values=range(10)``). Cutoffs for each bit are tuned by
``TunedThresholdsCV``; they matter where bits are read one by one. ``SevenSegments`` below is a
codec of one's own, in thirty lines.

Run it with ``python -m skbits.examples.digits_as_bits``. The images are scikit-learn's handwritten
digits. They show as well that a softmax over the ten digits is hard to beat.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from skbits import IntegerBits, TransformedTargetClassifier
from skbits.examples.telling import mean_of, prose, story, table, tell

#: which segments are on, digit by digit: top, upper left, upper right, middle, lower left, lower
#: right, bottom
SEGMENTS = np.array(
    [
        [1, 1, 1, 0, 1, 1, 1],
        [0, 0, 1, 0, 0, 1, 0],
        [1, 0, 1, 1, 1, 0, 1],
        [1, 0, 1, 1, 0, 1, 1],
        [0, 1, 1, 1, 0, 1, 0],
        [1, 1, 0, 1, 0, 1, 1],
        [1, 1, 0, 1, 1, 1, 1],
        [1, 0, 1, 0, 0, 1, 0],
        [1, 1, 1, 1, 1, 1, 1],
        [1, 1, 1, 1, 0, 1, 1],
    ]
)

#: what a row of bits that is no digit reads as
NO_DIGIT = -1

#: the ways of reading bits, in the order of the table
READINGS = ("at 0.5", "at tuned cutoffs", "the most likely")

NETWORK = {
    "hidden_layer_sizes": (64,),
    "epochs": 30,
    "batch_size": 32,
    "optimizer__learning_rate": 0.003,
}


class SevenSegments(TransformerMixin, BaseEstimator):
    """Digits <-> the segments of a display; a codec of one's own.

    Examples
    --------
    >>> codec = SevenSegments().fit([7])
    >>> codec.transform([7]).tolist()
    [[1, 0, 1, 0, 0, 1, 0]]
    >>> codec.inverse_transform([[1, 0, 1, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0, 1]]).tolist()
    [7, -1]
    >>> codec.decode_proba([[0.6, 0.1, 0.9, 0.4, 0.1, 0.9, 0.1]]).tolist()
    [7]
    >>> codec.decode_proba(np.float32([[0, 0, 1, 0, 0, 1, 0], [1, 1, 1, 1, 1, 1, 1]])).tolist()
    [1, 8]
    """

    def fit(self, digits: Any, y: Any = None) -> "SevenSegments":
        """Nothing is learned."""
        return self

    def transform(self, digits: Any) -> np.ndarray:
        """Digits (n,) -> segments (n, 7), zeros and ones."""
        return SEGMENTS[np.asarray(digits)]

    def inverse_transform(self, segments: Any) -> np.ndarray:
        """Segments (n, 7) -> digits (n,), ``NO_DIGIT`` where they show none."""
        same = (np.asarray(segments)[:, np.newaxis] == SEGMENTS).all(axis=2)  # (n, 10)
        return np.where(same.any(axis=1), same.argmax(axis=1), NO_DIGIT)

    def decode_proba(self, probabilities: Any) -> np.ndarray:
        """Probabilities (n, 7) -> the most likely digits (n,)."""
        p = np.clip(np.asarray(probabilities, dtype=float), 1e-9, 1 - 1e-9)
        # of independent bits, the logarithm of the likelihood, up to a constant of the row
        return ((np.log(p) - np.log(1 - p)) @ SEGMENTS.T).argmax(axis=1)

    def __sklearn_is_fitted__(self) -> bool:
        return True


#: name -> the codec of a digit
CODECS: dict[str, Any] = {
    "4 bits, binary": IntegerBits(4, "binary", values=range(10)),
    "4 bits, Gray": IntegerBits(4, "gray", values=range(10)),
    "7 segments": SevenSegments(),
}


@dataclass(frozen=True)
class Reading:
    """How well one way of reading one code does on held-out images; means over the seeds.

    Parameters
    ----------
    right : float
        Share of the digits that are right.
    no_digit : float
        Share of the rows of bits that are the code of no digit.
    """

    right: float
    no_digit: float


@dataclass(frozen=True)
class Result:
    """What :func:`run` found.

    Parameters
    ----------
    n_train, n_test, n_seeds : int
        Images, and splits of them.
    softmax : float
        Share of the digits that a softmax over ten of them gets right.
    readings : dict of {str: dict of {str: Reading}}
        Codec -> way of reading -> how well it does.
    cutoffs : dict of {str: list of float}
        Codec -> the first seed's tuned cutoffs.
    bits_right : dict of {str: float}
        Codec -> share of the bits that are right at 0.5.
    """

    n_train: int
    n_test: int
    n_seeds: int
    softmax: float
    readings: dict[str, dict[str, Reading]]
    cutoffs: dict[str, list[float]]
    bits_right: dict[str, float]


def run(n_images: int = 1797, n_seeds: int = 3, cv: int = 5) -> Result:
    """Train a softmax, and bits by each codec, on several splits.

    Parameters
    ----------
    n_images : int
        Of the 1797.
    n_seeds : int
    cv : int
        Folds in which the cutoffs are tuned.

    Returns
    -------
    Result
    """
    X, y = load_digits(return_X_y=True)
    softmax, tried = [], []
    for seed in range(n_seeds):
        parts = train_test_split(
            X[:n_images] / 16, y[:n_images], stratify=y[:n_images], random_state=seed
        )
        softmax.append(softmax_score(*parts, seed))
        tried.append({name: read(codec, *parts, seed, cv) for name, codec in CODECS.items()})
    return Result(
        n_train=len(parts[0]),
        n_test=len(parts[1]),
        n_seeds=n_seeds,
        softmax=float(np.mean(softmax)),
        readings={
            name: {way: mean_of([of[name][0][way] for of in tried]) for way in READINGS}
            for name in CODECS
        },
        cutoffs={name: tried[0][name][1] for name in CODECS},
        bits_right={name: float(np.mean([of[name][2] for of in tried])) for name in CODECS},
    )


def softmax_score(X_train: Any, X_test: Any, y_train: Any, y_test: Any, seed: int) -> float:
    """What the same network gets right with one unit a digit."""
    from skbits import OneHotClassifier

    clf = OneHotClassifier(**NETWORK, random_state=seed)
    return clf.fit(X_train, y_train).score(X_test, y_test)


def read(
    codec: Any, X_train: Any, X_test: Any, y_train: Any, y_test: Any, seed: int, cv: int
) -> tuple[dict[str, Reading], list[float], float]:
    """The readings of one network, its cutoffs, and its share of right bits."""
    from skbits import BitVectorClassifier, TunedThresholdsCV

    net = BitVectorClassifier(**NETWORK, random_state=seed)
    clf = TransformedTargetClassifier(TunedThresholdsCV(net, scoring="f1", cv=cv), codec)
    clf.fit(X_train, y_train)  # one fit serves all readings
    tuned = clf.classifier_
    on = (tuned.predict_proba(X_test) >= 0.5).astype(int)
    codes = (on, tuned.predict(X_test))
    digits = [clf.codec_.inverse_transform(bits) for bits in codes] + [clf.predict(X_test)]
    readings = {
        name: Reading(float((found == y_test).mean()), float((~np.isin(found, range(10))).mean()))
        for name, found in zip(READINGS, digits, strict=True)
    }
    bits_right = float((on == clf.codec_.transform(y_test)).mean())
    return readings, tuned.thresholds_.tolist(), bits_right


def account(result: Result) -> str:
    """The result in words."""
    return story(_task(result), _table(result), _reading(result), _cutoffs(result), _end(result))


def _task(result: Result) -> str:
    return prose(
        f"{result.n_train} images of handwritten digits to train on, {result.n_test} to test; the",
        "network has one hidden layer of 64 units, whatever its output. Means over",
        f"{result.n_seeds} splits:",
    )


def _table(result: Result) -> str:
    rows = [["softmax over 10 digits", result.softmax, "", "", ""]]
    for codec, readings in result.readings.items():
        no_digit = f"{readings[READINGS[0]].no_digit:.1%}"
        rows.append([codec, *(reading.right for reading in readings.values()), no_digit])
    head = ["share of digits right", "at 0.5", "at tuned cutoffs", "the most likely", "no digit"]
    return table(head, rows)


def _reading(result: Result) -> str:
    worst_bits = min(result.bits_right, key=result.bits_right.get)
    gains = {
        codec: of[READINGS[2]].right - of[READINGS[0]].right
        for codec, of in result.readings.items()
    }
    codec = max(gains, key=gains.get)
    return prose(
        f"Bits are right oftener than digits, since a digit takes all of them: of {worst_bits},",
        f"{result.bits_right[worst_bits]:.1%} are right at 0.5. Read one by one, bits may be the",
        "code of no digit (last column: at 0.5); the most likely digit is always one.",
        f"That gains most for {codec}: {gains[codec]:+.3f}."
        if gains[codec] > 0
        else "That gains nothing here.",
    )


def _cutoffs(result: Result) -> str:
    rows = [
        [codec, " ".join(f"{cutoff:.2f}" for cutoff in cutoffs)]
        for codec, cutoffs in result.cutoffs.items()
    ]
    changes = [of[READINGS[1]].right - of[READINGS[0]].right for of in result.readings.values()]
    return story(
        "The cutoffs, tuned for F1 in folds of the training images (first split):",
        table(["output", "cutoffs"], rows),
        prose(
            f"They change the share of right digits by {min(changes):+.3f} to {max(changes):+.3f}.",
            "They are chosen for each bit, and not for whole digits.",
        ),
    )


def _end(result: Result) -> str:
    best = {codec: max(r.right for r in of.values()) for codec, of in result.readings.items()}
    codec = max(best, key=best.get)
    # the standard error of a difference of two shares, were they of different images
    error = np.sqrt(2 * result.softmax * (1 - result.softmax) / (result.n_test * result.n_seeds))
    apart = best[codec] - result.softmax
    return prose(
        f"The best of the bits is {codec} with {best[codec]:.3f}; softmax has",
        f"{result.softmax:.3f}.",
        f"Differences under {2 * error:.3f} may be chance, so they are about even here."
        if abs(apart) < 2 * error
        else ("The bits" if apart > 0 else "Softmax") + " did better, by more than chance.",
        "Take softmax where there is one answer out of few; bits where the output is bits, such as",
        "a display, or where there are too many integers for a unit each.",
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the example and print its account."""
    return tell("digits_as_bits", __doc__, run, account, argv)


if __name__ == "__main__":
    sys.exit(main())
