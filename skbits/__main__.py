"""``python -m skbits``: the command ``skbits``."""

import sys

from skbits.command import main

if __name__ == "__main__":
    sys.exit(main())
