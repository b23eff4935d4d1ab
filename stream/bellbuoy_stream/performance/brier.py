r"""Brier score: mean squared difference of score and label."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.performance.estimate import CONFIDENCE
from bellbuoy_stream.performance.moments import mean

if TYPE_CHECKING:
    from bellbuoy_stream.performance.binary import BinaryView
    from bellbuoy_stream.performance.estimate import Estimate


def brier(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    r"""Brier score, :math:`\frac1n \sum_i (p_i - y_i)^2`, with the interval of the central limit theorem.

    ``sklearn.metrics.brier_score_loss``.

    Returns
    -------
    None where no row has a label and a score.

    References
    ----------
    G. W. Brier (1950), Verification of forecasts expressed in terms of probability, Mon. Weather Rev. 78(1).

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> brier(layout.view(layout.count([0.25, 0.5], [0, 1]))).value
    0.15625
    """
    return mean(view.briers, confidence)
