"""The command's way from a table to a saved model, and from that to predictions."""

import gzip
import io
import json
import os
import re
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import skbits
from skbits import BinaryClassifier, tuning
from skbits.command import main, reading
from skbits.command.arguments import EXAMPLES
from skbits.files import read_notes, save
from skbits.summaries import lines_of
from skbits.tables import read_table

ROOT = Path(__file__).parents[1]
README_COMMANDS = re.findall(
    r"^skbits (?:tune|predict|explain) .*$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE
)
rng = np.random.default_rng(0)
N = 80


def make_frame():
    """A table of numbers, texts and missing cells; "ill" follows from the first column."""
    age, town = rng.normal(50, 9, N).round(2), rng.choice(["Ulm", "Bonn", ""], N)
    ill = np.where(age + rng.normal(0, 4, N) > 50, "yes", "no")
    weight = np.where(rng.uniform(size=N) < 0.1, np.nan, rng.normal(70, 9, N).round(1))
    return pd.DataFrame({"age": age, "town": town, "weight": weight, "ill": ill})


FRAME = make_frame()


def let_it_be_quick(monkeypatch):
    """Let the command tune one small network for two epochs."""
    default = tuning.default_classifier
    monkeypatch.setattr(tuning, "default_classifier", lambda: default().set_params(epochs=2))
    monkeypatch.setattr(tuning, "ARCHITECTURES", {"hidden_layer_sizes": [(4,)]})


