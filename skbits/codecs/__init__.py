"""Codecs: words, integers and texts <-> bits, one-hot blocks and character codes; without Keras.

| room | what |
|---|---|
| ``words`` | words as matrices of code points, alphabets, and what is wrong with a word |
| ``reading`` | bits and probabilities as a network gives them, checked |
| ``decoding`` | probabilities -> the most likely codeword |
| ``text`` | ``TextBits``, ``TextOneHot``: words as targets |
| ``integers`` | ``IntegerBits``: integers as targets |
| ``characters`` | ``CharCodes``: texts as X |
| ``transformed_target`` | ``TransformedTargetClassifier``: a classifier of words, integers, sets |

Every codec is a scikit-learn transformer whose ``inverse_transform`` undoes ``transform`` exactly;
what could not be undone is refused by ``transform``.
"""

from skbits.codecs.characters import CharCodes
from skbits.codecs.integers import IntegerBits
from skbits.codecs.text import TextBits, TextOneHot
from skbits.codecs.transformed_target import TransformedTargetClassifier

__all__ = ["CharCodes", "IntegerBits", "TextBits", "TextOneHot", "TransformedTargetClassifier"]
