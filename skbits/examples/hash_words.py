"""Can a network turn a hash back into the word?

"I hash words with MD5 and train a network to give me the word back, as 13 letters of 5 bits. All
65 outputs are small decimals below 0.5, where I expected zeros and ones. And how do I get a word
out of 65 bits?"

The answer: softmax makes the 65 outputs sum to 1, so no more than one of them can be above 0.5;
bits need one sigmoid each, which is what ``BitVectorClassifier`` puts there. ``CharCodes`` turns
the hash into numbers, ``TextBits`` the word into bits and the bits into the most likely word, and
``TransformedTargetClassifier`` holds them together: hashes in, words out. So a network can recall
every word that it was trained on. It cannot find a word that it never saw: a hash is made to tell
nothing of what was hashed, and the account shows that, too.

Run it with ``python -m skbits.examples.hash_words``. The words are the 118 chemical elements.
"""

import hashlib
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbits import CharCodes, TextBits, TextOneHot, TransformedTargetClassifier
from skbits.examples._elements import ELEMENTS
from skbits.examples.telling import mean_of, prose, quoted, said_to, story, table, tell

#: epochs of each way in; codes between 0.19 and 0.40 are nearly alike to a network: most epochs
EPOCHS = {"scaled": 1000, "standardized": 150, "one-hot": 60, "embedding": 60}

#: epochs of the wrong way
WRONG_EPOCHS = 30

#: epochs after which bits are still wrong, where soft decoding shows what it is for
TOO_FEW = 12

NETWORK = {
    "batch_size": 16,
    "optimizer__learning_rate": 0.005,
    "random_state": 0,
}
WIDE = {"hidden_layer_sizes": (256,), **NETWORK}


@dataclass(frozen=True)
class Wrong:
    """What softmax does to bits.

    Parameters
    ----------
    largest : float
        The largest output, over all words and bits.
    most_above : int
        The most outputs of one word that reach 0.5.
    fewest_ones : int
        The fewest bits that are on in a word.
    bits_found : float
        Share of the ones whose output reaches 0.5.
    refused : str
        What skbits says to such a model.
    """

    largest: float
    most_above: int
    fewest_ones: int
    bits_found: float
    refused: str


@dataclass(frozen=True)
class Way:
    """One way from hash to word.

    Parameters
    ----------
    inputs, outputs : str
    epochs : int
    seconds : float
        Of the fit.
    hard, soft : int
        Words recalled, by the bits at 0.5 and by their probabilities.
    """

    inputs: str
    outputs: str
    epochs: int
    seconds: float
    hard: int
    soft: int


@dataclass(frozen=True)
class Unseen:
    """What is known of hashes that were not trained on; means over folds.

    Parameters
    ----------
    bits_seen, bits_unseen : float
        Share of the bits that are right, of words trained on and of others.
    bits_guessed : float
        The same for others, where each bit is guessed to be what it mostly is in training.
    words_seen, words_unseen : float
        Share of the words recalled.
    """

    bits_seen: float
    bits_unseen: float
    bits_guessed: float
    words_seen: float
    words_unseen: float


@dataclass(frozen=True)
class Result:
    """What :func:`run` found.

    Parameters
    ----------
    words, hashes : tuple of str
    n_bits : int
    wrong : Wrong
    ways : tuple of Way
    too_few : dict of {str: int}
        Decoding -> words recalled after ``TOO_FEW`` epochs.
    unseen : Unseen
    """

    words: tuple[str, ...]
    hashes: tuple[str, ...]
    n_bits: int
    wrong: Wrong
    ways: tuple[Way, ...]
    too_few: dict[str, int]
    unseen: Unseen


def md5(words: Sequence[str]) -> tuple[str, ...]:
    """The 32 hexadecimal digits of each word's MD5.

    Examples
    --------
    >>> md5(["gold"])
    ('e07e81c20cf5935f5225765f0af81755',)
    """
    return tuple(hashlib.md5(word.encode(), usedforsecurity=False).hexdigest() for word in words)


def run(words: Sequence[str] = ELEMENTS, n_folds: int = 5) -> Result:
    """Train on all words in several ways, and on a part of them.

    Parameters
    ----------
    words : sequence of str
        Lower case.
    n_folds : int
        Folds of the words to hold out in turn.

    Returns
    -------
    Result
    """
    words, hashes = tuple(words), md5(words)
    codec = TextBits().fit(words)
    return Result(
        words=words,
        hashes=hashes,
        n_bits=codec.n_bits_,
        wrong=softmax_on_bits(hashes, codec.transform(words)),
        ways=tuple(trained(hashes, words, *way) for way in ways(codec.max_length_)),
        too_few=decoded_too_early(hashes, words),
        unseen=held_out(hashes, words, n_folds),
    )


