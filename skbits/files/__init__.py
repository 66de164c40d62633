"""Files: a fitted estimator as one file, that runs no code when it is loaded."""

from skbits.files.saving import load, read_notes, save

__all__ = ["load", "read_notes", "save"]
