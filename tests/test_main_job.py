"""The main job: architecture and cutoff tuned together, as a function and as a command."""

import os
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    confusion_matrix,
    f1_score,
    jaccard_score,
    make_scorer,
    matthews_corrcoef,
    precision_score,
    recall_score,
)
from sklearn.model_selection import StratifiedKFold, cross_val_predict, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import skbits
from skbits import best_thresholds, tuning
from skbits.command import main
from skbits.command.arguments import _unwritable
from skbits.labels import DataError
from skbits.report import (
    CutoffReport,
    cutoff_report,
    format_candidate,
    format_reports,
    format_result,
    format_search,
)
from skbits.tables import read_table

TRAININGS = Counter()


class Logistic(ClassifierMixin, BaseEstimator):
    """A quick stand-in for BinaryClassifier, with its ``threshold``; counts its trainings."""

    def __init__(self, C=1.0, threshold=0.5, random_state=None):
        self.C = C
        self.threshold = threshold
        self.random_state = random_state

    def fit(self, X, y):
        TRAININGS[self.C] += 1
        self.model_ = LogisticRegression(C=self.C, solver="newton-cholesky").fit(X, y)
        self.classes_ = self.model_.classes_
        self.n_features_in_ = X.shape[1]
        return self

    def predict_proba(self, X):
        return self.model_.predict_proba(X)

    def predict(self, X):
        return self.classes_[(self.predict_proba(X)[:, 1] >= self.threshold).astype(int)]


QUICK = {
    "classifier": Logistic(),
    "architectures": {"C": [0.01, 1.0]},
    "cv": 3,
}


@pytest.fixture(scope="module")
def data():
    X, y = make_classification(
        240, 6, n_informative=4, weights=[0.7], flip_y=0.1, class_sep=0.7, random_state=1
    )
    return X, np.where(y == 1, "ill", "well")  # the positive label sorts first


@pytest.fixture
def result(data):
    return tuning.tune(*data, positive="ill", **QUICK)


@pytest.fixture
def quick_command(monkeypatch):
    """Let the command tune the stand-in."""
    monkeypatch.setattr(tuning, "default_classifier", Logistic)
    monkeypatch.setattr(tuning, "ARCHITECTURES", QUICK["architectures"])
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "0")  # restored at the end, whatever main does


@pytest.fixture
def csv_file(data, tmp_path):
    """A table with numbers, texts, missing cells of both, and a column of labels."""
    X, y = data
    towns = ["Ulm", "Bonn", "Kiel", "", "?"]
    lines = ["a,b,town,state"]
    for row, (values, label) in enumerate(zip(X, y, strict=True)):
        a = "" if row % 7 == 0 else f"{values[0]:.4f}"
        lines.append(f"{a},{values[1]:.4f},{towns[row % 5]},{label}")
    path = tmp_path / "patients.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


