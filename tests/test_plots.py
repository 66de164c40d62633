"""Plots: their numbers by brute force, their pictures by what overlaps."""

import io
import itertools
import re
import runpy
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from sklearn import metrics as sklearn_metrics
from sklearn.base import clone
from sklearn.feature_selection import VarianceThreshold
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, ShuffleSplit, cross_validate
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from skbits import (
    BinaryClassifier,
    RecenteredClassifier,
    ThresholdGridSearchCV,
    TunedThresholdsCV,
    recenter,
)
from skbits.plots import (
    BitThresholdsDisplay,
    HistoryDisplay,
    RecenteringDisplay,
    SearchDisplay,
    ThresholdCurveDisplay,
)
from skbits.plots.drawing import style
from skbits.thresholds.thresholded import FixedThresholds

plt.switch_backend("Agg")

rng = np.random.default_rng(0)
Y = rng.integers(0, 2, 60)
P = np.clip(rng.normal(0.3 + 0.3 * Y, 0.25), 0, 1).round(2)
FOLDS = np.arange(60) % 3
X = np.column_stack([P, rng.normal(size=60)])
BITS = rng.integers(0, 2, size=(60, 4))
P_BITS = rng.uniform(size=(60, 4)).round(1)
LOGISTIC = LogisticRegression()
COSTS_OF_BITS = np.array([[[0, 1], [5, 0]], [[0, 1], [50, 0]], [[0, 1], [1, 0]], [[0, 9], [1, 0]]])
KEPT = {"return_estimator": True, "return_indices": True}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


SCORES = {
    "f1": sklearn_metrics.f1_score,
    "accuracy": sklearn_metrics.accuracy_score,
    "recall": sklearn_metrics.recall_score,
    "precision": sklearn_metrics.precision_score,
}


def by_hand(name, y, p, cutoff, weights=None):
    options = {} if name == "accuracy" else {"zero_division": 0}
    return SCORES[name](y, p >= cutoff, sample_weight=weights, **options)


