"""Codecs: what goes in comes back, the fast way is the most likely one, and errors say where."""

import itertools
import re
import string

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn.base import clone

from skbits import CharCodes, IntegerBits, TextBits, TextOneHot
from skbits.codecs import decoding

TEXT_CODECS = [TextBits, TextOneHot]

#: any character but NUL, which numpy's arrays of text cannot hold at an end
symbols = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
alphabets = st.lists(symbols, min_size=1, max_size=40, unique=True).map("".join)


@st.composite
def alphabet_and_words(draw, min_size=0):
    alphabet = draw(alphabets)
    letters = st.text(st.sampled_from(alphabet), max_size=7)
    return alphabet, draw(st.lists(letters, min_size=min_size, max_size=6))


# ------------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("codec", TEXT_CODECS)
@settings(deadline=None, max_examples=60)
@given(data=alphabet_and_words(), padding=symbols, extra=st.integers(0, 3))
def test_words_come_back(codec, data, padding, extra):
    alphabet, words = data
    words = [word.rstrip(padding) for word in words]
    length = max([1, *map(len, words)]) + extra
    codec = codec(alphabet, length, padding=padding).fit(words)
    bits = codec.transform(words)
    n_symbols = len(alphabet) + (padding not in alphabet)
    width = n_symbols if isinstance(codec, TextOneHot) else max(1, (n_symbols - 1).bit_length())
    assert bits.shape == (len(words), length * width)
    assert set(np.unique(bits)) <= {0, 1}
    for decode in (codec.inverse_transform, codec.decode_proba):
        assert decode(bits).tolist() == words
        assert decode(bits.astype(float)).dtype.kind == "U"


@pytest.mark.parametrize("codec", TEXT_CODECS)
@settings(deadline=None, max_examples=40)
@given(data=alphabet_and_words(min_size=1))
def test_what_is_left_open_is_learned(codec, data):
    words = [word.rstrip(" ") for word in data[1]]
    codec = codec(alphabet=None, vocabulary="fit").fit(words)
    assert codec.max_length_ == max([1, *map(len, words)])
    assert set(codec.symbols_) == {*"".join(words), " "}
    assert codec.decode_proba(codec.transform(words)).tolist() == words


@settings(deadline=None, max_examples=60)
@given(
    integers=st.lists(st.integers(0, 2**63 - 1), max_size=6),
    code=st.sampled_from(["binary", "gray"]),
)
def test_integers_come_back(integers, code):
    codec = IntegerBits(code=code).fit(integers)
    bits = codec.transform(integers)
    assert bits.shape == (len(integers), max([1, *(i.bit_length() for i in integers)]))
    assert codec.inverse_transform(bits).tolist() == integers


def test_every_code_of_some_bits_is_an_integer():
    every = np.array(list(itertools.product([0, 1], repeat=5)))
    for code in ("binary", "gray"):
        codec = IntegerBits(5, code).fit([0])
        integers = codec.inverse_transform(every)
        assert sorted(integers) == list(range(32))
        np.testing.assert_array_equal(codec.transform(integers), every)


def test_gray_neighbours_differ_in_one_bit():
    bits = IntegerBits(6, "gray").fit_transform(np.arange(64))
    assert (np.abs(np.diff(bits, axis=0)).sum(axis=1) == 1).all()


@pytest.mark.parametrize("handle_unknown", ["error", "index"])
@pytest.mark.parametrize("output", ["index", "scaled", "onehot"])
@settings(deadline=None, max_examples=40)
@given(
    texts=st.lists(st.text(symbols, max_size=7), min_size=1, max_size=5).filter(any),
    extra=st.integers(0, 3),
)
def test_texts_come_back(output, handle_unknown, texts, extra):
    length = max(map(len, texts)) + extra
    codes = CharCodes(length, output, handle_unknown=handle_unknown).fit(texts)
    X = codes.transform(texts)
    assert X.shape[:2] == (len(texts), length)
    assert codes.inverse_transform(X).tolist() == texts
    for text, row in zip(texts, X, strict=True):
        assert all(step.any() for step in row[: len(text)])
        assert not row[len(text) :].any(), "padding is zeros"


# ------------------------------------------------------------------------------- the codes