class TestTune:
    def test_every_combination_is_a_candidate_in_order(self, result):
        assert [candidate.params for candidate in result.candidates] == [{"C": 0.01}, {"C": 1.0}]

    def test_a_candidate_has_the_best_cutoff_and_its_score_over_the_folds(self, data, result):
        X_train, _, y_train, _ = train_test_split(
            *data, test_size=0.25, stratify=data[1], random_state=0
        )
        folds = StratifiedKFold(3, shuffle=True, random_state=0)
        is_ill = (y_train == "ill").astype(int)
        for candidate in result.candidates:
            model = make_pipeline(
                StandardScaler(), LogisticRegression(**candidate.params, solver="newton-cholesky")
            )
            p = cross_val_predict(model, X_train, is_ill, cv=folds, method="predict_proba")[:, 1]
            tests = [test for _, test in folds.split(X_train, is_ill)]
            own = [best_thresholds(is_ill[test], p[test]).threshold for test in tests]
            scores = [
                f1_score(is_ill[test], p[test] >= np.mean(own[:i] + own[i + 1 :]))
                for i, test in enumerate(tests)
            ]
            assert candidate.cutoff == pytest.approx(np.mean(own))
            assert candidate.score == pytest.approx(np.mean(scores))
            assert candidate.std == pytest.approx(np.std(scores))

    def test_the_best_is_the_one_with_the_highest_score(self, result):
        best = max(result.candidates, key=lambda candidate: candidate.score)
        assert result.best_params_ == best.params
        assert result.best_threshold_ == best.cutoff
        assert result.best_score_ == best.score

    def test_a_score_does_not_depend_on_its_neighbours_in_the_grid(self, data, result):
        alone = tuning.tune(*data, positive="ill", **{**QUICK, "architectures": {"C": [1.0]}})
        assert alone.candidates[0].score == result.candidates[1].score

    def test_the_report_is_about_held_out_rows_at_both_cutoffs(self, data, result):
        _, X_test, _, y_test = train_test_split(
            *data, test_size=0.25, stratify=data[1], random_state=0
        )
        assert (result.n_train, result.n_test) == (180, 60)
        for report, cutoff in [(result.at_default, 0.5), (result.at_tuned, result.best_threshold_)]:
            predicted = result.estimator_.set_params(threshold=cutoff).predict(X_test)
            tp, fn, fp, tn = confusion_matrix(y_test, predicted, labels=["ill", "well"]).ravel()
            assert report == CutoffReport(cutoff, tp, fp, fn, tn)
        assert result.at_default != result.at_tuned

    def test_the_model_saw_no_held_out_row(self, data, result):
        X_train, _, y_train, _ = train_test_split(
            *data, test_size=0.25, stratify=data[1], random_state=0
        )
        again = clone(result.estimator_).fit(X_train, y_train)
        assert np.array_equal(
            again.predict_proba(data[0]), result.estimator_.predict_proba(data[0])
        )

    @pytest.mark.parametrize(
        "labels",
        [("well", "ill"), ("a", "b"), (0, 1), (1, 0), (-1, 1), (2.0, 1.0), (False, True)],
        ids=str,
    )
    def test_the_model_gives_the_labels_of_y_by_the_tuned_cutoff(self, data, labels):
        X, y = data
        negative, positive = labels
        y = np.where(y == "ill", positive, negative)
        result = tuning.tune(X, y, positive=positive, **QUICK)
        model = result.estimator_
        assert (result.negative, result.positive) == labels
        p = model.predict_proba(X)[:, model.classes_.tolist().index(positive)]
        expected = np.where(p >= result.best_threshold_, positive, negative)
        assert result.best_threshold_ < 0.5  # else the test says little
        assert model.predict(X).tolist() == expected.tolist()
        assert model.predict(X).dtype == y.dtype

    def test_the_scores_do_not_depend_on_how_labels_are_written(self, data):
        X, y = data
        ours = tuning.tune(X, np.where(y == "ill", "y", "n"), **QUICK)
        theirs = tuning.tune(X, (y == "ill").astype(int), **QUICK)
        assert [c.score for c in ours.candidates] == [c.score for c in theirs.candidates]

    def test_without_a_choice_the_later_label_is_positive(self, data):
        assert tuning.tune(*data, **QUICK).positive == "well"

    def test_cutoffs_of_a_candidate_share_their_trainings(self, data):
        TRAININGS.clear()
        tuning.tune(*data, positive="ill", **QUICK)
        best = tuning.tune(*data, positive="ill", **QUICK).best_params_["C"]
        expected = {0.01: 2 * 3, 1.0: 2 * 3}  # calls of tune, folds
        expected[best] += 2  # and the delivered model of each
        assert expected == TRAININGS

    def test_progress_is_told_as_each_candidate_is_done(self, data):
        told = []
        result = tuning.tune(
            *data, positive="ill", **QUICK, on_candidate=lambda *args: told.append(args)
        )
        first, second = result.candidates
        assert told == [(first, 1, 2), (second, 2, 2)]

    def test_repeated_runs_agree(self, data, result):
        again = tuning.tune(*data, positive="ill", **QUICK)
        assert [(c.score, c.cutoff) for c in again.candidates] == [
            (c.score, c.cutoff) for c in result.candidates
        ]
        assert again.at_tuned == result.at_tuned

    def test_what_is_given_is_not_changed(self, data):
        X, y = data
        before = X.copy(), y.copy()
        classifier = Logistic()
        tuning.tune(X, y, **{**QUICK, "classifier": classifier})
        assert np.array_equal(X, before[0])
        assert np.array_equal(y, before[1])
        assert classifier.get_params() == Logistic().get_params()

    def test_metrics_by_name_and_scorers(self, data):
        X, y = data
        y = (y == "ill").astype(int)
        named = tuning.tune(X, y, scoring="balanced_accuracy", **QUICK)
        scorer = make_scorer(balanced_accuracy_score)
        given = tuning.tune(X, y, scoring=scorer, **QUICK)
        assert named.best_score_ == given.best_score_
        assert named.best_score_ != tuning.tune(X, y, **QUICK).best_score_

    def test_a_constraint_holds_on_the_rows_that_chose_the_cutoff(self, data):
        free = tuning.tune(*data, positive="ill", scoring="precision", **QUICK)
        bound = tuning.tune(
            *data, positive="ill", scoring="precision", constraint="recall >= 0.9", **QUICK
        )
        assert bound.best_threshold_ < free.best_threshold_
        assert bound.at_tuned.value("recall") > free.at_tuned.value("recall")

    def test_a_classifier_without_a_threshold_is_wrapped(self, data):
        options = {**QUICK, "classifier": LogisticRegression()}
        result = tuning.tune(*data, **options)
        p = result.estimator_.predict_proba(data[0])[:, 1]
        expected = np.where(p >= result.best_threshold_, "well", "ill")
        assert np.array_equal(result.estimator_.predict(data[0]), expected)

    def test_a_pandas_frame_of_mixed_columns(self, data):
        pd = pytest.importorskip("pandas")
        X, y = data
        frame = pd.DataFrame(X.copy(), columns=list("abcdef"))
        frame["town"] = np.where(X[:, 0] > 0, "Ulm", None)
        frame.loc[::5, "a"] = np.nan
        result = tuning.tune(frame, pd.Series(y), positive="ill", **QUICK)
        assert result.estimator_.predict(frame).shape == (240,)
        assert result.estimator_.feature_names_in_.tolist() == [*"abcdef", "town"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"scoring": "roc_auc"}, "scoring='roc_auc' reads probabilities"),
        ({"scoring": "acuracy"}, "did you mean 'accuracy'?"),
        ({"cv": 1}, "cv=1: expected a whole number of folds, 2 or more."),
        ({"cv": 2.5}, "cv=2.5: expected a whole number"),
        ({"test_size": 1.0}, "test_size=1.0: expected a share between 0 and 1."),
        ({"classifier": LinearSVC()}, "has no predict_proba"),
        ({"constraint": "recall > 1"}, "constraint='recall > 1'"),
        ({"constraint": "recall >= 1.5"}, "The best attainable recall is 1."),
        ({"architectures": {"units": [1]}}, "units"),
        ({"architectures": []}, "architectures=[]: expected at least one candidate"),
    ],
)
def test_parameters_that_cannot_be_used(data, change, words):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the words are compared below
        tuning.tune(*data, **{**QUICK, **change})
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("y", "change", "words"),
    [
        (["a"] * 40, {}, "y has one label only, 'a', expected two."),
        (["a", "b"] * 19 + ["c"] * 2, {}, "y has 3 labels, expected two"),
        (["a", "b"] * 20, {"positive": "c"}, "positive='c' is not one of the labels: expected 'a'"),
        (["a"] * 37 + ["b"] * 3, {}, "label 'b' has 3 rows: cv=3 folds and one row to hold out"),
        (["a"] * 36 + ["b"] * 4, {"test_size": 0.5}, "label 'b' has 2 rows for training when test"),
        (["a"] * 36 + ["b"] * 4, {"test_size": 0.05}, "one held-out row of each label"),
    ],
)
def test_labels_that_cannot_be_used(y, change, words):
    X = np.random.default_rng(0).normal(size=(len(y), 2))
    with pytest.raises(DataError) as caught:
        tuning.tune(X, y, **{**QUICK, **change})
    assert words in str(caught.value)


