"""Backbones: input tensor -> last hidden tensor. The head is put on by skbits.

Rules
-----
* A backbone is a plain function of ``inputs``, a KerasTensor, and keyword parameters; the latter
  are searchable as ``model__<name>``. What it is given is checked there, since only it knows.
* X arrives as float32, indices too. Rows of different lengths are padded with zeros at their end:
  index 0, or steps in which every channel is 0. What is padded is masked where ``mask_zero`` says
  so, and then changes nothing: neither how much of it there is, nor that a row is nothing else;
  except for ``pooling="flatten"``, where each place has weights of its own.
* Layers with weights have fixed names that begin with ``name``: TensorFlow keeps 35 kB for each
  name that a trained variable ever had, and Keras counts names up. Two backbones of a kind in one
  model need different names. ``name=None`` lets Keras count, and so does an encoder of one's own
  (``siamese``) that neither names its layers nor has a parameter ``name``.
* Only layers and operations of Keras' own are used, so that a model can be saved and loaded in
  Keras' safe mode, without skbits.

========== ============================================= =========================================
backbone   X                                             last hidden tensor
========== ============================================= =========================================
mlp        (n, ...)                                      dense layers
conv2d     (n, rows, columns[, channels])                convolutions, pooled; dense layers
embedding  (n, steps) of indices                         vectors, pooled or side by side; dense
lstm, gru  (n, steps[, channels]), or of indices         last state; dense layers
conv1d     (n, steps[, channels]), or of indices         convolutions, pooled; dense layers
siamese    (n, 2, ...): pairs of what its encoder takes  difference and product of codes; dense
========== ============================================= =========================================
"""

import skbits.startup  # noqa: F401, I001  before Keras

from skbits.backbones.dense import mlp
from skbits.backbones.images import conv2d
from skbits.backbones.pairs import siamese
from skbits.backbones.sequences import conv1d, embedding, gru, lstm

__all__ = ["conv1d", "conv2d", "embedding", "gru", "lstm", "mlp", "siamese"]