@pytest.fixture
def quick(monkeypatch):
    let_it_be_quick(monkeypatch)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The table, and a model that the command has saved."""
    folder = tmp_path_factory.mktemp("command")
    FRAME.to_csv(folder / "patients.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        let_it_be_quick(patch)
        save_to = str(folder / "model.skbits")
        options = ["--target", "ill", "--folds", "2", "--save", save_to, "--cost", "fp=1,fn=3"]
        assert main(["tune", str(folder / "patients.csv"), *options]) == 0
    return folder


def run(capsys, *argv):
    capsys.readouterr()
    code = main([str(word) for word in argv])
    return code, *capsys.readouterr()


class TestPredict:
    def test_predictions_are_the_models(self, folder, capsys):
        model = skbits.load(folder / "model.skbits")
        X = FRAME.drop(columns="ill").replace("", np.nan)
        code, out, err = run(
            capsys, "predict", folder / "model.skbits", folder / "patients.csv", "--proba"
        )
        read = pd.read_csv(io.StringIO(out))
        assert code == 0
        assert err == "ignored, as the model does not read them: 'ill'\n"
        assert read.columns.tolist() == ["prediction", "probability of yes"]
        assert read["prediction"].tolist() == model.predict(X).tolist()
        assert read["probability of yes"].to_numpy() == pytest.approx(model.predict_proba(X)[:, 1])
        cutoff = read_notes(folder / "model.skbits")["cutoff"]
        on = read["probability of yes"].to_numpy(np.float32) >= np.float32(cutoff)
        assert (on == (read["prediction"] == "yes")).all()

    def test_columns_are_found_by_name(self, folder, capsys):
        FRAME[["weight", "age", "town"]].to_csv(folder / "turned.csv", index=False)
        turned = run(capsys, "predict", folder / "model.skbits", folder / "turned.csv")
        straight = run(capsys, "predict", folder / "model.skbits", folder / "patients.csv")
        assert turned == (0, straight[1], "")

    def test_json_is_alone_on_standard_output(self, folder, capsys):
        argv = ("predict", folder / "model.skbits", folder / "patients.csv", "--json")
        _, out, _ = run(capsys, *argv)
        _, plain, _ = run(capsys, *argv[:-1])
        assert json.loads(out) == {"prediction": plain.splitlines()[1:]}

    def test_standard_input_and_parquet_are_read_as_csv_is(self, folder, capsys, monkeypatch):
        expected = run(capsys, "predict", folder / "model.skbits", folder / "patients.csv")
        given = io.TextIOWrapper(io.BytesIO((folder / "patients.csv").read_bytes()))
        monkeypatch.setattr(sys, "stdin", given)
        assert run(capsys, "predict", folder / "model.skbits", "-") == expected
        FRAME.replace("", None).to_parquet(folder / "patients.parquet")
        parquet = folder / "patients.parquet"
        assert run(capsys, "predict", folder / "model.skbits", parquet) == expected
        packed = io.BytesIO(gzip.compress((folder / "patients.csv").read_bytes()))
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(packed))
        assert run(capsys, "predict", folder / "model.skbits", "-") == expected

    def test_what_the_model_does_not_read_may_hold_anything(self, folder, capsys):
        expected = run(capsys, "predict", folder / "model.skbits", folder / "patients.csv")
        frame = FRAME.assign(lists=[[1]] * N, waits=pd.to_timedelta(1, "s"))
        frame.replace("", None).to_parquet(folder / "more.parquet")
        code, out, err = run(capsys, "predict", folder / "model.skbits", folder / "more.parquet")
        assert (code, out) == expected[:2]
        assert err == "ignored, as the model does not read them: 'ill', 'lists', 'waits'\n"
        frame.assign(weight=frame["lists"]).to_parquet(folder / "more.parquet")
        _, _, err = run(capsys, "predict", folder / "model.skbits", folder / "more.parquet")
        assert "error: column 'weight' of more.parquet holds cells of type ndarray" in err

    @pytest.mark.parametrize("name", ["age", "other"])
    def test_a_column_that_stands_twice(self, folder, capsys, name):
        """Which one the model was trained on, nobody can know; it matters where it reads one."""
        header, rows = FRAME.assign(again=1, other=2).to_csv(index=False).split("\n", 1)
        (folder / "twice.csv").write_text(header.replace("again", name) + "\n" + rows)
        code, _, err = run(capsys, "predict", folder / "model.skbits", folder / "twice.csv")
        if name == "age":
            assert (code, err.splitlines()[-1]) == (
                1, "error: column 'age' stands 2 times in twice.csv: expected each name once. "
                "Rename them.",
            )  # fmt: skip
        else:
            assert (code, err.count("\n"), "error" in err) == (0, 1, False)

    @pytest.mark.parametrize(
        ("estimator", "y", "names"),
        [
            (skbits.BitVectorClassifier, pd.DataFrame(FRAME[["age", "weight"]] > 50), None),
            (skbits.OneHotClassifier, FRAME["town"], ["", "Bonn", "Ulm"]),
        ],
    )
    def test_bits_and_classes_have_a_column_each(self, folder, capsys, estimator, y, names):
        X = FRAME[["age"]]
        clf = estimator(hidden_layer_sizes=(3,), epochs=1).fit(X, y)
        clf.save(folder / "many.skbits")
        table = folder / "patients.csv"
        _, out, _ = run(capsys, "predict", folder / "many.skbits", table, "--proba", "--json")
        p = clf.predict_proba(X)
        expected = {} if names is None else {"prediction": clf.predict(X).tolist()}
        if names is None:
            for name, bit in zip(y.columns, clf.predict(X).T, strict=True):
                expected[f"prediction of {name}"] = bit.tolist()
        for name, column in zip(names or y.columns, p.T, strict=True):
            expected[f"probability of {name}"] = column.tolist()
        assert json.loads(out) == expected

    def test_columns_are_read_as_in_training(self, folder, quick, capsys):
        """Texts that look like numbers are texts, and what is beside a column changes nothing."""
        code = np.array(["01", "02", "x"])[np.arange(N) % 3]
        smokes = np.array(["True", "False", ""])[np.arange(N) % 7 % 3]
        frame = FRAME.assign(code=code, smokes=smokes, ill=np.where(code == "01", "yes", "no"))
        frame.to_csv(folder / "codes.csv", index=False)
        model = folder / "codes.skbits"
        options = ("--target", "ill", "--folds", "2", "--save", model)
        assert run(capsys, "tune", folder / "codes.csv", *options)[0] == 0
        assert read_notes(model)["text_columns"] == ["town", "code"]
        files = model, folder / "codes.csv"
        whole = json.loads(run(capsys, "predict", *files, "--proba", "--json")[1])
        for rows in (code == "01", code != "x", smokes != "", smokes == "True", smokes == ""):
            frame[rows].to_csv(folder / "some.csv", index=False)
            files = model, folder / "some.csv"
            some = json.loads(run(capsys, "predict", *files, "--proba", "--json")[1])
            for name, values in some.items():
                assert values == np.asarray(whole[name])[rows].tolist()

    def test_a_model_without_probabilities(self, folder, capsys):
        bits = skbits.BitVectorClassifier(hidden_layer_sizes=(3,), epochs=1)
        model = skbits.TransformedTargetClassifier(bits, skbits.IntegerBits())
        model.fit(FRAME[["age"]], FRAME["age"].astype(int) // 20).save(folder / "int.skbits")
        files = folder / "int.skbits", folder / "patients.csv"
        assert run(capsys, "predict", *files)[0] == 0
        code, out, err = run(capsys, "predict", *files, "--proba")
        assert (code, out) == (1, "")
        assert "error: TransformedTargetClassifier has no probabilities" in err

    def test_a_model_of_nameless_columns(self, folder, capsys):
        X = FRAME[["age"]].to_numpy()
        clf = BinaryClassifier(hidden_layer_sizes=(2,), epochs=1, random_state=0)
        save(skbits.TunedThresholdsCV(clf, cv=2).fit(X, FRAME["ill"]), folder / "plain.skbits")
        FRAME[["age"]].to_csv(folder / "age.csv", index=False)
        code, out, _ = run(capsys, "predict", folder / "plain.skbits", folder / "age.csv")
        expected = skbits.load(folder / "plain.skbits").predict(X)
        assert (code, out.split()[1:]) == (0, expected.tolist())
        assert run(capsys, "explain", folder / "plain.skbits")[0] == 0
        code, _, err = run(capsys, "predict", folder / "plain.skbits", folder / "patients.csv")
        assert (code, "trained on 1 column without names, and here are 4" in err) == (1, True)
        (folder / "age.csv").write_text("47.25\n51.5\n")  # not a row less than there are
        code, out, err = run(capsys, "predict", folder / "plain.skbits", folder / "age.csv")
        assert (code, out) == (1, "")
        assert "age.csv seems to have no header: its first line is '47.25'" in err

    def test_closed_standard_streams(self, folder, capsys, monkeypatch):
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdin", None)
            code, _, err = run(capsys, "predict", folder / "model.skbits", "-")
        assert (code, err) == (
            1, "error: standard input is closed: expected a file, or a table on it.\n"
        )  # fmt: skip
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", None)
            assert main(["explain", str(folder / "model.skbits")]) == 0
            files = str(folder / "model.skbits"), str(folder / "patients.csv")
            for argv in (["predict", *files], ["explain", files[0], "--json"]):
                capsys.readouterr()
                assert main(argv) == 1
                assert capsys.readouterr().err == (
                    "error: standard output is closed: expected one to write to, such as a file, "
                    "> out.csv\n"
                )

    def test_without_standard_error_results_stand_alone(self, folder, capsys, monkeypatch):
        argv = "predict", folder / "model.skbits", folder / "patients.csv"
        expected = run(capsys, *argv)[:2]  # and on standard error: a column is ignored
        monkeypatch.setattr(sys, "stderr", None)
        capsys.readouterr()
        assert (main(list(map(str, argv))), capsys.readouterr().out) == expected

    def test_texts_that_training_has_not_seen_are_said(self, folder, capsys):
        new = FRAME.drop(columns="ill").assign(town="Oslo")
        new.to_csv(folder / "oslo.csv", index=False)
        code, _, err = run(capsys, "predict", folder / "model.skbits", folder / "oslo.csv")
        assert (code, err) == (
            0, "not seen in training, taken as none of the known texts: 'Oslo'\n"
        )  # fmt: skip

    def test_unseen_texts_are_rare_where_training_had_rare_ones(self, folder, quick, capsys):
        who = [f"n{k % 40}" for k in range(N)]  # more than a column keeps
        FRAME.assign(who=who).to_csv(folder / "who.csv", index=False)
        model = folder / "who.skbits"
        options = ("--target", "ill", "--folds", "2", "--save", model)
        assert run(capsys, "tune", folder / "who.csv", *options)[0] == 0
        new = FRAME.drop(columns="ill").assign(who="new", town="Oslo")
        new.to_csv(folder / "new.csv", index=False)
        _, _, err = run(capsys, "predict", model, folder / "new.csv", "--proba")
        assert err == (
            "not seen in training, taken as rare: 'new'\n"
            "not seen in training, taken as none of the known texts: 'Oslo'\n"
        )
        preprocessor = skbits.load(model)[0]
        columns = preprocessor.get_feature_names_out().tolist()
        on = dict(zip(columns, preprocessor.transform(new)[0], strict=True))
        assert on["categorical__who_infrequent_sklearn"] == 1
        assert not any(value for name, value in on.items() if "__town_" in name)


class TestExplain:
    def test_it_tells_what_was_chosen_and_how(self, folder, capsys):
        notes = read_notes(folder / "model.skbits")
        code, out, err = run(capsys, "explain", folder / "model.skbits")
        assert (code, err) == (0, "")
        for word in (
            "BinaryClassifier", f"{notes['cutoff']:.4g}", "'no', 'yes'", "2-fold", "patients.csv",
            "1 a false positive and 3 a false negative", "'yes' is positive",
            "hidden_layer_sizes=(4,)", f"{notes['held_out']['f1']:.3f}",
            f"{notes['n_test']} held-out rows", "Target: 'ill' Columns: 'age', 'town', 'weight' ",
            "missing cells as a category: 'town'. ", "Numbers are scaled, a missing one is the "
            "median; another column says so of 'weight'. Text",
        ):  # fmt: skip
            assert word in " ".join(out.split())
        assert max(map(len, out.splitlines())) <= 100

    def test_as_json(self, folder, capsys):
        facts = json.loads(run(capsys, "explain", folder / "model.skbits", "--json")[1])
        assert facts["cost"] == {"fp": 1.0, "fn": 3.0}
        assert facts["columns"] == ["age", "town", "weight"]
        assert facts["missing_flagged"] == ["weight"]
        assert facts["cutoffs"] == [pytest.approx(facts["cutoff"])]
        assert facts["classes"] == ["no", "yes"]
        assert facts["summary"] == list(lines_of(skbits.load(folder / "model.skbits")))

    @pytest.mark.parametrize("name", ["search", "recentered"])
    def test_a_model_of_ones_own(self, folder, capsys, name):
        X, y = FRAME[["age"]].to_numpy(), FRAME["ill"]
        clf = BinaryClassifier(hidden_layer_sizes=(3,), epochs=1)
        search = skbits.ThresholdGridSearchCV(clf, [{}], cv=2, constraint="recall >= 0.1")
        model = {"search": search, "recentered": skbits.RecenteredClassifier(search)}[name]
        model.fit(X, y).save(folder / "own.skbits")
        code, out, err = run(capsys, "explain", folder / "own.skbits")
        assert (code, err) == (0, "")
        assert all(f"  {line}\n" in out for line in model.summary().splitlines())
        assert "over the folds, with recall >= 0.1" in out
        assert ("Cutoffs:" in out) == (name == "search")


class TestTune:
    def test_what_it_says_as_json_is_what_it_saves(self, folder, quick, capsys):
        model = folder / "again.skbits"
        table = folder / "patients.csv"
        code, out, err = run(
            capsys, "tune", table, "--target", "ill", "--folds", "2", "--save", model, "--json"
        )
        assert (code, err) == (0, "")
        assert json.loads(out) == read_notes(model)

    def test_cost_is_what_is_minimized(self, folder):
        notes = read_notes(folder / "model.skbits")
        assert notes["scoring"] == "neg_cost"
        held = notes["held_out"]
        assert held["tp"] + held["fp"] + held["fn"] + held["tn"] == notes["n_test"]
        assert notes["cutoff"] < 0.5  # what is missed costs more than a false alarm

    def test_parquet_and_standard_input_are_as_csv(self, folder, quick, capsys, monkeypatch):
        options = ("--target", "ill", "--folds", "2", "--json")
        FRAME.replace("", None).to_parquet(folder / "tune.parquet")
        given = io.TextIOWrapper(io.BytesIO((folder / "patients.csv").read_bytes()))
        monkeypatch.setattr(sys, "stdin", given)
        csv, parquet, stdin = (
            json.loads(run(capsys, "tune", file, *options)[1])
            for file in (folder / "patients.csv", folder / "tune.parquet", "-")
        )
        assert [one.pop("data") for one in (csv, parquet, stdin)] == [
            "patients.csv", "tune.parquet", "standard input",
        ]  # fmt: skip
        assert csv == parquet == stdin

    def test_what_nobody_foresaw_is_one_line_too(self, folder, capsys, monkeypatch):
        def fails(options):
            raise ZeroDivisionError("of all things")

        monkeypatch.setattr("skbits.command.explain.run", fails)
        code, out, err = run(capsys, "explain", folder / "model.skbits")
        assert (code, out) == (1, "")
        assert err == "error: of all things (ZeroDivisionError; --debug shows where)\n"
        with pytest.raises(ZeroDivisionError):
            run(capsys, "explain", folder / "model.skbits", "--debug")

    def test_the_cost_stands_in_the_report(self, folder, quick, capsys):
        options = ("--target", "ill", "--folds", "2", "--cost", "fp=1,fn=3")
        _, out, _ = run(capsys, "tune", folder / "patients.csv", *options)
        lines = out.splitlines()
        assert sum("  mean cost 0." in line for line in lines) == 1  # the candidate's
        assert sum(line.startswith("mean cost  ") for line in lines) == 1  # of held-out rows
        assert "neg_cost" not in out

    @pytest.mark.parametrize("option", [("--cost", "fp=1,fn=3"), ("--scoring", "specificity")])
    def test_what_was_tuned_for_is_among_the_scores(self, folder, quick, capsys, option):
        model, name = folder / "scores.skbits", "neg_cost" if option[0] == "--cost" else option[1]
        options = ("--target", "ill", "--folds", "2", *option, "--save", model, "--json")
        held = json.loads(run(capsys, "tune", folder / "patients.csv", *options)[1])["held_out"]
        n = held["tp"] + held["fp"] + held["fn"] + held["tn"]
        cost, specificity = (
            (held["fp"] + 3 * held["fn"]) / n,
            held["tn"] / (held["tn"] + held["fp"]),
        )
        assert held[name] == pytest.approx(-cost if name == "neg_cost" else specificity)
        shown = f"mean cost {cost:.3f}" if name == "neg_cost" else f"specificity {specificity:.3f}"
        lines = run(capsys, "explain", model)[1].splitlines()
        row = next(line.split() for line in lines if line.split()[0] == shown.split()[0])
        assert [*shown.split()[:-1], row[-2], shown.split()[-1]] == row

    def test_the_grid_is_the_one_given(self, folder, quick, capsys):
        grid = ("--grid", "dropout=[0.1, 0.2]", "hidden_layer_sizes=[[3], [2, 2]]")
        options = ("--target", "ill", "--folds", "2", *grid)
        code, out, _ = run(capsys, "tune", folder / "patients.csv", *options)
        assert code == 0
        for dropout in (0.1, 0.2):
            for layers in ("(3,)", "(2, 2)"):
                assert f"dropout={dropout}, hidden_layer_sizes={layers}" in out

    def test_a_grid_may_be_given_in_parts(self, folder, quick, capsys):
        grid = ("--grid", "dropout=[0.1]", "--grid", "hidden_layer_sizes=[[3]]")
        options = ("--target", "ill", "--folds", "2", *grid)
        _, out, _ = run(capsys, "tune", folder / "patients.csv", *options)
        assert "dropout=0.1, hidden_layer_sizes=(3,)" in out
        twice = ("--grid", "dropout=[0.1]", "--grid", "dropout=[0.2]")
        options = ("--target", "ill", "--folds", "2", *twice)
        code, _, err = run(capsys, "tune", folder / "patients.csv", *options)
        assert (code, err.count("\n")) == (2, 1)
        assert "--grid names dropout 2 times: expected all its values in one list" in err

    def test_what_no_cutoff_keeps_is_told_in_the_users_words(self, folder, quick, capsys):
        options = ("--target", "ill", "--folds", "2", "--constraint", "selection_rate <= -1")
        code, out, err = run(capsys, "tune", folder / "patients.csv", *options)
        assert code == 1
        assert err == (
            "error: no cutoff keeps selection_rate <= -1 over the folds, 0 at best: loosen the "
            "bound, or try other candidates.\n"
        )
        (line,) = (line for line in out.splitlines() if line.startswith("  1/1"))
        assert (
            "no cutoff keeps selection_rate <= -1 over the folds (0 at best)  hidden_layer" in line
        )
        options = (*options, "--json")  # which says nothing of candidates
        assert run(capsys, "tune", folder / "patients.csv", *options) == (1, "", err)

    def test_the_plot_is_a_picture(self, folder, quick, capsys):
        picture = folder / "cutoff.png"
        options = ("--target", "ill", "--folds", "2", "--plot", picture, "--scoring", "accuracy")
        assert run(capsys, "tune", folder / "patients.csv", *options)[0] == 0
        assert picture.read_bytes().startswith(b"\x89PNG")

    def test_identifiers_are_pointed_out_and_can_be_dropped(self, folder, quick, capsys):
        table = folder / "numbered.csv"
        FRAME.assign(id=np.arange(N)).to_csv(table, index=False)
        options = ("--target", "ill", "--folds", "2")
        _, out, _ = run(capsys, "tune", table, *options)
        assert "column 'id' has another value in each row" in out
        assert "--drop id" in out
        _, out, _ = run(capsys, "tune", table, *options, "--drop", "id")
        assert "3 features" in out
        assert "--drop" not in out

    def test_long_lines_of_candidates_are_wrapped(self, folder, quick, capsys):
        grid = ("--grid", f"hidden_layer_sizes=[{[2] * 25}]", "epochs=[1]")
        options = ("--target", "ill", "--folds", "2", *grid)
        _, out, _ = run(capsys, "tune", folder / "patients.csv", *options)
        assert max(map(len, out.splitlines())) <= 100
        assert re.search(r"\(\d+\.\d s\)\n", out)  # not torn apart


#: two labels as a CSV file has them, and as Python has them; sorted
LABELS = {
    "texts": (("ill", "well"), ("ill", "well")),
    "booleans": (("False", "True"), (False, True)),
    "integers": (("0", "1"), (0, 1)),
    "negative": (("-1", "1"), (-1, 1)),
    "floats": (("1.0", "2.0"), (1, 2)),
    "signs": (("+", "-"), ("+", "-")),
    "for a shell": (("--no", "it's; ok"), ("--no", "it's; ok")),
}


class TestAdvice:
    """Every command that is printed as advice runs, and does what was said."""

    @pytest.fixture
    def tune(self, quick, capsys, tmp_path, monkeypatch):
        """Tune a table whose labels are given, in a folder of its own; what was printed."""
        monkeypatch.chdir(tmp_path)

        def tune(labels, *options, sep=","):
            ill = np.where(FRAME["ill"] == "yes", labels[1], labels[0])
            frame = FRAME.assign(ill=ill, **{"my id": np.arange(N)})
            frame.to_csv("data.csv", index=False, sep=sep)
            options = ("data.csv", "--target", "ill", "--folds", "2", *options)
            code, out, err = run(capsys, "tune", *options)
            assert (code, err) == (0, "")
            return out

        return tune

    @pytest.mark.parametrize("positive", [None, 0, 1])
    @pytest.mark.parametrize("kind", LABELS)
    def test_predicting(self, tune, capsys, kind, positive):
        written, labels = LABELS[kind]
        chosen = [] if positive is None else [f"--positive={written[positive]}"]
        out = tune(written, *chosen, "--save", "my model.skbits", "--sep", ";", sep=";")
        code, shown = [line[2:] for line in out.splitlines() if line.startswith("  skbits")]
        words = shlex.split(code)
        assert words[0] == "skbits"
        done = run(capsys, *[{"new.csv": "data.csv"}.get(word, word) for word in words[1:]])
        assert (done[0], done[2]) == (0, "ignored, as the model does not read them: 'ill'\n")
        X = read_table("data.csv", "ill", sep=";").X
        expected = eval(shown, {"skbits": skbits, "X": X}).tolist()
        assert pd.read_csv(io.StringIO(done[1]))["prediction"].astype(str).tolist() == list(
            map(str, expected)
        )
        assert set(expected) <= set(labels)
        proba = run(capsys, "predict", "my model.skbits", "data.csv", "--sep", ";", "--proba")[1]
        p = pd.read_csv(io.StringIO(proba)).iloc[:, 1].to_numpy(np.float32)
        facts = read_notes("my model.skbits")
        called = np.array(expected, dtype=object) == facts["positive"]
        assert facts["positive"] == labels[1 if positive is None else positive]
        assert ((p >= np.float32(facts["cutoff"])) == called).all()
        code, told, err = run(capsys, "explain", "my model.skbits")
        assert (code, err) == (0, "")
        assert f"{facts['positive']!r} is positive" in " ".join(told.split())

    @pytest.mark.parametrize("kind", LABELS)
    def test_the_other_label(self, tune, kind):
        written, labels = LABELS[kind]
        out = tune(written)
        assert f"{labels[1]!r} is positive by default" in out
        (option,) = re.findall(r"For the\s+other: (--positive.*)", out)
        out = tune(written, *shlex.split(option))
        assert f"Labels: {labels[0]!r} is positive" in out
        assert "--positive" not in out

    def test_leaving_out(self, tune):
        out = tune(("no", "yes"))
        (option,) = re.findall(r"to leave it out, (--drop .*)\.\n", out)
        assert "4 features" in out
        out = tune(("no", "yes"), *shlex.split(option))
        assert "3 features" in out
        assert "--drop" not in out

    @pytest.mark.filterwarnings("ignore:the estimator gives every row")
    def test_another_scoring(self, tune, monkeypatch):
        monkeypatch.setattr(f"{__name__}.FRAME", FRAME.assign(age=1, town="Ulm", weight=1))
        out = tune(("no", "yes"), "--drop", "my id")  # nothing to tell the rows apart by
        ((option, value),) = re.findall(
            r"Another (--scoring), such as (\w+)", " ".join(out.split())
        )
        assert f"{value} 0.5" in tune(("no", "yes"), "--drop", "my id", option, value)

    @pytest.mark.parametrize("name", ["it's.skbits", "-m.skbits"])
    def test_a_name_for_a_shell(self, tune, capsys, name):
        out = tune(("no", "yes"), f"--save={name}")
        command, shown = [line[2:] for line in out.splitlines() if line.startswith("  skbits")]
        words = shlex.split(command)[1:]
        assert run(capsys, *[{"new.csv": "data.csv"}.get(word, word) for word in words])[0] == 0
        eval(shown.removesuffix(".predict(X)"), {"skbits": skbits})

    def test_the_model_of_the_embedded_data(self, quick, capsys, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        out = run(capsys, "tune", "--folds", "2", "--save", "model.skbits")[1]
        table = tuning.example_table()
        pd.DataFrame(table.X).to_csv("new.csv", index=False)  # positions name the columns
        command, shown = [line[2:] for line in out.splitlines() if line.startswith("  skbits")]
        code, out, err = run(capsys, *shlex.split(command)[1:])
        expected = eval(shown, {"skbits": skbits, "X": table.X}).tolist()
        assert (code, out.split()[1:], err) == (0, expected, "")

    @pytest.mark.parametrize(
        "argv",
        [["--folds", "1"], ["tune", "--target", "y"], ["predict"], ["explain"], ["--cost", "1"]],
    )
    def test_where_errors_of_the_command_line_point_to(self, argv, capsys):
        with pytest.raises(SystemExit):
            main(argv)
        err = capsys.readouterr().err
        (words,) = re.findall(r"\(skbits(.*--help) tells more\)\n$", err)
        with pytest.raises(SystemExit) as ended:
            main(words.split())
        assert ended.value.code == 0
        assert words.split()[0] in capsys.readouterr().out

    @pytest.mark.parametrize(
        "line", [line for lines in EXAMPLES.values() for line in lines] + README_COMMANDS
    )
    def test_examples(self, folder, quick, capsys, tmp_path, monkeypatch, line):
        """Of the help and of the README, run in a folder that has what they name."""
        monkeypatch.chdir(tmp_path)
        for name, source in {
            "data.csv": "patients.csv", "new.csv": "patients.csv", "model.skbits": "model.skbits"
        }.items():  # fmt: skip
            Path(name).write_bytes((folder / source).read_bytes())
        given = io.TextIOWrapper(io.BytesIO(Path("new.csv").read_bytes()))
        monkeypatch.setattr(sys, "stdin", given)
        words = shlex.split(line.partition(" > ")[0])
        if "--grid" in words:  # quick ones
            words[words.index("--grid") + 1 :] = ["dropout=[0, 0.5]", "epochs=[1, 2]"]
        code, out, err = run(capsys, *words[1:])
        assert (code, "error" in err, bool(out)) == (0, False, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("recall > 0.9", "expected 'recall >= 0.9', or several joined by 'and', with >= or <="),
        ("recall >= x", "has no number as its bound: expected 'recall >= 0.9'"),
        ("recal >= 0.9", "did you mean 'recall'?"),
        ("recall >= 7", "recall is at most 1"),
        *((text, "") for text in ("foo", "", "recall", "recall >= ", ">= 0.9", "roc_auc >= 1")),
        *((text, "") for text in ("('recall', '>=', 0.9)", "recall >= inf")),
    ],
)
def test_a_constraint_that_cannot_be_read_is_answered_as_a_command_line_reads_it(
    text, words, capsys
):
    with pytest.raises(SystemExit) as ended:
        main(["tune", "--constraint", text])
    err = capsys.readouterr().err
    assert (ended.value.code, err.count("\n")) == (2, 1)
    assert err.startswith(f"error: argument --constraint: {text!r}")
    assert words in err
    said = err.replace(repr(text), "")
    assert "constraint=" not in said  # Python's argument, and Python's tuple
    assert "('" not in said


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["predict", "MODEL", "no.csv"], "no.csv: No such file"),
        (["predict", "no.skbits", "TABLE"], "no.skbits"),
        (["predict", "TABLE", "TABLE"], "cannot be loaded: it is no file that skbits wrote"),
        (
            ["predict", "MODEL", "LACKS"],
            "column 'age' is not there; did you mean 'agee'? The model",
        ),
        (["predict", "MODEL", "TEXTS"], "column 'age' holds 'old' in row 2, and the model was"),
        (["predict", "MODEL", "INFINITE"], "infinite.csv holds infinity (inf in row 1)"),
        (["predict", "MODEL", "EMPTY"], "empty.csv has no rows: expected one at least"),
        (["predict", "MODEL", "BROKEN"], "broken.parquet is no Parquet file"),
        (["explain", "TABLE"], "cannot be loaded: it is no file that skbits wrote"),
        (["TABLE", "--target", "ill", "--drop", "agee"], "drop='agee' is not a column"),
        (["TABLE", "--target", "ill", "--drop", "ill"], "drop='ill' is the target"),
        (["BROKEN", "--target", "ill"], "broken.parquet is no Parquet file"),
    ],
)
def test_data_that_cannot_be_used(folder, capsys, argv, message):
    FRAME.rename(columns={"age": "agee"}).to_csv(folder / "lacks.csv", index=False)
    (folder / "broken.parquet").write_bytes(b"PAR1 and no more")
    names = {
        "TABLE": "patients.csv", "MODEL": "model.skbits", "LACKS": "lacks.csv",
        "BROKEN": "broken.parquet", "TEXTS": "texts.csv", "EMPTY": "empty.csv",
        "INFINITE": "infinite.csv",
    }  # fmt: skip
    FRAME.head(0).to_csv(folder / "empty.csv", index=False)
    FRAME.head(1).drop(columns="ill").assign(age=np.inf).to_csv(
        folder / "infinite.csv", index=False
    )
    FRAME.head(2).assign(age=["30", "old"]).to_csv(folder / "texts.csv", index=False)
    argv = [folder / names[word] if word in names else word for word in argv]
    code, out, err = run(capsys, *argv)
    assert code == 1
    assert err.startswith("error: ")
    assert err.count("\n") == 1
    assert message in err
    if argv[0] != folder / "patients.csv":
        assert out == ""
    with pytest.raises((ValueError, OSError)):
        main([*map(str, argv), "--debug"])


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("dropuot=[1]", "--grid: Invalid parameter 'dropuot' for BinaryClassifier: did you mean"),
        ("dropout=[0, 7]", "--grid: dropout=7: expected a float in"),
        ("hidden_layer_sizes=[[3], [-3]]", "--grid: hidden_layer_sizes=(-3,): expected"),
        ('activation=["relux"]', "--grid: activation='relux': expected one of Keras"),
        ('optimizer=["adam", "adamm"]', "--grid: Invalid parameter 'adamm' for optimizer"),
        ('optimizer__learning_rate=[0.1, "x"]', "--grid: optimizer__learning_rate='x': expected"),
        ('loss=["hunge"]', "--grid: "),
        ("optimizer__learnin_rate=[1]", "--grid: Invalid parameter 'learnin_rate'"),
    ],
)
def test_a_grid_that_cannot_be_used_is_found_out_before_any_fit(folder, capsys, grid, message):
    argv = ["tune", folder / "patients.csv", "--target", "ill", "--grid", grid]
    code, out, err = run(capsys, *argv)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert err.startswith(f"error: {message}")
    with pytest.raises(ValueError, match="--grid"):
        main([*map(str, argv), "--debug"])


@pytest.mark.parametrize(
    ("option", "values"),
    [
        ("--scoring", ("f1", "recall")),
        ("--folds", ("5", "3")),
        ("--positive", ("yes", "yes")),
        ("--save", ("a.skbits", "b.skbits")),
    ],
)
def test_an_option_of_one_value_is_given_once(capsys, option, values):
    """The first one would be forgotten without a word."""
    with pytest.raises(SystemExit) as ended:
        main(["tune", option, values[0], option, values[1]])
    assert ended.value.code == 2
    assert f"argument {option}: expected once, and it is given again" in capsys.readouterr().err


def test_that_pandas_is_missing_is_said_before_anything_slow(folder, capsys, monkeypatch):
    monkeypatch.setattr(reading, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "skbits.tuning", None)  # to import it would be an error
    code, _, err = run(capsys, "tune", folder / "patients.csv", "--target", "ill")
    assert code == 1
    assert err.startswith("error: reading a table needs pandas")
    assert "skbits[cli]" in err


@pytest.mark.parametrize("command", EXAMPLES)
def test_the_help_shows_examples_of_the_command(command, capsys):
    assert all(shlex.split(line)[:2] == ["skbits", command] for line in EXAMPLES[command])
    with pytest.raises(SystemExit):
        main([command, "--help"])
    shown = capsys.readouterr().out
    assert all(line in shown for line in EXAMPLES[command])
    assert max(map(len, shown.splitlines())) <= 100


def test_the_installed_command_is_this_one():
    (script,) = (
        point for point in metadata.entry_points(group="console_scripts") if point.name == "skbits"
    )
    assert script.load() is main


def test_a_reader_that_goes_away_ends_it_without_a_word(folder):
    command = [sys.executable, "-m", "skbits", "predict", "model.skbits", "patients.csv"]
    long = pd.concat([FRAME] * 2000)
    long.to_csv(folder / "long.csv", index=False)
    process = subprocess.Popen(
        [*command[:-1], "long.csv"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with process:
        assert process.stdout.readline() == b"prediction\n"
        process.stdout.close()
        assert process.stderr.read().startswith(b"ignored, as the model does not read them: 'ill'")
    assert process.returncode == 0


class TestNotes:
    @pytest.mark.parametrize(
        "notes", [[], "text", {"a": {1, 2}}, {"a": np.float32(1)}, {"a": float("nan")}]
    )
    def test_what_is_no_plain_data(self, notes, tmp_path):
        with pytest.raises(ValueError, match="notes=.*expected a dict of plain data"):
            save(BinaryClassifier(), tmp_path / "a.skbits", notes=notes)
        assert not list(tmp_path.iterdir())

    def test_without_notes_there_are_none(self, tmp_path):
        BinaryClassifier().save(tmp_path / "a.skbits")
        assert read_notes(tmp_path / "a.skbits") == {}

    def test_notes_change_nothing_of_the_estimator(self, tmp_path):
        save(BinaryClassifier(epochs=7), tmp_path / "a.skbits", notes={"epochs": [8, None, "ü"]})
        assert read_notes(tmp_path / "a.skbits") == {"epochs": [8, None, "ü"]}
        assert skbits.load(tmp_path / "a.skbits").epochs == 7

    def test_a_file_that_is_none(self, tmp_path):
        (tmp_path / "a").write_text("no")
        with pytest.raises(ValueError, match="path=.*cannot be loaded"):
            read_notes(tmp_path / "a")
        with pytest.raises(OSError, match="there"):
            read_notes(tmp_path / "there")