class TestThresholdCurve:
    @pytest.mark.parametrize("name", SCORES)
    @pytest.mark.parametrize("weights", [None, np.arange(60.0)])
    @pytest.mark.parametrize("highest", [0.9, 1.0])
    def test_scores_hold_up_to_their_thresholds(self, name, weights, highest):
        p = np.clip(P, 0, highest)
        display = ThresholdCurveDisplay.from_predictions(Y, p, scoring=name, sample_weight=weights)
        t = display.thresholds
        assert t[0] == 0
        assert t[-1] == 1
        assert np.all(np.diff(t) > 0)
        expected = [by_hand(name, Y, p, cutoff, weights) for cutoff in t]
        between = [by_hand(name, Y, p, cutoff, weights) for cutoff in (t[1:] + t[:-1]) / 2]
        assert display.scores[0] == pytest.approx(expected)
        assert display.scores[0][1:] == pytest.approx(between)

    def test_what_is_drawn(self):
        display = ThresholdCurveDisplay.from_predictions(Y, P, scoring=["f1", "recall"])
        for line, scores in zip(display.lines_, display.scores, strict=True):
            assert np.array_equal(line.get_xdata(), display.thresholds)
            assert np.array_equal(line.get_ydata(), scores)
            assert line.get_drawstyle() == "steps-pre"
        assert {line.get_linestyle() for line in display.lines_} == {"-", "--"}

    def test_a_cost_is_drawn_as_a_cost(self):
        scoring = ("neg_cost", [[0, 1], [5, 0]])
        display = ThresholdCurveDisplay.from_predictions(Y, P, scoring=scoring, folds=FOLDS)
        assert np.array_equal(display.lines_[0].get_ydata(), -display.scores[0])
        assert display.ax_.get_ylim()[1] > display.lines_[0].get_ydata().max() > 0
        assert display.ax_.get_ylabel().startswith("mean cost")
        assert display.lines_[0].get_label() == "mean cost (less is better)"

    def test_mean_and_spread_of_folds(self):
        display = ThresholdCurveDisplay.from_predictions(Y, P, scoring="f1", folds=FOLDS)
        for i, cutoff in enumerate(display.thresholds):
            of_folds = [by_hand("f1", Y[k == FOLDS], P[k == FOLDS], cutoff) for k in range(3)]
            assert display.scores[0][i] == pytest.approx(np.mean(of_folds))
            assert display.std[0][i] == pytest.approx(np.std(of_folds))

    def test_a_fold_without_weight_is_left_out(self):
        weights = np.where(FOLDS == 0, 0, 1.0)
        drawn = ThresholdCurveDisplay.from_predictions(Y, P, folds=FOLDS, sample_weight=weights)
        left = FOLDS != 0
        alone = ThresholdCurveDisplay.from_predictions(Y[left], P[left], folds=FOLDS[left])
        assert np.array_equal(drawn.scores, alone.scores)
        assert np.array_equal(drawn.std, alone.std)

    @pytest.mark.parametrize("pos_label", [None, "no"])
    def test_what_cross_validate_held_out(self, pos_label):
        y = np.where(Y == 1, "yes", "no")
        results = cross_validate(LOGISTIC, X, y, cv=3, **KEPT)
        p, folds = np.empty(60), np.empty(60)
        for i, rows in enumerate(results["indices"]["test"]):
            proba = results["estimator"][i].predict_proba(X[rows])
            p[rows], folds[rows] = proba[:, 0 if pos_label else 1], i
        options = {"scoring": ["f1", "recall"], "constraint": "recall >= 0.5", "threshold": 0.3}
        positive = y == (pos_label or "yes")
        by_folds = ThresholdCurveDisplay.from_predictions(positive, p, folds=folds, **options)
        found = ThresholdCurveDisplay.from_cv_results(results, X, y, pos_label=pos_label, **options)
        for name in ("thresholds", "scores", "std", "allowed", "threshold"):
            assert np.array_equal(getattr(found, name), getattr(by_folds, name))

    def test_what_cross_validate_held_out_of_a_bit(self):
        bits = OneVsRestClassifier(LOGISTIC)
        results = cross_validate(bits, X, BITS, cv=ShuffleSplit(2, random_state=0), **KEPT)
        frames = pd.DataFrame(X), pd.DataFrame(BITS)
        weights = np.arange(60.0)
        found = ThresholdCurveDisplay.from_cv_results(
            results, *frames, bit=1, sample_weight=weights
        )
        rows, more = results["indices"]["test"]
        p = results["estimator"][0].predict_proba(X[rows])[:, 1]
        q = results["estimator"][1].predict_proba(X[more])[:, 1]
        for cutoff, score in zip(found.thresholds, found.scores[0], strict=True):
            of_folds = [
                by_hand("f1", BITS[rows, 1], p, cutoff, weights[rows]),
                by_hand("f1", BITS[more, 1], q, cutoff, weights[more]),
            ]
            assert score == pytest.approx(np.mean(of_folds))

    def test_what_cross_validate_held_out_of_a_lone_bit(self):
        bit = FixedThresholds(OneVsRestClassifier(LOGISTIC), threshold=0.3, kind="bits")
        results = cross_validate(bit, X, BITS[:, :1], cv=KFold(2), **KEPT)
        found = ThresholdCurveDisplay.from_cv_results(results, X, BITS[:, :1])
        p = np.concatenate(
            [results["estimator"][i].predict_proba(X[30 * i :][:30]) for i in (0, 1)]
        )
        folds = np.repeat([0, 1], 30)
        expected = ThresholdCurveDisplay.from_predictions(BITS[:, 0], p[:, 0], folds=folds)
        assert np.array_equal(found.scores, expected.scores)

    @pytest.mark.parametrize(
        ("results", "message"),
        [
            ({"test_score": 1}, "return_estimator=True and return_indices=True"),
            ({"y": Y + np.arange(60) % 2}, "cv_results decides between 3 classes"),
            ({"pos_label": 2}, r"pos_label=2: expected one of \[0, 1\]"),
            ({"cv": GroupKFold(2), "groups": Y, "y": Y + 2 * (np.arange(60) % 2)}, "different lab"),
        ],
    )
    def test_what_cannot_be_drawn_of_cross_validate(self, results, message):
        y, pos_label = results.get("y", Y), results.get("pos_label")
        options = {"cv": results.get("cv", 2), "groups": results.get("groups")}
        if "test_score" not in results:
            results = cross_validate(LOGISTIC, X, y, error_score="raise", **options, **KEPT)
        with pytest.raises(ValueError, match=message):
            ThresholdCurveDisplay.from_cv_results(results, X, y, pos_label=pos_label)

    def test_costs_of_each_bit(self):
        tuned = TunedThresholdsCV(
            OneVsRestClassifier(LOGISTIC), cv=2, scoring=("neg_cost", COSTS_OF_BITS)
        ).fit(X, BITS)
        for bit in range(4):
            display = ThresholdCurveDisplay.from_estimator(tuned, X, BITS, bit=bit)
            own = ThresholdCurveDisplay.from_predictions(
                BITS[:, bit], tuned.predict_proba(X)[:, bit],
                scoring=("neg_cost", COSTS_OF_BITS[bit]),
            )  # fmt: skip
            assert np.array_equal(display.scores, own.scores)

    def test_a_fold_without_positives_does_not_count(self):
        y, p = np.r_[np.zeros(20, int), Y], np.r_[P[:20] * 0.3, P]
        folds, given = np.r_[np.full(20, 3), FOLDS], {"constraint": "recall >= 0.8"}
        all_folds = ThresholdCurveDisplay.from_predictions(y, p, folds=folds, **given)
        counted = ThresholdCurveDisplay.from_predictions(Y, P, folds=FOLDS, **given)
        assert np.array_equal(all_folds.scores, counted.scores)
        assert np.array_equal(all_folds.allowed, counted.allowed)

    def test_two_on_the_same_axes_are_told_apart(self):
        ax = plt.subplots()[1]
        draw = ThresholdCurveDisplay.from_predictions
        first, second, third = (draw(Y, P, scoring=s, ax=ax) for s in ("f1", "recall", "f1"))
        looks = [line.get_color() for one in (first, second, third) for line in one.lines_]
        assert len(set(looks)) == 3
        texts = [text.get_text() for text in ax.get_legend().get_texts()]
        assert texts == ["f1", "0.5", "recall", "f1"]
        assert ax.get_ylabel() == "score"
        low, high = ax.get_ylim()
        for one in (first, second):
            assert low < one.scores.min() < one.scores.max() < high

    def test_the_forbidden_zone(self):
        display = ThresholdCurveDisplay.from_predictions(Y, P, constraint="recall >= 0.8")
        recalls = [by_hand("recall", Y, P, cutoff) for cutoff in display.thresholds]
        assert display.allowed.tolist() == [recall >= 0.8 for recall in recalls]
        texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
        assert "not recall >= 0.8" in texts
        (zone,) = (one for one in display.ax_.collections if one.get_hatch())
        drawn = zone.get_paths()[0].vertices[:, 0]
        last_allowed = max(t for t, r in zip(display.thresholds, recalls, strict=True) if r >= 0.8)
        assert (drawn.min(), drawn.max()) == (last_allowed, 1)

    @pytest.mark.parametrize(
        "constraint", ["precision >= 0.7", "recall <= 0.5", "selection_rate >= 0.4"]
    )
    @pytest.mark.parametrize("seed", range(5))
    def test_each_stretch_is_in_the_zone_that_forbids_it(self, constraint, seed):
        """By brute force: precision goes up and down, a cutoff may be allowed alone."""
        draws = np.random.default_rng(seed)
        y, p = np.arange(30) % 2, draws.random(30).round(2)
        name, sign, least = constraint.split()
        display = ThresholdCurveDisplay.from_predictions(y, p, constraint=constraint)
        (zone,) = (one for one in display.ax_.collections if one.get_hatch())
        between = (display.thresholds[1:] + display.thresholds[:-1]) / 2
        for cutoff in between:
            score = (
                np.mean(p >= cutoff) if name == "selection_rate" else by_hand(name, y, p, cutoff)
            )
            met = score >= float(least) if sign == ">=" else score <= float(least)
            drawn = any(path.contains_point((cutoff, 0.5)) for path in zone.get_paths())
            assert drawn == (not met), cutoff

    def test_no_zone_where_all_is_allowed(self):
        display = ThresholdCurveDisplay.from_predictions(Y, P, constraint="recall >= 0")
        assert not any(one.get_hatch() for one in display.ax_.collections)

    @pytest.mark.parametrize("pos_label", [0, 1])
    def test_the_cutoff_of_a_classifier(self, pos_label):
        clf = FixedThresholds(LOGISTIC, threshold=0.3, pos_label=pos_label).fit(X, Y)
        display = ThresholdCurveDisplay.from_estimator(clf, X, Y, scoring="recall")
        decided = clf.predict(X) == pos_label
        at = np.searchsorted(display.thresholds, 0.3)
        expected = sklearn_metrics.recall_score(pos_label == Y, decided)
        assert display.threshold == 0.3
        assert display.scores[0][at] == pytest.approx(expected)

    def test_what_was_tuned_for_is_drawn(self):
        params = {"scoring": "precision", "constraint": "recall >= 0.7", "cv": 2}
        tuned = make_pipeline(StandardScaler(), TunedThresholdsCV(LOGISTIC, **params)).fit(X, Y)
        display = ThresholdCurveDisplay.from_estimator(tuned, X, Y)
        assert (display.names, display.constraint) == (["precision"], "recall >= 0.7")
        assert display.threshold == tuned[-1].thresholds_[0]
        asked = ThresholdCurveDisplay.from_estimator(
            tuned, X, Y, scoring="recall", constraint="recall >= 0.5"
        )
        assert (asked.names, asked.constraint) == (["recall"], "recall >= 0.5")
        called = TunedThresholdsCV(LOGISTIC, scoring=sklearn_metrics.f1_score, cv=2).fit(X, Y)
        assert ThresholdCurveDisplay.from_estimator(called, X, Y).names == ["f1"]

    def test_a_bit_of_a_classifier(self):
        clf = FixedThresholds(
            OneVsRestClassifier(LOGISTIC), threshold=[0.1, 0.2, 0.3, 0.4], kind="bits"
        ).fit(X, BITS)
        display = ThresholdCurveDisplay.from_estimator(clf, X, BITS, bit=2)
        alone = ThresholdCurveDisplay.from_predictions(BITS[:, 2], clf.predict_proba(X)[:, 2])
        assert display.threshold == pytest.approx(0.3)
        assert np.array_equal(display.scores, alone.scores)

    def test_rows_of_no_weight_are_left_out(self):
        weights = np.where(P > 0.5, 0.0, 2.0)
        display = ThresholdCurveDisplay.from_predictions(Y, P, folds=FOLDS, sample_weight=weights)
        kept = P <= 0.5
        alone = ThresholdCurveDisplay.from_predictions(Y[kept], P[kept], folds=FOLDS[kept])
        assert np.allclose(display.scores, alone.scores)


