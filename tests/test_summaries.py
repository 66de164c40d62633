"""What is fitted, in about ten lines; and what scikit-learn shows of it."""

import re
from html import escape

import keras
import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.exceptions import NotFittedError
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import matthews_corrcoef
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    ShuffleSplit,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from small_fits import BITS, CLASSES, FAST, LABELS, TARGETS, X

from skbits import (
    BinaryClassifier,
    BitVectorClassifier,
    IntegerBits,
    OneHotClassifier,
    RecenteredClassifier,
    ThresholdGridSearchCV,
    TransformedTargetClassifier,
    TunedThresholdsCV,
)
from skbits.summaries import architecture
from skbits.thresholds.thresholded import FixedThresholds

estimators = pytest.mark.parametrize("estimator", TARGETS, ids=lambda cls: cls.__name__)
LOSSES = {
    BinaryClassifier: "binary_crossentropy",
    BitVectorClassifier: "binary_crossentropy",
    OneHotClassifier: "categorical_crossentropy",
}
CLF = BinaryClassifier(**FAST)


def facts_of(summary):
    """The lines of a summary, by their first word."""
    pairs = (re.match(r" *(\S+(?: \S+)*)  +(.*)", line) for line in summary.splitlines())
    return {pair[1]: pair[2] for pair in pairs if pair}


@estimators
def test_the_lines_say_what_is_there(estimator):
    clf = estimator(**FAST, early_stopping=True).fit(X, TARGETS[estimator])
    text = clf.summary()
    facts = facts_of(text)
    assert text.splitlines()[0] == estimator.__name__
    assert len(text.splitlines()) == 10
    assert facts["input"] == "4 values a row"
    assert facts["layers"] == clf.architecture_
    assert facts["weights"] == f"{clf.model_.count_params():,}"
    assert facts["head"].startswith(f"{clf._head_.name}, of ")
    assert facts["loss"] == LOSSES[estimator]
    assert facts["optimizer"] == "Adam, learning rate 0.001"
    assert facts["training"] == f"{clf.n_iter_} epochs, by the {clf.trainer_} trainer"
    for name, values in clf.history_.items():
        assert f"{name} {values[-1]:.4g}" in facts["at its end"]


def test_the_threshold_is_the_one_that_predict_reads_now():
    clf = BitVectorClassifier(**FAST, threshold=[0.1, 0.2, 0.3]).fit(X, BITS)
    assert facts_of(clf.summary())["thresholds"] == "0.1, 0.2, 0.3"
    clf.set_params(threshold=0.4)
    assert clf.thresholds_.tolist() == [0.4, 0.4, 0.4]
    assert facts_of(clf.summary())["thresholds"] == "0.4, 0.4, 0.4"


def test_many_bits_are_not_listed():
    clf = BitVectorClassifier(**FAST).fit(X, np.repeat(BITS, 10, axis=1))
    assert facts_of(clf.summary())["thresholds"].endswith("0.5 and 22 more")


