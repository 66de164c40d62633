"""Saving: an estimator <-> a file; the order of the stages.

Rules
-----
* A file is an archive (``archive``) of ``metadata.json``, which says what made it;
  ``estimator.json``, the estimator taken apart (``values``); its arrays; and its models.
* ``FORMAT`` counts up when files change so that older releases cannot read them. A file of a newer
  format is an error; files of all older formats can be read.
"""

import json
import platform
import textwrap
import warnings
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import sklearn
from sklearn.base import BaseEstimator
from sklearn.exceptions import InconsistentVersionWarning

import skbits
from skbits.files import classes
from skbits.files.archive import Archive, checked_path, write_archive
from skbits.files.leaving_out import described, warn_of
from skbits.files.values import Reader, Writer

FORMAT = 1

#: packages whose versions are written down
_PACKAGES = ("scikit-learn", "keras", "tensorflow", "numpy")


def save(estimator: Any, path: Any, *, notes: Mapping[str, Any] | None = None) -> None:
    """Save an estimator, fitted or not, to a file; see :class:`skbits.files.methods.FilesMixin`.

    Parameters
    ----------
    estimator : estimator
        Of skbits, which have this as a method, or a scikit-learn pipeline around one.
    path : str or os.PathLike
        A file; one that is there is replaced, at once and whole.
    notes : dict, optional
        Plain data to keep beside it, which :func:`read_notes` reads: text, numbers, lists, dicts.

    Raises
    ------
    OSError
        Where the file cannot be written.
    ValueError
        Where the estimator holds what a file cannot hold; the message says what to do.

    Warns
    -----
    UserWarning
        Of parameters that are left out, other than a builder of models.

    Examples
    --------
    >>> import os, tempfile
    >>> from skbits import IntegerBits, load
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(IntegerBits().fit([5]), os.path.join(folder, "codec.skbits"))
    ...     load(os.path.join(folder, "codec.skbits")).transform([3]).tolist()
    [[0, 1, 1]]
    """
    checked_path(path)
    if classes.name_of(type(estimator), "class") is None:
        raise ValueError(
            f"estimator={described(estimator)} cannot be saved to such a file: expected an "
            "estimator of skbits, or a pipeline around one. Use pickle or joblib."
        )
    entries: dict[str, bytes] = {}
    writer = Writer(entries)
    written = writer.write(estimator)
    metadata = {
        "format": FORMAT,
        "skbits": skbits.__version__,
        "python": platform.python_version(),
        **{package: version(package) for package in _PACKAGES},
        "class": type(estimator).__name__,
        "notes": _checked_notes({} if notes is None else notes),
    }
    texts = {"metadata.json": metadata, "estimator.json": written}
    write_archive(path, {**{name: to_json(text) for name, text in texts.items()}, **entries})
    warn_of(writer.left_out)


