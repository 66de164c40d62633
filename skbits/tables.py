"""Tables: a user's CSV file -> features, labels, and a preprocessor that fits them.

Rules
-----
* The first line holds the column names, each once; one column, the target, holds exactly two
  labels. Of a Parquet file, the levels of its index that have names are columns too.
* Parquet is read as the same CSV would be: decimals as numbers, dates as their texts.
* What is told of a column, its name and its cells, is checked where the column is used: one that
  ``drop`` leaves out, or that no model reads, may hold anything.
* A missing cell is an empty one, ``?`` (the UCI archive's sign), or what ``pandas.read_csv`` takes
  for missing (``NA``, ``NaN``, ``None``, ``null``, ...).
* A row without a label is left out, and so is a column without a name or without a value; each is
  said in ``Table.notes``.
* Numbers and booleans are numeric columns; everything else is categorical, compared as text.
* pandas is imported only when a file is read.
"""

import csv
import datetime
import gzip
import io
import lzma
import os
import warnings
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from skbits.labels import DataError, is_number, nearest, show, two_labels
from skbits.naming import as_option, counted

if TYPE_CHECKING:
    import pandas as pd

#: from so many rows on, values that are all different are none by chance
_MANY_ROWS = 50

#: the text that stands for a missing cell of a categorical column
MISSING = "(missing)"

#: how a compressed file begins -> what pandas calls it
_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
    b"PK\x03\x04": "zip",
}

#: what reading a damaged compressed file raises
_OF_DAMAGE = (EOFError, zlib.error, gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile)

#: cells that hold several things, or none that CSV has
_NO_CELLS = {bytes, dict, list, np.ndarray, set, tuple}

#: so many whole numbers that count up by one are names, whatever the column of labels holds
_MANY_NAMES = 4

#: a categorical column keeps this many categories; the rarest share the last one
MAX_CATEGORIES = 30


@dataclass(frozen=True)
class Table:
    """Features and labels, ready to learn from.

    Parameters
    ----------
    name : str
        What the table is called in messages: the file's name.
    X : DataFrame or ndarray of shape (n, n_features)
        The features.
    y : ndarray of shape (n,)
        The labels, two different ones.
    notes : tuple of str
        What was left out or merged while reading, one sentence each.
    """

    name: str
    X: Any
    y: np.ndarray
    notes: tuple[str, ...] = ()


def read_table(path: Any, target: str, *, sep: str = ",", drop: Sequence[str] = ()) -> Table:
    """Read a CSV or Parquet file and split it into features and labels.

    Parameters
    ----------
    path : str, path-like or binary file
        CSV, whose first line holds the column names; or Parquet, where the name ends in .parquet.
    target : str
        The column of labels.
    sep : str, default=","
        What stands between two cells of CSV.
    drop : sequence of str, default=()
        Columns to leave out.

    Returns
    -------
    Table

    Raises
    ------
    DataError
        If the file is not such a table: no header, no such column, not two labels, infinity, ...
    ImportError
        If pandas is not installed.
    OSError
        If the file cannot be opened.

    Examples
    --------
    >>> table = read_table("patients.csv", "ill")  # doctest: +SKIP
    >>> table.X.shape, table.y[:2].tolist()  # doctest: +SKIP
    ((208, 60), ['no', 'yes'])
    """
    if not isinstance(target, str):
        raise DataError(f"target={target!r}: expected the name of a column, a str.")
    name, is_csv = name_of_file(path), not _is_parquet(path)
    if is_csv:
        _check_header(_header(path, sep), target, sep, name)
    frame = read_frame(path, sep=sep)
    names = frame.columns.tolist()
    _check_target(names, target, sep, name)
    frame = _without(frame, drop, target, name)
    check_columns(frame, frame.columns, name, can_drop=True)
    labelled = frame[target].notna()
    labels = frame.loc[labelled, target].tolist()
    y = np.asarray([label.strip() if isinstance(label, str) else label for label in labels])
    if y.dtype.kind == "f" and np.all(np.abs(y) < 2**53) and np.all(y % 1 == 0):
        y = y.astype(int)  # whole numbers that stood beside empty cells
    if is_csv and _is_row(names, target, y):
        raise _no_header(names, name)
    n_dropped = int((~labelled).sum())
    y = two_labels(y, name=f"target={target!r} of {name}", n_missing=n_dropped)
    X, notes = _features(frame.loc[labelled].drop(columns=target).reset_index(drop=True), name)
    if n_dropped:
        notes = (f"left out: {counted(n_dropped, 'row')} without a label in {target!r}.", *notes)
    return Table(name, X, y, notes)


