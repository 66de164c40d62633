"""TransformedTargetClassifier: words, integers and sets as y, with classifiers of any make."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    LabelBinarizer,
    LabelEncoder,
    MultiLabelBinarizer,
    StandardScaler,
)
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import parametrize_with_checks

from skbits import (
    BinaryClassifier,
    BitVectorClassifier,
    CharCodes,
    IntegerBits,
    OneHotClassifier,
    TextBits,
    TextOneHot,
    TransformedTargetClassifier,
    TunedThresholdsCV,
)

WORDS = ["ant", "bee", "cat", "no"]
rng = np.random.default_rng(0)
KIND = rng.permutation(np.repeat(np.arange(4), 12))
X = rng.normal(size=(48, 4)) * 0.3 + 3 * np.eye(4)[KIND]
WORD = np.array(WORDS)[KIND]
SETS = [{"a"} if k == 0 else {"a", "b"} if k == 1 else {"b"} if k == 2 else set() for k in KIND]

TRAINING = {
    "hidden_layer_sizes": (32,),
    "epochs": 40,
    "batch_size": 8,
    "optimizer__learning_rate": 0.02,
    "random_state": 0,
}


@pytest.fixture(scope="module")
def words():
    clf = TransformedTargetClassifier(BitVectorClassifier(**TRAINING), TextBits())
    return clf.fit(X, WORD)


# ------------------------------------------------------------------------------- what it does


@pytest.mark.parametrize(
    ("classifier", "codec", "y"),
    [
        (BitVectorClassifier(**TRAINING), TextBits(), WORD),
        (OneHotClassifier(n_groups=3, **TRAINING), TextOneHot(), WORD),
        (BitVectorClassifier(**TRAINING), IntegerBits(), 3 * KIND),
        (BitVectorClassifier(**TRAINING), IntegerBits(code="gray", values="fit"), 3 * KIND),
        (BitVectorClassifier(**TRAINING), LabelBinarizer(), WORD),
        (OneHotClassifier(**TRAINING), LabelBinarizer(), WORD),
        (BinaryClassifier(**TRAINING), LabelBinarizer(), WORD == "ant"),
        (BitVectorClassifier(**TRAINING), LabelBinarizer(), np.where(KIND > 1, "yes", "no")),
        (KNeighborsClassifier(), TextBits(), WORD),
        (RandomForestClassifier(random_state=0), TextBits(), WORD),
        (DecisionTreeClassifier(), LabelBinarizer(), np.where(KIND > 1, "yes", "no")),
        (MLPClassifier(max_iter=500, random_state=0), TextOneHot(), WORD),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_labels_come_back(classifier, codec, y):
    clf = TransformedTargetClassifier(classifier, codec).fit(X, y)
    predicted = clf.predict(X)
    np.testing.assert_array_equal(predicted, y)
    assert predicted.dtype.kind == y.dtype.kind
    np.testing.assert_array_equal(clf.classes_, np.unique(y))
    assert clf.score(X, y) == 1
    assert clf.predict(X[:1]).shape == (1,)
    assert clf.n_features_in_ == 4


@pytest.mark.parametrize("row", [set, frozenset, tuple, list])
def test_sets_of_labels_come_back(row):
    y = [row(sorted(labels)) for labels in SETS]
    clf = TransformedTargetClassifier(BitVectorClassifier(**TRAINING), MultiLabelBinarizer())
    predicted = clf.fit(X, y).predict(X)
    assert predicted.shape == (48,)
    assert predicted.tolist() == y
    assert clf.classes_.tolist() == ["a", "b"]
    assert clf.score(X, y) == 1
    assert clf.score(X, [row("b")] * 48) == np.mean(KIND == 2)


def test_sparse_indicators_of_sets():
    codec = MultiLabelBinarizer(sparse_output=True)
    clf = TransformedTargetClassifier(BitVectorClassifier(**TRAINING), codec)
    assert clf.fit(X, SETS).predict(X).tolist() == SETS


def test_the_order_of_several_labels_means_nothing():
    clf = TransformedTargetClassifier(KNeighborsClassifier(1), MultiLabelBinarizer())
    clf.fit([[0], [1]], [["b", "a"], ["a"]])
    for y in ([["b", "a"], ["a"]], [["a", "b"], ["a"]]):
        assert clf.score([[0], [1]], y) == 1


@pytest.mark.parametrize("form", [list, lambda rows: pd.Series(rows)])
def test_rows_of_labels_in_other_forms_come_back_as_tuples(form):
    y = form([np.array(sorted(labels), dtype=str) for labels in SETS])
    clf = TransformedTargetClassifier(KNeighborsClassifier(), MultiLabelBinarizer()).fit(X, y)
    assert clf.predict(X).tolist() == [tuple(sorted(labels)) for labels in SETS]
    assert clf.score(X, y) == 1


@pytest.mark.parametrize("form", [pd.Series, lambda w: w.reshape(-1, 1), pd.DataFrame, list])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.DataConversionWarning")
def test_score_reads_y_as_fit_does(form):
    clf = TransformedTargetClassifier(KNeighborsClassifier(), TextBits()).fit(X, form(WORD))
    assert clf.score(X, form(WORD)) == 1
    assert clf.score(X[:1], form(WORD[:1])) == 1
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        clf.score(X[:2], form(WORD))


def test_one_bit():
    clf = TransformedTargetClassifier(KNeighborsClassifier(), IntegerBits())
    y = (KIND > 1).astype(int)
    np.testing.assert_array_equal(clf.fit(X, y).predict(X), y)


# ------------------------------------------------------------------------------- soft and hard


class Fixed(ClassifierMixin, BaseEstimator):
    """A classifier that answers with the given probabilities, which X holds."""

    def fit(self, X, y):
        self.classes_ = np.arange(np.shape(y)[1]).astype(object)
        return self

    def predict_proba(self, X):
        return np.asarray(X)

    def predict(self, X):
        return (np.asarray(X) >= 0.5).astype(int)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.single_output = False
        return tags


def test_soft_decoding_where_the_codec_has_it():
    codec = TextBits(max_length=1).fit([""])
    p = codec.transform(["n"]) * 0.8 + 0.1
    p[0, 0] = 0.6  # 11101 is nobody's code
    for decoding, expected in [("auto", "n"), ("soft", "n"), ("hard", "\ufffd")]:
        clf = TransformedTargetClassifier(Fixed(), TextBits(), decoding=decoding)
        assert clf.fit([[0.0] * 5], ["a"]).predict(p).tolist() == [expected]


def test_hard_decoding_where_the_codec_has_no_other():
    clf = TransformedTargetClassifier(Fixed(), IntegerBits()).fit([[0, 0]], [3])
    assert clf.predict([[0.6, 0.4]]).tolist() == [2]


def test_hard_decoding_goes_by_the_threshold(words):
    hard = clone(words).set_params(decoding="hard").fit(X, WORD)
    np.testing.assert_array_equal(hard.predict(X), WORD)
    hard.classifier_.set_params(threshold=np.inf)
    assert set(hard.predict(X)) == {"aaa"}
    words = pickle.loads(pickle.dumps(words))
    words.classifier_.set_params(threshold=np.inf)
    np.testing.assert_array_equal(words.predict(X), WORD)


def test_no_label_or_several_are_told_by_their_probabilities():
    clf = TransformedTargetClassifier(Fixed(), LabelBinarizer())
    clf.fit(np.zeros((3, 3)), ["a", "b", "c"])
    p = [[0.1, 0.2, 0.4], [0.6, 0.7, 0.1], [0.1, 0.8, 0.2]]
    assert clf.predict(p).tolist() == ["c", "b", "b"]
    assert TransformedTargetClassifier(Fixed(), LabelBinarizer()).fit(
        [[0.0]] * 2, ["no", "yes"]
    ).predict([[0.2], [0.7]]).tolist() == ["no", "yes"]


def test_rows_with_one_label_go_by_the_thresholds():
    class Late(Fixed):
        def predict(self, X):
            return (np.asarray(X) >= 0.9).astype(int)

    clf = TransformedTargetClassifier(Late(), LabelBinarizer()).fit(np.zeros((3, 3)), [*"abc"])
    # the second is the likelier one, but only the first row has one label
    p = [[0.9, 0.95 - 0.1, 0.0], [0.2, 0.3, 0.1]]
    assert clf.predict(p).tolist() == ["a", "b"]
    p[0][1], p[0][0] = 0.91, 0.89
    assert clf.predict(p).tolist() == ["b", "b"]


def test_decoding_is_read_at_each_call(words):
    words = pickle.loads(pickle.dumps(words))
    with pytest.raises(ValueError, match="decoding='best'"):
        words.set_params(decoding="best").predict(X)


def test_a_row_is_decoded_alike_alone_and_among_others():
    # a neighbourhood's shares tie all the time
    rng = np.random.default_rng(0)
    vocabulary = ["".join(rng.choice([*"abcdefgh"], 5)) for _ in range(40)]
    y = rng.choice(vocabulary, 300)
    near, asked = rng.normal(size=(300, 3)), rng.normal(size=(400, 3))
    clf = TransformedTargetClassifier(KNeighborsClassifier(5), TextBits(vocabulary="fit"))
    together = clf.fit(near, y).predict(asked)
    assert [clf.predict(row[np.newaxis])[0] for row in asked] == together.tolist()


def test_no_label_and_no_probabilities_is_an_error():
    class Silent(Fixed):
        predict_proba = property()

    clf = TransformedTargetClassifier(Silent(), LabelBinarizer()).fit(np.zeros((3, 3)), [*"abc"])
    with pytest.raises(ValueError, match="predicts 0 labels in row 0, where y had one"):
        clf.predict(np.zeros((1, 3)))


# ------------------------------------------------------------------------------- in scikit-learn


def test_it_is_a_classifier_that_can_be_cloned_and_pickled(words):
    assert is_classifier(words)
    assert words.codec_ is not words.codec
    copy = pickle.loads(pickle.dumps(words))
    np.testing.assert_array_equal(copy.predict(X), words.predict(X))
    again = clone(words).fit(X, WORD)
    np.testing.assert_array_equal(
        again.classifier_.predict_proba(X), words.classifier_.predict_proba(X)
    )
    assert "codec=TextBits()" in repr(clone(words))


def test_search_over_architecture_and_codec(trainings):
    search = GridSearchCV(
        TransformedTargetClassifier(BitVectorClassifier(**TRAINING), TextBits()),
        {"classifier__hidden_layer_sizes": [(4,), (8,)], "codec__vocabulary": [None, "fit"]},
        cv=KFold(2),
    ).fit(X, WORD)
    assert sorted({t.units for t in trainings}) == [4, 8]
    assert len(trainings) == 2 * 2 * 2 + 1
    assert set(search.predict(X)) <= set(WORDS)


@pytest.mark.filterwarnings("ignore:bits .* have fewer than 10 positives:UserWarning")
@pytest.mark.filterwarnings("ignore:the estimator gives every row")
def test_tuned_cutoffs_within_and_codecs_searched():
    tree = DecisionTreeClassifier(random_state=0)
    tuned = TransformedTargetClassifier(TunedThresholdsCV(tree, cv=3), TextBits(), decoding="hard")
    assert tuned.fit(X, WORD).score(X, WORD) == 1
    codecs = [TextBits(), TextOneHot()]
    search = GridSearchCV(tuned.set_params(classifier=tree), {"codec": codecs}, cv=3)
    assert set(search.fit(X, WORD).predict(X)) == set(WORDS)


def test_in_a_pipeline_and_around_one():
    texts = [f"{word}{i % 3}" for i, word in enumerate(WORD)]
    net = BitVectorClassifier(**TRAINING)
    around = TransformedTargetClassifier(
        make_pipeline(CharCodes(output="onehot"), net), TextBits(vocabulary="fit")
    )
    within = make_pipeline(
        CharCodes(output="onehot"), TransformedTargetClassifier(net, TextBits(vocabulary="fit"))
    )
    predicted = around.fit(texts, WORD).predict(texts)
    np.testing.assert_array_equal(predicted, WORD)
    np.testing.assert_array_equal(within.fit(texts, WORD).predict(texts), predicted)


def test_cross_validation_of_words_and_sets():
    tree = DecisionTreeClassifier(random_state=0)
    words = TransformedTargetClassifier(tree, TextBits())
    assert cross_val_score(words, X, WORD, scoring="accuracy").min() > 0.7
    sets = TransformedTargetClassifier(tree, MultiLabelBinarizer())
    assert cross_val_score(sets, X, SETS, cv=3).min() > 0.7


def test_sample_weight_goes_to_the_classifier():
    y = ["a", "b"] * 24
    weights = np.tile([1.0, 0.0], 24)
    clf = TransformedTargetClassifier(DecisionTreeClassifier(max_depth=1), TextBits())
    assert set(clf.fit(np.zeros((48, 1)), y, sample_weight=weights).predict([[0]])) == {"a"}
    assert clf.score(np.zeros((48, 1)), y, sample_weight=weights) == 1
    with config_context(enable_metadata_routing=True):
        tree = DecisionTreeClassifier(max_depth=1).set_fit_request(sample_weight=True)
        routed = TransformedTargetClassifier(tree, TextBits())
        routed.fit(np.zeros((48, 1)), y, sample_weight=weights)
        assert routed.predict([[0]]) == ["a"]
        routed.set_score_request(sample_weight=True)
        pipeline = make_pipeline(FunctionTransformer(), routed).fit(
            np.zeros((48, 1)), y, sample_weight=weights
        )
        assert pipeline.score(np.zeros((48, 1)), y, sample_weight=weights) == 1


def test_names_of_columns():
    frame = pd.DataFrame(X, columns=list("pqrs"))
    clf = TransformedTargetClassifier(
        make_pipeline(StandardScaler(), KNeighborsClassifier()), TextBits()
    ).fit(frame, pd.Series(WORD))
    assert clf.feature_names_in_.tolist() == list("pqrs")
    assert clf.predict(frame).tolist() == WORD.tolist()


@parametrize_with_checks(
    [
        TransformedTargetClassifier(
            MLPClassifier((16,), learning_rate_init=0.03, max_iter=150, random_state=0),
            LabelBinarizer(),
        ),
        TransformedTargetClassifier(DecisionTreeClassifier(random_state=0), LabelBinarizer()),
    ],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# ------------------------------------------------------------------------------- errors


def test_a_fit_that_fails_changes_nothing():
    clf = TransformedTargetClassifier(KNeighborsClassifier(1), TextBits()).fit(X, WORD)
    with pytest.raises(ValueError, match="its symbol 'É'"):
        clf.fit(X, ["É"] * 48)
    with pytest.raises(ValueError, match="inconsistent"):
        clf.fit(X[:3], WORD)
    np.testing.assert_array_equal(clf.predict(X), WORD)


@pytest.mark.parametrize(
    ("params", "y", "message"),
    [
        ({"decoding": "best"}, WORD, "decoding='best': expected 'auto', 'soft' or 'hard'"),
        (
            {"codec": IntegerBits(), "decoding": "soft"},
            KIND,
            "IntegerBits, which has no decode_proba",
        ),
        (
            {"classifier": RidgeClassifier(), "decoding": "soft"},
            WORD,
            "RidgeClassifier, which has no predict_proba",
        ),
        ({"codec": LabelBinarizer(neg_label=-1)}, WORD, "LabelBinarizer gives -1: expected zeros"),
        ({"codec": LabelEncoder()}, WORD, r"LabelEncoder gives an array of shape \(48,\)"),
        ({"codec": MultiLabelBinarizer()}, WORD, "y holds .* each letter for a label"),
        ({}, None, "requires y to be passed"),
        ({}, KIND, "words holds .* expected a str"),
    ],
)
def test_what_cannot_be_fitted(params, y, message):
    clf = TransformedTargetClassifier(KNeighborsClassifier(), TextBits()).set_params(**params)
    with pytest.raises(ValueError, match=message):
        clf.fit(X, y)
