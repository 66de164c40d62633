"""Methods: what the estimators have of files."""

from typing import Any


class FilesMixin:
    """``save``; the module that does it is imported when it is called."""

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

        Notes
        -----
        Code is left out, the function given as ``model`` above all, which only ``fit`` reads: the
        loaded estimator predicts, trains on (``partial_fit``, ``warm_start``), and asks for it when
        it is to be fitted anew. ``memory``, a folder of one machine, becomes None.
        """
        from skbits.files.saving import save

        save(self, path)
