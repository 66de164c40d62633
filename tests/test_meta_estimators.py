"""Meta-estimators of scikit-learn around the three estimators, and the routing of weights."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_validate,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from skbits import BinaryClassifier, BitVectorClassifier, OneHotClassifier
from skbits.training.weights import relative

F1_OF_YES = make_scorer(f1_score, pos_label="yes")


# --- thresholds of scikit-learn's own


@pytest.mark.parametrize("threshold", [0.25, 0.5, 0.8])
def test_a_fixed_threshold_is_the_threshold_parameter(table, fitted_binary, threshold):
    fixed = FixedThresholdClassifier(
        FrozenEstimator(fitted_binary), threshold=threshold, response_method="predict_proba"
    ).fit(table.X, table.y)
    try:
        own = fitted_binary.set_params(threshold=threshold).predict(table.X)
    finally:
        fitted_binary.set_params(threshold=0.5)
    assert np.array_equal(fixed.predict(table.X), own)
    assert set(own) == {"no", "yes"}


def test_a_fixed_threshold_of_zero_on_the_margin_is_the_threshold_parameter(table, trainings, fast):
    inner = BinaryClassifier(**fast, threshold=0.6)
    fixed = FixedThresholdClassifier(inner, threshold=0.0, response_method="decision_function")
    fixed.fit(table.X, table.y)
    assert np.array_equal(fixed.predict(table.X), fixed.estimator_.predict(table.X))
    assert inner.threshold == 0.6
    assert not hasattr(inner, "model_")


def test_a_tuned_threshold_is_the_best_of_those_tried(table, fitted_binary):
    tuned = TunedThresholdClassifierCV(
        FrozenEstimator(fitted_binary),
        scoring=F1_OF_YES,
        cv="prefit",
        refit=False,
        store_cv_results=True,
    ).fit(table.X, table.y)
    p = fitted_binary.predict_proba(table.X)[:, 1]
    scores = [
        f1_score(table.y == "yes", p >= np.float32(threshold))
        for threshold in tuned.cv_results_["thresholds"]
    ]
    assert np.allclose(scores, tuned.cv_results_["scores"])
    assert tuned.best_score_ == max(scores) > scores[0]
    assert np.array_equal(tuned.predict(table.X) == "yes", p >= np.float32(tuned.best_threshold_))


def test_a_tuned_threshold_is_cross_validated(table, fast):
    tuned = TunedThresholdClassifierCV(
        BinaryClassifier(**fast), scoring=F1_OF_YES, cv=2, random_state=0
    )
    tuned.fit(table.X, table.y)
    assert 0 < tuned.best_threshold_ < 1
    assert tuned.best_score_ > 0.8
    own = tuned.estimator_.set_params(threshold=tuned.best_threshold_)
    assert np.array_equal(tuned.predict(table.X), own.predict(table.X))


def test_architectures_and_tuned_thresholds_are_searched_together(table, trainings, fast):
    search = GridSearchCV(
        TunedThresholdClassifierCV(
            BinaryClassifier(**fast), scoring=F1_OF_YES, cv=3, thresholds=[0.4, 0.5, 0.6, 0.7]
        ),
        {"estimator__hidden_layer_sizes": [(3,), (5,)], "estimator__head": ["sigmoid", "linear"]},
        scoring=F1_OF_YES,
        cv=2,
    ).fit(table.X, table.y)
    per_fit = 3 + 1  # folds, and the refit
    assert [t.units for t in trainings[:-per_fit:per_fit]] == [3, 3, 5, 5] * 2
    assert len(trainings) == (2 * 2 * 2 + 1) * per_fit
    best = search.best_estimator_
    assert (
        best.estimator_.hidden_layer_sizes == search.best_params_["estimator__hidden_layer_sizes"]
    )
    assert best.estimator_.head == search.best_params_["estimator__head"]
    p = search.predict_proba(table.X)[:, 1]
    assert np.array_equal(search.predict(table.X) == "yes", p >= np.float32(best.best_threshold_))


# --- calibration


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_calibration_keeps_the_order_of_the_margin(table, fitted_binary, method):
    calibrated = CalibratedClassifierCV(FrozenEstimator(fitted_binary), method=method)
    p = calibrated.fit(table.X, table.y).predict_proba(table.X)
    order = np.argsort(fitted_binary.decision_function(table.X))
    assert (np.diff(p[order, 1]) >= -1e-12).all()
    assert p[:, 1].mean() == pytest.approx((table.y == "yes").mean(), abs=0.02)
    assert calibrated.classes_.tolist() == ["no", "yes"]


@pytest.mark.parametrize("kind", ["binary", "one-hot"])
def test_calibration_averages_the_estimators_of_its_folds(table, trainings, fast, kind):
    estimator, y = {
        "binary": (BinaryClassifier, table.y),
        "one-hot": (OneHotClassifier, table.labels),
    }[kind]
    calibrated = CalibratedClassifierCV(estimator(**fast), cv=2).fit(table.X, y)
    p = calibrated.predict_proba(table.X)
    members = [member.predict_proba(table.X) for member in calibrated.calibrated_classifiers_]
    assert np.allclose(p, np.mean(members, axis=0))
    assert np.allclose(p.sum(axis=1), 1)
    assert [len(training.data.X) for training in trainings] == [48, 48]


# --- ensembles


def test_soft_voting_averages_probabilities(table, trainings, fast):
    members = [("net", BinaryClassifier(**fast)), ("line", LogisticRegression())]
    vote = VotingClassifier(members, voting="soft", weights=[3, 1]).fit(table.X, table.y)
    first, second = (member.predict_proba(table.X) for member in vote.estimators_)
    mean = (3 * first + second) / 4
    assert np.allclose(vote.predict_proba(table.X), mean)
    assert np.array_equal(vote.predict(table.X), np.array(["no", "yes"])[mean.argmax(axis=1)])
    assert not np.allclose(first, second)


def test_soft_voting_of_many_classes(table, trainings, fast):
    members = [("net", OneHotClassifier(**fast)), ("line", LogisticRegression())]
    vote = VotingClassifier(members, voting="soft").fit(table.X, table.labels)
    both = [member.predict_proba(table.X) for member in vote.estimators_]
    assert np.allclose(vote.predict_proba(table.X), np.mean(both, axis=0))
    assert vote.classes_.tolist() == ["ant", "bee", "cat"]


@pytest.mark.parametrize("kind", ["binary", "one-hot", "bits"])
def test_stacking_learns_from_out_of_fold_probabilities(table, trainings, fast, kind):
    estimator, y, columns = {
        "binary": (BinaryClassifier, table.y, [1]),  # of two columns that sum to one, the second
        "one-hot": (OneHotClassifier, table.labels, [0, 1, 2]),
        "bits": (BitVectorClassifier, table.bits, [0, 1, 2]),
    }[kind]
    final = BitVectorClassifier(**fast) if kind == "bits" else LogisticRegression()
    folds = list(StratifiedKFold(2).split(table.X, table.labels))
    stack = StackingClassifier([("net", estimator(**fast))], final, cv=folds).fit(table.X, y)
    assert stack.stack_method_ == ["predict_proba"]
    member = stack.named_estimators_["net"]
    assert np.array_equal(stack.transform(table.X), member.predict_proba(table.X)[:, columns])
    rows = [len(training.data.X) for training in trainings]
    assert rows == [96, 48, 48] + [96] * (kind == "bits")
    if kind == "bits":  # the final estimator saw the probabilities of the other fold's model
        expected = np.empty((96, 3), dtype=np.float32)
        for train, test in folds:
            expected[test] = (
                estimator(**fast).fit(table.X[train], y[train]).predict_proba(table.X[test])
            )
        assert np.array_equal(trainings[3].data.X, expected)
    assert stack.predict(table.X).shape == y.shape


def test_bagging_averages_networks_of_different_rows_and_seeds(table, trainings, fast):
    bag = BaggingClassifier(BinaryClassifier(**fast), n_estimators=3, random_state=0)
    bag.fit(table.X, table.y)
    members = [member.predict_proba(table.X) for member in bag.estimators_]
    assert np.allclose(bag.predict_proba(table.X), np.mean(members, axis=0))
    assert not np.allclose(members[0], members[1])
    assert len({member.random_state for member in bag.estimators_}) == 3
    for training, rows in zip(trainings, bag.estimators_samples_, strict=True):
        counts = np.bincount(rows, minlength=96)
        x = training.data.X[:, 0]
        weights = np.ones(len(x)) if training.data.weights is None else training.data.weights
        got = [weights[x == np.float32(value)].sum() for value in table.X[:, 0]]
        assert np.allclose(got, counts * (weights.sum() / counts.sum()))  # weights are relative


def test_bagging_of_some_columns(table, trainings, fast):
    bag = BaggingClassifier(
        OneHotClassifier(**fast), n_estimators=2, max_features=2, random_state=0
    )
    bag.fit(table.X, table.labels)
    assert [member.n_features_in_ for member in bag.estimators_] == [2, 2]
    assert np.allclose(bag.predict_proba(table.X).sum(axis=1), 1)


def test_boosting_gives_more_weight_to_what_was_wrong(table, real_trainings, fast):
    weak = BinaryClassifier(**{**fast, "hidden_layer_sizes": (), "epochs": 10})
    boost = AdaBoostClassifier(weak, n_estimators=2, random_state=0).fit(table.X, table.y)
    first, second = (training.data.weights for training in real_trainings)
    assert first is None  # all rows alike
    wrong = boost.estimators_[0].predict(table.X) != table.y
    assert 0 < wrong.sum() < 48
    assert second[wrong].min() > second[~wrong].max()
    assert second[wrong].sum() == pytest.approx(second[~wrong].sum())  # as AdaBoost has it
    assert boost.score(table.X, table.y) > 0.85


def test_boosting_of_many_classes(table, trainings, fast):
    boost = AdaBoostClassifier(OneHotClassifier(**fast), n_estimators=2, random_state=0)
    boost.fit(table.X, table.labels)
    assert boost.classes_.tolist() == ["ant", "bee", "cat"]
    assert np.allclose(boost.predict_proba(table.X).sum(axis=1), 1)
    assert len(boost.estimator_weights_) == len(trainings)


# --- inspection


@pytest.mark.parametrize("scoring", [None, "roc_auc", "neg_log_loss"])
def test_the_column_that_decides_is_the_most_important(table, fitted_binary, scoring):
    result = permutation_importance(
        fitted_binary, table.X, table.y, scoring=scoring, n_repeats=5, random_state=0
    )
    assert result.importances_mean.argmax() == 0
    assert result.importances_mean[0] > 3 * np.abs(result.importances_mean[1:]).max()


def test_each_bit_depends_on_its_own_column(table, fitted_bits):
    def accuracy_of(bit):
        return lambda model, X, y: (model.predict(X)[:, bit] == y[:, bit]).mean()

    for bit in range(3):
        result = permutation_importance(
            fitted_bits, table.X, table.bits, scoring=accuracy_of(bit), random_state=0
        )
        assert result.importances_mean.argmax() == bit


# --- weights


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


def weighing(fast, flag=True):
    return BinaryClassifier(**fast).set_fit_request(sample_weight=flag)


@pytest.mark.usefixtures("routing")
def test_weights_go_through_a_pipeline(table, trainings, fast):
    scaler = StandardScaler().set_fit_request(sample_weight=False)
    pipeline = make_pipeline(scaler, weighing(fast))
    pipeline.fit(table.X, table.y, sample_weight=table.weights)
    assert np.allclose(trainings[0].data.weights, relative(table.weights))


@pytest.mark.usefixtures("routing")
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_weights_go_through_a_search_and_are_split_with_the_rows(
    table, trainings, fast, in_pipeline
):
    estimator, prefix = weighing(fast), ""
    if in_pipeline:
        scaler = StandardScaler().set_fit_request(sample_weight=True)
        estimator, prefix = make_pipeline(scaler, estimator), "binaryclassifier__"
    folds = StratifiedKFold(3)
    scorer = make_scorer(f1_score, pos_label="yes").set_score_request(sample_weight=False)
    search = GridSearchCV(estimator, {f"{prefix}epochs": [1, 2]}, cv=folds, scoring=scorer)
    search.fit(table.X, table.y, sample_weight=table.weights)
    splits = [train for train, _ in folds.split(table.X, table.y)]
    expected = [relative(table.weights[rows]) for rows in [*splits, *splits, slice(None)]]
    assert len(trainings) == len(expected)
    for training, weights in zip(trainings, expected, strict=True):
        assert np.allclose(training.data.weights, weights)


@pytest.mark.usefixtures("routing")
def test_weights_that_were_not_asked_for_do_not_arrive(table, trainings, fast):
    make_pipeline(weighing(fast, flag=False)).fit(table.X, table.y)
    assert trainings[0].data.weights is None
    search = GridSearchCV(BinaryClassifier(**fast), {"epochs": [1]}, cv=2)
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        search.fit(table.X, table.y, sample_weight=table.weights)


@pytest.mark.usefixtures("routing")
def test_weights_may_have_another_name(table, trainings, fast):
    pipeline = make_pipeline(weighing(fast, flag="importance"))
    pipeline.fit(table.X, table.y, importance=table.weights)
    assert np.allclose(trainings[0].data.weights, relative(table.weights))


@pytest.mark.usefixtures("routing")
def test_weights_go_to_the_tuning_of_a_threshold(table, trainings, fast):
    scorer = make_scorer(f1_score, pos_label="yes").set_score_request(sample_weight=True)
    folds = StratifiedKFold(2)
    tuned = TunedThresholdClassifierCV(weighing(fast), scoring=scorer, cv=folds)
    tuned.fit(table.X, table.y, sample_weight=table.weights)
    rows = [train for train, _ in folds.split(table.X, table.y)]
    for training, kept in zip(trainings, [slice(None), *rows], strict=True):
        assert np.allclose(training.data.weights, relative(table.weights[kept]))


@pytest.mark.usefixtures("routing")
def test_weights_go_to_the_score(table, trainings, fast):
    estimator = weighing(fast).set_score_request(sample_weight=True)
    folds = StratifiedKFold(2)
    result = cross_validate(
        estimator,
        table.X,
        table.y,
        cv=folds,
        params={"sample_weight": table.weights},
        return_estimator=True,
    )
    for (_, test), fitted, score in zip(
        folds.split(table.X, table.y), result["estimator"], result["test_score"], strict=True
    ):
        right = fitted.predict(table.X[test]) == table.y[test]
        assert score == pytest.approx(np.average(right, weights=table.weights[test]))


def test_weights_go_through_a_pipeline_without_routing(table, trainings, fast):
    pipeline = make_pipeline(StandardScaler(), BinaryClassifier(**fast))
    pipeline.fit(table.X, table.y, binaryclassifier__sample_weight=table.weights)
    assert np.allclose(trainings[0].data.weights, relative(table.weights))


def test_weights_change_what_is_learned(table, fast, fitted_binary):
    weights = np.where(table.y == "yes", 10.0, 1.0)
    heavy = BinaryClassifier(**fast).fit(table.X, table.y, sample_weight=weights)
    lift = heavy.predict_proba(table.X)[:, 1] - fitted_binary.predict_proba(table.X)[:, 1]
    assert lift.mean() > 0.1
    assert (lift > 0).mean() > 0.9


def test_requests_survive_cloning_and_fitting(table, trainings, fast):
    with config_context(enable_metadata_routing=True):
        estimator = weighing(fast).fit(table.X, table.y)
        request = estimator.get_metadata_routing().fit.requests
    assert request == {"sample_weight": True}
