"""One-hot rows in the tuners: folds that are alike, and what the candidates of a grid are for."""

from collections import Counter

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import KFold, StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline

from skbits import (
    BitVectorClassifier,
    OneHotClassifier,
    ThresholdGridSearchCV,
    TunedThresholdsCV,
)
from skbits.thresholds.folds import make_cv, make_splits
from skbits.thresholds.task import learn_task

QUICK_NET = {"hidden_layer_sizes": (4,), "epochs": 2, "random_state": 0}
rng = np.random.default_rng(0)


@pytest.mark.parametrize("cv", [None, 2, 4])
@pytest.mark.parametrize("seed", range(4))
def test_folds_of_one_hot_groups_are_alike(cv, seed):
    """Each combination of classes is as frequent in all folds, to one row, in whatever order."""
    local = np.random.default_rng(seed)
    parts = [local.integers(0, n, 43) for n in (3, 2, 4)]
    order = np.lexsort(parts) if seed % 2 else np.arange(43)
    codes = np.column_stack(parts)[order]
    y = np.hstack([np.eye(4)[group] for group in codes.T])
    task = learn_task(y, kind="onehot", n_groups=3)
    splits = make_splits(make_cv(cv, y, task, None), y, y, task)
    assert len(splits) == (cv or 5)
    assert sorted(np.concatenate([test for _, test in splits])) == list(range(43))
    for k in (1, 3):  # of the first group alone, and of all three
        held = [Counter(map(tuple, codes[test, :k])) for _, test in splits]
        for combination in set(map(tuple, codes[:, :k])):
            counts = [of_fold[combination] for of_fold in held]
            assert max(counts) - min(counts) <= 1


@pytest.mark.filterwarnings("ignore:thresholds rest on few rows")
@pytest.mark.parametrize("form", ["labels", "one-hot rows"])
@pytest.mark.parametrize("cv", [None, 7, StratifiedKFold(5)])
def test_classes_of_fewer_rows_than_folds_name_the_cure(form, cv):
    labels = np.arange(12) % 3  # 4 rows a class
    X, y = labels[:, None] + 0.0, labels if form == "labels" else np.eye(3)[labels]
    net = OneHotClassifier(**QUICK_NET)
    with pytest.raises(
        ValueError, match=r"^cv=.*members in each class\..*KFold\(5, shuffle=True\)"
    ):
        TunedThresholdsCV(net, cv=cv).fit(X, y)
    cured = TunedThresholdsCV(net, cv=KFold(5, shuffle=True, random_state=0))
    assert cured.fit(X, y).thresholds_.shape == (3,)


ONE_HOT_GRIDS = {
    "the estimator": (make_pipeline(GaussianNB()), {"gaussiannb": [OneHotClassifier(**QUICK_NET)]}),
    "in place of another": (
        make_pipeline(BitVectorClassifier(**QUICK_NET)),
        {"bitvectorclassifier": [OneHotClassifier(**QUICK_NET)]},
    ),
    "among others": (
        make_pipeline(OneHotClassifier(**QUICK_NET)),
        [{"onehotclassifier__epochs": [1]}, {"onehotclassifier": [OneHotClassifier(**QUICK_NET)]}],
    ),
}


@pytest.mark.parametrize("name", ONE_HOT_GRIDS)
def test_one_hot_rows_are_what_the_candidates_take_them_for(name):
    """As with labels, also where the grid puts the classifier of one-hot rows in."""
    estimator, grid = ONE_HOT_GRIDS[name]
    labels = np.repeat([0, 1, 2], 10)
    X = labels[:, None] + rng.normal(size=(30, 2))
    hot, by_label = (
        ThresholdGridSearchCV(clone(estimator), grid, cv=3, scoring="accuracy").fit(X, y)
        for y in (np.eye(3)[labels], labels)
    )
    assert hot.best_thresholds_.tolist() == by_label.best_thresholds_.tolist()
    assert hot.best_score_ == by_label.best_score_
    assert hot.predict(X).argmax(axis=1).tolist() == by_label.predict(X).tolist()


def test_groups_may_stand_in_the_grid():
    y = np.hstack([np.eye(2)[np.arange(24) % 2], np.eye(2)[np.arange(24) // 12]])
    X = y + rng.normal(size=y.shape)
    told, in_grid = (
        ThresholdGridSearchCV(OneHotClassifier(**QUICK_NET, **own), grid, cv=3).fit(X, y)
        for own, grid in (
            ({"n_groups": 2}, {"epochs": [1]}),
            ({}, {"epochs": [1], "n_groups": [2]}),
        )
    )
    assert in_grid.predict(X).tolist() == told.predict(X).tolist()
    assert in_grid.best_thresholds_.tolist() == told.best_thresholds_.tolist()


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (OneHotClassifier(), {"n_groups": [1, 2]}),
        (
            make_pipeline(OneHotClassifier()),
            {"onehotclassifier": [OneHotClassifier(), BitVectorClassifier()]},
        ),
    ],
)
def test_candidates_for_different_targets_are_refused(estimator, grid):
    y = np.hstack([np.eye(2)[np.arange(24) % 2], np.eye(2)[np.arange(24) // 12]])
    with pytest.raises(
        ValueError, match=r"param_grid has candidates for kind='.*expected one kind"
    ):
        ThresholdGridSearchCV(estimator, grid, cv=3).fit(y, y)