def test_the_codes_of_the_letters():
    codec = TextBits(max_length=13).fit(["hydrogen"])
    assert codec.n_bits_ == 65
    assert codec.transform(["hydrogen"]).shape == (1, 65)
    codes = codec.transform(["abcz"]).reshape(13, 5)
    assert codes[:5].tolist() == [
        [0, 0, 0, 0, 0],
        [0, 0, 0, 0, 1],
        [0, 0, 0, 1, 0],
        [1, 1, 0, 0, 1],
        [1, 1, 0, 1, 0],  # the space
    ]


def test_a_padding_outside_the_alphabet_takes_the_next_code():
    with_space = TextBits(string.ascii_lowercase + " ", 4).fit([""])
    without = TextBits(string.ascii_lowercase, 4).fit([""])
    words = ["ab", "", "abcd"]
    np.testing.assert_array_equal(with_space.transform(words), without.transform(words))
    assert with_space.transform(["a b"]).shape == (1, 20)
    with pytest.raises(ValueError, match="'a b' in row 0: its symbol ' ' is not in the alphabet"):
        without.transform(["a b"])


def test_more_bits_than_needed():
    codec = TextBits("ab", 2, bits_per_symbol=8).fit(["ab"])
    assert codec.transform(["b"]).shape == (1, 16)
    assert codec.inverse_transform(codec.transform(["b"])).tolist() == ["b"]


def test_indices_scaled_codes_and_steps():
    texts = ["f0", "0"]
    assert CharCodes(alphabet="0f").fit_transform(texts).tolist() == [[2, 1], [1, 0]]
    scaled = CharCodes(output="scaled").fit_transform(texts)
    assert scaled.tolist() == [[ord("f") / 256, ord("0") / 256], [ord("0") / 256, 0]]
    onehot = CharCodes(3, output="onehot", alphabet="0f").fit_transform(texts)
    assert onehot.shape == (2, 3, 2)
    assert onehot.sum(axis=(1, 2)).tolist() == [2, 1]
    assert scaled.dtype == onehot.dtype == np.float32


def test_unknown_characters():
    codes = CharCodes(handle_unknown="index").fit(["ab"])
    assert codes.n_indices_ == 4
    assert codes.transform(["bx"]).tolist() == [[2, 3]]
    assert codes.inverse_transform([[2, 3]]).tolist() == ["b\N{REPLACEMENT CHARACTER}"]
    scaled = clone(codes).set_params(output="scaled").fit(["ab"])
    assert scaled.inverse_transform(scaled.transform(["bx"])) == ["bx"]
    assert CharCodes().fit(["ab"]).n_indices_ == 3


# ------------------------------------------------------------------------------- invalid codes


def test_what_is_no_symbol_reads_as_the_replacement_character():
    codec = TextBits("abc", 2).fit([""])  # 4 codes with the padding, which words may not hold
    assert codec.inverse_transform([[1, 1, 0, 1], [0, 1, 1, 1]]).tolist() == ["\ufffdb", "b"]
    hot = TextOneHot("ab", 2).fit([""])
    blocks = [[0, 0, 0, 1, 0, 0], [1, 1, 0, 0, 0, 1]]  # none, and two
    assert hot.inverse_transform(blocks).tolist() == ["\ufffda", "\ufffd"]
    with pytest.raises(ValueError, match="no symbol's codeword in row 0, at symbol 0.*decode_prob"):
        hot.set_params(errors="strict").inverse_transform(blocks)


# ------------------------------------------------------------------------------- most likely words


def likelihood(p, codeword):
    return np.where(codeword == 1, p, 1 - p).prod()


@pytest.mark.parametrize("alphabet", ["ab ", "abc", "abcd"])
@pytest.mark.parametrize("codec", TEXT_CODECS)
def test_soft_decoding_is_the_most_likely_of_all_words(codec, alphabet):
    codec = codec(alphabet, 3).fit([""])
    letters = alphabet if " " in alphabet else alphabet.strip()
    words = ["".join(word) for n in range(4) for word in itertools.product(letters, repeat=n)]
    words = [word for word in words if not word.endswith(" ")]
    codewords = codec.transform(words)
    rng = np.random.default_rng(0)
    p = rng.uniform(size=(40, codewords.shape[1]))
    if isinstance(codec, TextOneHot):
        blocks = p.reshape(40, 3, -1)
        p = (blocks / blocks.sum(axis=2, keepdims=True)).reshape(40, -1)
        scores = [[np.where(word == 1, row, 1).prod() for word in codewords] for row in p]
    else:
        scores = [[likelihood(row, word) for word in codewords] for row in p]
    best = [words[i] for i in np.argmax(scores, axis=1)]
    assert codec.decode_proba(p).tolist() == best
    # the same through a vocabulary of all words, and among a few of them
    assert codec.set_params(vocabulary=words).fit([""]).decode_proba(p).tolist() == best
    few = words[::5]
    best = [few[i] for i in np.argmax(np.array(scores)[:, ::5], axis=1)]
    assert codec.set_params(vocabulary=few).fit([""]).decode_proba(p).tolist() == best


