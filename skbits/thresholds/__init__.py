"""Thresholds: probabilities and thresholds -> decisions, and choosing the thresholds. No Keras.

===================  ===========================================================================
decisions            p and threshold -> on or off, and the margin
metrics, scoring     what a user writes -> a formula on the counts (tp, fp, fn, tn), a constraint
reading, rows        targets, probabilities and weights, checked, and what is asked of them
sweeping             every cut of one column of scores
averages, ascent     the cutoffs of many bits together
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