class TestBitThresholds:
    def test_numbers(self):
        cutoffs = np.array([0.2, 0.5, 0.7, np.inf])
        display = BitThresholdsDisplay.from_predictions(BITS, P_BITS, thresholds=cutoffs)
        for k, cutoff in enumerate(cutoffs):
            gain = by_hand("f1", BITS[:, k], P_BITS[:, k], cutoff)
            gain -= by_hand("f1", BITS[:, k], P_BITS[:, k], 0.5)
            assert display.gains[k] == pytest.approx(gain)

    @pytest.mark.parametrize("weights", [None, np.linspace(0.1, 3, 60)])
    def test_positives_are_rows(self, weights):
        display = BitThresholdsDisplay.from_predictions(
            BITS, P_BITS, thresholds=0.4, sample_weight=weights
        )
        assert display.n_positives.tolist() == BITS.sum(axis=0).tolist()

    def test_spread(self):
        folds = np.array([[0.1, 0.2, np.inf, np.nan], [0.3, 0.2, 0.5, np.nan]])
        display = BitThresholdsDisplay.from_predictions(
            BITS, P_BITS, thresholds=0.5, fold_thresholds=folds
        )
        assert display.spread == pytest.approx([0.1, 0, 0, 0])

    def test_a_tuned_classifier(self):
        tuned = TunedThresholdsCV(OneVsRestClassifier(LOGISTIC), cv=2).fit(X, BITS)
        display = BitThresholdsDisplay.from_estimator(tuned, X, BITS)
        assert np.array_equal(display.thresholds, tuned.thresholds_)
        assert display.spread == pytest.approx(tuned.fold_thresholds_.std(axis=0))
        on = tuned.predict(X)
        at = [by_hand("f1", BITS[:, k], on[:, k], 0.5) for k in range(4)]
        half = tuned.predict_proba(X)
        at_half = [by_hand("f1", BITS[:, k], half[:, k], 0.5) for k in range(4)]
        assert display.gains == pytest.approx(np.subtract(at, at_half))

    def test_the_spread_of_a_search(self):
        search = ThresholdGridSearchCV(OneVsRestClassifier(LOGISTIC), [{}], cv=2).fit(X, BITS)
        display = BitThresholdsDisplay.from_estimator(search, X, BITS)
        assert display.spread == pytest.approx(search.best_fold_thresholds_.std(axis=0))
        tuned = TunedThresholdsCV(OneVsRestClassifier(LOGISTIC), cv=2).fit(X, BITS)
        assert np.array_equal(search.best_fold_thresholds_, tuned.fold_thresholds_)

    def test_in_a_pipeline_it_is_the_same(self):
        names = ["a", "b", "c", "d"]
        tuned = TunedThresholdsCV(OneVsRestClassifier(LOGISTIC), cv=2)
        pipe = make_pipeline(FunctionTransformer(), tuned)
        pipe.fit(X, pd.DataFrame(BITS, columns=names))
        for fitted in (pipe, pipe[-1]):
            display = BitThresholdsDisplay.from_estimator(fitted, X, BITS)
            assert display.names == names
            assert display.spread == pytest.approx(pipe[-1].fold_thresholds_.std(axis=0))

    @pytest.mark.parametrize("scoring", ["precision", ("fbeta", 2.0), ("neg_cost", COSTS_OF_BITS)])
    def test_gains_are_in_what_the_cutoffs_were_tuned_for(self, scoring):
        tuned = TunedThresholdsCV(OneVsRestClassifier(LOGISTIC), cv=2, scoring=scoring)
        shown = BitThresholdsDisplay.from_estimator(tuned.fit(X, BITS), X, BITS)
        told = BitThresholdsDisplay.from_estimator(tuned, X, BITS, scoring=scoring)
        in_f1 = BitThresholdsDisplay.from_estimator(tuned, X, BITS, scoring="f1")
        assert np.array_equal(shown.gains, told.gains)
        assert not np.array_equal(shown.gains, in_f1.gains)

    def test_costs_are_one_matrix_a_bit(self):
        for draw in (
            lambda costs: BitThresholdsDisplay.from_predictions(
                BITS, P_BITS, thresholds=0.5, scoring=("neg_cost", costs)
            ),
            lambda costs: ThresholdCurveDisplay.from_predictions(
                BITS, P_BITS, bit=1, scoring=("neg_cost", costs)
            ),
        ):
            assert np.isfinite(draw(COSTS_OF_BITS).figure_.get_size_inches()).all()
            with pytest.raises(ValueError, match="3 cost matrices for 4 bits"):
                draw(COSTS_OF_BITS[:3])