def test_the_most_likely_integer_among_those_that_occur():
    p = np.random.default_rng(0).uniform(size=(50, 4))
    for code in ("binary", "gray"):
        codec = IntegerBits(code=code, values=range(10)).fit([3])
        codewords = codec.transform(range(10))
        best = [np.argmax([likelihood(row, word) for word in codewords]) for row in p]
        assert codec.decode_proba(p).tolist() == best
    assert IntegerBits(values="fit").fit([2, 5, 2]).values_.tolist() == [2, 5]
    assert not hasattr(IntegerBits().fit([2]), "decode_proba")


def test_soft_decoding_recovers_more_words_than_thresholds():
    rng = np.random.default_rng(0)
    words = ["".join(rng.choice(list(string.ascii_lowercase), 6)) for _ in range(400)]
    codec = TextBits(vocabulary=None).fit(words)
    bits = codec.transform(words)
    # a channel with noise, and the true posterior of each bit at its end
    received = 2 * bits - 1 + 0.55 * rng.normal(size=bits.shape)
    p = 1 / (1 + np.exp(-2 * received / 0.55**2))
    hard = codec.inverse_transform((p >= 0.5).astype(int))
    soft = codec.decode_proba(p)
    among = codec.set_params(vocabulary="fit").fit(words).decode_proba(p)
    recovered = [np.mean(found == words) for found in (hard, soft, among)]
    assert recovered[0] < recovered[1] < recovered[2]
    assert recovered[2] > 0.9


def test_certain_and_impossible_probabilities():
    codec = TextBits("abc ", 2, vocabulary=["aa", "cb"]).fit([""])
    assert codec.decode_proba([[0, 0, 0, 0], [1, 0, 0, 1]]).tolist() == ["aa", "cb"]
    # neither is possible: the fewer contradictions
    assert codec.decode_proba([[1, 0, 0, 0.5]]).tolist() == ["cb"]
    assert codec.decode_proba(np.zeros((0, 4))).shape == (0,)


def test_blocks_change_nothing(monkeypatch):
    codec = TextBits(max_length=4).fit([""])
    p = np.random.default_rng(0).uniform(size=(30, 20))
    expected = codec.decode_proba(p)
    monkeypatch.setattr(decoding, "BLOCK", 300)
    assert codec.decode_proba(p).tolist() == expected.tolist()
    among = clone(codec).set_params(vocabulary=expected).fit([""])
    assert among.decode_proba(p).tolist() == expected.tolist()


def test_equally_likely_words():
    # the first of the vocabulary, however the sums are rounded; twice in it is once
    p = np.random.default_rng(0).integers(0, 6, size=(3000, 10)) / 5
    codec = TextBits("abcd", 5, padding="d", vocabulary=["abca", "bbcc", "abca", "", "cab"]).fit([])
    assert codec.vocabulary_.tolist() == ["abca", "bbcc", "", "cab"]
    together = codec.decode_proba(p)
    assert [codec.decode_proba(row[None])[0] for row in p] == together.tolist()
    assert codec.decode_proba(np.full((1, 10), 0.5)).tolist() == ["abca"]
    # over an alphabet without the padding, the shortest word
    assert TextBits("abc", 5).fit([""]).decode_proba(np.full((1, 10), 0.5)).tolist() == [""]


def test_small_probabilities_differ():
    codec = TextBits("ab", 1, padding="b", vocabulary=["a", ""]).fit([""])
    hot = TextOneHot("ab", 1, padding="b", vocabulary=["a", ""]).fit([""])
    assert hot.decode_proba([[1e-5, 1e-4], [1e-4, 1e-5], [1e-300, 0]]).tolist() == ["", "a", "a"]
    assert codec.decode_proba([[1e-5]]).tolist() == ["a"]


