"""XLA or a plain graph (placeholder)."""

import os


def pays_off(model, data, plan):
    return os.environ.get("SKX", "1") == "1"
