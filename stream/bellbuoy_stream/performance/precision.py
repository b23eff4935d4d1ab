"""Precision: share of the rows decided positive that are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.performance.estimate import CONFIDENCE, proportion

if TYPE_CHECKING:
    from bellbuoy_stream.performance.binary import BinaryView
    from bellbuoy_stream.performance.estimate import Estimate


def precision(view: BinaryView, confidence: float = CONFIDENCE) -> Estimate | None:
    """Precision, TP / (TP + FP), with its Wilson interval: ``sklearn.metrics.precision_score``.

    Returns
    -------
    None where no row is decided positive.

    References
    ----------
    C. J. van Rijsbergen (1979), Information Retrieval, 2nd ed., chapter 7.

    Examples
    --------
    >>> from bellbuoy_stream.performance.binary import BinaryLayout
    >>> layout = BinaryLayout([])
    >>> precision(layout.view(layout.count([0.2, 0.7, 0.9, 0.4], [0, 0, 1, 1]))).value
    0.5
    """
    false, true = view.confusion[:, 1].tolist()
    return proportion(true, false + true, confidence)