class TestReport:
    @pytest.mark.parametrize("cutoff", [0.0, 0.3, 0.5, 1.0])
    def test_measures_are_those_of_scikit_learn(self, cutoff):
        rng = np.random.default_rng(0)
        y, p = rng.random(50) < 0.3, rng.random(50)
        report = cutoff_report(y, p, cutoff)
        called = p >= cutoff
        counts = [report.tn, report.fp, report.fn, report.tp]
        assert counts == confusion_matrix(y, called).ravel().tolist()
        assert report.value("precision") == precision_score(y, called, zero_division=0)
        assert report.value("recall") == recall_score(y, called)
        assert report.value("f1") == pytest.approx(f1_score(y, called))
        assert report.value("balanced_accuracy") == balanced_accuracy_score(y, called)

    def test_a_tie_is_on_in_single_precision_too(self):
        assert cutoff_report(np.array([True]), np.array([0.7], dtype=np.float32), 0.7).tp == 1

    def test_both_cutoffs_stand_side_by_side(self):
        lines = format_reports([CutoffReport(0.5, 8, 2, 1, 6), CutoffReport(0.25, 9, 3, 0, 5)])
        cells = [line.rsplit(maxsplit=2) for line in lines.splitlines()]
        assert lines.splitlines()[0].split() == ["at", "0.500", "at", "0.250"]
        assert [row[0].strip() for row in cells[1:]] == [
            "precision",
            "recall",
            "F1",
            "balanced accuracy",
            "true positives",
            "false positives",
            "false negatives",
            "true negatives",
        ]
        assert cells[1][1:] == ["0.800", "0.750"]
        assert cells[5][1:] == ["8", "9"]