@pytest.mark.parametrize(
    "colours", [["red", "blue"], np.eye(3)[:2], [0.0, 0.0, 1.0], "C1", np.array([[0, 0, 1, 0.5]])]
)
def test_labelled_artists_of_others_may_have_any_colours(colours):
    """Many colours, or one as an array or a list: what looks the same stands once."""
    _, ax = plt.subplots(layout="constrained")
    ax.vlines([0.1, 0.2], 0, 1, colors=colours, label="others'")
    ax.scatter([0, 1], [0, 1], c=[[1, 0, 0], [0, 1, 0]], label="points")
    for colour in (np.array([0.0, 0.0, 1.0]), [0.0, 0.0, 1.0], "blue"):
        ax.plot([0, 1], [0, 1], color=colour, label="line")
    display = ThresholdCurveDisplay.from_predictions(Y, P, ax=ax)
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert [texts.count(text) for text in ("line", "others'", "points")] == [1, 1, 1]


class TestSearch:
    def test_ours(self):
        grid = {"C": [0.01, 1.0, 100.0]}
        search = ThresholdGridSearchCV(LOGISTIC, grid, cv=3).fit(X, Y)
        display = SearchDisplay.from_estimator(search)
        assert display.names[0] == f"C={search.best_params_['C']}"
        assert display.scores[0] == search.best_score_
        assert display.thresholds[0].tolist() == search.best_thresholds_.tolist()
        assert sorted(display.scores) == sorted(search.cv_results_["mean_test_score"])

    @pytest.mark.parametrize("scoring", ["f1", ["f1", "recall"]])
    def test_refit_names_a_metric_where_there_are_several(self, scoring):
        """Of one metric, scikit-learn takes any true ``refit``, and calls the scores "score"."""
        search = GridSearchCV(LOGISTIC, {"C": [0.1, 1.0]}, cv=2, scoring=scoring, refit="f1")
        display = SearchDisplay.from_estimator(search.fit(X, Y))
        assert display.score_name == "f1"
        assert display.scores[0] == search.best_score_

    def test_scikit_learns_with_a_threshold_in_its_grid(self):
        clf = make_pipeline(StandardScaler(), FixedThresholds(LOGISTIC))
        grid = {"fixedthresholds__threshold": [0.2, 0.4], "fixedthresholds__estimator__C": [1, 2]}
        search = GridSearchCV(clf, grid, cv=2).fit(X, Y)
        display = SearchDisplay.from_estimator(search, max_candidates=3)
        assert display.thresholds.shape == (3, 1)
        assert set(display.thresholds.ravel()) <= {0.2, 0.4}
        assert display.n_left_out == 1
        assert "threshold=" in display.names[0]

    @pytest.mark.parametrize(
        ("given", "drawn"),
        [
            ([{"a": 0.1, "b": 0.3}, 0.2], [[0.2, np.nan], [0.1, 0.3]]),
            ([[0.1, 0.3], {"a": 0.1, "b": 0.2, "c": 0.3}], [[0.1, 0.2, 0.3], [0.1, 0.3, np.nan]]),
            ([None, np.inf], [[np.inf], [np.nan]]),
            (["median", "mean"], None),
            ([0.2, 3.5], None),
            ([0.2, -0.1], None),
        ],
    )
    def test_what_a_parameter_called_threshold_holds(self, given, drawn):
        params = [{"step__threshold": one} for one in given]
        scores = {name: RESULTS[name] for name in ("mean_test_score", "std_test_score")}
        display = SearchDisplay.from_cv_results({"params": params, **scores})
        if drawn is None:
            assert display.thresholds is None
        else:
            assert np.array_equal(display.thresholds, drawn, equal_nan=True)

    @pytest.mark.parametrize("with_cutoff", [True, False])
    def test_a_transformers_threshold_is_no_cutoff(self, with_cutoff):
        pipe = make_pipeline(VarianceThreshold(), FixedThresholds(LOGISTIC))
        grid = {"variancethreshold__threshold": [0.0, 0.01]}
        if with_cutoff:
            grid["fixedthresholds__threshold"] = [0.3]
        display = SearchDisplay.from_estimator(GridSearchCV(pipe, grid, cv=2).fit(X, Y))
        if with_cutoff:
            assert display.thresholds.ravel().tolist() == [0.3, 0.3]
        else:
            assert display.thresholds is None

    @pytest.mark.parametrize("search", [ThresholdGridSearchCV, GridSearchCV])
    def test_results_as_a_table(self, search):
        clf, grid = FixedThresholds(LOGISTIC), {"threshold": [0.2, 0.4]}
        if search is ThresholdGridSearchCV:
            clf, grid = LOGISTIC, {"C": [0.1, 1.0]}
        results = search(clf, grid, cv=2).fit(X, Y).cv_results_
        shown = SearchDisplay.from_cv_results(pd.DataFrame(results))
        same = SearchDisplay.from_cv_results(results)
        assert shown.names == same.names
        assert np.array_equal(shown.thresholds, same.thresholds)

    def test_of_several_metrics(self):
        search = GridSearchCV(LOGISTIC, {"C": [1, 2]}, cv=2, scoring=["f1", "recall"], refit="f1")
        display = SearchDisplay.from_estimator(search.fit(X, Y))
        assert display.scores[0] == search.best_score_
        assert display.axes_[0].get_xlabel().startswith("f1\n")
        with pytest.raises(ValueError, match="It has metric='f1' or 'recall'"):
            SearchDisplay.from_cv_results(search.cv_results_)

    def test_without_cutoffs_there_is_one_panel(self):
        search = GridSearchCV(LOGISTIC, {"C": [1, 2]}, cv=2, scoring=["f1", "recall"], refit=False)
        display = SearchDisplay.from_cv_results(search.fit(X, Y).cv_results_, metric="recall")
        assert len(display.axes_) == 1
        assert display.thresholds is None
        assert display.axes_[0].get_xlabel().startswith("recall\n")

    @pytest.mark.parametrize(
        ("search", "scoring", "label"),
        [
            (ThresholdGridSearchCV, ("neg_cost", [[0, 1], [5, 0]]), "mean cost (less is better)"),
            (GridSearchCV, "neg_log_loss", "log_loss (less is better)"),
            (GridSearchCV, "f1", "f1"),
            (GridSearchCV, None, "score"),
        ],
    )
    def test_what_the_score_measures_is_told(self, search, scoring, label):
        fitted = search(LOGISTIC, {"C": [0.1, 1.0]}, cv=2, scoring=scoring).fit(X, Y)
        display = SearchDisplay.from_estimator(fitted)
        assert display.axes_[0].get_xlabel().split("\n")[0] == label
        assert display.scores[0] == max(fitted.cv_results_["mean_test_score"])
        drawn = display.axes_[0].get_lines()[0].get_xdata()
        sign = -1 if "less" in label else 1
        assert np.array_equal(drawn, sign * display.scores)
        named = SearchDisplay.from_cv_results(fitted.cv_results_, score_name="neg_cost")
        assert named.axes_[0].get_xlabel().startswith("mean cost")

    def test_candidates_are_named_by_what_tells_them_apart(self):
        params = [{"step__a": 1, "b": "same"}, {"step__a": 2, "b": "same"}]
        display = SearchDisplay.from_cv_results(RESULTS | {"params": params})
        assert display.names == ["a=2", "a=1"]
        params = [{"a": 1}, {"b": 2}]
        display = SearchDisplay.from_cv_results(RESULTS | {"params": params})
        assert display.names == ["b=2", "a=1"]
        params = [{"model": many_bits}, {"model": LogisticRegression}]
        display = SearchDisplay.from_cv_results(RESULTS | {"params": params})
        assert display.names == ["model=LogisticRegression", "model=many_bits"]

    def test_steps_are_named_where_two_have_a_parameter_of_one_name(self):
        params = [{"select__k": 1, "knn__k": 2, "knn__p": 1}, {"select__k": 2, "knn__k": 1}]
        display = SearchDisplay.from_cv_results(RESULTS | {"params": params})
        assert display.names == ["select__k=2, knn__k=1", "select__k=1, knn__k=2, p=1"]

    def test_failed_candidates_are_left_out(self):
        display = SearchDisplay.from_cv_results(RESULTS | {"mean_test_score": [np.nan, 0.5]})
        assert display.names == ["a=2"]
        assert display.n_left_out == 1


