"""The estimators. They order the stages and do nothing else."""

import skbits.startup  # noqa: F401, I001  before Keras

from skbits.estimators._parameters import check_parameters
from skbits.estimators.binary import BinaryClassifier
from skbits.estimators.bit_vector import BitVectorClassifier
from skbits.estimators.one_hot import OneHotClassifier
from skbits.threads import limit_threads_of_worker

__all__ = ["BinaryClassifier", "BitVectorClassifier", "OneHotClassifier", "check_parameters"]

limit_threads_of_worker()
