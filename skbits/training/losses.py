"""What Keras does not have: a loss of bits whose ones weigh more."""

from typing import Any

import keras
import numpy as np


@keras.saving.register_keras_serializable(package="skbits")
class PositiveWeighted(keras.losses.Loss):
    """Another loss, bit by bit, with the ones of bit k multiplied by ``positive_weight[k]``.

    The mean over the bits of ``loss(y_k, p_k) * (positive_weight[k] if y_k is on else 1)``, as
    ``pos_weight`` in ``tf.nn.weighted_cross_entropy_with_logits``.

    Parameters
    ----------
    loss : keras.losses.Loss or callable
        Takes (n, n_bits, 1) and (n, n_bits, 1), gives (n, n_bits).
    positive_weight : array-like of shape (n_bits,)

    Examples
    --------
    >>> import keras, numpy as np
    >>> y, p = np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])
    >>> plain = keras.losses.BinaryCrossentropy()
    >>> weighted = PositiveWeighted(plain, [3.0, 3.0])
    >>> round(float(weighted(y, p)) / float(plain(y, p)), 4)
    2.0
    """

    def __init__(self, loss: Any, positive_weight: Any, name: str = "positive_weighted", **kwargs):
        super().__init__(name=name, **kwargs)
        self.loss = loss
        self.positive_weight = np.asarray(positive_weight, dtype=np.float32)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Losses of shape (n,)."""
        ops = keras.ops
        y_true = ops.cast(y_true, y_pred.dtype)
        elementwise = self.loss.call if isinstance(self.loss, keras.losses.Loss) else self.loss
        values = elementwise(ops.expand_dims(y_true, -1), ops.expand_dims(y_pred, -1))
        if len(values.shape) > len(y_pred.shape):  # a loss without a mean over the last axis
            values = ops.squeeze(values, -1)
        # targets are 0/1, or -1/+1 with a hinge: on is what lies above 0
        weights = ops.where(y_true > 0, ops.cast(self.positive_weight, y_pred.dtype), 1.0)
        return ops.mean(values * weights, axis=-1)

    def get_config(self) -> dict:
        config = super().get_config()
        config["loss"] = keras.saving.serialize_keras_object(self.loss)
        config["positive_weight"] = self.positive_weight.tolist()
        return config

    @classmethod
    def from_config(cls, config: dict) -> "PositiveWeighted":
        config = dict(config)
        config["loss"] = keras.saving.deserialize_keras_object(config["loss"])
        return cls(**config)