@pytest.mark.usefixtures("quick_command")
class TestCommand:
    def test_the_example_data(self, capsys):
        assert main([]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        assert "Data: breast cancer, 569 rows, 30 features." in out
        assert "'malignant' is positive (212 rows), 'benign' is negative (357 rows)." in out
        assert "by default" not in out
        assert "  1/2  f1 0." in out
        assert "  2/2  f1 0." in out
        assert "C=0.01" in out
        assert "C=1.0" in out
        assert "flatters a little" in out
        assert max(map(len, out.splitlines())) <= 100
        assert "tested on 143 held-out rows" in out
        for measure in ("precision", "recall", "F1", "balanced accuracy", "false negatives"):
            assert f"\n{measure} " in out

    def test_it_prints_what_the_function_finds(self, capsys):
        main([])
        out = capsys.readouterr().out
        table = tuning.example_table()
        result = tuning.tune(table.X, table.y, positive="malignant")
        for candidate in result.candidates:
            assert f"f1 {candidate.score:.4f} +/- {candidate.std:.4f} at cutoff" in out
        assert format_reports([result.at_default, result.at_tuned]) in out

    def test_progress_comes_while_it_works(self, capsys, monkeypatch):
        seen = []
        fit = Logistic.fit

        def spy(self, X, y):
            seen.append(capsys.readouterr().out)
            return fit(self, X, y)

        monkeypatch.setattr(Logistic, "fit", spy)
        main([])
        assert "5-fold cross-validation of each candidate" in seen[0]
        assert "".join(seen[1:5]) == ""
        assert seen[5].startswith("  1/2  f1 ")  # before the first fit of the second

    def test_a_table_of_ones_own(self, csv_file, capsys):
        assert main([str(csv_file), "--target", "state", "--positive", "ill"]) == 0
        out, err = capsys.readouterr()
        assert err == ""
        assert "Data: patients.csv, 240 rows, 3 features." in out
        assert "'ill' is positive" in out
        assert "by default" not in out

    def test_the_positive_label_that_nobody_chose_is_said(self, csv_file, capsys):
        main([str(csv_file), "--target", "state"])
        out = capsys.readouterr().out
        assert "'well' is positive by default, as the later one in sorting order." in out
        assert "--positive ill" in out

    def test_notes_of_the_table_are_printed(self, csv_file, capsys):
        with csv_file.open("a") as file:
            file.write("1,2,Ulm,\n")
        main([str(csv_file), "--target", "state"])
        assert "left out: 1 row without a label in 'state'." in capsys.readouterr().out

    def test_scoring_and_folds(self, csv_file, capsys):
        options = ["--scoring", "balanced_accuracy", "--folds", "4"]
        assert main([str(csv_file), "--target", "state", *options]) == 0
        out = capsys.readouterr().out
        assert "4-fold cross-validation" in out
        assert "1/2  balanced_accuracy 0." in out

    def test_a_constraint(self, csv_file, capsys):
        options = ["--positive", "ill", "--scoring", "precision", "--constraint", "recall >= 0.9"]
        assert main([str(csv_file), "--target", "state", *options]) == 0
        table = read_table(csv_file, "state")
        found = tuning.tune(
            table.X, table.y, positive="ill", scoring="precision", constraint="recall >= 0.9"
        )
        assert f"cutoff {found.best_threshold_:.3f}." in capsys.readouterr().out

    def test_another_separator(self, csv_file, capsys):
        csv_file.write_text(csv_file.read_text().replace(",", "\t"))
        assert main([str(csv_file), "--target", "state", "--sep", r"\t"]) == 0

    def test_a_users_logging_setting_stays(self, monkeypatch):
        monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "1")
        main([])
        assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "1"

    def test_start_up_messages_are_off_by_default(self, monkeypatch):
        monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
        main([])
        assert os.environ["TF_CPP_MIN_LOG_LEVEL"] == "3"

    @pytest.mark.parametrize(("setting", "expected"), [(None, ""), ("3", ""), ("0", "loud\n")])
    def test_what_tensorflow_says_at_its_import_is_held_back(
        self, monkeypatch, capfd, setting, expected
    ):
        def loud():
            os.write(2, b"loud\n")  # as C++ code writes, past sys.stderr
            return Logistic()

        monkeypatch.setattr(tuning, "default_classifier", loud)
        monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
        if setting is not None:
            monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", setting)
        assert main([]) == 0
        assert capfd.readouterr().err == expected

    def test_what_was_held_back_comes_out_if_the_import_fails(self, monkeypatch, capfd):
        def broken():
            os.write(2, b"the reason\n")
            raise ImportError("no TensorFlow")

        monkeypatch.setattr(tuning, "default_classifier", broken)
        monkeypatch.delenv("TF_CPP_MIN_LOG_LEVEL", raising=False)
        assert main([]) == 1
        assert capfd.readouterr().err == "the reason\nerror: no TensorFlow\n"

    def test_an_interruption_ends_in_one_line(self, monkeypatch, capsys):
        def interrupt(*args):
            raise KeyboardInterrupt

        monkeypatch.setattr(Logistic, "fit", interrupt)
        assert main([]) == 130
        assert capsys.readouterr().err == "interrupted\n"
        monkeypatch.setattr("skbits.command.arguments.parse", interrupt)
        assert main([]) == 130  # and before the options are known
        assert capsys.readouterr().err == "interrupted\n"

    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            (
                ["FILE", "--target", "stat"],
                "target='stat' is not a column of patients.csv; did you",
            ),
            (["FILE", "--target", "town"], "target='town' of patients.csv has"),
            (["FILE", "--target", "state", "--positive", "sick"], "positive='sick' is not one of"),
            (["FILE", "--target", "state", "--folds", "150"], "label 'ill' has"),
            (["FILE", "--target", "state", "--sep", ";"], "is the separator ',', not ';'?"),
            (["no/such.csv", "--target", "a"], "no/such.csv: No such file or directory"),
            (
                ["--constraint", "selection_rate <= -1"],
                "no cutoff keeps selection_rate <= -1 over the folds, 0 at best: loosen",
            ),
        ],
    )
    def test_data_that_cannot_be_used(self, csv_file, capsys, argv, words):
        assert main([str(csv_file) if word == "FILE" else word for word in argv]) == 1
        err = capsys.readouterr().err
        assert err.startswith("error: ")
        assert words in err
        assert err.count("\n") == 1

    @pytest.mark.parametrize(
        ("argv", "words"),
        [
            (["FILE"], "needs --target NAME, the column of labels"),
            (["--target", "a"], "--target a needs a file"),
            (["FILE", "--target", "state", "--scoring", "roc_auc"], "reads probabilities"),
            (["FILE", "--target", "state", "--folds", "1"], "'1' is not a whole number of 2 or"),
            (["FILE", "--target", "state", "--sep", "ab"], "'ab' is not one character, nor tab"),
            (["FILE", "--target", "state", "--save", "FILE"], "is the data itself"),
            (["--save", "no/such/model.skbits"], "there is no folder"),
            (["--plot", "."], "is a folder: expected the name of a file"),
            (
                ["--plot", "out.foo"],
                "--plot out.foo: expected a name that ends in .png, .pdf, .svg, .jpg, .jpeg",
            ),
            (["--plot", "out"], "--plot out: expected a name that ends in .png, .pdf,"),
            (["--plot", "x.pgf"], "--plot x.pgf: expected a name that ends in .png"),
            (["--plot", "same.png", "--save", "./same.png"], "--save and --plot both write"),
            (["--save", "-"], "--save -: expected the name of a file"),
            (["FILE", "--target", "state", "--sep", "é"], "'é' cannot separate cells"),
            (["FILE", "--target", "state", "--sep", '"'], "cannot separate cells"),
            (["predit", "model.skbits"], "unknown command 'predit'; did you mean 'predict'?"),
            (["--colour"], "unrecognized arguments: --colour"),
            (["--constraint", "recall"], "'recall': expected 'recall >= 0.9', or several"),
            (["--constraint", "recall >= 90"], "'recall >= 90': recall is at most 1, expected"),
            (["--scoring", "loudness"], "'loudness' is no metric: expected one of accuracy, "),
            (["--scoring", "fpr"], "Write scoring='neg_fpr', or constraint='fpr <= 0.1'"),
            (["--scoring", "sensitivty"], "did you mean 'sensitivity'"),
            (["--scoring", "recal"], "'recal' is no metric; did you mean 'recall'?: expected"),
            (["--scoring", "neg_cost"], "For costs: --cost fp=A,fn=B"),
            (
                ["--scoring", "selection_rate"],
                "--scoring selection_rate is highest where all is called",
            ),
            (["--scoring", "f1", "--cost", "fp=1,fn=2"], "--cost and --scoring both say what"),
            (["--cost", "fp=1"], "'fp=1': expected fp=A,fn=B"),
            (["--cost", "fp=0,fn=0"], "'fp=0,fn=0': expected fp=A,fn=B"),
            (["--cost", "fp=-1,fn=2"], "expected fp=A,fn=B"),
            (["--grid", "dropout=0.5"], "'dropout=0.5': expected \"NAME=[...]\""),
            (["--grid", "dropout=[]"], "'dropout=[]': expected"),
            (["--grid", "threshold=[0.5]"], "threshold is not searched: every cutoff is tried"),
            (["--grid", "verbose=[1]"], "verbose is not searched: the command itself says"),
            (["predict", "model.skbits"], "the following arguments are required: new.csv"),
            (["explain"], "the following arguments are required: model.skbits"),
        ],
    )
    def test_a_command_line_that_cannot_be_used(self, csv_file, capsys, argv, words):
        with pytest.raises(SystemExit) as caught:
            main([str(csv_file) if word == "FILE" else word for word in argv])
        assert caught.value.code == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert words in err
        assert err.startswith("error: ")
        assert err.endswith(" --help tells more)\n")
        assert err.count("\n") == 1

    def test_a_file_that_cannot_be_written_is_found_out_first(self, capsys, monkeypatch, tmp_path):
        def refuse(*args, **kwargs):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
        with pytest.raises(SystemExit):
            main(["--save", str(tmp_path / "other.skbits")])
        words = "other.skbits cannot be written: Permission denied; choose another place"
        assert words in capsys.readouterr().err

    def test_asking_whether_a_file_can_be_written_leaves_no_file(self, tmp_path):
        out = tmp_path / "model.skbits"
        with pytest.raises(SystemExit):
            main(["--save", str(out), "--folds", "1"])
        assert _unwritable("--save", out) is None
        assert not out.exists()

    def test_help_names_the_rule_for_the_positive_label(self, capsys):
        with pytest.raises(SystemExit) as caught:
            main(["tune", "--help"])
        assert caught.value.code == 0
        assert "the later one in sorting" in capsys.readouterr().out