def _checked_notes(notes: Any) -> dict[str, Any]:
    """Notes that JSON gives back as they were, but for tuples, which become lists."""
    try:
        if not isinstance(notes, Mapping):
            raise TypeError(f"a {type(notes).__name__}")
        json.dumps(dict(notes), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(
            f"notes={textwrap.shorten(repr(notes), 100)}: expected a dict of plain data, of text, "
            f"finite numbers, booleans, None, lists and dicts ({error})."
        ) from error
    return dict(notes)


def read_notes(path: Any) -> dict[str, Any]:
    """The notes that were saved with an estimator; the estimator is not loaded.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    dict
        Empty where there are none.

    Raises
    ------
    OSError, ValueError
        As :func:`load`.

    Examples
    --------
    >>> import os, tempfile
    >>> from skbits import IntegerBits
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "codec.skbits")
    ...     save(IntegerBits(), path, notes={"for": "the digits"})
    ...     read_notes(path)
    {'for': 'the digits'}
    """
    path = checked_path(path)
    try:
        notes = _metadata(Archive(path)).get("notes", {})
        if not isinstance(notes, dict):
            raise ValueError(f"its notes are a {type(notes).__name__}")
    except (OSError, MemoryError):
        raise
    except Exception as error:  # as in load
        raise ValueError(_cannot_be_loaded(path, error)) from error
    return notes


def load(path: Any) -> Any:
    """Load an estimator that was saved with its ``save`` method.

    Not for pickles: joblib and pickle have their own ``load``, which run code.

    Parameters
    ----------
    path : str or os.PathLike

    Returns
    -------
    estimator
        Its predictions are those of the one that was saved, to the last bit.

    Raises
    ------
    OSError
        A file that is not there, or cannot be read.
    ValueError
        A file that is damaged, that skbits did not write, that a newer release wrote, or that
        holds what may not appear in a file.

    Notes
    -----
    Nothing in the file is run: there is no pickle in it, it can name classes of a list only, and of
    layers those of Keras or those that the reader has registered with Keras.
    ``zipfile`` and a text editor show what is in it.

    Examples
    --------
    >>> from skbits import load
    >>> load("README.md")
    Traceback (most recent call last):
        ...
    ValueError: path='README.md' cannot be loaded: it is no file that skbits wrote. ...
    """
    path, metadata = checked_path(path), {}
    try:
        archive = Archive(path)
        metadata.update(_metadata(archive))
        estimator = Reader(archive.read, archive.size).read(_json(archive, "estimator.json"))
        if not isinstance(estimator, BaseEstimator):
            raise ValueError(f"it holds a {type(estimator).__name__} where an estimator should be")
    except (OSError, MemoryError):
        raise
    except Exception as error:  # whatever a file that was made to harm can lead to
        raise ValueError(_cannot_be_loaded(path, error) + _of_keras(metadata)) from error
    _warn_of_versions(path, metadata)
    return estimator


def _cannot_be_loaded(path: Any, error: Exception) -> str:
    reason = textwrap.shorten(str(error) or type(error).__name__, 400, placeholder=" ...")
    return (
        f"path='{path}' cannot be loaded: {reason}. Expected a file that the save method of an "
        "estimator, or skbits tune --save, wrote."
    )


def _metadata(archive: Archive) -> dict[str, Any]:
    metadata = _json(archive, "metadata.json")
    number = metadata["format"]
    if type(number) is not int or number > FORMAT:
        raise ValueError(
            f"it has format {number} and was written by skbits {metadata.get('skbits')}; skbits "
            f"{skbits.__version__} reads up to format {FORMAT}. Install a newer skbits"
        )
    return metadata


def _of_keras(metadata: dict[str, Any]) -> str:
    """What may be the cause: older releases of Keras cannot read all that newer ones write."""
    written, here = metadata.get("keras"), version("keras")
    if not isinstance(written, str) or written == here:
        return ""
    return f" It was written with Keras {written}, and here is {here}: try that one."


def to_json(value: Any) -> bytes:
    """Plain data as bytes; half a surrogate pair, which Python's text may hold, as it is."""
    return json.dumps(value, indent=1, ensure_ascii=False).encode("utf-8", "surrogatepass")


def from_json(data: bytes) -> Any:
    """The plain data of bytes."""
    return json.loads(data.decode("utf-8", "surrogatepass"), parse_constant=_refuse)


def _json(archive: Archive, name: str) -> Any:
    return from_json(archive.read(name))


def _refuse(constant: str) -> None:
    raise ValueError(f"it holds {constant}, which is no JSON")


def _warn_of_versions(path: Any, metadata: dict[str, Any]) -> None:
    """As scikit-learn's own estimators do when they are unpickled."""
    written, here = metadata.get("scikit-learn"), sklearn.__version__
    if written != here:
        warnings.warn(
            InconsistentVersionWarning(
                estimator_name=str(metadata.get("class")),
                current_sklearn_version=here,
                original_sklearn_version=str(written),
            ),
            stacklevel=3,
        )
