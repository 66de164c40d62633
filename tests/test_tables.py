"""Reading a user's table: what is read, what is left out, and what is refused with which words."""

import bz2
import datetime
import gzip
import io
import lzma
import subprocess
import sys
import zipfile
from decimal import Decimal

import numpy as np
import pytest

from skbits.labels import DataError, match_label, positive_label, two_labels
from skbits.tables import (
    MAX_CATEGORIES,
    as_text,
    read_frame,
    read_table,
    table_preprocessor,
    text_columns,
)

pd = pytest.importorskip("pandas")

MIXED = """\
id,age,town,smoker,empty,ill
,31,Ulm,True,,yes
,?,Bonn,False,,no
,45.5,,True,,no
,28,NA,False,,yes
,60, Ulm ,True,,
"""


@pytest.fixture
def write(tmp_path):
    def write(text, name="data.csv"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


class TestReadTable:
    def test_columns_and_labels_are_split(self, write):
        table = read_table(write("a,label,b\n1,x,2\n3,y,4\n"), "label")
        assert table.name == "data.csv"
        assert table.X.to_dict("list") == {"a": [1, 3], "b": [2, 4]}
        assert table.y.tolist() == ["x", "y"]
        assert table.notes == ()

    def test_blanks_around_a_label_are_no_part_of_it(self, write):
        table = read_table(write("a,label\n1,x\n2, x\n3,x \n4,y \n"), "label")
        assert table.y.tolist() == ["x", "x", "x", "y"]

    def test_a_number_beyond_float32_is_refused(self, write):
        with pytest.raises(DataError, match=r"holds infinity \(1e\+300 in row 2"):
            read_table(write("a,label\n1,x\n1e300,y\n"), "label")

    def test_decimal_commas_are_refused(self, write):
        text = "a;label\n0,14;x\n-1,5;y\n;y\n2,25;x\n"
        with pytest.raises(DataError, match="column 'a' of data.csv holds numbers with decimal co"):
            read_table(write(text), "label", sep=";")

    def test_rows_without_a_label_are_left_out_and_counted(self, write):
        table = read_table(write(MIXED), "ill")
        assert len(table.X) == len(table.y) == 4
        assert table.y.tolist() == ["yes", "no", "no", "yes"]
        assert "left out: 1 row without a label in 'ill'." in table.notes

    def test_question_mark_is_a_missing_number(self, write):
        age = read_table(write(MIXED), "ill").X["age"]
        assert np.array_equal(age, [31, np.nan, 45.5, 28], equal_nan=True)

    def test_columns_without_a_value_are_left_out_and_named(self, write):
        table = read_table(write(MIXED), "ill")
        assert table.X.columns.tolist() == ["age", "town", "smoker"]
        assert "left out for want of any value: 'id', 'empty'." in table.notes

    def test_a_column_without_a_name_is_left_out(self, write):
        frame = pd.DataFrame({"a": [1.0, 2.0], "label": ["x", "y"]})
        table = read_table(write(frame.to_csv()), "label")
        assert table.X.columns.tolist() == ["a"]
        assert "left out: 1 column without a name (a row number?)." in table.notes

    def test_many_different_texts_are_noted(self, write):
        rows = "".join(f"name{i},{i % 2}\n" for i in range(MAX_CATEGORIES + 1))
        (note,) = read_table(write("who,label\n" + rows), "label").notes
        assert "column 'who' has 31 different texts" in note
        assert "29 most frequent" in note

    def test_parquet_is_read_as_the_same_csv_would_be(self, tmp_path):
        frame = pd.DataFrame({"age": [30, 40, 50], "cost": [1.5, 2.5, None], "label": [0, 1, 0]})
        pytest.importorskip("pyarrow")
        exact = [Decimal("1.5"), Decimal("2.5"), None]
        frame.assign(cost=exact).set_index("age").to_parquet(tmp_path / "t.parquet")
        X = read_table(tmp_path / "t.parquet", "label").X
        pd.testing.assert_frame_equal(X, frame[["age", "cost"]])

    @pytest.mark.parametrize(
        ("cells", "kind"),
        [
            ([[1, 2]] * 2, "ndarray"),
            ([{"a": 1}] * 2, "dict"),
            ([b"1", b"2"], "bytes"),
            (pd.to_timedelta([1, 2]), "timedelta"),
        ],
    )
    def test_cells_that_hold_several_things_are_refused(self, tmp_path, cells, kind):
        pytest.importorskip("pyarrow")
        path, a = tmp_path / "t.parquet", [1, 2]
        pd.DataFrame({"a": a, "w": cells, "label": [0, 1]}).to_parquet(path)
        with pytest.raises(
            DataError, match=rf"column 'w' of t.parquet holds cells of type {kind}.*--drop w\."
        ):
            read_table(path, "label")
        table = read_table(path, "label", drop=["w"])
        assert table.X.to_dict("list") == {"a": a}
        assert read_frame(path).columns.tolist() == ["a", "w", "label"]  # until one is used

    @pytest.mark.parametrize(
        "dates",
        [
            pd.to_datetime(["2024-01-01", None, "2024-03-01"]),
            pd.to_datetime(["2024-01-01 10:30", None, "2024-03-01 00:00"]),
            pd.to_datetime(["2024-01-01 10:30:01.5", None, "2024-03-01 00:00:00.0"]),
            pd.to_datetime(["2024-01-01", None, "2024-03-01"]).tz_localize("Europe/Berlin"),
            pd.Categorical(pd.to_datetime(["2024-01-01", None, "2024-03-01"])),
            [datetime.date(2024, 1, 1), None, datetime.date(2024, 3, 1)],
            [datetime.time(10, 30), None, datetime.time(12)],
        ],
        ids=["days", "minutes", "parts of seconds", "zones", "categories", "dates", "times"],
    )
    def test_dates_of_parquet_are_the_texts_of_the_same_csv(self, tmp_path, dates):
        pytest.importorskip("pyarrow")
        frame = pd.DataFrame({"when": dates, "a": [1, 2, 3], "label": ["x", "y", "x"]})
        frame.to_parquet(tmp_path / "t.parquet")
        pd.read_parquet(tmp_path / "t.parquet").to_csv(tmp_path / "t.csv", index=False)
        csv, parquet = (read_table(tmp_path / f"t.{kind}", "label") for kind in ("csv", "parquet"))
        assert as_text(parquet.X).tolist() == as_text(csv.X).tolist()
        assert text_columns(parquet.X) == text_columns(csv.X) == ["when"]
        assert parquet.notes == csv.notes
        labelled = read_table(tmp_path / "t.parquet", "when")  # dates may be labels
        assert labelled.y.tolist() == read_table(tmp_path / "t.csv", "when").y.tolist()

    @pytest.mark.parametrize("index", ["label", "a", ["a", None], [None, "b"], ["a", "c"]])
    def test_an_index_of_parquet_is_columns_where_it_has_names(self, tmp_path, index):
        pytest.importorskip("pyarrow")
        frame = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6], "label": ["x", "y", "x"]})
        names = [index] if isinstance(index, str) else index
        levels = [frame[name] if name else [7, 8, 9] for name in names if name != "c"]
        levels += [[9, 8, 7]] * names.count("c")
        frame.index = pd.MultiIndex.from_arrays(levels, names=names)
        frame.to_parquet(tmp_path / "t.parquet")  # the index is called as columns are
        X = read_table(tmp_path / "t.parquet", "label").X
        expected = {"a": [1, 2, 3], "b": [4, 5, 6]}
        if "c" in names:
            expected["c"] = [9, 8, 7]
        assert X.to_dict("list") == expected

    def test_an_index_of_parquet_that_differs_from_the_column_of_its_name(self, tmp_path):
        pytest.importorskip("pyarrow")
        frame = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6], "label": ["x", "y", "x"]})
        path = tmp_path / "t.parquet"
        frame.set_index(pd.Index([3, 2, 1], name="a")).to_parquet(path)
        with pytest.raises(
            DataError, match=r"column 'a' stands 2 times in t\.parquet: expected ea"
        ):
            read_table(path, "label")
        assert read_table(path, "label", drop=["a"]).X.columns.tolist() == ["b"]

    def test_names_that_stand_twice_are_refused_unless_they_are_left_out(self, write):
        path = write("a,a,b,label\n1,2,3,x\n4,5,6,y\n")
        with pytest.raises(DataError) as caught:
            read_table(path, "label")
        assert str(caught.value) == (
            "column 'a' stands 2 times in data.csv: expected each name once. Rename them, or leave "
            "them out with --drop a."
        )
        assert read_table(path, "label", drop=["a"]).X.to_dict("list") == {"b": [3, 6]}
        assert read_frame(path).columns.tolist() == ["a", "a", "b", "label"]

    def test_names_that_pandas_would_make_of_others_are_names(self, write):
        path = write("a,a.1,label\n1,2,x\n4,5,y\n")
        assert read_table(path, "label").X.to_dict("list") == {"a": [1, 4], "a.1": [2, 5]}

    @pytest.mark.parametrize(
        "compress", [gzip.compress, bz2.compress, lzma.compress], ids=["gzip", "bz2", "xz"]
    )
    @pytest.mark.parametrize("name", ["data.csv", "data.csv.gz", None])
    def test_compressed_files_are_known_by_what_they_hold(self, tmp_path, compress, name):
        """Whatever they are called, and on standard input too."""
        data, path = compress(b"a,label\n1,x\n2,y\n"), tmp_path / (name or "none")
        path.write_bytes(data)
        source = path if name else io.BytesIO(data)
        if name is None:
            source.name = "standard input"
        table = read_table(source, "label")
        assert (table.X["a"].tolist(), table.y.tolist()) == ([1, 2], ["x", "y"])
        assert read_frame(source).columns.tolist() == ["a", "label"]

    def test_a_file_that_is_called_as_if_it_were_compressed(self, write):
        path = write("a,label\n1,x\n2,y\n", name="data.csv.gz")
        assert read_table(path, "label").X["a"].tolist() == [1, 2]

    @pytest.mark.parametrize("cut", [5, 12, 40])
    @pytest.mark.parametrize("compress", [gzip.compress, bz2.compress, lzma.compress])
    def test_a_damaged_compressed_file(self, tmp_path, compress, cut):
        text = "a,label\n" + "".join(f"{k * 7919 % 1000},{'xy'[k % 2]}\n" for k in range(500))
        (tmp_path / "data.csv").write_bytes(compress(text.encode())[:-cut])
        with pytest.raises(DataError, match=r"data\.csv is compressed, and damaged: expected a wh"):
            read_table(tmp_path / "data.csv", "label")

    def test_archives(self, tmp_path):
        for n in (1, 2):
            with zipfile.ZipFile(tmp_path / f"{n}.zip", "w") as archive:
                for k in range(n):
                    archive.writestr(f"{k}.csv", "a,label\n1,x\n2,y\n")
        assert read_table(tmp_path / "1.zip", "label").X["a"].tolist() == [1, 2]
        with pytest.raises(
            DataError, match=r"2\.zip is an archive of 2 files, as a workbook of Ex"
        ):
            read_table(tmp_path / "2.zip", "label")
        (tmp_path / "3.zip").write_bytes((tmp_path / "2.zip").read_bytes()[:-30])
        with pytest.raises(DataError, match=r"3\.zip is compressed, and damaged"):
            read_table(tmp_path / "3.zip", "label")

    def test_parquet_that_is_not_called_so(self, tmp_path):
        (tmp_path / "data.csv").write_bytes(b"PAR1" * 9)
        with pytest.raises(
            DataError, match=r"data\.csv is Parquet: expected CSV\. Give the file a"
        ):
            read_table(tmp_path / "data.csv", "label")

    def test_labels_beyond_whole_numbers_of_floats_stay_what_they_are(self, write):
        y = read_table(write("a,label\n1,1e20\n2,2e20\n3,\n"), "label").y
        assert y.tolist() == [1e20, 2e20]

    def test_texts_that_are_all_different_are_an_identifier_and_no_more(self, write):
        rows = "".join(f"name{i},{i % 2}\n" for i in range(200))
        (note,) = read_table(write("who,label\n" + rows), "label").notes
        assert note.startswith("column 'who' has another value in each row, as an identifier has")

    @pytest.mark.parametrize(
        ("cells", "labels"),
        [
            (["0", "1", "1"], [0, 1, 1]),
            (["1", "", "0"], [1, 0]),  # pandas makes floats of these
            (["True", "False", "True"], [True, False, True]),
            (["True", "", "False"], [True, False]),
            (["b", "a", "b"], ["b", "a", "b"]),
        ],
    )
    def test_labels_keep_their_type(self, write, cells, labels):
        table = read_table(write("a,label\n" + "".join(f"1,{cell}\n" for cell in cells)), "label")
        assert table.y.tolist() == labels
        assert [type(label) for label in table.y.tolist()] == [type(label) for label in labels]

    @pytest.mark.parametrize("sep", [";", "\t"])
    def test_other_separators(self, write, sep):
        text = "a,label\n1,x\n2,y\n".replace(",", sep)
        assert read_table(write(text), "label", sep=sep).X["a"].tolist() == [1, 2]

    def test_byte_order_mark_is_no_part_of_a_name(self, write):
        assert read_table(write("\ufefflabel,a\nx,1\ny,2\n"), "label").y.tolist() == ["x", "y"]

    def test_numbers_may_name_columns(self, write):
        frame = pd.DataFrame({2019: [1, 2], 2020: [3, 4], "label": ["x", "y"]})
        table = read_table(write(frame.to_csv(index=False)), "label")
        assert table.X.columns.tolist() == ["2019", "2020"]

    @pytest.mark.parametrize(
        ("labels", "n"), [([0, 1], 5), ([0, 1], 4), ([4, 5], 4), (["x", "y"], 2), ([7, 8], 2)]
    )
    def test_positions_are_names_as_pandas_writes_them(self, write, labels, n):
        """Also where one is a label, as long as there are too many of them for a chance."""
        frame = pd.DataFrame({k: [3, 4] for k in range(n - 1)} | {n - 1: labels})
        table = read_table(write(frame.to_csv(index=False)), f"{n - 1}")
        assert table.X.columns.tolist() == [f"{k}" for k in range(n - 1)]
        assert table.y.tolist() == labels

    @pytest.mark.parametrize("target", ["0", "1", "yes"])
    @pytest.mark.parametrize("rows", [["6,148,72,35", "1,85,66,29"], ["5,7", "3,9"], ["2", "4"]])
    def test_a_first_line_of_numbers_with_a_label_is_a_row(self, write, rows, target):
        """Not one row is lost without a word, whatever the column of labels is called."""
        other = "no" if target == "yes" else f"{1 - int(target)}"
        lines = [f"{row},{label}" for row in rows for label in (target, other, target)]
        with pytest.raises(
            DataError, match=r"data\.csv seems to have no header: its first line is"
        ):
            read_table(write("\n".join(lines)), target)


