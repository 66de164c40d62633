"""The error of a command line that cannot be used, where only the work finds that out."""


class UsageError(ValueError):
    """Ends the command with exit code 2, as what the reading of arguments refuses does."""
