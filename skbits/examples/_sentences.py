"""Sentences for the intents: all of them made up for this, by hand, about a small shop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

#: intent -> sentences
SENTENCES: dict[str, tuple[str, ...]] = {
    "greeting": (
        "hi",
        "hello",
        "hey",
        "hi there",
        "hello there",
        "good morning",
        "good evening",
        "good day to you",
        "hey, how are you?",
        "hello, anyone there?",
        "hi, nice to meet you",
        "how is it going?",
        "hey there",
        "good morning to you",
        "hello, how are you?",
        "hi, how is it going?",
    ),
    "goodbye": (
        "bye",
        "goodbye",
        "see you",
        "see you later",
        "bye bye",
        "have a nice day",
        "good night",
        "that is all, bye",
        "until next time",
        "talk to you later",
        "see you soon",
        "I have to go now",
        "ok bye",
        "see you tomorrow",
        "bye, have a good night",
        "I have to leave, goodbye",
    ),
    "thanks": (
        "thanks",
        "thank you",
        "thanks a lot",
        "thank you so much",
        "that was helpful",
        "many thanks",
        "thanks for your help",
        "thank you, that helps",
        "great, thanks",
        "I appreciate it",
        "awesome, thank you",
        "cheers, thanks",
        "thanks again",
        "thank you for the help",
        "that was great",
        "thanks, I appreciate it",
    ),
    "hours": (
        "when are you open?",
        "what are your opening hours?",
        "are you open today?",
        "are you open on Sunday?",
        "what time do you close?",
        "when do you close tonight?",
        "do you open on holidays?",
        "at what time do you open?",
        "how late are you open?",
        "is the shop open now?",
        "what hours are you open on Saturday?",
        "until when is the store open?",
        "when do you open on Monday?",
        "are you open at the weekend?",
        "how late is the shop open?",
        "opening hours?",
    ),
    "goods": (
        "what do you sell?",
        "what do you have in stock?",
        "which bikes do you have?",
        "do you sell helmets?",
        "show me your bikes",
        "do you have any lights?",
        "what kinds of bikes are there?",
        "what products do you offer?",
        "I am looking for a helmet",
        "I want to buy a bike",
        "which brands do you sell?",
        "do you stock spare tyres?",
        "do you have helmets?",
        "which lights do you sell?",
        "I am looking for a bike",
        "what brands do you have in the shop?",
    ),
    "payment": (
        "can I pay by card?",
        "do you take credit cards?",
        "do you accept cash?",
        "how can I pay?",
        "which cards do you accept?",
        "is cash fine?",
        "can I pay with my phone?",
        "do you take PayPal?",
        "is it possible to pay in instalments?",
        "do you accept a cheque?",
        "can I pay on delivery?",
        "what payment methods are there?",
        "do you accept cards?",
        "can I pay cash?",
        "can I use a credit card?",
        "which payment methods do you accept?",
    ),
    "delivery": (
        "do you deliver?",
        "how long does delivery take?",
        "when will my order arrive?",
        "how much is shipping?",
        "can you ship to France?",
        "where is my parcel?",
        "has my order been sent?",
        "is delivery free?",
        "can I track my order?",
        "do you ship abroad?",
        "what does delivery cost?",
        "my parcel has not arrived",
        "how long does shipping take?",
        "can you deliver to Spain?",
        "where is my order?",
        "how much does delivery cost?",
    ),
}

#: sentences that have none of the intents
NONE: tuple[str, ...] = (
    "my cat sleeps on the sofa",
    "what is the capital of Peru?",
    "how tall is the tower?",
    "tell me a joke",
    "it will rain tomorrow",
    "who won the match last night?",
    "what is the meaning of life?",
    "I like to read in the garden",
    "do you dream?",
    "where were you born?",
    "the train was late again",
    "which film did you see?",
    "are you a robot?",
    "the soup is too salty",
    "can you sing?",
    "she plays the violin in a band",
    "blah blah blah",
    "lorem ipsum dolor",
    "what is the weather in Rome?",
    "my dog likes the garden",
    "the violin is out of tune",
    "how old is the robot?",
    "do you like soup?",
    "tell me about the tower",
    "xyzzy plugh",
    "la la la la",
    "the cat is on the roof",
    "how do planes fly?",
    "I had a dream last night",
    "what time is it in Tokyo?",
    "this song is great",
    "my shoes are wet",
    "can you tell me the time?",
    "the moon is full today",
    "do you speak French?",
    "write me a poem",
)

INTENTS = tuple(SENTENCES)


@dataclass(frozen=True)
class Corpus:
    """Sentences, and their intents as bits.

    Parameters
    ----------
    sentences : tuple of str, n of them
    Y : ndarray of shape (n, n_intents)
        Zeros and ones, in the order of ``INTENTS``.
    """

    sentences: tuple[str, ...]
    Y: np.ndarray

    def at(self, rows: np.ndarray) -> "Corpus":
        """The sentences at these places."""
        return Corpus(tuple(self.sentences[row] for row in rows), self.Y[rows])

    def __add__(self, other: "Corpus") -> "Corpus":
        return Corpus(self.sentences + other.sentences, np.vstack([self.Y, other.Y]))


def corpus(rows: Sequence[tuple[str, Sequence[str]]]) -> Corpus:
    """A corpus of (sentence, intents).

    Examples
    --------
    >>> corpus([("hi, and bye", ["greeting", "goodbye"]), ("blah", [])]).Y.tolist()
    [[1, 1, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0]]
    """
    Y = [[int(intent in intents) for intent in INTENTS] for _, intents in rows]
    return Corpus(tuple(sentence for sentence, _ in rows), np.reshape(Y, (-1, len(INTENTS))))


@dataclass(frozen=True)
class Kinds:
    """Sentences by the number of their intents.

    Parameters
    ----------
    one, two, none : Corpus
        The second are joined of two of the first.
    """

    one: Corpus
    two: Corpus
    none: Corpus

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Number of sentences of each kind."""
        return len(self.one.Y), len(self.two.Y), len(self.none.Y)

    @property
    def all(self) -> Corpus:
        """All of them."""
        return self.one + self.two + self.none