def read_frame(path: Any, *, sep: str = ",", texts: Sequence[str] = ()) -> "pd.DataFrame":
    """Read a file as :func:`read_table` does, all columns, for ``predict`` on new rows.

    Parameters
    ----------
    path : str, path-like or binary file
    sep : str, default=","
    texts : sequence of str, default=()
        Columns of a CSV file to read as text, also where all cells look like numbers.

    Returns
    -------
    DataFrame of shape (n, n_columns)

    Raises
    ------
    DataError, ImportError, OSError
        As :func:`read_table`.
    """
    if _is_parquet(path):
        return _read_parquet(path)
    as_text = dict.fromkeys(texts, str)
    frame = _read_csv(path, sep, na_values=["?"], low_memory=False, dtype=as_text)
    # pandas renames what stands twice; a column without a name keeps what pandas calls it
    names = _header(path, sep)
    if len(names) == frame.shape[1]:
        frame.columns = [name or other for name, other in zip(names, frame.columns, strict=True)]
    return frame


def text_columns(X: "pd.DataFrame") -> list[str]:
    """The columns that are taken as categories; the others are numbers.

    Parameters
    ----------
    X : DataFrame

    Returns
    -------
    list of str

    Examples
    --------
    >>> import pandas as pd
    >>> text_columns(pd.DataFrame({"age": [30.0, None], "town": ["Ulm", "Bonn"]}))
    ['town']
    """
    return X.select_dtypes(exclude=["number", "bool"]).columns.tolist()


def booleans_as_numbers(X: "pd.DataFrame") -> "pd.DataFrame":
    """X with 0 and 1 where booleans stand beside missing cells, which pandas makes objects.

    Parameters
    ----------
    X : DataFrame

    Returns
    -------
    DataFrame

    Examples
    --------
    >>> import pandas as pd
    >>> booleans_as_numbers(pd.DataFrame({"smokes": [True, None]}))["smokes"].tolist()
    [1.0, nan]
    """
    booleans = [
        column
        for column in text_columns(X)
        if X[column].map(lambda cell: isinstance(cell, bool)).eq(X[column].notna()).all()
        and X[column].notna().any()
    ]
    return X.astype(dict.fromkeys(booleans, float))


def numbers_of(X: "pd.DataFrame", names: Sequence[str]) -> "pd.DataFrame":
    """X whose named columns are numbers, as they were in training.

    Parameters
    ----------
    X : DataFrame
    names : sequence of str

    Returns
    -------
    DataFrame

    Raises
    ------
    DataError
        If one of the columns holds text.
    """
    X = booleans_as_numbers(X)
    for column in text_columns(X[list(names)]):
        is_text = X[column].map(lambda cell: isinstance(cell, str) and not is_number(cell))
        if is_text.any():
            row = int(is_text.to_numpy().argmax())
            raise DataError(
                f"column {column!r} holds {X[column].iloc[row]!r} in row {row + 1}, and the model "
                "was trained on numbers there: expected a number, or an empty cell for a missing "
                "one."
            )
    return X


def name_of_file(path: Any) -> str:
    """What messages call a file, or standard input.

    Examples
    --------
    >>> name_of_file("data/patients.csv")
    'patients.csv'
    """
    return os.path.basename(str(getattr(path, "name", None) or os.fspath(path)))