def test_a_vocabulary_counts_for_length_and_alphabet():
    codec = TextBits(alphabet=None, vocabulary=["abcd"]).fit(["a"])
    assert codec.max_length_ == 4
    assert codec.inverse_transform(codec.transform(["abcd"])).tolist() == ["abcd"]


def test_parameters_are_read_by_fit():
    words, integers, texts = TextBits(), IntegerBits(), CharCodes()
    bits, digits, codes = (
        words.fit_transform(["ab", "a"]),
        integers.fit_transform([5]),
        texts.fit_transform(["abc"]),
    )
    words.set_params(padding="z", alphabet="ba", max_length=1, vocabulary=["a"])
    assert (
        words.inverse_transform(bits).tolist() == words.decode_proba(bits).tolist() == ["ab", "a"]
    )
    np.testing.assert_array_equal(words.transform(["ab", "a"]), bits)
    integers.set_params(code="gray", n_bits=1, values=[1])
    assert integers.inverse_transform(digits).tolist() == [5]
    assert not hasattr(integers, "decode_proba")
    texts.set_params(output="onehot", handle_unknown="index")
    assert texts.inverse_transform(codes).tolist() == ["abc"]
    with pytest.raises(ValueError, match="its symbol 'x'"):
        texts.transform(["x"])
    with pytest.raises(ValueError, match="errors='none'"):
        words.set_params(errors="none").inverse_transform(bits)


# ------------------------------------------------------------------------------- forms of input


@pytest.mark.parametrize(
    "form", [list, tuple, np.array, pd.Series, lambda w: np.array(w, dtype=object)[:, None]]
)
def test_forms_of_words(form):
    words = ["ab", "", "b"]
    expected = TextBits().fit(words).transform(words)
    np.testing.assert_array_equal(TextBits().fit(form(words)).transform(form(words)), expected)
    np.testing.assert_array_equal(
        CharCodes().fit_transform(form(words)), CharCodes().fit_transform(words)
    )


@pytest.mark.parametrize(
    "form",
    [
        np.array,
        pd.Series,
        lambda i: np.array(i, float)[:, None],
        lambda i: pd.Series([np.uint8(value) for value in i], dtype=object),
    ],
)
def test_forms_of_integers(form):
    assert IntegerBits().fit_transform(form([1, 2])).tolist() == [[0, 1], [1, 0]]


def test_large_integers_beside_floats():
    codec = IntegerBits()
    assert codec.inverse_transform(codec.fit_transform([2**53 + 1, 1.0])).tolist() == [2**53 + 1, 1]


@pytest.mark.parametrize("form", [np.array, pd.DataFrame, sparse.csr_matrix, sparse.coo_array])
def test_forms_of_bits(form):
    codec = TextBits(max_length=2).fit([""])
    bits = codec.transform(["ab"])
    assert codec.inverse_transform(form(bits)).tolist() == ["ab"]
    assert codec.inverse_transform(form(bits.astype(bool))).tolist() == ["ab"]


def test_no_rows():
    for codec in (TextBits(), TextOneHot(), CharCodes(alphabet="ab"), IntegerBits()):
        encoded = codec.fit(["a"] if codec.__class__ is not IntegerBits else [1]).transform([])
        assert encoded.shape[0] == 0
        assert codec.inverse_transform(encoded).shape == (0,)


def test_a_fit_that_fails_changes_nothing():
    codec = TextBits().fit(["abc"])
    codec.set_params(bits_per_symbol=2)
    with pytest.raises(ValueError, match="bits_per_symbol"):
        codec.fit(["a"])
    assert codec.max_length_ == 3
    assert codec.transform(["abc"]).shape == (1, 15)


# ------------------------------------------------------------------------------- errors

WORDS = [
    (["ab", "abcd"], "words holds 'abcd' .* at most 3. Raise max_length, or shorten it"),
    (
        ["ab", "aB"],
        "words holds 'aB' in row 1: its symbol 'B' is not in the alphabet "
        "'abcdefghijklmnopqrstuvwxyz '. Set alphabet=..., .* None for those in fit",
    ),
    (["ab", "b "], "words holds 'b ' in row 1, which ends in the padding ' '"),
    (["ab", 3], "words holds 3 in row 1: expected a str"),
    ([None], "words holds None in row 0"),
    (["a\0"], "the NUL character cannot be kept"),
    ("ab", "words='ab': expected a sequence of str"),
    (None, "words=None: expected a sequence of str"),
    (iter(["ab"]), "words=<.*>: expected a sequence of str"),
    ({"ab"}, "words={'ab'}: expected a sequence of str"),
    ([["ab", "b"]], r"words has shape \(1, 2\)"),
]


