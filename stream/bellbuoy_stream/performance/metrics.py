"""Metrics by the names that a spec calls them, a table for each task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellbuoy_stream.performance.accuracy import accuracy
from bellbuoy_stream.performance.average_precision import average_precision
from bellbuoy_stream.performance.bias import bias
from bellbuoy_stream.performance.brier import brier
from bellbuoy_stream.performance.calibration import base_rate, calibration_error, calibration_in_the_large
from bellbuoy_stream.performance.f1 import f1
from bellbuoy_stream.performance.log_loss import log_loss
from bellbuoy_stream.performance.macro_f1 import macro_f1
from bellbuoy_stream.performance.mae import mae
from bellbuoy_stream.performance.precision import precision
from bellbuoy_stream.performance.recall import recall
from bellbuoy_stream.performance.rmse import rmse
from bellbuoy_stream.performance.roc_auc import roc_auc
from bellbuoy_stream.performance.skill import brier_skill, skill

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from bellbuoy_stream.performance.binary import BinaryView
    from bellbuoy_stream.performance.estimate import Estimate
    from bellbuoy_stream.performance.multiclass import MulticlassView
    from bellbuoy_stream.performance.regression import RegressionView

BINARY_METRICS: Mapping[str, Callable[[BinaryView, float], Estimate | None]] = {
    "accuracy": accuracy,
    "average_precision": average_precision,
    "base_rate": base_rate,
    "brier": brier,
    "brier_skill": brier_skill,
    "calibration_error": calibration_error,
    "calibration_in_the_large": calibration_in_the_large,
    "f1": f1,
    "log_loss": log_loss,
    "precision": precision,
    "recall": recall,
    "roc_auc": roc_auc,
    "skill": skill,
}
"""Of two classes."""

MULTICLASS_METRICS: Mapping[str, Callable[[MulticlassView, float], Estimate | None]] = {
    "accuracy": accuracy,
    "log_loss": log_loss,
    "macro_f1": macro_f1,
}
"""Of several classes."""

REGRESSION_METRICS: Mapping[str, Callable[[RegressionView, float], Estimate | None]] = {
    "bias": bias,
    "mae": mae,
    "rmse": rmse,
}
"""Of numbers."""