def _is_parquet(path: Any) -> bool:
    return name_of_file(path).lower().endswith((".parquet", ".pq"))


def _read_parquet(path: Any) -> "pd.DataFrame":
    pandas = _import_pandas()
    try:
        return _plain_columns(pandas.read_parquet(path))
    except ImportError as error:
        raise ImportError(
            "reading Parquet needs pyarrow, which is not installed: python -m pip install "
            "'skbits[cli]'"
        ) from error
    except OSError:
        if os.path.exists(path):
            raise DataError(f"{name_of_file(path)} is no Parquet file, or a damaged one.") from None
        raise
    except ValueError as error:  # pyarrow's errors are such
        reason = " ".join(str(error).split())
        raise DataError(f"{name_of_file(path)} is no Parquet file ({reason}).") from error


def _plain_columns(frame: "pd.DataFrame") -> "pd.DataFrame":
    """The columns of a Parquet file as those of a CSV file; names may stand twice, as there."""
    index, columns = frame.index, [frame.iloc[:, k] for k in range(frame.shape[1])]
    names = [str(name) for name in frame.columns]
    of_index = {
        str(name): index.get_level_values(k).to_series(index=index)
        for k, name in enumerate(index.names)
        if name is not None
    }
    for name, column in zip(names, columns, strict=True):
        if name in of_index and column.equals(of_index[name]):  # set_index(drop=False)
            del of_index[name]
    parts = [part.reset_index(drop=True) for part in (*of_index.values(), *columns)]
    plain = _import_pandas().DataFrame(dict(enumerate(map(_as_in_csv, parts))))
    plain.columns = [*of_index, *names]
    return plain


def _as_in_csv(cells: "pd.Series") -> "pd.Series":
    """Decimals as numbers, and dates as the texts that ``to_csv`` writes."""
    if cells.dtype == "category" and cells.cat.categories.dtype.kind == "M":
        cells = cells.astype(cells.cat.categories.dtype)
    kinds = {type(cell) for cell in cells.dropna()} if cells.dtype == object else set()
    if kinds == {Decimal}:
        return cells.astype(float)
    dates = (datetime.date, datetime.time)  # a datetime is a date
    if cells.dtype.kind == "M" or (kinds and all(issubclass(kind, dates) for kind in kinds)):
        rows = csv.reader(io.StringIO(cells.to_csv(index=False, header=False)))
        texts = [row[0] or None for row in rows]
        return _import_pandas().Series(texts, index=cells.index, name=cells.name, dtype=object)
    return cells


def check_columns(
    frame: "pd.DataFrame", names: Sequence[str], name: str, *, can_drop: bool = False
) -> None:
    """Raise for columns of a table that stand twice, or hold what no cell of CSV holds.

    Parameters
    ----------
    frame : DataFrame
    names : sequence of str
        The columns that are used; the others may hold anything.
    name : str
        What the table is called.
    can_drop : bool, default=False
        Whether one may leave them out.

    Raises
    ------
    DataError
        If there is such a column.

    Examples
    --------
    >>> import pandas as pd
    >>> check_columns(pd.DataFrame([[1, 2]], columns=["age", "age"]), ["age"], "patients.csv")
    Traceback (most recent call last):
        ...
    skbits.labels.DataError: column 'age' stands 2 times in patients.csv: expected each name once.
    Rename them.
    """
    given = frame.columns.tolist()
    for column in dict.fromkeys(names):
        drop = as_option("--drop", column)
        if given.count(column) > 1:
            cure = f"Rename them, or leave them out with {drop}." if can_drop else "Rename them."
            raise DataError(
                f"column {column!r} stands {given.count(column)} times in {name}: expected each "
                f"name once. {cure}"
            )
        cells = frame[column]
        kinds = {type(cell) for cell in cells.dropna()} if cells.dtype == object else set()
        if kinds & _NO_CELLS or cells.dtype.kind == "m":
            kind = cells.dtype if cells.dtype.kind == "m" else min(k.__name__ for k in kinds)
            cure = f" Leave it out with {drop}." if can_drop else ""
            raise DataError(
                f"column {column!r} of {name} holds cells of type {kind}: expected numbers, "
                f"texts or booleans.{cure}"
            )


