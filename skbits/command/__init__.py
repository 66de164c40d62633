"""The command ``skbits``, which ``python -m skbits`` is too: arguments in, lines of text out.

Rules
-----
* ``arguments`` reads the command line, ``tables`` of skbits the files; each subcommand is a
  function of what was read, in a module of its own. What they compute is done elsewhere.
* Results go to standard output; what is said besides, warnings and errors, to standard error. With
  ``--json``, standard output holds one JSON document and nothing else.
* Exit codes: 0 done, 1 the data cannot be used, 2 the command line cannot be used, 130 interrupted.
  An error is one line; ``--debug`` shows where it comes from. A reader that goes away, such as
  ``head``, ends the command without a word; where standard output is closed, what would be written
  for others to read is an error before the work.
"""

import os
import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from skbits.command.telling import tell
from skbits.command.usage import UsageError


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        The exit code: 0, 1 if the data cannot be used, 2 if a value of --grid cannot, or 130 if
        interrupted.

    Raises
    ------
    SystemExit
        With code 2, if the command line cannot be used.
    """
    debug = False
    try:
        # imported here: whoever interrupts the imports is told no more than later on
        from skbits.command.arguments import parse

        options = parse(sys.argv[1:] if argv is None else argv)
        debug = options.debug
        if sys.stdout is None and (options.command == "predict" or options.json):
            raise OSError(
                "standard output is closed: expected one to write to, such as a file, > out.csv"
            )
        with warnings.catch_warnings():
            warnings.showwarning = _note
            import_module(f"skbits.command.{options.command}").run(options)
        if sys.stdout is not None:  # closed
            sys.stdout.flush()
    except BrokenPipeError:  # at its end, Python would flush what cannot be written
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        tell("interrupted")
        return 130
    except (ValueError, ImportError, FloatingPointError, OSError) as error:
        if debug:
            raise
        tell(f"error: {_reason(error)}")
        return 2 if isinstance(error, UsageError) else 1
    except Exception as error:
        if debug:
            raise
        kind = type(error).__name__
        tell(f"error: {_reason(error)} ({kind}; --debug shows where)")
        return 1
    return 0


def _note(message: Warning, *where: Any) -> None:
    """Tell a warning in one line; where in the code it comes from helps no reader of a table."""
    tell(f"note: {' '.join(str(message).split())}")


def _reason(error: BaseException) -> str:
    """One line: an OSError without its number, anything else in its own words."""
    if isinstance(error, OSError) and error.strerror is not None:
        return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())