@pytest.mark.parametrize(("words", "message"), WORDS, ids=[str(i) for i in range(len(WORDS))])
@pytest.mark.parametrize("codec", TEXT_CODECS)
def test_words_that_cannot_be_encoded(codec, words, message):
    codec = codec(max_length=3)
    with pytest.raises(ValueError, match=message):
        codec.fit(words)
    with pytest.raises(ValueError, match=message):
        codec.fit([""]).transform(words)


TEXTS = [
    (["ab", "abcd"], "texts holds 'abcd' in row 1, of 4 symbols: expected at most 3"),
    (["ab", "ax"], "texts holds 'ax' in row 1: its symbol 'x' is not in the alphabet 'abc'. Add"),
    ([3], "texts holds 3 in row 0"),
]


@pytest.mark.parametrize(("texts", "message"), TEXTS)
def test_texts_that_cannot_be_encoded(texts, message):
    with pytest.raises(ValueError, match=message):
        CharCodes().fit(["abc"]).transform(texts)


def test_a_long_alphabet_is_shown_in_part():
    codec = TextBits("".join(map(chr, range(200, 300)))).fit([])
    shown = "".join(map(chr, [*range(200, 234), *(3 * [ord(".")]), 297, 298, 299]))
    with pytest.raises(ValueError, match=f"'a' is not in the alphabet '{re.escape(shown)}'"):
        codec.transform(["a"])


INTEGERS = [
    ([1, 8], "integers holds 8 in row 1, which does not fit n_bits=3: expected at most 7"),
    ([-1], "integers holds -1 in row 0: expected whole numbers from 0 .* Subtract the smallest"),
    (
        [2, -0.5],
        r"integers holds -0.5 in row 1: expected whole numbers from 0 to 2\*\*63 - 1\. Round it",
    ),
    ([0.5], "integers holds 0.5 in row 0"),
    ([True], "integers holds True in row 0"),
    ([1, True], "integers holds True in row 1"),
    ([1, "2"], "integers holds '2' in row 1"),
    (np.array(["2020-01-01"], "M8[ns]"), "expected a sequence of integers"),
    (None, "integers=None: expected a sequence"),
    (["1"], "integers holds '1' in row 0"),
    ([2**63], "integers holds 9223372036854775808 in row 0"),
    ([np.nan], "integers holds nan in row 0"),
    ([[1, 2]], r"integers has shape \(1, 2\)"),
]


@pytest.mark.parametrize(("integers", "message"), INTEGERS)
def test_integers_that_cannot_be_encoded(integers, message):
    for fit in (IntegerBits(3).fit, IntegerBits(3).fit([1]).transform):
        with pytest.raises(ValueError, match=message):
            fit(integers)


PARAMETERS = [
    (TextBits(""), "alphabet is empty"),
    (TextBits("aba"), "alphabet holds 'a' twice"),
    (TextBits(["ab", "c"]), "alphabet holds 'ab': expected symbols of one character"),
    (TextBits(3), "alphabet=3: expected a str"),
    (TextBits({"a"}), "alphabet={'a'}: expected a str of all symbols, whose order"),
    (TextBits(vocabulary=5), "vocabulary=5: expected a sequence of words"),
    (CharCodes(output=["index"]), "output=.*expected one of index"),
    (TextBits(max_length=0), "max_length=0: expected a whole number of at least 1"),
    (TextBits(bits_per_symbol=4), "makes 16 codes, but there are 27 symbols.*at least 5"),
    (TextBits(bits_per_symbol="all"), "bits_per_symbol='all': expected 'auto' or"),
    (TextBits(padding=""), "padding='': expected one character"),
    (TextBits(vocabulary="seen"), "vocabulary='seen': expected a sequence of words, 'fit'"),
    (TextBits(vocabulary=[]), "vocabulary holds no words"),
    (TextBits(vocabulary=["A"]), "vocabulary holds 'A' in row 0: its symbol 'A' is not"),
    (TextBits(errors="ignore"), "errors='ignore': expected 'replace' or 'strict'"),
    (TextOneHot(max_length=1.5), "max_length=1.5"),
    (CharCodes(output="bits"), "output='bits': expected one of index, scaled, onehot"),
    (CharCodes(handle_unknown="drop"), "handle_unknown='drop': expected 'error' or 'index'"),
    (CharCodes(alphabet="b"), "its symbol 'a' is not in the alphabet"),
    (CharCodes(max_length=True), "max_length=True"),
]