def _without(frame: "pd.DataFrame", drop: Sequence[str], target: str, name: str) -> "pd.DataFrame":
    """The table without some columns."""
    for column in drop:
        if column == target:
            raise DataError(f"drop={column!r} is the target: expected another column.")
        if column not in frame.columns:
            known = frame.columns.tolist()
            raise DataError(f"drop={column!r} is not a column of {name}{nearest(column, known)}")
    return frame.drop(columns=list(drop))


def table_preprocessor(X: "pd.DataFrame") -> ColumnTransformer:
    """Build the preprocessor of a table: numbers imputed and scaled, categories one-hot.

    A numeric column gets its median where a cell is missing, and, if ``fit`` has seen a missing
    one, a second column that says so. In a categorical column a missing cell is a category of its
    own, the rarest of more than ``MAX_CATEGORIES`` categories are taken as one, and a category that
    ``fit`` has not seen is taken with those, or as none.

    Parameters
    ----------
    X : DataFrame of shape (n, n_features)
        The table, for its columns' names and types.

    Returns
    -------
    ColumnTransformer
        Not fitted.

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30.0, None], "town": ["Ulm", "Bonn"]})
    >>> table_preprocessor(X).fit_transform(X).shape
    (2, 4)
    """
    categorical = text_columns(X)
    numeric = [column for column in X.columns if column not in categorical]
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
    )
    categories = make_pipeline(
        FunctionTransformer(as_text, feature_names_out="one-to-one"),
        OneHotEncoder(
            handle_unknown="infrequent_if_exist",
            max_categories=MAX_CATEGORIES,
            sparse_output=False,
        ),
    )
    parts = [("numeric", numbers, numeric), ("categorical", categories, categorical)]
    return ColumnTransformer([part for part in parts if part[2]])


def fitted_preprocessor(model: Any) -> ColumnTransformer | None:
    """The :func:`table_preprocessor` of a fitted model: a pipeline's, perhaps within a classifier.

    Parameters
    ----------
    model : estimator
        Such as ``skbits.tuning.tune`` gives: a pipeline, or one in a classifier that has the
        cutoff.

    Returns
    -------
    ColumnTransformer or None
        None where there is none.
    """
    while hasattr(model, "estimator_"):
        model = model.estimator_
    first = model.steps[0][1] if hasattr(model, "steps") else None
    return first if isinstance(first, ColumnTransformer) else None


def unseen_texts(preprocessor: ColumnTransformer, X: "pd.DataFrame") -> tuple[list[str], list[str]]:
    """Find the texts of a table that a fitted :func:`table_preprocessor` has not seen.

    Parameters
    ----------
    preprocessor : ColumnTransformer
    X : DataFrame of shape (n, n_features)

    Returns
    -------
    rare, unknown : list of str
        Sorted: those of columns whose rarest texts are taken as one, with which they go, and those
        of other columns, where they are none of the known texts.

    Examples
    --------
    >>> import pandas as pd
    >>> seen, new = (pd.DataFrame({"town": towns}) for towns in (["Ulm", "Bonn"], ["Ulm", "Oslo"]))
    >>> unseen_texts(table_preprocessor(seen).fit(seen), new)
    ([], ['Oslo'])
    """
    found: dict[bool, set[str]] = {True: set(), False: set()}
    for name, encoder, columns in preprocessor.transformers_:
        if name == "categorical":
            known, rare = encoder[-1].categories_, encoder[-1].infrequent_categories_
            for texts, seen, merged in zip(as_text(X[columns]).T, known, rare, strict=True):
                found[merged is not None] |= set(texts) - set(seen)
    return sorted(found[True]), sorted(found[False])