def made_up(pairs: int = 100) -> Kinds:
    """All sentences written for this example; ``pairs`` more are joined."""
    one = corpus([(text, [intent]) for intent, texts in SENTENCES.items() for text in texts])
    return Kinds(one, joined(one, pairs), corpus([(text, []) for text in NONE]))


def joined(one: Corpus, n_pairs: int, seed: int = 0) -> Corpus:
    """Sentences of two intents: pairs of sentences of one, written one after the other."""
    rng = np.random.default_rng(seed)
    intents = one.Y.argmax(axis=1)
    rows = []
    while len(rows) < n_pairs:
        a, b = rng.integers(len(intents), size=2)
        if intents[a] != intents[b]:
            text = f"{one.sentences[a]} {one.sentences[b]}"
            rows.append((text, [INTENTS[intents[a]], INTENTS[intents[b]]]))
    return corpus(rows)


def splits(rows: Kinds, n_parts: int, seed: int) -> Iterator[tuple[Kinds, Kinds]]:
    """(To train on, held out): each of ``n_parts`` parts of the sentences is held out in turn.

    Pairs are joined anew, of two sentences on the same side, so that no half of a pair that is
    held out was trained on.
    """
    by_intent = StratifiedKFold(n_parts, shuffle=True, random_state=seed)
    ones = by_intent.split(rows.one.sentences, rows.one.Y.argmax(axis=1))
    nones = KFold(n_parts, shuffle=True, random_state=seed).split(rows.none.sentences)
    for sides in zip(ones, nones, strict=True):
        kept, held = (
            (rows.one.at(one), rows.none.at(none)) for one, none in zip(*sides, strict=True)
        )
        n_held = len(rows.two.Y) // n_parts
        n_kept = len(rows.two.Y) - n_held
        yield (
            Kinds(kept[0], joined(kept[0], n_kept, seed), kept[1]),
            Kinds(held[0], joined(held[0], n_held, seed), held[1]),
        )
