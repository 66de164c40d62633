"""skbits and its peers side by side: the same data and, in training, the same network and epochs.

From the repository root: ``python -m benchmarks`` (half an hour), or
``python -m benchmarks fit-20k --json out.json``.

Rules
-----
* Each peer runs each workload in several processes of its own; where one takes minutes, in one.
  The peers take turns, so that what else the machine does falls on all of them. Imports are not
  timed, unless they are the workload.
* Medians are over all processes; every single time is in the JSON.
* The score reached stands beside each time: nobody wins by not learning, or by not finding.
* Peers run as their users run them; what one cannot do is said in its place or its ``note``.
* Goals are printed with what was reached, those that are missed as well.
"""