RESULTS = {
    "params": [{"a": 1}, {"a": 2}],
    "mean_test_score": [0.4, 0.5],
    "std_test_score": [0.1, 0.1],
    "thresholds": [0.4, np.inf],
}


class TestHistory:
    def test_of_a_classifier_in_its_containers(self):
        clf = BinaryClassifier(
            hidden_layer_sizes=(2,), epochs=6, early_stopping=True, random_state=0
        )
        searched = ThresholdGridSearchCV(
            make_pipeline(StandardScaler(), clf), {"binaryclassifier__dropout": [0.0]}, cv=2
        )
        display = HistoryDisplay.from_estimator(searched.fit(X, Y))
        history = searched.best_estimator_[-1].history_
        assert display.history == history
        assert display.best_epoch == int(np.argmin(history["val_loss"])) + 1
        label = display.axes_[0].get_lines()[-1].get_label()
        assert label == f"lowest validation loss, kept: epoch {display.best_epoch}"

    def test_only_a_lowest_loss_is_marked(self):
        display = HistoryDisplay.from_history({"loss": [1, 2], "val_loss": [np.nan, np.nan]})
        assert display.best_epoch is None
        display = HistoryDisplay.from_history({"loss": [1, 2], "val_loss": [np.nan, 2]})
        assert display.best_epoch == 2
        label = display.axes_[0].get_lines()[-1].get_label()
        assert label == "lowest validation loss: epoch 2"  # which nobody is known to have kept

    def test_a_panel_for_each_quantity_the_loss_first(self):
        history = {"accuracy": [0.5, 0.6], "loss": [1, 0.5], "val_loss": [2, 3]}
        display = HistoryDisplay.from_history(history)
        assert [ax.get_ylabel() for ax in display.axes_] == ["loss", "accuracy"]
        assert [len(ax.get_lines()) for ax in display.axes_] == [3, 2]
        assert display.best_epoch == 1

    def test_a_panel_for_what_only_validation_has(self):
        display = PICTURES["history of what only validation has"]()
        assert [ax.get_ylabel() for ax in display.axes_] == ["loss", "f1"]
        assert display.axes_[1].get_lines()[0].get_ydata().tolist() == [0.1, 0.2]