def share_called(tp, fp, fn, tn):
    return (tp + fp) / (tp + fp + fn + tn)


class TestTheHonestNumbers:
    @pytest.mark.parametrize(
        ("scoring", "name", "metric"),
        [
            ("accuracy", "accuracy", accuracy_score),
            ("jaccard", "jaccard", jaccard_score),
            ("matthews_corrcoef", "matthews corrcoef", matthews_corrcoef),
        ],
    )
    def test_the_metric_that_was_tuned_for_is_among_them(self, scoring, name, metric):
        y, called = np.array([1, 1, 0, 0, 1, 0, 0]), np.array([1, 0, 1, 0, 1, 0, 0])
        report = cutoff_report(y == 1, called.astype(float), 0.5)
        lines = format_reports([report], scoring).splitlines()
        assert f"{name:<18}{metric(y, called):>10.3f}" in lines
        assert len(lines) == len(format_reports([report], "f1").splitlines()) + 1

    def test_a_cutoff_that_decides_nothing_is_remarked_on(self, data):
        X, y = data
        result = tuning.tune(X, y, positive="ill", scoring=share_called, **QUICK)
        assert result.best_threshold_ < 0.15
        assert "The tuned cutoff calls every held-out row 'ill'" in format_result(result)
        sober = tuning.tune(X, y, positive="ill", scoring="balanced_accuracy", **QUICK)
        assert "The tuned cutoff calls" not in format_result(sober)

    @pytest.mark.parametrize(
        ("constraint", "remark"),
        [
            (None, None),
            ("recall >= 0.8", "recall >= 0.8 held over the folds, and holds on these rows: 0.800."),
            ("recall >= 0.9", "recall >= 0.9 held over the folds, but on these rows it is 0.800:"),
            (
                "selection_rate <= 0.5",
                "selection_rate <= 0.5 held over the folds, but on these rows it is 0.6",
            ),
        ],
    )
    def test_whether_the_held_out_rows_meet_the_constraint(self, data, constraint, remark):
        found = tuning.tune(*data, positive="ill", constraint="recall >= 0.1", **QUICK)
        assert found.constraint == "recall >= 0.1"
        at_tuned = CutoffReport(0.3, tp=8, fp=4, fn=2, tn=6)
        text = format_result(replace(found, constraint=constraint, at_tuned=at_tuned))
        assert "held over the folds" in text if remark else "held over" not in text
        assert remark is None or remark in " ".join(text.split())

    def test_what_every_cutoff_must_keep(self):
        assert "every cutoff tried; a fold" in format_search(5)
        text = " ".join(format_search(5, ("recall", ">=", 0.9)).split())
        assert "every cutoff tried that keeps recall >= 0.9; a fold" in text

    def test_a_candidate_without_a_cutoff_says_so(self):
        found = tuning.Candidate({"dropout": 0.1}, np.nan, np.nan, np.nan, 0.5, 1.0)
        line = format_candidate(found, 2, 4, "f1", "precision >= 0.95")
        assert line == (
            "  2/4  no cutoff keeps precision >= 0.95 over the folds  dropout=0.1  (1.0 s)"
        )