def flagged_columns(preprocessor: ColumnTransformer) -> list[str]:
    """The columns of numbers of which another column says where one was missing.

    They are those where ``fit`` has seen a missing one.

    Parameters
    ----------
    preprocessor : ColumnTransformer
        A fitted :func:`table_preprocessor`.

    Returns
    -------
    list of str

    Examples
    --------
    >>> import pandas as pd
    >>> X = pd.DataFrame({"age": [30.0, None], "size": [1.7, 1.8]})
    >>> flagged_columns(table_preprocessor(X).fit(X))
    ['age']
    """
    return [
        str(columns[k])
        for name, numbers, columns in preprocessor.transformers_
        if name == "numeric"
        for k in numbers[0].indicator_.features_
    ]


def as_text(X: "pd.DataFrame") -> np.ndarray:
    """Write cells as text without outer blanks, missing ones as :data:`MISSING`.

    Parameters
    ----------
    X : DataFrame of shape (n, n_columns)

    Returns
    -------
    ndarray of shape (n, n_columns), object

    Examples
    --------
    >>> import pandas as pd
    >>> as_text(pd.DataFrame({"town": [" Ulm", None]})).tolist()
    [['Ulm'], ['(missing)']]
    """
    text = X.astype(object).apply(lambda column: column.map(lambda cell: str(cell).strip()))
    return np.where(X.isna() | text.isin(["", "?"]), MISSING, text.to_numpy(dtype=object))


def _import_pandas() -> Any:
    try:
        import pandas
    except ImportError as error:
        raise ImportError(
            "reading a table needs pandas, which is not installed: python -m pip install pandas"
        ) from error
    return pandas


def _read_csv(path: str | os.PathLike, sep: str, **options: Any) -> "pd.DataFrame":
    """``pandas.read_csv`` whose failures are DataErrors that name the file."""
    pandas = _import_pandas()
    if not isinstance(sep, str) or len(sep) != 1:
        raise DataError(f"sep={sep!r}: expected one character.")
    name = name_of_file(path)
    options |= {"sep": sep, "skipinitialspace": True, "encoding": "utf-8-sig", "index_col": False}
    try:
        options["compression"] = _compression(path, name)
        if hasattr(path, "seek"):
            path.seek(0)
        with warnings.catch_warnings():
            # rows longer than the header: pandas would drop their last cells and only warn
            warnings.simplefilter("error", pandas.errors.ParserWarning)
            return pandas.read_csv(path, **options)
    except _OF_DAMAGE as error:
        raise DataError(
            f"{name} is compressed, and damaged: expected a whole file. Make or copy it anew."
        ) from error
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} is not UTF-8 text: save it as CSV in UTF-8, as Excel can too."
        ) from error
    except pandas.errors.EmptyDataError as error:
        raise DataError(
            f"{name} is empty: expected a line of column names, then the rows."
        ) from error
    except (pandas.errors.ParserError, pandas.errors.ParserWarning, csv.Error) as error:
        reason = " ".join(str(error).split())
        raise DataError(
            f"{name} is not a table in which each row has as many cells as the header, separated "
            f"by {sep!r} (pandas: {reason})"
        ) from error


def _compression(path: Any, name: str) -> str | None:
    """How a file is compressed, by what it begins with and not by its name."""
    if hasattr(path, "seek"):
        path.seek(0)
        begin = path.read(6)
    elif os.path.isfile(path):
        with open(path, "rb") as file:
            begin = file.read(6)
    else:  # pandas says what is wrong, or knows better
        return "infer"
    if begin.startswith(b"PAR1"):
        raise DataError(
            f"{name} is Parquet: expected CSV. Give the file a name that ends in .parquet, which "
            "says so, and name it: standard input is CSV."
        )
    kind = next((kind for mark, kind in _COMPRESSED.items() if begin.startswith(mark)), None)
    if kind == "zip":
        with zipfile.ZipFile(path) as archive:
            n = len(archive.namelist())
        if n != 1:
            raise DataError(
                f"{name} is an archive of {counted(n, 'file')}, as a workbook of Excel is: "
                "expected one CSV file. Save the table as CSV in UTF-8."
            )
    return kind