@pytest.mark.parametrize(
    ("text", "target", "words"),
    [
        ("0.2,0.37,R\n0.4,0.5,M\n", "label", "data.csv seems to have no header: its first line is"),
        ("0.2,0.37,R\n0.4,0.5,M\n", "R", "Put a line with the columns' names above it."),
        ("6,148,72,1,1\n1,85,66,2,0\n", "1", "seems to have no header"),
        ("6,148,72,35,1\n1,85,66,2,0\n", "5", "seems to have no header"),
        ("a,label\n1,x\n2,y\n", "lable", "target='lable' is not a column of data.csv; did you"),
        ("a,label\n1,x\n2,y\n", "Label", "did you mean 'label'?"),
        ("a,label\n1,x\n2,y\n", "zzz", "Its first line names 'a', 'label'."),
        ("a;label\n1;x\n2;y\n", "label", "is the separator ';', not ','?"),
        ("a,a,p\n1,2,x\n2,3,y\n", "a", "target='a' names 2 columns of data.csv: expected one."),
        ("a,label\n1,x\n2,x\n", "label", "target='label' of data.csv has one label only, 'x'"),
        ("a,label\n1,x\n2,None\n", "label", "(left out: 1 row without a label), expected two"),
        ("a,label\n1,\n2,\n", "label", "has no rows with a label"),
        ("a,label\n", "label", "has no rows with a label"),
        ("a,label\n1,x\n2,y\n3,z\n", "label", "3 labels, expected two: 'x' (1 row), 'y' (1 row), "),
        (
            "a,b\n" + "".join(f"1,{i}\n" for i in range(30)),
            "b",
            "30 different numbers, from 0 to 29",
        ),
        ("label\nx\ny\n", "label", "data.csv has no column to learn from besides the target."),
        ("a,label\n1,x\ninf,y\n", "label", "column 'a' of data.csv holds infinity (inf in row 2"),
        ("", "label", "data.csv is empty: expected a line of column names"),
        ("a,label\n1,x\n2,y,3\n", "label", "as many cells as the header, separated by ','"),
        ("a,label\n1,x,0\n2,y,0\n", "label", "as many cells as the header, separated by ','"),
    ],
)
def test_a_table_that_cannot_be_used(write, text, target, words):
    with pytest.raises(DataError) as caught:
        read_table(write(text), target)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "data.csv"
    path.write_bytes(b"\x80\x81\xfe\xff" * 10)
    with pytest.raises(DataError, match=r"data.csv is not UTF-8 text: save it as CSV in UTF-8"):
        read_table(path, "label")