META = {
    "TunedThresholdsCV": (TunedThresholdsCV(CLF, cv=2), LABELS),
    "ThresholdGridSearchCV": (
        ThresholdGridSearchCV(make_pipeline(StandardScaler(), CLF), [{}], cv=2), LABELS,
    ),
    "RecenteredClassifier": (RecenteredClassifier(CLF), LABELS),
    "TransformedTargetClassifier": (
        TransformedTargetClassifier(BitVectorClassifier(**FAST), IntegerBits()), CLASSES,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", META)
def test_a_meta_estimator_shows_what_it_holds(name):
    estimator, y = META[name]
    fitted = clone(estimator).fit(X, y)
    text = fitted.summary()
    assert text.splitlines()[0] == name
    assert len(text.splitlines()) <= 16
    assert len(re.findall("^ *thresholds ", text, re.M)) == 1
    assert "\n    layers " in text or "\n      layers " in text
    assert fitted._repr_html_().endswith(f"<pre>{escape(text)}</pre>")
    if hasattr(fitted, "best_score_"):
        assert f"f1 {fitted.best_score_:.4f} over the folds" in text


def test_a_classifier_of_scikit_learn_is_named():
    tuned = TunedThresholdsCV(LogisticRegression(), cv=2, scoring=matthews_corrcoef)
    text = tuned.fit(X, LABELS).summary()
    assert "  score       matthews_corrcoef 0." in text
    assert text.splitlines()[-1] == "  LogisticRegression"


@pytest.mark.parametrize("name", [*META, "BinaryClassifier"])
def test_before_fit(name):
    estimator = META[name][0] if name in META else CLF
    with pytest.raises(NotFittedError):
        clone(estimator).summary()
    assert not hasattr(clone(CLF), "architecture_")
    assert not hasattr(clone(CLF), "thresholds_")


def test_nothing_is_printed(capsys):
    clone(CLF).fit(X, LABELS).summary()
    assert capsys.readouterr() == ("", "")


def deep(n):
    inputs = keras.Input((4,))
    hidden = inputs
    for _ in range(n):
        hidden = keras.layers.Dense(3, activation="relu")(hidden)
    return keras.Model(inputs, keras.layers.Dense(1)(hidden))


@pytest.mark.parametrize("n", [0, 1, 6, 7, 50])
def test_a_deep_model_stays_one_line(n):
    line = architecture(deep(n))
    assert line.endswith("Dense 1")
    assert line.count("->") <= 6 + 1
    assert ("more" in line) == (n + 1 > 7)
    if n + 1 > 7:
        assert f"{n + 1 - 7} more" in line


def test_wrapped_and_nested_layers_are_named():
    layers = keras.layers
    wrapped = layers.Bidirectional(layers.LSTM(4))
    nested = keras.Sequential([layers.Dense(7, activation="relu"), layers.Dropout(0.5)])
    model = keras.Sequential([keras.Input((5, 2)), wrapped, nested, layers.Dense(1)])
    arrows = "Bidirectional LSTM 4 tanh -> Dense 7 relu -> Dropout 0.5 -> Dense 1"
    assert architecture(model) == arrows


def test_no_arrows_where_layers_branch():
    inputs = keras.Input((4,))
    branches = [keras.layers.Dense(n)(inputs) for n in (3, 5)]
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Concatenate()(branches)))
    assert architecture(model) == "Dense 3, Dense 5, Concatenate, Dense 1"


