"""Colour and shape: two answers to one input.

"I want my network to tell the colour and the shape of the thing in an image: red and circle. I
end it in softmax over all labels, as for classes, and its probabilities stay below 0.5."

The answer: softmax shares out 1 among all labels, so two of them cannot both be above 0.5, however
well the network has learned; and with rows of two ones it may not learn at all. Each label needs a
sigmoid of its own: ``BitVectorClassifier``. With scikit-learn's ``MultiLabelBinarizer`` in a
``TransformedTargetClassifier``, sets of labels go in and come out. Where every image has just one
colour and just one shape, that can be built in: one softmax for the colours and one for the
shapes, ``OneHotClassifier(n_groups=2)``.

Run it with ``python -m skbits.examples.colour_and_shape``. The images are made up: noisy, 16 by 16
pixels.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import precision_score, recall_score
from sklearn.preprocessing import MultiLabelBinarizer

from skbits import TransformedTargetClassifier
from skbits.examples.telling import prose, quoted, story, table, tell

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

#: what one softmax is trained with -> Keras' loss, and what rows with two ones are multiplied by
LOSSES = {
    "categorical": ("categorical_crossentropy", 1.0),
    "categorical, halves": ("categorical_crossentropy", 0.5),
    "binary": ("binary_crossentropy", 1.0),
}


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
class Label:
    """How well one label is told by bits, on the held-out images.

    Parameters
    ----------
    share : float
        Of the images that have it.
    accuracy, precision, recall : float
    """

    share: float
    accuracy: float
    precision: float
    recall: float


@dataclass(frozen=True)
class Softmax:
    """What one softmax over all labels says of the held-out images.

    Parameters
    ----------
    first_loss, last_loss : float
        Of the first and the last epoch of its training.
    likelier, other : float
        Mean probability of the likelier and of the other one of an image's own two labels.
    highest_other : float
        The highest probability of the latter.
    found : float
        Share of the images with both of their labels at 0.5 or above.
    best_two : float
        Share of the images whose two likeliest labels are their own.
    """

    first_loss: float
    last_loss: float
    likelier: float
    other: float
    highest_other: float
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
    softmaxes : dict of {str: Softmax}
        By the names of ``LOSSES``.
    is_of_sigmoids : bool
        Whether Keras gives the binary loss of a softmax the value that it has for sigmoids.
    refused : str
        What skbits says to such a model.
    qualities : dict of {str: Quality}
        By the names of ``WAYS``.
    history : dict of {str: list of float}
        Of the bits.
    trainer : str
    labels : dict of {str: Label}
        Of the bits.
    answers : list of (set, set)
        Some held-out images: what is there, and what bits say.
    """

    n_train: int
    n_test: int
    n_validation: int
    softmax_epochs: int
    softmaxes: Mapping[str, Softmax]
    is_of_sigmoids: bool
    refused: str
    qualities: Mapping[str, Quality]
    history: Mapping[str, list[float]]
    trainer: str
    labels: Mapping[str, Label]
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


def one_softmax(train: Images, test: Images, way: str, epochs: int, seed: int) -> Softmax:
    """The wrong way, in plain Keras."""
    import keras

    loss, factor = LOSSES[way]
    model = softmax_model(seed)
    model.compile(keras.optimizers.Adam(LEARNING_RATE), loss=loss)
    Y = factor * binary(train.sets)
    history = model.fit(train.X, Y, epochs=epochs, batch_size=BATCH_SIZE, verbose=0).history["loss"]
    return of_softmax(binary(test.sets), model.predict(test.X, verbose=0), history)


def softmax_model(seed: int = 0) -> Any:
    """The same backbone under one softmax."""
    import keras

    from skbits import backbones

    keras.utils.set_random_seed(seed)
    inputs = keras.Input((SIZE, SIZE, 3))
    hidden = backbones.conv2d(inputs, **BACKBONE)
    return keras.Model(inputs, keras.layers.Dense(len(LABELS), activation="softmax")(hidden))


def binary_loss_is_of_sigmoids() -> bool:
    """Whether Keras computes the binary loss of a softmax as if it were sigmoids.

    With TensorFlow it does (seen with Keras 3.15): softmax hands on what it was made of, and the
    loss takes that for the inputs of sigmoids.
    """
    import keras

    ones, z = np.array([[1.0, 1.0, 0.0]], dtype=np.float32), np.array([[2, 0, 1]], dtype=np.float32)
    ends = (keras.activations.softmax, keras.activations.sigmoid)
    losses = [keras.losses.binary_crossentropy(ones, end(z)) for end in ends]
    return bool(np.allclose(*map(keras.ops.convert_to_numpy, losses)))


def refusal(images: Images) -> str:
    """What skbits says to softmax over labels of which each image has two."""
    from skbits import BitVectorClassifier, HeadMismatchError

    try:
        BitVectorClassifier(softmax_model).fit(images.X, binary(images.sets))
    except HeadMismatchError as error:
        return str(error)
    return ""


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


def best_two(p: np.ndarray) -> np.ndarray:
    """The two likeliest labels of each row, as bits.

    Examples
    --------
    >>> best_two(np.array([[0.1, 0.5, 0.0, 0.4]])).tolist()
    [[0, 1, 0, 1]]
    """
    on = np.zeros(p.shape, dtype=int)
    np.put_along_axis(on, np.argsort(p, axis=1)[:, -2:], 1, axis=1)
    return on