def softmax_on_bits(hashes: Sequence[str], bits: np.ndarray) -> Wrong:
    """The wrong way, in plain Keras; and what skbits says to it."""
    import keras

    from skbits import BitVectorClassifier

    X = CharCodes(output="scaled").fit_transform(hashes)
    n_bits = bits.shape[1]

    def softmax() -> Any:
        keras.utils.set_random_seed(0)
        return keras.Sequential(
            [
                keras.Input(X.shape[1:]),
                keras.layers.Dense(256, activation="relu"),
                keras.layers.Dense(n_bits, activation="softmax"),
            ]
        )

    model = softmax()
    model.compile(optimizer="adam", loss="categorical_crossentropy")
    model.fit(X, bits, epochs=WRONG_EPOCHS, batch_size=16, verbose=0)
    p = model.predict(X, verbose=0)
    return Wrong(
        largest=float(p.max()),
        most_above=int((p >= 0.5).sum(axis=1).max()),
        fewest_ones=int(bits.sum(axis=1).min()),
        bits_found=float((p >= 0.5)[bits == 1].mean()),
        refused=said_to(BitVectorClassifier(softmax), X, bits),
    )


def ways(max_length: int) -> list[tuple]:
    """(name of the inputs, their steps, name of the outputs, classifier, codec) of each way."""
    from skbits import BitVectorClassifier, OneHotClassifier, backbones

    scaled, onehot = CharCodes(output="scaled"), CharCodes(output="onehot")
    embedding = {"model": backbones.embedding, "model__pooling": "flatten", **NETWORK}
    embedding |= {"model__input_dim": 17, "model__hidden_layer_sizes": (256,)}
    bits, blocks = "bits", "one-hot"
    return [
        ("scaled", [scaled], bits, BitVectorClassifier(**WIDE), TextBits()),
        ("standardized", [scaled, StandardScaler()], bits, BitVectorClassifier(**WIDE), TextBits()),
        ("one-hot", [onehot], bits, BitVectorClassifier(**WIDE), TextBits()),
        ("embedding", [CharCodes()], bits, BitVectorClassifier(**embedding), TextBits()),
        ("one-hot", [onehot], blocks, OneHotClassifier(n_groups=max_length, **WIDE), TextOneHot()),
    ]


def trained(
    hashes: Sequence[str], words: Sequence[str], inputs: str, steps: list, outputs: str, *ends: Any
) -> Way:
    """One way, trained on all words; ``ends`` are the classifier and the codec."""
    classifier, codec = ends
    classifier.set_params(epochs=EPOCHS[inputs])
    clf = TransformedTargetClassifier(make_pipeline(*steps, classifier), codec)
    start = time.perf_counter()
    clf.fit(hashes, words)
    seconds = time.perf_counter() - start
    soft = n_recalled(clf, hashes, words)
    hard = n_recalled(clf.set_params(decoding="hard"), hashes, words)
    return Way(inputs, outputs, EPOCHS[inputs], seconds, hard, soft)


def decoded_too_early(hashes: Sequence[str], words: Sequence[str]) -> dict[str, int]:
    """How many words an unfinished training recalls, by each way of reading its bits."""
    clf = standardized(TOO_FEW).fit(hashes, words)
    found = {"probabilities, any word": n_recalled(clf, hashes, words)}
    found = {"bits at 0.5": n_recalled(clf.set_params(decoding="hard"), hashes, words)} | found
    clf.set_params(decoding="auto").codec_.set_params(vocabulary="fit").fit(words)
    return found | {"probabilities, among the words": n_recalled(clf, hashes, words)}


def held_out(hashes: Sequence[str], words: Sequence[str], n_folds: int) -> Unseen:
    """What a network that recalls the words it saw makes of the hashes of others."""
    hashes, words = np.array(hashes), np.array(words)
    codec = TextBits().fit(words)
    scores = []
    for seen, unseen in KFold(n_folds, shuffle=True, random_state=0).split(words):
        clf = standardized(EPOCHS["standardized"])
        clf.set_params(codec__max_length=codec.max_length_).fit(hashes[seen], words[seen])
        bits = codec.transform(words)
        found = clf.classifier_.predict(hashes)
        usual = bits[seen].mean(axis=0) >= 0.5
        scores.append(
            Unseen(
                bits_seen=float((found == bits)[seen].mean()),
                bits_unseen=float((found == bits)[unseen].mean()),
                bits_guessed=float((usual == bits)[unseen].mean()),
                words_seen=clf.score(hashes[seen], words[seen]),
                words_unseen=clf.score(hashes[unseen], words[unseen]),
            )
        )
    return mean_of(scores)