class TestRecentering:
    def test_curves(self):
        display = RecenteringDisplay.from_predictions(P, threshold=0.25)
        for method, curve in display.curves.items():
            assert np.array_equal(curve, recenter(display.p, 0.25, method=method))
            assert curve[display.p == 0.25].tolist() == [0.5]
        assert np.array_equal(display.y_proba, P)

    @pytest.mark.parametrize("pos_label", [0, 1])
    def test_of_a_classifier(self, pos_label):
        clf = FixedThresholds(LOGISTIC, threshold=0.3, pos_label=pos_label).fit(X, Y)
        display = RecenteringDisplay.from_estimator(clf, X)
        assert display.threshold == 0.3
        assert np.array_equal(display.y_proba, clf.predict_proba(X)[:, pos_label])

    @pytest.mark.parametrize("fitted_before", [True, False])
    def test_of_what_is_recentered(self, fitted_before):
        clf = FixedThresholds(LOGISTIC, threshold=0.3)
        clf = RecenteredClassifier(clf.fit(X, Y) if fitted_before else clf, steepness=3.0)
        clf = clf if fitted_before else clf.fit(X, Y)
        display = RecenteringDisplay.from_estimator(clf, X)
        held = RecenteringDisplay.from_estimator(getattr(clf, "estimator_", clf.estimator), X)
        assert display.threshold == 0.3
        assert np.array_equal(display.y_proba, held.y_proba)
        for estimator, steepness, expected in [(clf, None, 3.0), (clf, 5.0, 5.0)]:
            drawn = RecenteringDisplay.from_estimator(estimator, X, steepness=steepness)
            curve = recenter(drawn.p, 0.3, method="logistic", steepness=expected)
            assert np.array_equal(drawn.curves["logistic"], curve)


def many_bits(n, **params):
    y = rng.integers(0, 2, size=(30, n))
    p = rng.uniform(size=(30, n))
    return BitThresholdsDisplay.from_predictions(
        y, p, thresholds=rng.uniform(size=n), fold_thresholds=rng.uniform(size=(3, n)), **params
    )


def many_candidates(n):
    results = {
        "params": [{"hidden_layer_sizes": (100 + i, 100), "optimizer": "adam"} for i in range(n)],
        "mean_test_score": rng.uniform(size=n),
        "std_test_score": rng.uniform(size=n) / 10,
        "thresholds": list(rng.uniform(size=(n, 3))),
    }
    return SearchDisplay.from_cv_results(results)