def of_softmax(Y: np.ndarray, p: np.ndarray, losses: Sequence[float]) -> Softmax:
    """What one softmax says of the labels that are there, two a row."""
    other, likelier = np.sort(p[Y == 1].reshape(-1, 2), axis=1).T
    return Softmax(
        first_loss=float(losses[0]),
        last_loss=float(losses[-1]),
        likelier=float(likelier.mean()),
        other=float(other.mean()),
        highest_other=float(other.max()),
        found=float((other >= 0.5).mean()),
        best_two=float((best_two(p) == Y).all(axis=1).mean()),
    )


def of_labels(Y: np.ndarray, on: np.ndarray) -> dict[str, Label]:
    """How well each label is told."""
    return {
        name: Label(
            float(y.mean()),
            float((y == called).mean()),
            float(precision_score(y, called, zero_division=0)),
            float(recall_score(y, called)),
        )
        for name, y, called in zip(LABELS, Y.T, on.T, strict=True)
    }


def run(
    n_train: int = 4000,
    n_test: int = 1000,
    epochs: int = 20,
    softmax_epochs: int = 5,
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
        softmaxes={way: one_softmax(train, test, way, softmax_epochs, seed) for way in LOSSES},
        is_of_sigmoids=binary_loss_is_of_sigmoids(),
        refused=refusal(train),
        qualities={way: quality(Y, on[way]) for way in WAYS},
        history=network.history_,
        trainer=network.trainer_,
        labels=of_labels(Y, on[BITS]),
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
            f"{result.softmax_epochs} epochs, with three losses (for the second, rows are divided "
            "by 2). On the test images, the mean probability of the likelier and of the other one "
            "of an image's own two labels, and in per cent the images with both at 0.5 or above, "
            "and those whose two likeliest labels are right:"
        ),
        _table_of_softmaxes(result),
        _of_softmaxes(result),
        prose("skbits refuses to train it:" if result.refused else "skbits trains it!"),
        quoted(result.refused),
        _of_history(result),
        _history(result),
        prose("On the test images, in per cent:"),
        _qualities(result),
        _of_ways(result),
        prose(
            f'By label, with "{BITS}": the share of the decisions that are right, of the images '
            "called so that are so, and of those that are so that are called so."
        ),
        _labels(result),
        prose(f"The first {len(result.answers)} test images, and what this way says of them:"),
        "\n".join(_answer(*pair) for pair in result.answers),
    )


def _table_of_softmaxes(result: Result) -> str:
    rows = [
        [
            way,
            f"{s.first_loss:.4g}",
            f"{s.last_loss:.4g}",
            s.likelier,
            s.other,
            *(f"{100 * share:.1f}" for share in (s.found, s.best_two)),
        ]
        for way, s in result.softmaxes.items()
    ]
    head = ["loss", "first epoch", "last", "likelier", "other", "both at 0.5", "best two"]
    return table(head, rows)


def _of_softmaxes(result: Result) -> str:
    softmaxes = result.softmaxes
    categorical, halves, binary = softmaxes.values()
    found = max(softmax.found for softmax in softmaxes.values())
    highest = max(softmax.highest_other for softmax in softmaxes.values())
    return prose(
        "No image has both of its labels at 0.5 or above: one at least is always missing."
        if found == 0
        else f"Up to {100 * found:.1f} % of the images have both of their labels at 0.5.",
        f"Probabilities sum to 1, so the other one is at most 0.5 (here {highest:.3f}).",
        "The categorical loss takes rows for probabilities, and two ones sum to 2: with them its "
        "slope is no longer right, the loss grows without end and nothing is learned."
        if categorical.last_loss > 10 * categorical.first_loss
        else "",
        "Halves sum to 1, and with more epochs each label would tend to 0.5: the two likeliest "
        f"are right for {100 * halves.best_two:.1f} % of the images, and a cutoff of 0.5 spoils it."
        if halves.best_two > 0.5
        else "",
        "The binary loss leaves nearly all to one label "
        f"({binary.likelier:.2f} and {binary.other:.2f})"
        + (
            ": Keras computes it as if there were sigmoids, and trains another function than the "
            "softmax that is read."
            if result.is_of_sigmoids
            else "."
        )
        if binary.likelier > 0.8
        else "",
    )


def _of_history(result: Result) -> str:
    losses = result.history["val_loss"]
    best, n = 1 + int(np.argmin(losses)), len(losses)
    return prose(
        "The right way is a sigmoid for each label: TransformedTargetClassifier("
        "BitVectorClassifier(backbones.conv2d, ...), MultiLabelBinarizer()). Its history_ (loss, "
        f"and share of the bits that are right), on the {result.n_train - result.n_validation} "
        f"images trained on (while dropout disturbs them) and on the {result.n_validation} that "
        f"early_stopping holds out; its trainer_ is {result.trainer!r}. The weights kept are those "
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
        [way, *(f"{100 * share:.1f}" for share in (q.colour, q.shape, q.both, q.odd))]
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
        f"Bits say something else than one of each for {100 * bits.odd:.1f} % of the images, and "
        "can do so rightly where a thing may have no colour, or two.",
    )


def _labels(result: Result) -> str:
    missed = [name for name, at in result.labels.items() if at.precision - at.recall > 0.1]
    rows = [
        [name, *(f"{100 * share:.1f}" for share in (at.accuracy, at.precision, at.recall))]
        for name, at in result.labels.items()
    ]
    return story(
        table(["label", "accuracy", "precision", "recall"], rows),
        prose(
            "To say no always would have an accuracy of "
            f"{100 * (1 - max(at.share for at in result.labels.values())):.1f} at least.",
            f"Called too seldom at 0.5: {', '.join(missed)}. TunedThresholdsCV chooses a cutoff "
            "for each label."
            if missed
            else "",
        ),
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