def test_a_threshold_is_no_architecture(data):
    with pytest.raises(ValueError, match="names threshold: .* all of them"):
        tuning.tune(*data, **{**QUICK, "architectures": {"threshold": [0.1]}})


class TestWithTheRealClassifier:
    """The default classifier in place of the stand-in: few epochs, one candidate."""

    def test_its_threshold_serves_the_search(self, data):
        classifier = clone(tuning.default_classifier()).set_params(epochs=3)
        grid = {"hidden_layer_sizes": [(4,)]}
        options = {"cv": 2, "classifier": classifier}
        result = tuning.tune(*data, positive="ill", architectures=grid, **options)
        assert isinstance(classifier, skbits.BinaryClassifier)
        assert 0 < result.best_score_ < 1
        p = result.estimator_.predict_proba(data[0])[:, 0]  # "ill" sorts first
        expected = np.where(p >= np.float32(result.best_threshold_), "ill", "well")
        assert np.array_equal(result.estimator_.predict(data[0]), expected)

    def test_the_command_in_a_process_of_its_own(self, csv_file, tmp_path):
        quick = (
            "import sys; from skbits import tuning; from skbits.command import main\n"
            "default = tuning.default_classifier\n"
            "tuning.default_classifier = lambda: default().set_params(epochs=2)\n"
            "tuning.ARCHITECTURES = {'hidden_layer_sizes': [(4,)]}\n"
            "sys.exit(main(sys.argv[1:]))"
        )
        out = tmp_path / "model.skbits"
        done = subprocess.run(
            [sys.executable, "-c", quick, csv_file, "--target=state", "--folds=2", f"--save={out}"],
            capture_output=True,
            text=True,
            env={name: os.environ[name] for name in os.environ if name != "TF_CPP_MIN_LOG_LEVEL"},
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert "1/1  f1 0." in done.stdout
        assert "balanced accuracy" in done.stdout
        pd = pytest.importorskip("pandas")
        assert set(skbits.load(out).predict(pd.read_csv(csv_file))) <= {"ill", "well"}

    def test_the_module_runs(self):
        done = subprocess.run(
            [sys.executable, "-m", "skbits", "--target", "a"], capture_output=True, text=True
        )
        assert done.returncode == 2
        assert "--target a needs a file" in done.stderr
