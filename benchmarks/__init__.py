"""skbits and its peers side by side: the same data, network, epochs, batch size and optimizer.

From the repository root: ``python -m benchmarks``, or ``python -m benchmarks fit --json out.json``.

Rules
-----
* Each peer runs each workload in several processes of its own. The peers take turns, so that what
  else the machine does falls on all of them. Imports are not timed.
* Medians are over all processes; every single time is in the JSON.
* Accuracy on held-out rows stands beside each time: nobody wins by not learning.
* Peers run as their users run them; what one cannot do is said in its ``note``.
"""
