"""Files: a fitted estimator in one file, that runs no code when it is loaded."""