def test_without_pandas_it_is_said(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="python -m pip install pandas"):
        read_table(write(MIXED), "ill")


def test_nothing_but_reading_a_file_needs_pandas_or_tensorflow():
    code = (
        "import sys; sys.modules |= dict.fromkeys(['pandas', 'keras', 'tensorflow'])\n"
        "import skbits.tables, skbits.tuning, skbits.__main__\n"
        "print(skbits.tuning.example_table().X.shape)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("(569, 30)\n", "")


class TestPreprocessor:
    def fitted(self, X):
        return table_preprocessor(X).fit(X)

    def test_numbers_are_imputed_flagged_and_scaled(self):
        X = pd.DataFrame({"a": [1.0, 3.0, np.nan, 2.0]})
        out = self.fitted(X).transform(X)
        assert out.shape == (4, 2)  # the number, and whether it was missing
        assert np.allclose(out.mean(axis=0), 0)
        assert np.allclose(out.std(axis=0), 1)
        assert out[2, 0] == pytest.approx(0)  # the median is the mean here

    def test_a_missing_category_is_a_category(self):
        X = pd.DataFrame({"town": ["Ulm", None, "Bonn"]})
        out = self.fitted(X).transform(X)
        assert out.shape == (3, 3)
        assert out.sum(axis=1).tolist() == [1, 1, 1]

    def test_categories_are_compared_as_stripped_text(self):
        ours = self.fitted(pd.DataFrame({"town": ["Ulm", "Bonn", "?"]}))
        theirs = pd.DataFrame({"town": [" Bonn ", "Ulm ", ""]})
        assert ours.transform(theirs).argmax(axis=1).tolist() == [1, 2, 0]

    def test_an_unknown_category_is_none_of_the_known(self):
        ours = self.fitted(pd.DataFrame({"town": ["Ulm", "Bonn"]}))
        assert ours.transform(pd.DataFrame({"town": ["Kiel"]})).tolist() == [[0, 0]]

    def test_categories_are_bounded_and_an_unknown_one_joins_the_rarest(self):
        names = [f"n{i}" for i in range(100)]
        X = pd.DataFrame({"who": names + names[: MAX_CATEGORIES - 1]})
        ours = self.fitted(X)
        out = ours.transform(pd.DataFrame({"who": ["n0", "n99", "never seen"]}))
        assert out.shape == (3, MAX_CATEGORIES)
        assert out[1].tolist() == out[2].tolist() != out[0].tolist()

    @pytest.mark.parametrize(
        "column",
        [
            pd.Series([True, False, True]),
            pd.Series([1, None, 3], dtype="Int64"),
            pd.Series([np.nan, np.nan, np.nan]),
            pd.Series(["a", None, "b"], dtype="category"),
            pd.Series(["a", None, "b"], dtype="string"),
            pd.Series([True, None, False], dtype=object),
            pd.to_datetime(pd.Series(["2020-01-01", None, "2021-01-01"])),
        ],
        ids=lambda column: str(column.dtype),
    )
    def test_every_kind_of_column_becomes_finite_numbers(self, column):
        X = pd.DataFrame({"x": column})
        out = self.fitted(X).transform(X)
        assert out.dtype.kind == "f"
        assert np.isfinite(out).all()

    def test_a_file_read_anew_fits_the_preprocessor(self, write):
        path = write(MIXED)
        table = read_table(path, "ill")
        out = self.fitted(table.X).transform(read_frame(path))  # five rows, all columns
        assert out.shape[0] == 5
        assert np.isfinite(out).all()

    def test_output_features_have_names(self, write):
        table = read_table(write(MIXED), "ill")
        names = self.fitted(table.X).get_feature_names_out().tolist()
        assert "numeric__age" in names
        assert "categorical__town_Ulm" in names


class TestLabels:
    @pytest.mark.parametrize(
        ("y", "text", "label"),
        [
            ([0, 1], "1", 1),
            ([0, 1], "1.0", 1),
            ([0.0, 1.0], "0", 0.0),
            ([-1, 1], "-1", -1),
            (["yes", "no"], "yes", "yes"),
            (["Yes", "No"], "YES", "Yes"),
            ([True, False], "true", True),
            (["a", "A"], "A", "A"),
        ],
    )
    def test_text_names_a_label(self, y, text, label):
        found = match_label(y, text)
        assert found == label
        assert type(found) is type(label)

    @pytest.mark.parametrize(("y", "text"), [(["yes", "no"], "ja"), (["yes", "Yes"], "YES")])
    def test_text_that_names_no_label_or_two(self, y, text):
        with pytest.raises(DataError, match=rf"positive='{text}' is not one of the labels: exp"):
            match_label(y, text)

    @pytest.mark.parametrize(
        ("y", "label"),
        [([1, 0, 1, 1], 1), (["no", "yes"], "yes"), (["M", "R", "R"], "R"), ([True, False], True)],
    )
    def test_the_default_positive_label_is_the_later_one(self, y, label):
        assert positive_label(y) == label

    @pytest.mark.parametrize(
        ("y", "words"),
        [
            ([[0, 1], [1, 0]], "y has shape (2, 2): expected one label a row"),
            (np.array(["a", None, "b"], dtype=object), "no label in 1 row, row 1 the first"),
            ([0.0, 1.0, np.nan], "no label in 1 row, row 2 the first"),
            (np.array(["a", 1], dtype=object), "y mixes labels of types ['int', 'str']"),
            ([], "y has no rows with a label"),
            ([0.5, 1.5], "y holds fractions, 0.5 and 1.5, which scikit-learn takes for quantities"),
        ],
    )
    def test_labels_that_cannot_be_used(self, y, words):
        with pytest.raises(DataError) as caught:
            two_labels(y)
        assert words in str(caught.value)
