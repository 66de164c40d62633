"""Thresholds: probabilities and thresholds -> decisions, and choosing the thresholds. No Keras.

===================  ===========================================================================
decisions            p and threshold -> on or off, and the margin
metrics              formulas on the counts (tp, fp, fn, tn), by name
constraints          bounds that decisions keep, how they are written, and who keeps them
sweeping             every cut of one column of scores
reading, rows        targets, probabilities and weights, checked, and what is asked of them
opaque               metrics of labels and scorers, called once a cut
scoring              what a user writes -> a metric, an average, a constraint
averages, ascent     the cutoffs of many bits together
recognising          scikit-learn's metrics behind functions and scorers -> formulas
classes              thresholds of one-hot targets, and abstention
best                 ``best_thresholds``, which orders the above
costs, recentering   ``cost_threshold``, ``recenter``
-------------------  ---------------------------------------------------------------------------
task, folds          any classifier: target -> probabilities of the rows held out of each fold
combining            the folds' thresholds -> one
thresholded          predictions at thresholds; ``FixedThresholds``
tuned                ``TunedThresholdsCV``
search, candidates   ``ThresholdGridSearchCV``
applying, cutoffs    thresholds put into a classifier, and read from one
recentered           ``RecenteredClassifier``
===================  ===========================================================================
"""
