"""The demo's model: will this flight arrive late?  Logistic regression on the weeks before the replay."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from bellbuoy_consumers.demo.flights import CATEGORIES, FEATURES, NUMBERS
from bellbuoy_stream.errors import InputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bellbuoy_consumers.demo.flights import Flights

INVERSE_PENALTY = 0.3
TOLERANCE = 1e-3
"""Of the solver: a smaller one takes four times as long, and changes scores in the third decimal."""
RARE = 50
"""Rows below which a category shares one coefficient with the other rare ones."""
BLOCKS = 6
"""Stretches of the training weeks, each scored by a model that has not seen it: about ten days each."""


class LateModel:
    """Probability that a flight arrives late.

    Parameters
    ----------
    flights
        What to learn from; flights that never arrived are left out.
    seed
        Of the solver, where it draws.
    """

    def __init__(self, flights: Flights, seed: int) -> None:
        known = flights.take(~np.isnan(flights.late))
        self._pipeline = _pipeline(seed)
        self._pipeline.fit(_frame(known), known.late.astype(np.int64))

    def score(self, flights: Flights) -> NDArray[np.float64]:
        """Probability of being late, shape (flights,)."""
        scores: NDArray[np.float64] = self._pipeline.predict_proba(_frame(flights))[:, 1]
        return scores


def scores_out_of_fold(flights: Flights, seed: int, blocks: int = BLOCKS) -> NDArray[np.float64]:
    """Scores of the training rows by models that have not seen them.

    The rows are cut into stretches of time; each is scored by a model of all others.  In-sample scores would be
    sharper than anything the live model says, and that would look like a drift of the predictions.
    """
    edges = np.linspace(0, len(flights), blocks + 1).astype(int)
    scores = np.empty(len(flights))
    for low, high in pairwise(edges):
        others = np.ones(len(flights), dtype=bool)
        others[low:high] = False
        scores[low:high] = LateModel(flights.take(others), seed).score(flights.take(slice(low, high)))
    return scores


def _pipeline(seed: int) -> Any:
    try:
        from sklearn.compose import ColumnTransformer  # noqa: PLC0415  # the demo's extra brings it
        from sklearn.impute import SimpleImputer  # noqa: PLC0415
        from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
        from sklearn.pipeline import make_pipeline  # noqa: PLC0415
        from sklearn.preprocessing import OneHotEncoder, StandardScaler  # noqa: PLC0415
    except ImportError as error:
        raise InputError("the demo's model needs scikit-learn: pip install 'bellbuoy[demo]'") from error
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    categories = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE)
    features = ColumnTransformer(
        [("numbers", numbers, list(NUMBERS)), ("categories", categories, list(CATEGORIES))]
    )
    return make_pipeline(
        features, LogisticRegression(C=INVERSE_PENALTY, tol=TOLERANCE, max_iter=1_000, random_state=seed)
    )


def _frame(flights: Flights) -> Any:
    import pandas as pd  # noqa: PLC0415  # read_flights has asked for it

    return pd.DataFrame({name: flights.columns[name] for name in FEATURES})