@pytest.mark.parametrize(
    ("codec", "message"), PARAMETERS, ids=[str(codec) for codec, _ in PARAMETERS]
)
def test_parameters_that_cannot_be_used(codec, message):
    with pytest.raises(ValueError, match=message):
        codec.fit(["a"])


@pytest.mark.parametrize(
    ("codec", "message"),
    [
        (IntegerBits(0), "n_bits=0: expected 'auto' or a whole number from 1 to 63"),
        (IntegerBits(64), "n_bits=64"),
        (IntegerBits(code="grey"), "code='grey': expected 'binary' or 'gray'"),
        (IntegerBits(values="all"), "values='all': expected a sequence of integers, 'fit'"),
        (IntegerBits(values=[]), "values holds no integers"),
        (IntegerBits(values=5), "values=5: expected a sequence of integers"),
        (IntegerBits(code=["gray"]), "code=.*expected 'binary' or 'gray'"),
        (IntegerBits(2, values=[4]), "values holds 4 in row 0, which does not fit n_bits=2"),
    ],
    ids=str,
)
def test_parameters_of_integers(codec, message):
    with pytest.raises(ValueError, match=message):
        codec.fit([1])


def test_bits_and_probabilities_that_cannot_be_read():
    codec = TextBits(max_length=1).fit([""])
    for bits, message in [
        ([[0, 0, 0, 0, 2]], "bits holds 2 in row 0, column 4: expected 0 or 1"),
        ([[0, 0, 0, 0, 0.5]], "0.5 .* Probabilities are for decode_proba"),
        ([[0, 1]], r"bits has shape \(1, 2\): expected \(n, 5\)"),
        ([0, 1, 0, 0, 1], r"bits has shape \(5,\)"),
        ([["a"] * 5], "bits holds what is no number"),
    ]:
        with pytest.raises(ValueError, match=message):
            codec.inverse_transform(bits)
    with pytest.raises(ValueError, match="probabilities holds 1.5 in row 0"):
        codec.decode_proba([[0, 0, 0, 0, 1.5]])
    with pytest.raises(ValueError, match="NaN"):
        codec.decode_proba([[0, 0, 0, 0, np.nan]])


@pytest.mark.parametrize(
    ("output", "X", "message"),
    [
        ("index", [[1, 3]], "X holds 3.* in row 0, step 1: expected whole numbers from 0 to 2"),
        ("index", [[0, 1]], "X goes on after a step of zeros in row 0"),
        ("index", [[1, 2, 1]], r"X has shape \(1, 3\): expected \(n, 2\)"),
        ("scaled", [[0.3, 0]], "X holds 0.3 in row 0, step 0: expected character codes divided"),
        ("onehot", [[[1, 1], [0, 0]]], "expected zeros and ones, at most one 1 in a step"),
    ],
)
def test_codes_that_are_none(output, X, message):
    codes = CharCodes(output=output).fit(["ab"])
    with pytest.raises(ValueError, match=message):
        codes.inverse_transform(X)


@pytest.mark.parametrize(
    "value",
    [2.5, np.float32(2.5), np.float16(0.5), np.longdouble(2**53) + np.longdouble(0.5), -0.5],
)
def test_a_fraction_is_refused_by_every_way_in(value):
    """One of more digits than a float has, too: as a float it would be whole."""
    if float(value).is_integer() and np.longdouble(value) == np.float64(value):
        pytest.skip("this machine has no float longer than 64 bits")
    codec = IntegerBits(n_bits=63).fit([0])
    for call in (
        lambda: codec.transform([1, value]),
        lambda: IntegerBits().fit([1, value]),
        lambda: IntegerBits(values=[1, value]).fit([1]),
    ):
        with pytest.raises(ValueError, match=r"holds .* in row 1: expected whole .* Round it"):
            call()