EPOCHS = {name: rng.uniform(size=40) for name in ("loss", "val_loss", "auc", "val_auc", "f1")}
PICTURES = {
    "curve": lambda: ThresholdCurveDisplay.from_predictions(Y, P),
    "curve with everything": lambda: ThresholdCurveDisplay.from_predictions(
        Y, P, scoring=["f1", "precision", "recall", ("neg_cost", [[0, 1], [5, 0]])], folds=FOLDS,
        threshold=0.51, constraint="balanced_accuracy >= 0.6",
    ),
    "1 bit": lambda: many_bits(1),
    "8 bits": lambda: many_bits(8, names=["a rather long name of a bit"] * 8),
    "65 bits": lambda: many_bits(65),
    "65 long names": lambda: many_bits(65, names=["a rather long name of a bit"] * 65),
    "300 bits": lambda: many_bits(300),
    "bits that are never on": lambda: BitThresholdsDisplay.from_predictions(
        BITS, P_BITS, thresholds=[0.2, 1.0, np.inf, np.inf]),
    "a candidate that is never on": lambda: SearchDisplay.from_cv_results(RESULTS),
    "a cutoff of never": lambda: ThresholdCurveDisplay.from_predictions(Y, P, threshold=np.inf),
    "1 candidate": lambda: many_candidates(1),
    "100 candidates": lambda: many_candidates(100),
    "candidates of long names": lambda: SearchDisplay.from_cv_results(
        RESULTS | {"params": [{"clf": BinaryClassifier(epochs=e, batch_size=e, dropout=e / 9,
                                                       validation_fraction=e / 9, loss="hinge")}
                              for e in (1, 2)]}, score_name="neg_mean_absolute_percentage_error"),
    "history": lambda: HistoryDisplay.from_history({"loss": [1.0]}),
    "history of a long name": lambda: HistoryDisplay.from_history(
        {"loss": [2, 1], "a_metric_" * 6: [1, 2]}),
    "history of what only validation has": lambda: HistoryDisplay.from_history(
        {"loss": [2, 1], "val_loss": [2, 3], "val_f1": [0.1, 0.2]}),
    "history of metrics": lambda: HistoryDisplay.from_history(EPOCHS),
    "recentering": lambda: RecenteringDisplay.from_predictions(P, threshold=0.25),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_no_texts_overlap_and_all_are_in_the_picture(name):
    figure = PICTURES[name]().figure_
    figure.savefig(png := io.BytesIO())
    assert png.getvalue().startswith(b"\x89PNG")
    boxes = boxes_of(figure)
    assert len(boxes) > 5
    check_inside(figure, boxes)
    for (a, one), (b, other) in itertools.combinations(boxes, 2):
        overlap = min(one.x1, other.x1) - max(one.x0, other.x0) > 1 and (
            min(one.y1, other.y1) - max(one.y0, other.y0) > 1
        )
        assert not overlap, f"{a!r} overlaps {b!r}"


def boxes_of(figure):
    """Each text that is seen, and where it is."""
    renderer = figure.canvas.get_renderer()
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text() and is_shown(text)
    ]


def check_inside(figure, boxes):
    whole = figure.bbox
    for text, box in boxes:
        inside = box.x0 >= -1 and box.y0 >= -1 and box.x1 <= whole.x1 + 1 and box.y1 <= whole.y1 + 1
        assert inside, f"{text!r} is cut off"


def is_shown(text):
    """Whether a tick's text is one of those within the limits of its axis."""
    for ax in text.figure.axes:
        for axis in (ax.xaxis, ax.yaxis):
            for tick in axis.get_major_ticks() + axis.get_minor_ticks():
                if text in (tick.label1, tick.label2):
                    low, high = sorted(axis.get_view_interval())
                    return low <= tick.get_loc() <= high
    return True


@pytest.mark.parametrize("name", PICTURES)
def test_plot_returns_itself_and_draws_on_what_it_is_given(name):
    display = PICTURES[name]()
    own = getattr(display, "axes_", None) or [display.ax_]
    figure, axes = plt.subplots(len(own), squeeze=False)
    given = axes.ravel() if len(own) > 1 else axes[0, 0]
    assert display.plot(ax=given) is display
    assert display.figure_ is figure
    for wrong in ("axes", [*axes.ravel(), axes[0, 0]], [None] * len(own)):
        with pytest.raises(ValueError, match="ax="):
            display.plot(ax=wrong)


KINDS = ["curve", "8 bits", "1 candidate", "history", "recentering"]


@pytest.mark.parametrize("name", [*KINDS, "curve with everything", "history of metrics"])
def test_on_axes_of_a_plain_figure_the_legend_is_seen_and_panels_agree(name):
    own = PICTURES[name]()
    n = len(getattr(own, "axes_", [own.ax_] if hasattr(own, "ax_") else []))
    candidates = isinstance(own, SearchDisplay)
    shape = (1, n) if candidates else (n, 1)
    figure, axes = plt.subplots(*shape, figsize=(9, 9), squeeze=False)
    own.plot(ax=axes.ravel() if n > 1 else axes[0, 0])
    figure.canvas.draw()
    texts = [text for ax in axes.ravel() if ax.get_legend() for text in ax.get_legend().get_texts()]
    assert bool(texts) != candidates
    renderer = figure.canvas.get_renderer()
    check_inside(figure, [(text, text.get_window_extent(renderer)) for text in texts])
    limits = "get_ylim" if candidates else "get_xlim"
    if not isinstance(own, HistoryDisplay):
        assert len({getattr(ax, limits)() for ax in axes.ravel()}) == 1


def test_no_two_styles_are_the_same():
    looks = [style(i) for i in range(36)]
    assert all(one != other for one, other in itertools.combinations(looks, 2))


@pytest.mark.parametrize("name", KINDS)
def test_what_was_chosen_is_seen_on_dark(name):
    with plt.style.context("dark_background"):
        figure = PICTURES[name]().figure_
    for ax in figure.axes:
        assert all(line.get_color() != "black" for line in ax.get_lines())


