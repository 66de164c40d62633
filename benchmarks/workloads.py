"""All workloads by name.

``python -m benchmarks.workloads WORKLOAD PEER SETTING`` runs one for one peer and prints what was
seen as JSON on its last line.
"""

import json
import sys
import warnings
from dataclasses import asdict

from sklearn.exceptions import ConvergenceWarning

from benchmarks import fitting, footprint, predicting, thresholds
from benchmarks.base import Seen, Setting, Workload

WORKLOADS: dict[str, Workload] = {
    **fitting.WORKLOADS,
    **predicting.WORKLOADS,
    **footprint.WORKLOADS,
    **thresholds.WORKLOADS,
}


def measure(workload: str, name: str, setting: Setting) -> Seen:
    """Run a workload for a peer in this process."""
    with warnings.catch_warnings():
        # what MLPClassifier says when it has run as many epochs as it was told to
        warnings.simplefilter("ignore", ConvergenceWarning)
        chosen = WORKLOADS[workload]
        return chosen.measure(chosen.peers[name], setting)


if __name__ == "__main__":
    seen = measure(*sys.argv[1:3], Setting(**json.loads(sys.argv[3])))
    print("\n" + json.dumps(asdict(seen)))
