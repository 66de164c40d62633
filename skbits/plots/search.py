"""SearchDisplay: the candidates of a search, with their cutoffs."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from skbits.naming import counted, params_text
from skbits.plots.drawing import COLOURS, DEFAULT, NEVER, TICKS, legend_above, panels, shortened
from skbits.quantities import quantity
from skbits.values import is_int

#: stands for a parameter that a candidate does not set
_MISSING = object()
#: of a candidate's name: characters of a line, and of all lines
_LINE, _NAME = 44, 120


class SearchDisplay:
    """Candidates of a search, best first: the score with its spread, and the cutoff beside it.

    There are no predictions to draw it from: use ``from_estimator`` or ``from_cv_results``.

    Not for telling candidates apart whose error bars overlap: they may differ by chance.

    Parameters
    ----------
    names : sequence of str
        The candidates' parameters, best candidate first.
    scores, std : ndarray of shape (n_candidates,)
        Mean and standard deviation over the folds.
    thresholds : ndarray of shape (n_candidates, n_columns), or None
        NaN where a candidate has none; infinity is never.
    n_left_out : int
        How many more candidates there were.
    score_name : str
        What the score measures. Scores of "neg_cost" and other "neg_..." are drawn without their
        minus, as the costs that they are.

    Attributes
    ----------
    axes_ : list of matplotlib Axes
        Of the scores and, where there are any, of the cutoffs.
    figure_ : matplotlib Figure

    Examples
    --------
    >>> from skbits.plots import SearchDisplay
    >>> results = {
    ...     "params": [{"depth": 1}, {"depth": 2}],
    ...     "mean_test_score": [0.7, 0.8],
    ...     "std_test_score": [0.1, 0.05],
    ...     "thresholds": [0.3, 0.4],
    ... }
    >>> SearchDisplay.from_cv_results(results).names
    ['depth=2', 'depth=1']
    """

    def __init__(
        self,
        names: Sequence[str],
        scores: np.ndarray,
        std: np.ndarray,
        thresholds: np.ndarray | None = None,
        *,
        n_left_out: int = 0,
        score_name: str = "score",
    ):
        self.names = names
        self.scores = scores
        self.std = std
        self.thresholds = thresholds
        self.n_left_out = n_left_out
        self.score_name = score_name

    @classmethod
    def from_cv_results(
        cls, cv_results: Any, *, metric: str = "score", score_name: str | None = None,
        max_candidates: int = 20, ax: Any = None,
    ) -> "SearchDisplay":  # fmt: skip
        """Draw ``cv_results_`` of a search.

        Parameters
        ----------
        cv_results : dict of arrays, or DataFrame
            Of ``ThresholdGridSearchCV``, whose cutoffs are in "thresholds"; or of
            ``GridSearchCV``, whose cutoffs are parameters that end in "threshold" and hold
            probabilities.
        metric : str, default="score"
            Of a search by several metrics, the one to draw.
        score_name : str, optional
            What the score measures; by default ``metric``.
        max_candidates : int, default=20
            The best are drawn.
        ax : sequence of matplotlib Axes, optional
            One for the scores, and one for the cutoffs where there are any.

        Returns
        -------
        SearchDisplay

        Raises
        ------
        ValueError
            No results of a search, or no candidate that has a score.
        """
        if not is_int(max_candidates) or max_candidates < 1:
            raise ValueError(f"max_candidates={max_candidates!r}: expected an int of at least 1.")
        if not hasattr(cv_results, "keys") or f"mean_test_{metric}" not in cv_results:
            keys = list(cv_results.keys()) if hasattr(cv_results, "keys") else []
            there = [key.removeprefix("mean_test_") for key in keys if key.startswith("mean_test_")]
            among = f" It has metric={' or '.join(map(repr, there))}." if there else ""
            raise ValueError(
                f"cv_results={shortened(repr(cv_results), 80)}, metric={metric!r}: expected "
                f"cv_results_ of a search, with 'mean_test_{metric}'.{among}"
            )
        scores = np.asarray(cv_results[f"mean_test_{metric}"], dtype=float)
        std = np.asarray(cv_results[f"std_test_{metric}"], dtype=float)
        scored = np.flatnonzero(~np.isnan(scores))
        if not len(scored):
            raise ValueError("cv_results holds no candidate with a score: every fit failed.")
        order = scored[np.argsort(-scores[scored], kind="stable")]
        shown = order[:max_candidates]
        params = list(cv_results["params"])
        given = cv_results["thresholds"] if "thresholds" in cv_results else _given_cutoffs(params)
        cutoffs = None if given is None else _table(given)
        differing = _differing(params)
        return cls(
            [_name(params[i], differing) for i in shown], scores[shown], std[shown],
            None if cutoffs is None else cutoffs[shown], n_left_out=len(params) - len(shown),
            score_name=metric if score_name is None else score_name,
        ).plot(ax)  # fmt: skip

    @classmethod
    def from_estimator(
        cls, search: Any, *, metric: str = "score", max_candidates: int = 20, ax: Any = None
    ) -> "SearchDisplay":
        """Draw a fitted search; its ``scoring`` names the score, its classifiers have cutoffs.

        Parameters
        ----------
        search : ThresholdGridSearchCV, GridSearchCV or RandomizedSearchCV
        metric : str, default="score"
            Of a search by several metrics, the one to draw; by default that of ``refit``.
        max_candidates, ax
            As in :meth:`from_cv_results`.

        Returns
        -------
        SearchDisplay
        """
        check_is_fitted(search, "cv_results_")
        if metric == "score" and getattr(search, "multimetric_", False):
            metric = search.refit if isinstance(search.refit, str) else metric
        several = metric != "score"
        name = metric if several else _scoring_name(getattr(search, "scoring", None))
        results = dict(search.cv_results_)
        results.setdefault("thresholds", _given_cutoffs(results["params"], search.estimator))
        return cls.from_cv_results(
            results, metric=metric, score_name=name, max_candidates=max_candidates, ax=ax
        )

    def plot(self, ax: Any = None) -> "SearchDisplay":
        """Draw.

        Parameters
        ----------
        ax : sequence of matplotlib Axes, optional

        Returns
        -------
        self
        """
        n, n_panels = len(self.names), 1 if self.thresholds is None else 2
        names = [textwrap.fill(shortened(name, _NAME), _LINE) for name in self.names]
        n_lines = max(name.count("\n") for name in names) + 1
        height = 1.6 + (0.14 + 0.18 * n_lines) * n
        self.axes_ = panels(
            ax, n_panels, ncols=n_panels, sharey=True, figsize=(4 + 2.6 * n_panels, height)
        )
        place, told = np.arange(n), quantity(self.score_name)
        first = self.axes_[0]
        scores = told.sign * np.asarray(self.scores)
        first.errorbar(scores, place, xerr=self.std, fmt="o", color=COLOURS[0], capsize=3)
        label = f"{told.axis}\n(mean and standard deviation of folds)"
        first.set_xlabel(label)
        if self.n_left_out:
            first.set_title(
                f"not shown: {counted(self.n_left_out, 'more candidate')}", fontsize="small"
            )
        if self.thresholds is not None:
            second = self.axes_[1]
            rows = np.repeat(place, self.thresholds.shape[1])
            second.axvline(0.5, color=DEFAULT, linestyle=":")
            cutoffs = self.thresholds.ravel()
            never = np.isinf(cutoffs)
            second.plot(cutoffs[~never], rows[~never], "s", color=COLOURS[1], markersize=5)
            if never.any():
                second.plot(np.ones(never.sum()), rows[never], **NEVER, markersize=6)
                legend_above(second)
            second.tick_params(labelleft=False)
            second.set(xlabel="decision threshold (probability)", xlim=(-0.02, 1.02), xticks=TICKS)
        for one in self.axes_:
            one.set_yticks(place, names, fontsize="small")
            one.grid(axis="y", alpha=0.3)
            one.set_axisbelow(True)
            one.set_ylim(n - 0.5, -0.5)
        self.figure_ = first.figure
        return self


def _differing(params: Sequence[Mapping[str, Any]]) -> set[str]:
    """The parameters that tell candidates apart; all, where none does."""
    names = {name for of_one in params for name in of_one}
    values = {name: {repr(of_one.get(name, _MISSING)) for of_one in params} for name in names}
    return {name for name in names if len(values[name]) > 1} or names


def _name(params: Mapping[str, Any], shown: set[str]) -> str:
    """A candidate by some of its parameters, without the steps where none needs them."""
    return params_text(
        {_last_words(name, shown): value for name, value in params.items() if name in shown}
    )


def _last_words(name: str, names: set[str]) -> str:
    """The end of a parameter's name that no other name has.

    Examples
    --------
    >>> names = {"knn__k", "select__k", "knn__p"}
    >>> sorted(_last_words(name, names) for name in names)
    ['knn__k', 'p', 'select__k']
    """
    words, others = name.split("__"), [other.split("__") for other in names - {name}]
    ends = (words[-k:] for k in range(1, len(words)))
    own = (end for end in ends if all(other[-len(end) :] != end for other in others))
    return "__".join(next(own, words))


def _given_cutoffs(
    params: Sequence[Mapping[str, Any]], estimator: Any = None
) -> list[np.ndarray] | None:
    """Each candidate's cutoffs, where parameters set them; a transformer's threshold is none."""
    owners = {} if estimator is None else {"": estimator, **estimator.get_params()}
    found = None
    for name in sorted({name for of_one in params for name in of_one}):
        owner, _, last = name.rpartition("__")
        cutoffs = [_as_cutoffs(of_one.get(name)) for of_one in params]
        is_cutoff = last == "threshold" and not hasattr(owners.get(owner), "transform")
        if is_cutoff and all(one is not None for one in cutoffs):
            found = cutoffs if found is None else list(map(_first_known, found, cutoffs))
    return found


def _as_cutoffs(value: Any) -> np.ndarray | None:
    """A parameter as cutoffs, NaN where it is not set; None where it holds something else."""
    try:
        given = list(value.values()) if isinstance(value, Mapping) else value
        cutoffs = np.asarray(given, dtype=float).ravel()
    except (TypeError, ValueError):
        return None
    is_one = np.isnan(cutoffs) | ((cutoffs >= 0) & (cutoffs <= 1)) | (cutoffs == np.inf)
    return cutoffs if is_one.all() else None


def _first_known(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return other if np.isnan(one).all() else one


def _table(cutoffs: Iterable[Any]) -> np.ndarray:
    """Cutoffs of shape (n_candidates, n_columns), NaN where there are fewer."""
    rows = [np.ravel(np.asarray(one, dtype=float)) for one in cutoffs]
    table = np.full((len(rows), max(map(len, rows))), np.nan)
    for row, found in zip(table, rows, strict=True):
        row[: len(found)] = found
    return table


def _scoring_name(scoring: Any) -> str:
    """What a search's ``scoring`` is called; of a ``(name, parameter)``, the name."""
    named = scoring[0] if isinstance(scoring, tuple) else scoring
    return named if isinstance(named, str) else quantity(scoring).name
