"""Thresholds: probabilities and thresholds -> decisions. Arithmetic only; no Keras."""