def _header(path: Any, sep: str) -> list[str]:
    """The names in the first line, as they are."""
    line = _read_csv(path, sep, header=None, nrows=1, dtype=str, keep_default_na=False)
    return line.iloc[0].tolist()


def _check_header(names: list[str], target: str, sep: str, file_name: str) -> None:
    """Raise where the first line is no header, or does not name the target exactly once."""
    if _looks_like_data(names, target):
        raise _no_header(names, file_name)
    _check_target(names, target, sep, file_name)


def check_first_line(frame: "pd.DataFrame", path: Any) -> None:
    """Raise where the first line of a CSV file without a target is numbers that name no columns.

    Positions do, from 0 or 1 on, as pandas writes them for an array.

    Parameters
    ----------
    frame : DataFrame
        What :func:`read_frame` read.
    path : str, path-like or binary file

    Raises
    ------
    DataError
        If it seems to be a row.

    Examples
    --------
    >>> import pandas as pd
    >>> check_first_line(pd.DataFrame([[1, 2]], columns=["0", "1"]), "new.csv")
    >>> check_first_line(pd.DataFrame([[1, 2]], columns=["5.1", "3.5"]), "new.csv")
    Traceback (most recent call last):
        ...
    skbits.labels.DataError: new.csv seems to have no header: its first line is '5.1', '3.5'. Put a
    line with the columns' names above it.
    """
    names = frame.columns.tolist()
    numbers = _numbers(names)
    if numbers and not _is_parquet(path) and not _count_up(numbers, from_one=True):
        raise _no_header(names, name_of_file(path))


def _no_header(names: Sequence[str], file_name: str) -> DataError:
    return DataError(
        f"{file_name} seems to have no header: its first line is {show(names, 3)}. Put a line "
        "with the columns' names above it."
    )


def _check_target(names: list[str], target: str, sep: str, file_name: str) -> None:
    """Raise where the target is not one of the columns, or more than one."""
    if names.count(target) > 1:
        raise DataError(
            f"target={target!r} names {counted(names.count(target), 'column')} of {file_name}: "
            "expected one. If that line is data, put a line with the columns' names above it."
        )
    if target not in names:
        other = next((mark for mark in ",;\t|" if len(names) == 1 and mark in names[0]), None)
        cure = f" All is one column: is the separator {other!r}, not {sep!r}?" if other else ""
        raise DataError(
            f"target={target!r} is not a column of {file_name}{nearest(target, names) or '.'}{cure}"
            f" Its first line names {show(names, 12)}."
        )


def _looks_like_data(names: Sequence[str], target: str) -> bool:
    """Whether half of the first line or more is numbers, and not such as name columns.

    Different whole numbers do name columns (years, positions), as long as the target is among them.
    """
    numbers = _numbers(names)
    like_names = all(number.strip().isdecimal() for number in numbers)
    different = len(set(numbers)) == len(numbers)
    return bool(numbers) and not (target in names and like_names and different)


def _is_row(names: Sequence[str], target: str, y: np.ndarray) -> bool:
    """Whether the first line is a row: half numbers, with a label where the target's name stands.

    Positions, such as pandas writes for an array, are names all the same.
    """
    numbers = _numbers(names)
    if not numbers or (len(numbers) >= _MANY_NAMES and _count_up(numbers)):
        return False
    found = {str(label) for label in y.tolist()}
    return target in found or (is_number(target) and float(target) in _values(found))


def _numbers(names: Sequence[str]) -> list[str]:
    """The numbers in the first line, where they are half of it or more; else none."""
    numbers = [name for name in names if is_number(name)]
    return numbers if 2 * len(numbers) >= len(names) else []