def standardized(epochs: int) -> TransformedTargetClassifier:
    """The quickest way, not yet fitted."""
    from skbits import BitVectorClassifier

    codes = CharCodes(output="scaled", alphabet="0123456789abcdef")
    net = BitVectorClassifier(epochs=epochs, **WIDE)
    return TransformedTargetClassifier(make_pipeline(codes, StandardScaler(), net), TextBits())


def n_recalled(clf: TransformedTargetClassifier, hashes: Any, words: Any) -> int:
    """How many words are predicted exactly."""
    return round(clf.score(hashes, words) * len(words))


def account(result: Result) -> str:
    """The result in words."""
    return story(
        _task(result), _wrong(result.wrong), _ways(result), _early(result), _unseen(result.unseen)
    )


def _task(result: Result) -> str:
    longest = max(result.words, key=len)
    return prose(
        f"{len(result.words)} words, the longest {longest!r} with {len(longest)} letters, so",
        f"{result.n_bits} bits a word. Each is to be recalled from the 32 digits of its MD5:",
        f"{result.hashes[0]} is {result.words[0]!r}.",
    )


def _wrong(wrong: Wrong) -> str:
    return story(
        prose(
            f"The wrong way, in plain Keras: softmax over all bits. After {WRONG_EPOCHS} epochs",
            f"the largest output for any word is {wrong.largest:.3f}, and at most",
            f"{wrong.most_above} of the outputs for a word reach 0.5, where its bits have",
            f"{wrong.fewest_ones} ones or more: {wrong.bits_found:.1%} of all ones are found.",
            "The outputs must sum to 1.",
            "skbits refuses to train it:" if wrong.refused else "skbits trains it!",
        ),
        quoted(wrong.refused),
    )


def _ways(result: Result) -> str:
    n = len(result.words)
    rows = [
        [way.inputs, way.outputs, way.epochs, f"{way.seconds:.1f} s", way.hard, way.soft]
        for way in result.ways
    ]
    missed = [f"{way.inputs} to {way.outputs}" for way in result.ways if way.soft < n]
    return story(
        prose(
            "The right way: CharCodes, a network with one hidden layer of 256 units, TextBits (one",
            f"sigmoid a bit) or TextOneHot (one softmax a letter). Words recalled, of {n}:",
        ),
        table(["hash as", "word as", "epochs", "fit", "at 0.5", "soft"], rows),
        prose(
            f"All {n} are recalled in every way."
            if not missed
            else f"Not all are recalled by: {', '.join(missed)}.",
            f"'scaled' was given {EPOCHS['scaled']} epochs: character codes divided by 256 lie",
            "close together, which is hard to learn from. The same numbers behind a",
            f"StandardScaler, 'standardized', were given {EPOCHS['standardized']}.",
        ),
    )


def _early(result: Result) -> str:
    n = len(result.words)
    hard, any_word, among = result.too_few.values()
    codec = TextBits().fit(result.words)
    n_codes = 2**codec.bits_per_symbol_
    return story(
        prose(
            f"What soft decoding is for: stopped after {TOO_FEW} epochs, the same network",
            "('standardized') still gets bits wrong. Words recalled, by how its bits are read:",
        ),
        table(["read by", f"of {n}"], result.too_few.items()),
        prose(
            "Read at 0.5, one wrong bit spoils a word.",
            "The most likely row of symbols is seldom another one here: only"
            f" {n_codes - len(codec.symbols_)} of the {n_codes} codes are no symbol."
            if any_word - hard < n / 20
            else f"The most likely row of symbols is right for {any_word - hard} words more.",
            f"The most likely of the {n} words is right for {among - hard} more: TextBits takes"
            " them as its vocabulary."
            if among > hard
            else "",
        ),
    )


def _unseen(unseen: Unseen) -> str:
    learned = unseen.bits_unseen > unseen.bits_guessed + 0.02
    return story(
        prose("And words that it was not trained on? Held out in turn, means over folds:"),
        table(
            ["", "bits right", "words right"],
            [
                ["words seen", unseen.bits_seen, unseen.words_seen],
                ["words not seen", unseen.bits_unseen, unseen.words_unseen],
                ["not seen, each bit's usual value", unseen.bits_guessed, ""],
            ],
        ),
        prose(
            "Of the others, to guess each bit's usual value, without a look at the hash, is right",
            f"{unseen.bits_guessed:.1%} of the time (words mostly end in padding), and the network",
            f"{unseen.bits_unseen:.1%}.",
            "That is more, which no hash allows: it must be chance, or a leak."
            if learned
            else "A hash cannot be learned beyond what was seen. The network is a dictionary of the"
            " words that it was shown, and no way to undo MD5.",
        ),
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the example and print its account."""
    return tell("hash_words", __doc__, run, account, argv)


if __name__ == "__main__":
    sys.exit(main())
