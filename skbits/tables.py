"""Tables: a user's CSV file -> features, labels, and a preprocessor that fits them.

Rules
-----
* The first line holds the column names; one column, the target, holds exactly two labels.
* A missing cell is an empty one, ``?`` (the UCI archive's sign), or what ``pandas.read_csv`` takes
  for missing (``NA``, ``NaN``, ``None``, ``null``, ...).
* A row without a label is left out, and so is a column without a name or without a value; each is
  said in ``Table.notes``.
* Numbers and booleans are numeric columns; everything else is categorical, compared as text.
* pandas is imported only when a file is read.
"""

import csv
import os
import shlex
import warnings
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
from skbits.naming import counted

if TYPE_CHECKING:
    import pandas as pd

#: from so many rows on, values that are all different are none by chance
_MANY_ROWS = 50

#: the text that stands for a missing cell of a categorical column
MISSING = "(missing)"

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
    name = _name_of(path)
    if _is_parquet(path):
        frame = read_frame(path, sep=sep)
        _check_target([str(column) for column in frame.columns], target, sep, name)
    else:
        header = _read_csv(path, sep, header=None, nrows=1, dtype=str, keep_default_na=False)
        _check_header(header.iloc[0].tolist(), target, sep, name)
        frame = read_frame(path, sep=sep)
    frame = _without(frame, drop, target, name)
    labelled = frame[target].notna()
    labels = frame.loc[labelled, target].tolist()
    y = np.asarray([label.strip() if isinstance(label, str) else label for label in labels])
    if (
        y.dtype.kind == "f" and np.isfinite(y).all() and np.all(y % 1 == 0)
    ):  # whole numbers that stood beside empty cells
        y = y.astype(int)
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
    return _read_csv(path, sep, na_values=["?"], low_memory=False, dtype=as_text)


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


def _name_of(path: Any) -> str:
    """What messages call a file."""
    return os.path.basename(str(getattr(path, "name", None) or os.fspath(path)))


def _is_parquet(path: Any) -> bool:
    return _name_of(path).lower().endswith((".parquet", ".pq"))


def _read_parquet(path: Any) -> "pd.DataFrame":
    pandas = _import_pandas()
    try:
        return _plain_columns(pandas.read_parquet(path), _name_of(path))
    except DataError:
        raise
    except ImportError as error:
        raise ImportError(
            "reading Parquet needs pyarrow, which is not installed: python -m pip install "
            "'skbits[cli]'"
        ) from error
    except OSError:
        if os.path.exists(path):
            raise DataError(f"{_name_of(path)} is no Parquet file, or a damaged one.") from None
        raise
    except ValueError as error:  # pyarrow's errors are such
        reason = " ".join(str(error).split())
        raise DataError(f"{_name_of(path)} is no Parquet file ({reason}).") from error


def _plain_columns(frame: "pd.DataFrame", name: str) -> "pd.DataFrame":
    """The columns of a Parquet file as those of a CSV file: an index too, decimals as numbers."""
    if any(level is not None for level in frame.index.names):
        frame = frame.reset_index()
    for column in frame.columns:
        cells = frame[column]
        kinds = {type(cell) for cell in cells.dropna()} if cells.dtype == object else set()
        if kinds == {Decimal}:
            frame[column] = cells.astype(float)
        elif kinds & {list, dict, tuple, np.ndarray} or cells.dtype.kind == "m":
            kind = cells.dtype if cells.dtype.kind == "m" else min(k.__name__ for k in kinds)
            raise DataError(
                f"column {str(column)!r} of {name} holds cells of type {kind}: expected numbers, "
                "texts or booleans. Leave it out of the file."
            )
    return frame


def _without(frame: "pd.DataFrame", drop: Sequence[str], target: str, name: str) -> "pd.DataFrame":
    """The table without some columns."""
    for column in drop:
        if column == target:
            raise DataError(f"drop={column!r} is the target: expected another column.")
        if column not in frame.columns:
            known = [str(c) for c in frame.columns]
            raise DataError(f"drop={column!r} is not a column of {name}{nearest(column, known)}")
    return frame.drop(columns=list(drop))


def table_preprocessor(X: "pd.DataFrame") -> ColumnTransformer:
    """Build the preprocessor of a table: numbers imputed and scaled, categories one-hot.

    A numeric column gets its median where a cell is missing, and a second column that says so. In
    a categorical column a missing cell is a category of its own, the rarest of more than
    ``MAX_CATEGORIES`` categories are taken as one, and a category that ``fit`` has not seen is
    taken with those, or as none.

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


def unseen_texts(preprocessor: ColumnTransformer, X: "pd.DataFrame") -> list[str]:
    """Find the texts of a table that a fitted :func:`table_preprocessor` has not seen.

    Parameters
    ----------
    preprocessor : ColumnTransformer
    X : DataFrame of shape (n, n_features)

    Returns
    -------
    list of str
        Sorted.

    Examples
    --------
    >>> import pandas as pd
    >>> seen, new = (pd.DataFrame({"town": towns}) for towns in (["Ulm", "Bonn"], ["Ulm", "Oslo"]))
    >>> unseen_texts(table_preprocessor(seen).fit(seen), new)
    ['Oslo']
    """
    found: set[str] = set()
    for name, encoder, columns in preprocessor.transformers_:
        if name == "categorical":
            known = encoder[-1].categories_
            for texts, seen in zip(as_text(X[columns]).T, known, strict=True):
                found |= set(texts) - set(seen)
    return sorted(found)


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
    name = _name_of(path)
    if hasattr(path, "seek"):
        path.seek(0)
    options |= {"sep": sep, "skipinitialspace": True, "encoding": "utf-8-sig", "index_col": False}
    try:
        with warnings.catch_warnings():
            # rows longer than the header: pandas would drop their last cells and only warn
            warnings.simplefilter("error", pandas.errors.ParserWarning)
            return pandas.read_csv(path, **options)
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


def _check_header(names: list[str], target: str, sep: str, file_name: str) -> None:
    """Raise where the first line is no header, or does not name the target exactly once."""
    if _looks_like_data(names, target):
        raise DataError(
            f"{file_name} seems to have no header: its first line is {show(names, 3)}. Put a line "
            "with the columns' names above it."
        )
    _check_target(names, target, sep, file_name)


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


def _looks_like_data(names: list[str], target: str) -> bool:
    """Whether half of the first line or more is numbers, and not such as name columns.

    Different whole numbers do name columns (years, positions), as long as the target is among them.
    """
    numbers = [name for name in names if is_number(name)]
    if not numbers or 2 * len(numbers) < len(names):
        return False
    like_names = all(number.strip().isdecimal() for number in numbers)
    return not (target in names and like_names and len(set(numbers)) == len(numbers))


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
        f"--drop {shlex.quote(str(column))}."
        for column in X.columns
        if _identifies(X[column])
    ]
    return X, tuple(notes)


def _identifies(column: "pd.Series") -> bool:
    """Whether whole numbers or texts are all different, in rows enough for that to be no chance."""
    if len(column) < _MANY_ROWS or column.dtype.kind in "fb" or column.isna().any():
        return False
    return column.nunique() == len(column)