def _values(texts: set[str]) -> set[float]:
    return {float(text) for text in texts if is_number(text)}


def _count_up(numbers: Sequence[str], *, from_one: bool = False) -> bool:
    """Whether whole numbers go up by one, perhaps only from 0 or 1 on."""
    if not all(number.strip().isdecimal() for number in numbers):
        return False
    first = int(numbers[0])
    counted_up = [first + k for k in range(len(numbers))]
    return [int(n) for n in numbers] == counted_up and (first in (0, 1) or not from_one)


def check_finite(X: "pd.DataFrame", name: str, which: str = "") -> None:
    """Raise for numbers that are infinite, or beyond float32, of a table with a name.

    Parameters
    ----------
    X : DataFrame
    name : str
        What the table is called.
    which : str, default=""
        Of which rows the one that is told is counted.

    Raises
    ------
    DataError
        If there is such a number.

    Examples
    --------
    >>> import pandas as pd
    >>> check_finite(pd.DataFrame({"age": [30.0, float("inf")]}), "patients.csv")
    Traceback (most recent call last):
        ...
    skbits.labels.DataError: column 'age' of patients.csv holds infinity (inf in row 2), or a number
    beyond float32: expected finite numbers, or an empty cell for a missing one.
    """
    with np.errstate(over="ignore"):  # what float32 cannot hold counts as infinite
        infinite = np.isinf(X.select_dtypes(include="number").astype(np.float32))
    if infinite.any(axis=None):
        column = infinite.any().idxmax()
        row = int(infinite[column].to_numpy().argmax())
        raise DataError(
            f"column {column!r} of {name} holds infinity ({X[column].iloc[row]} in row {row + 1}"
            f"{which}), or a number beyond float32: expected finite numbers, or an empty cell for "
            "a missing one."
        )


def _features(X: "pd.DataFrame", name: str) -> tuple["pd.DataFrame", tuple[str, ...]]:
    """The usable columns of X, and a note for each thing that was left out or merged."""
    nameless = [column for column in X.columns if str(column).startswith("Unnamed: ")]
    empty = [column for column in X.columns if column not in nameless and X[column].isna().all()]
    X = booleans_as_numbers(X.drop(columns=[*nameless, *empty]))
    if X.shape[1] == 0:
        raise DataError(f"{name} has no column to learn from besides the target.")
    check_finite(X, name, " of the labelled ones")
    for column in text_columns(X):
        texts = X[column].dropna().astype(str)
        if texts.str.fullmatch(r"\s*[-+]?\d+,\d+\s*").mean() > 0.5:
            raise DataError(
                f"column {column!r} of {name} holds numbers with decimal commas, such as "
                f"{texts.iloc[0]!r}: expected points. Write 0.5 for 0,5."
            )
    notes = []
    if nameless:
        notes.append(
            f"left out: {counted(len(nameless), 'column')} without a name (a row number?)."
        )
    if empty:
        notes.append(f"left out for want of any value: {show(empty, 12)}.")
    for column in text_columns(X):
        n_texts = X[column].nunique()
        if n_texts > MAX_CATEGORIES and not _identifies(X[column]):
            notes.append(
                f"column {column!r} has {counted(n_texts, 'different text')}: all but the "
                f"{MAX_CATEGORIES - 1} most frequent are taken as one."
            )
    notes += [
        f"column {column!r} has another value in each row, as an identifier has: to leave it out, "
        f"{as_option('--drop', column)}."
        for column in X.columns
        if _identifies(X[column])
    ]
    return X, tuple(notes)


def _identifies(column: "pd.Series") -> bool:
    """Whether whole numbers or texts are all different, in rows enough for that to be no chance."""
    if len(column) < _MANY_ROWS or column.dtype.kind in "fb" or column.isna().any():
        return False
    return column.nunique() == len(column)
