"""The command ``python -m skbits.examples``: the examples and their questions, to choose from."""

import re
import sys

import skbits.examples


def questions() -> dict[str, str]:
    """Example -> its question, as the package's docstring lists them.

    Examples
    --------
    >>> questions()["hash_words"]
    'Can a network turn a hash back into the word?'
    """
    return dict(re.findall(r"^(\w+) {2,}(\w.*)$", skbits.examples.__doc__, re.MULTILINE))


def main() -> int:
    """Print the examples and their questions."""
    print("python -m skbits.examples.NAME runs one, in under a minute:\n")
    for name, question in questions().items():
        print(f"  {name:<21}{question}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