@pytest.mark.parametrize("threshold", [0.0, 0.3, 1.0, np.inf])
def test_a_cutoff_at_the_frame_is_seen(threshold):
    display = ThresholdCurveDisplay.from_predictions(Y, P, threshold=threshold)
    (line,) = (one for one in display.ax_.get_lines() if one.get_label().startswith("chosen"))
    assert (line.get_linewidth() > 3) == (threshold != 0.3)


def test_the_pictures_of_the_readme_are_those_of_the_script_that_is_kept():
    docs = Path(__file__).parents[1] / "docs"
    drawn = set(runpy.run_path(str(docs / "draw.py"))["PICTURES"])
    shown = set(re.findall(r"\]\(docs/(\w+)\.png\)", (docs.parent / "README.md").read_text()))
    assert drawn == shown == {path.stem for path in docs.glob("*.png")}


def test_never_is_told_from_one():
    display = PICTURES["a cutoff of never"]()
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert "chosen: never" in texts
    for name, points in [("bits that are never on", [2, 3]), ("a candidate that is never on", [0])]:
        display = PICTURES[name]()
        (never,) = (
            line for ax in display.axes_ for line in ax.get_lines() if line.get_label() == "never"
        )
        place = never.get_ydata() if isinstance(display, SearchDisplay) else never.get_xdata()
        assert place.tolist() == points


@pytest.mark.parametrize("name", KINDS)
def test_without_matplotlib_the_extra_is_named(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"skbits\[plot\]"):
        PICTURES[name]()


def test_inputs_stay_as_they_were():
    given = [Y.copy(), P.copy(), FOLDS.copy()]
    ThresholdCurveDisplay.from_predictions(given[0], given[1], folds=given[2])
    RecenteringDisplay.from_predictions(given[1], threshold=0.5)
    assert all(np.array_equal(a, b) for a, b in zip(given, (Y, P, FOLDS), strict=True))


CURVE, BIT = ThresholdCurveDisplay.from_predictions, BitThresholdsDisplay.from_predictions
SEARCH, HISTORY = SearchDisplay.from_cv_results, HistoryDisplay.from_history
CENTRE = RecenteringDisplay.from_predictions
CLASSES = FixedThresholds(LOGISTIC, threshold=0.3).fit(X, np.arange(60) % 3)
PLAIN = clone(LOGISTIC).fit(X, Y)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: CURVE(Y, P, scoring="roc_auc"), "scoring='roc_auc': expected a formula"),
        (lambda: CURVE(Y, P, folds=[1, 2]), r"folds has shape \(2,\): expected \(60,\)"),
        (lambda: CURVE(Y, P, threshold=2), "threshold=2"),
        (lambda: CURVE(Y, P, constraint="recall"), "constraint='recall'"),
        (lambda: CURVE(BITS, P_BITS), "y_true has 4 bits: expected bit="),
        (lambda: CURVE(BITS, P_BITS, bit=4), "bit=4: expected an int from 0 to 3"),
        (lambda: CURVE(Y, P, bit=True), "bit=True"),
        (lambda: CURVE(np.arange(60) % 4, P_BITS), "y_true holds classes"),
        (lambda: CURVE(Y[:-1], P), "y_true"),
        (lambda: ThresholdCurveDisplay.from_estimator(CLASSES, X, Y), "decides between classes"),
        (lambda: ThresholdCurveDisplay.from_estimator(PLAIN, X, Y), "no decision threshold"),
        (lambda: BIT(BITS, P_BITS, thresholds=[0.5]), "threshold"),
        (lambda: BIT(BITS, P_BITS, thresholds=0.5, scoring=len), "scoring=<built-in"),
        (lambda: BIT(BITS, P_BITS, thresholds=0.5, names=["a"]), "names has 1 name: expected 4"),
        (
            lambda: BIT(BITS, P_BITS, thresholds=0.5, fold_thresholds=[0.5]),
            r"fold_thresholds has shape \(1,\): expected \(n_folds, 4\)",
        ),
        (lambda: BitThresholdsDisplay.from_estimator(CLASSES, X, Y), "'onehot': expected bits"),
        (lambda: SEARCH({}), "cv_results=.*expected cv_results_ of a search"),
        (lambda: SEARCH(RESULTS, metric="f1"), "metric='f1'.*mean_test_f1"),
        (lambda: SEARCH(RESULTS, max_candidates=0), "max_candidates=0"),
        (lambda: SEARCH(RESULTS | {"mean_test_score": [np.nan] * 2}), "every fit failed"),
        (lambda: HISTORY({"val_loss": [1]}), "history=.*with a 'loss'"),
        (lambda: HISTORY({"loss": [1, 2], "a": [1]}), "history="),
        (lambda: HISTORY({"loss": ["a"]}), "history="),
        (lambda: HISTORY({"loss": []}), "history="),
        (lambda: HISTORY([1]), r"history=\[1\]"),
        (lambda: HistoryDisplay.from_estimator(PLAIN), "LogisticRegression has no history_"),
        (lambda: CENTRE(P_BITS, threshold=0.5), r"y_proba has shape \(60, 4\)"),
        (lambda: CENTRE(P, threshold=np.inf), "threshold=inf: expected a number from 0 to 1"),
        (lambda: CENTRE(P + 1, threshold=0.5), "y_proba"),
        (lambda: CENTRE(P, threshold=0.5, steepness=-1), "steepness=-1"),
        (lambda: RecenteringDisplay.from_estimator(CLASSES, X), "expected two labels"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
