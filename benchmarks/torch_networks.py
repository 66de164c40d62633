"""The network of the benchmarks in PyTorch, trained by skorch."""

from itertools import pairwise
from typing import Any

import numpy as np
import torch
from sklearn.base import BaseEstimator, ClassifierMixin
from skorch import NeuralNet

from benchmarks.peers import Network


class Logits(torch.nn.Module):
    """Dense layers of ReLU, or an LSTM whose last state counts; then a logit for each output."""

    def __init__(self, n_features: int, hidden: tuple[int, ...], n_outputs: int, recurrent: bool):
        super().__init__()
        self.lstm = torch.nn.LSTM(n_features, hidden[0], batch_first=True) if recurrent else None
        sizes = hidden[:1] if recurrent else (n_features, *hidden)
        pairs = pairwise(sizes)
        layers = [layer for pair in pairs for layer in (torch.nn.Linear(*pair), torch.nn.ReLU())]
        self.dense = torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], n_outputs))

    def forward(self, X: torch.Tensor) -> torch.Tensor:
        if self.lstm is not None:
            X = self.lstm(X)[0][:, -1]
        return self.dense(X)


class SkorchClassifier(ClassifierMixin, BaseEstimator):
    """``skorch.NeuralNet`` with the casts that PyTorch wants from its users."""

    def __init__(self, network: Network, hidden: tuple[int, ...], learning_rate: float):
        self.network = network
        self.hidden = hidden
        self.learning_rate = learning_rate

    def fit(self, X: Any, y: Any) -> "SkorchClassifier":
        self.classes_ = np.unique(y)
        self.net_ = NeuralNet(
            Logits,
            module__n_features=X.shape[-1],
            module__hidden=self.hidden,
            module__n_outputs=self.network.n_outputs,
            module__recurrent=self.network.recurrent,
            criterion=torch.nn.BCEWithLogitsLoss,
            optimizer=torch.optim.Adam,
            lr=self.learning_rate,
            max_epochs=self.network.epochs,
            batch_size=self.network.batch_size,
            iterator_train__shuffle=True,
            train_split=None,
            verbose=0,
        )
        self.net_.fit(X.astype(np.float32), y.reshape(len(y), -1).astype(np.float32))
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        return torch.sigmoid(self.net_.forward(X.astype(np.float32))).numpy()

    def predict(self, X: Any) -> np.ndarray:
        on = (self.predict_proba(X) > 0.5).astype(int)
        return on if self.network.n_outputs > 1 else on[:, 0]