@pytest.mark.parametrize(
    ("join", "arrows"),
    [
        (lambda x, y: keras.layers.Add()([x, y]), False),
        (lambda x, y: x + y, False),
        (lambda x, y: x * y, False),
        (lambda x, y: x + x, False),
        (lambda x, y: keras.ops.concatenate([x, y]), False),
        (lambda x, y: keras.ops.where(x > 0, x, y), False),
        (lambda x, y: keras.ops.tanh(x), True),
        (lambda x, y: 2 * x, True),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_arrows_where_nothing_branches_and_joins(join, arrows, nested):
    """By whatever it joins: a layer, an operator, a function of ``keras.ops``."""
    inputs = keras.Input((4,))
    x, y = (keras.layers.Dense(3, name=name)(inputs) for name in "xy")
    inner = keras.Model(inputs, keras.layers.Dense(2)(join(x, y)))
    model = inner
    if nested:
        outer = keras.Input((4,))
        model = keras.Model(outer, keras.layers.Dense(1)(inner(outer)))
    assert (" -> " in architecture(model)) == arrows
    assert (", " in architecture(model)) == (not arrows)


@pytest.mark.parametrize("cv", [0.3, 3])
@pytest.mark.filterwarnings("ignore:the threshold .* rests on")
def test_a_score_on_one_split_is_not_over_the_folds(cv):
    """Of all that hold rows out; a cutoff is chosen on the rows of a single split."""
    logistic, grid = LogisticRegression(), {"C": [0.1, 1.0]}
    splits = ShuffleSplit(1, random_state=0) if cv == 0.3 else cv
    chose = "on the rows that chose the cutoff"
    for fitted, one in (
        (ThresholdGridSearchCV(logistic, grid, cv=cv), chose),
        (ThresholdGridSearchCV(logistic, grid, cv=splits), chose),
        (TunedThresholdsCV(logistic, cv=cv), chose),
        (TunedThresholdClassifierCV(logistic, cv=cv, random_state=0), chose),
        (GridSearchCV(FixedThresholds(logistic), {"threshold": [0.5]}, cv=splits), "on the rows h"),
    ):
        text = RecenteredClassifier(fitted).fit(X, LABELS).summary()
        assert (f" {one}" in text) == (cv == 0.3)
        assert (" over the folds" in text) == (cv == 3)


def test_groups_are_told_by_their_size():
    pairs = np.tile(np.eye(3)[np.arange(len(X)) % 3], 2)
    text = OneHotClassifier(**FAST, n_groups=2).fit(X, pairs).summary()
    assert facts_of(text)["head"] == "softmax, of 2 groups of 3 classes"


@pytest.mark.parametrize("constraint", ["recall>=0.5", ("recall", ">=", 0.5)])
def test_the_constraint_reads_the_same(constraint):
    tuned = TunedThresholdsCV(LogisticRegression(), cv=2, constraint=constraint).fit(X, LABELS)
    assert facts_of(tuned.summary())["score"].endswith(" at 0.5, with recall >= 0.5")


@pytest.mark.parametrize("classifier", [CLF, FixedThresholds(LogisticRegression())])
def test_a_threshold_that_cannot_be_leaves_it_shown(classifier):
    """Notebooks show what somebody is typing: an error is for who asks."""
    clf = clone(classifier).fit(X, LABELS).set_params(threshold=3)
    assert "threshold=3.0 is outside [0, 1]" in clf._repr_html_()
    assert "predict" in dir(clf)
    assert not hasattr(clf, "thresholds_")
    for asked in (clf.summary, lambda: clf.predict(X)):
        with pytest.raises(ValueError, match="threshold=3.0 is outside"):
            asked()


class TestShownByScikitLearn:
    def test_what_was_changed(self):
        assert repr(BinaryClassifier(epochs=7)) == "BinaryClassifier(epochs=7)"
        assert eval(repr(BinaryClassifier(epochs=7, model__units=3))).get_params() == (
            BinaryClassifier(epochs=7, model__units=3).get_params()
        )

    @estimators
    def test_the_fitted_part_in_html(self, estimator):
        clf = estimator(**FAST)
        for shown in (clf._repr_html_(), clf._repr_mimebundle_()["text/html"]):
            assert "hidden_layer_sizes" in shown
            assert "layers      " not in shown
        clf.fit(X, TARGETS[estimator])
        for shown in (clf._repr_html_(), clf._repr_mimebundle_()["text/html"]):
            assert shown.endswith(f"<pre>{escape(clf.summary())}</pre>")
        assert clf._repr_mimebundle_()["text/plain"] == repr(clf)

    def test_no_html_where_text_is_asked_for(self):
        clf = clone(CLF).fit(X, LABELS)
        with config_context(display="text"):
            assert clf._repr_mimebundle_() == {"text/plain": repr(clf)}
            assert not hasattr(clf, "_repr_html_")


class Foreign(ClassifierMixin, BaseEstimator):
    """A classifier of somebody else, whose attributes are called as ours."""

    def fit(self, X, y):
        self.classes_, self.model_, self.best_score_, self.method = np.unique(y), "m", {}, "m"
        return self

    def predict_proba(self, X):
        return np.tile([0.4, 0.6], (len(X), 1))

    def predict(self, X):
        return self.classes_[np.ones(len(X), dtype=int)]


@pytest.mark.filterwarnings("ignore:the estimator gives every row")
def test_of_other_classifiers_nothing_is_said_but_their_name():
    tuned = TunedThresholdsCV(Foreign(), cv=2).fit(X, LABELS)
    assert tuned.summary().splitlines()[-1] == "  Foreign"
    assert tuned._repr_html_().endswith(f"<pre>{escape(tuned.summary())}</pre>")


def test_classifiers_of_scikit_learn_that_have_a_cutoff():
    inner = FixedThresholdClassifier(
        LogisticRegression(), threshold=0.2, response_method="predict_proba"
    )
    text = RecenteredClassifier(inner).fit(X, LABELS).summary()
    assert "    thresholds  0.2\n" in text
    tuner = TunedThresholdClassifierCV(LogisticRegression(), cv=2).fit(X, LABELS)
    facts = facts_of(RecenteredClassifier(tuner).summary())
    assert facts["thresholds"] == f"{tuner.best_threshold_:.4g}"
    assert facts["score"] == f"balanced_accuracy {tuner.best_score_:.4f} over the folds"


def test_what_was_fitted_before_is_shown():
    clf = clone(CLF).fit(X, LABELS)
    for around in (
        RecenteredClassifier(clf),
        TunedThresholdsCV(FrozenEstimator(clf), cv=2).fit(X, LABELS),
    ):
        assert "\n  BinaryClassifier\n    input " in around.summary()
    prefit = TunedThresholdsCV(clf, cv="prefit").fit(X, LABELS)
    assert " on the rows that chose the cutoff, " in facts_of(prefit.summary())["score"]


def test_labels_stay_on_their_line():
    text = clone(CLF).fit(X, np.where(LABELS[0] == LABELS, "no", "yes\nor so")).summary()
    assert facts_of(text)["head"] == "sigmoid, of no, yes or so"
    assert len(text.splitlines()) == 10
