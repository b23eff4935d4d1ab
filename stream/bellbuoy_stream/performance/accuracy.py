"""Accuracy: share of rows decided as labelled."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.performance.estimate import CONFIDENCE, proportion

if TYPE_CHECKING:
    from bellbuoy_stream.performance.blocks import DecidedView
    from bellbuoy_stream.performance.estimate import Estimate


def accuracy(view: DecidedView, confidence: float = CONFIDENCE) -> Estimate | None:
    """Accuracy with its Wilson interval: ``sklearn.metrics.accuracy_score``.

    Returns
    -------
    None where no row has a label and a decision.

    References
    ----------
    C. J. van Rijsbergen (1979), Information Retrieval, 2nd ed., chapter 7.

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> accuracy(layout.view(layout.count([0.2, 0.7, 0.9, 0.4], [0, 0, 1, 1]))).value
    0.5
    """
    return proportion(view.correct, view.decided, confidence)
