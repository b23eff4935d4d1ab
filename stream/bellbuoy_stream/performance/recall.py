"""Recall: share of the positives that are decided so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.performance.estimate import CONFIDENCE, proportion

if TYPE_CHECKING:
    from bellbuoy_stream.performance.binary import BinaryView
    from bellbuoy_stream.performance.estimate import Estimate


def recall(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    """Recall, TP / (TP + FN), with its Wilson interval: ``sklearn.metrics.recall_score``.

    Returns
    -------
    None where no row is positive.

    References
    ----------
    C. J. van Rijsbergen (1979), Information Retrieval, 2nd ed., chapter 7.

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> round(recall(layout.view(layout.count([0.2, 0.7, 0.9, 0.4, 0.8], [0, 0, 1, 1, 1]))).value, 4)
    0.6667
    """
    missed, found = view.confusion[1].tolist()
    return proportion(found, missed + found, confidence)
