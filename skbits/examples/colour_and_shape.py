"""Colour and shape: two answers to one input.

"I want my network to tell the colour and the shape of the thing in an image: red and circle. I
end it in softmax over all labels, as for classes, and its probabilities stay below 0.5."

The answer: softmax shares out 1 among all labels, so two of them cannot both be above 0.5, however
well the network has learned. Each label needs a sigmoid of its own: ``BitVectorClassifier``. With
scikit-learn's ``MultiLabelBinarizer`` in a ``TransformedTargetClassifier``, sets of labels go in
and come out. Where every image has just one colour and just one shape, that can be built in: one
softmax for the colours and one for the shapes, ``OneHotClassifier(n_groups=2)``.

Run it with ``python -m skbits.examples.colour_and_shape``. The images are made up: noisy, 16 by 16
pixels.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.preprocessing import MultiLabelBinarizer

from skbits import TransformedTargetClassifier
from skbits.examples.telling import percent, prose, quoted, said_to, story, table, tell

#: name -> red, green, blue
COLOURS = {
    "red": (1.0, 0.15, 0.15),
    "green": (0.15, 0.8, 0.15),
    "blue": (0.2, 0.2, 1.0),
    "yellow": (0.9, 0.9, 0.1),
}

SHAPES = ("circle", "cross", "square", "triangle")

#: the colours first, so that they are one block of columns and the shapes the other
LABELS = (*COLOURS, *SHAPES)

#: held-out images whose answers are shown
N_SHOWN = 6

#: rows and columns of an image
SIZE = 16

#: standard deviation of what is added to each pixel, where colours go from 0 to 1
NOISE = 0.15

#: parameters of ``backbones.conv2d``, here and in plain Keras
BACKBONE = {"filters": (16, 32), "hidden_layer_sizes": (64,), "dropout": 0.2}

#: of every training here
LEARNING_RATE, BATCH_SIZE = 0.003, 64

#: right ways to end the network
BITS, BLOCKS = WAYS = ("a sigmoid a label", "two softmaxes")


@dataclass(frozen=True)
class Images:
    """Images and what is on them.

    Parameters
    ----------
    X : ndarray of shape (n, SIZE, SIZE, 3), float32
    sets : list of set of str
        A colour and a shape each.
    """

    X: np.ndarray
    sets: list[set[str]]


@dataclass(frozen=True)
class Quality:
    """What answers are worth, in shares of the held-out images.

    Parameters
    ----------
    colour, shape : float
        Where just the right colour, and just the right shape, is told.
    both : float
        Where the whole set is right.
    odd : float
        Where the answer is not one colour and one shape.
    """

    colour: float
    shape: float
    both: float
    odd: float


@dataclass(frozen=True)
class Softmax:
    """What one softmax over all labels says of the held-out images.

    Parameters
    ----------
    likelier, other : float
        Mean probability of the likelier and of the other one of an image's own two labels.
    found : float
        Share of the images with both of their labels at 0.5 or above.
    best_two : float
        Share of the images whose two likeliest labels are their own.
    """

    likelier: float
    other: float
    found: float
    best_two: float


@dataclass(frozen=True)
class Result:
    """What :func:`run` found.

    Parameters
    ----------
    n_train, n_test : int
    n_validation : int
        Of the former, held out of the training of the right ways.
    softmax_epochs : int
    softmax : Softmax
    refused : str
        What skbits says to such a model.
    qualities : dict of {str: Quality}
        By the names of ``WAYS``.
    history : dict of {str: list of float}
        Of the bits.
    answers : list of (set, set)
        Some held-out images: what is there, and what bits say.
    """

    n_train: int
    n_test: int
    n_validation: int
    softmax_epochs: int
    softmax: Softmax
    refused: str
    qualities: Mapping[str, Quality]
    history: Mapping[str, list[float]]
    answers: list[tuple[set[str], set[str]]]


def mask(shape: str, row: float, column: float, size: float) -> np.ndarray:
    """The pixels that a shape covers, bool of shape (SIZE, SIZE).

    Examples
    --------
    >>> int(mask("square", 8, 8, 2).sum()), int(mask("cross", 8, 8, 2).sum())
    (9, 5)
    """
    y, x = (np.mgrid[:SIZE, :SIZE] - np.reshape([row, column], (2, 1, 1))) / size
    near, far = np.sort(np.abs([x, y]), axis=0)
    return {
        "circle": x**2 + y**2 <= 1,
        "cross": (near <= 0.35) & (far <= 0.9),
        "square": far <= 0.9,
        "triangle": (np.abs(y) <= 0.9) & (np.abs(x) <= (y + 1) / 2),
    }[shape]


def made_up(n: int, rng: np.random.Generator) -> Images:
    """Made up: a shape of any size anywhere, its colour not quite pure, on any dark ground."""
    X, sets = np.empty((n, SIZE, SIZE, 3), dtype=np.float32), []
    for image in X:
        colour, shape = str(rng.choice(list(COLOURS))), str(rng.choice(SHAPES))
        size = rng.uniform(3, 6)
        row, column = rng.uniform(size, SIZE - 1 - size, 2)
        paint = np.clip(COLOURS[colour] + rng.normal(scale=0.15, size=3), 0, 1)
        ground = rng.uniform(0, 0.4, size=3)
        image[:] = np.where(mask(shape, row, column, size)[..., None], paint, ground)
        image += rng.normal(scale=NOISE, size=image.shape)
        sets.append({colour, shape})
    return Images(X, sets)


def classifier(estimator: str, epochs: int, seed: int, **parameters: Any) -> Any:
    """Images in and sets of labels out, by the estimator of this name."""
    import skbits

    network = getattr(skbits, estimator)(
        skbits.backbones.conv2d,
        **{f"model__{name}": value for name, value in BACKBONE.items()},
        metrics=["binary_accuracy"],
        epochs=epochs,
        batch_size=BATCH_SIZE,
        optimizer__learning_rate=LEARNING_RATE,
        early_stopping=True,
        n_iter_no_change=5,
        random_state=seed,
        **parameters,
    )
    return TransformedTargetClassifier(network, MultiLabelBinarizer(classes=LABELS))


def one_softmax(train: Images, test: Images, epochs: int, seed: int) -> Softmax:
    """The wrong way, in plain Keras; rows of two halves, since a softmax sums to 1."""
    import keras

    model = softmax_model(seed)
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss="categorical_crossentropy")
    model.fit(train.X, binary(train.sets) / 2, epochs=epochs, batch_size=BATCH_SIZE, verbose=0)
    p, Y = model.predict(test.X, verbose=0), binary(test.sets)
    other, likelier = np.sort(p[Y == 1].reshape(-1, 2), axis=1).T
    return Softmax(
        likelier=float(likelier.mean()),
        other=float(other.mean()),
        found=float((other >= 0.5).mean()),
        best_two=float((other >= np.sort(p, axis=1)[:, -2]).mean()),
    )


def softmax_model(seed: int = 0) -> Any:
    """The same backbone under one softmax."""
    import keras

    from skbits import backbones

    keras.utils.set_random_seed(seed)
    inputs = keras.Input((SIZE, SIZE, 3))
    hidden = backbones.conv2d(inputs, **BACKBONE)
    return keras.Model(inputs, keras.layers.Dense(len(LABELS), activation="softmax")(hidden))


def binary(sets: Sequence[set[str]]) -> np.ndarray:
    """Sets as rows of bits, of shape (n, n_labels).

    Examples
    --------
    >>> binary([{"red", "square"}, set()]).tolist()
    [[1, 0, 0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 0, 0, 0, 0]]
    """
    return MultiLabelBinarizer(classes=LABELS).fit_transform(sets)


def quality(Y: np.ndarray, on: np.ndarray) -> Quality:
    """What answers are worth.

    Examples
    --------
    >>> Y = binary([{"red", "square"}, {"blue", "circle"}])
    >>> quality(Y, binary([{"red", "square"}, {"blue"}]))
    Quality(colour=1.0, shape=0.5, both=0.5, odd=0.5)
    """
    right = on == Y
    n_colours = len(COLOURS)
    is_odd = (on[:, :n_colours].sum(axis=1) != 1) | (on[:, n_colours:].sum(axis=1) != 1)
    shares = (right[:, :n_colours].all(axis=1), right[:, n_colours:].all(axis=1), right.all(axis=1))
    return Quality(*(float(share.mean()) for share in shares), float(is_odd.mean()))


def run(
    n_train: int = 3500,
    n_test: int = 1000,
    epochs: int = 20,
    softmax_epochs: int = 4,
    seed: int = 0,
) -> Result:
    """Train the right ways and the wrong ones, and test them on images that they did not see.

    Parameters
    ----------
    n_train, n_test, seed : int
        Images, and what they and the networks are drawn with.
    epochs, softmax_epochs : int
        Of the right ways, at most, and of the wrong ones.

    Returns
    -------
    Result
    """
    from skbits import BitVectorClassifier

    rng = np.random.default_rng(seed)
    train, test = made_up(n_train, rng), made_up(n_test, rng)
    bits = classifier("BitVectorClassifier", epochs, seed).fit(train.X, train.sets)
    blocks = classifier("OneHotClassifier", epochs, seed, n_groups=2).fit(train.X, train.sets)
    answers = {BITS: bits.predict(test.X), BLOCKS: blocks.predict(test.X)}
    Y, on = binary(test.sets), {way: binary(sets) for way, sets in answers.items()}
    network = bits.classifier_
    return Result(
        n_train=n_train,
        n_test=n_test,
        n_validation=round(n_train * network.validation_fraction),
        softmax_epochs=softmax_epochs,
        softmax=one_softmax(train, test, softmax_epochs, seed),
        refused=said_to(BitVectorClassifier(softmax_model), train.X, binary(train.sets)),
        qualities={way: quality(Y, on[way]) for way in WAYS},
        history=network.history_,
        answers=list(zip(test.sets, answers[BITS], strict=True))[:N_SHOWN],
    )


def account(result: Result) -> str:
    """The account of a result."""
    return story(
        prose(
            f"{result.n_train} made-up images to train on and {result.n_test} to test on, {SIZE} "
            f"by {SIZE} pixels and noisy, each with one thing of a colour ({', '.join(COLOURS)}) "
            f"and a shape ({', '.join(SHAPES)}). The same small convolutional network is ended in "
            "several ways."
        ),
        prose(
            f"First the wrong one, in plain Keras: one softmax over all {len(LABELS)} labels, "
            f"{result.softmax_epochs} epochs. On the test images:"
        ),
        _softmax(result.softmax),
        prose("skbits refuses to train it:" if result.refused else "skbits trains it!"),
        quoted(result.refused),
        _of_history(result),
        _history(result),
        prose("On the test images, in per cent:"),
        _qualities(result),
        _of_ways(result),
        prose(f"The first {len(result.answers)} test images, and what this way says of them:"),
        "\n".join(_answer(*pair) for pair in result.answers),
    )


def _softmax(softmax: Softmax) -> str:
    rows = [
        ["mean probability of the likelier of an image's own two labels", softmax.likelier],
        ["mean probability of the other one", softmax.other],
        ["images with both at 0.5 or above, in per cent", percent(softmax.found)],
        ["images whose two likeliest labels are their own, in per cent", percent(softmax.best_two)],
    ]
    return story(
        table(["one softmax", ""], rows),
        prose(
            "Probabilities sum to 1: whatever was learned, one of the two stays below 0.5."
            if softmax.found == 0
            else "Both can be at 0.5 only where nothing is left for the others.",
        ),
    )


def _of_history(result: Result) -> str:
    losses = result.history["val_loss"]
    best, n = 1 + int(np.argmin(losses)), len(losses)
    return prose(
        "The right way is a sigmoid for each label: TransformedTargetClassifier("
        "BitVectorClassifier(backbones.conv2d, ...), MultiLabelBinarizer()). Its history_ (loss, "
        f"and share of the bits that are right), on the {result.n_train - result.n_validation} "
        f"images trained on (while dropout disturbs them) and on the {result.n_validation} that "
        f"early_stopping holds out. The weights kept are those "
        f"of epoch {best} of {n}" + (", so more might do better still:" if best == n else ":")
    )


def _history(result: Result) -> str:
    history = result.history
    n = len(history["loss"])
    epochs = sorted({0, 1, 2, 4, 9, 14, 19, int(np.argmin(history["val_loss"])), n - 1})
    names = ["loss", "binary_accuracy", "val_loss", "val_binary_accuracy"]
    rows = [[e + 1, *(float(history[name][e]) for name in names)] for e in epochs if e < n]
    return table(["epoch", *names], rows)


def _qualities(result: Result) -> str:
    rows = [
        [way, *(percent(share) for share in (q.colour, q.shape, q.both, q.odd))]
        for way, q in result.qualities.items()
    ]
    return table(["way", "colour", "shape", "both", "not one of each"], rows)


def _of_ways(result: Result) -> str:
    bits, blocks = (result.qualities[way] for way in WAYS)
    error = np.sqrt((bits.both * (1 - bits.both) + blocks.both * (1 - blocks.both)) / result.n_test)
    ahead = blocks.both - bits.both
    return prose(
        f'"{BLOCKS}" is OneHotClassifier(..., n_groups=2): one over the colours and one over the '
        "shapes, which knows that there is just one of each.",
        f"It gets {100 * ahead:.1f} points more of the sets right than bits."
        if ahead > 3 * error
        else f"It gets {100 * -ahead:.1f} points fewer of the sets right than bits."
        if ahead < -3 * error
        else "Which of them gets more sets right, these images do not tell.",
        f"Bits say something else than one of each for {percent(bits.odd)} % of the images, and "
        "can do so rightly where a thing may have no colour, or two.",
    )


def _answer(there: set[str], said: set[str]) -> str:
    def in_order(labels: set[str]) -> str:
        return ", ".join(label for label in LABELS if label in labels) or "nothing"

    return f"  {in_order(there):<18}{'right' if there == said else in_order(said)}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run the example and print its account."""
    return tell("colour_and_shape", __doc__, run, account, argv)


if __name__ == "__main__":
    sys.exit(main())
