"""Methods: what every classifier of skbits can be written to. The work is done elsewhere."""

from typing import Any


class FilesMixin:
    """Writes a fitted classifier to files."""

    def save(self, path: Any) -> None:
        """Save to one file that runs no code when :func:`skbits.load` loads it.

        Parameters
        ----------
        path : str or os.PathLike
            A file; one that is there is replaced, at once and whole.

        Raises
        ------
        OSError
            Where the file cannot be written; what was there before is as it was.
        ValueError
            Where the estimator holds what a file cannot hold; the message says what to do.

        Warns
        -----
        UserWarning
            Of parameters that are left out, ``model`` excepted: see the notes.

        Notes
        -----
        Code is left out, unless it is registered with Keras. The function given as ``model`` is
        needed to build a model anew: the loaded estimator predicts and trains on
        (``partial_fit``, ``warm_start``) without, and asks for it in another ``fit``.
        Callbacks, a strategy, and functions for scoring and such are left out with a warning, since
        each fit that would read them asks for them: ``set_params(callbacks=...)``.
        ``memory``, a folder of one machine, becomes None.
        """
        from skbits.files.saving import save

        save(self, path)

    def export(self, path: Any, *, format: str = "tf_saved_model", verbose: bool = False) -> None:
        """Write one graph of probabilities and decisions, which runs without skbits and Keras.

        The thresholds are inside: the decisions are those of ``predict`` as it is now.

        Parameters
        ----------
        path : str or os.PathLike
            Where to write: the folder of a SavedModel, or the ONNX file. Its own folder must
            exist. A former export of the same format is replaced; anything else that is there,
            other than an empty folder or file, is left alone and an error.
        format : {"tf_saved_model", "onnx"}, default="tf_saved_model"
            "onnx" needs tf2onnx: ``pip install "skbits[onnx]"``.
        verbose : bool, default=False
            Whether TensorFlow and tf2onnx may print.

        Raises
        ------
        NotFittedError
            Before ``fit``.
        ValueError
            An unknown format; a classifier, or a model in it, that is no graph: a ``Pipeline``
            with other steps, words as answers, a layer that computes in Python, or one that ONNX
            does not know.
        FileExistsError
            Something else lies at ``path``.
        OSError
            What the system says against writing there, such as a missing folder.
        ImportError
            tf2onnx is not installed.

        See Also
        --------
        skbits.exporting.export : The same as a function, for scikit-learn's searches too.

        Notes
        -----
        The input is ``X``, float32 of shape (n, ...), any number of rows. The outputs are by name:

        ``probabilities``
            As ``predict_proba`` gives them, equal to rounding, of its shape and dtype: float32,
            or float64 of a model that computes in it.
        ``decisions``
            As ``predict`` gives them. Bits and one-hot rows: int64 of shape (n, n_columns).
            Labels: of shape (n,), bools, ints and floats in their own dtype; text as strings,
            which TensorFlow returns as UTF-8 bytes. Labels of other types, which neither format
            holds: int64, their positions in ``classes_``, -1 for none; so
            ``clf.classes_[decisions]`` are the labels.

        X is not checked: a NaN, which ``predict`` refuses, gives decisions without meaning. What a
        model is changed to later, and another ``threshold``, need another export.

        All of `skbits.backbones` can be exported in both formats, masked or not; of other layers,
        ONNX takes those that tf2onnx converts. Recurrent layers are written without cuDNN, for
        machines without a GPU.

        A SavedModel runs as ``loaded = tf.saved_model.load(path)``, ``loaded.serve(X)``, or by
        its signature "serving_default". What is written is written beside ``path`` first, as
        ``.<name>.*.tmp``, and renamed, so that no half of it is ever at ``path``.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import tensorflow as tf
        >>> from sklearn.datasets import make_blobs
        >>> from skbits import BinaryClassifier
        >>> X, y = make_blobs(60, centers=[[-3, 0], [3, 0]], random_state=0)
        >>> clf = BinaryClassifier(random_state=0).fit(X, y)
        >>> path = Path(tempfile.mkdtemp()) / "model"
        >>> clf.export(path)
        >>> loaded = tf.saved_model.load(path)
        >>> loaded.serve([[-4.0, 0.0], [4.0, 0.0]])["decisions"].numpy()
        array([0, 1])
        """
        from skbits.exporting import export

        export(self, path, format=format, verbose=verbose)
