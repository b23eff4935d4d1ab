"""How good a model is, from integers that add: count rows into a vector, add vectors, read metrics from a view."""

from bellbuoy_stream.performance.accuracy import accuracy
from bellbuoy_stream.performance.average_precision import average_precision
from bellbuoy_stream.performance.bias import bias
from bellbuoy_stream.performance.binary import BinaryLayout, BinaryView
from bellbuoy_stream.performance.brier import brier
from bellbuoy_stream.performance.calibration import (
    CalibrationBin,
    base_rate,
    calibration_curve,
    calibration_error,
    calibration_in_the_large,
)
from bellbuoy_stream.performance.error_quantile import error_quantile
from bellbuoy_stream.performance.estimate import Estimate, Interval, wilson
from bellbuoy_stream.performance.f1 import f1
from bellbuoy_stream.performance.inputs import codes_of, numbers_of
from bellbuoy_stream.performance.log_loss import log_loss
from bellbuoy_stream.performance.macro_f1 import macro_f1
from bellbuoy_stream.performance.mae import mae
from bellbuoy_stream.performance.metrics import BINARY_METRICS, MULTICLASS_METRICS, REGRESSION_METRICS
from bellbuoy_stream.performance.multiclass import MulticlassLayout, MulticlassView
from bellbuoy_stream.performance.precision import precision
from bellbuoy_stream.performance.recall import recall
from bellbuoy_stream.performance.regression import RegressionLayout, RegressionView
from bellbuoy_stream.performance.rmse import rmse
from bellbuoy_stream.performance.roc_auc import roc_auc
from bellbuoy_stream.performance.skill import brier_skill, skill

__all__ = [
    "BINARY_METRICS",
    "MULTICLASS_METRICS",
    "REGRESSION_METRICS",
    "BinaryLayout",
    "BinaryView",
    "CalibrationBin",
    "Estimate",
    "Interval",
    "MulticlassLayout",
    "MulticlassView",
    "RegressionLayout",
    "RegressionView",
    "accuracy",
    "average_precision",
    "base_rate",
    "bias",
    "brier",
    "brier_skill",
    "calibration_curve",
    "calibration_error",
    "calibration_in_the_large",
    "codes_of",
    "error_quantile",
    "f1",
    "log_loss",
    "macro_f1",
    "mae",
    "numbers_of",
    "precision",
    "recall",
    "rmse",
    "roc_auc",
    "skill",
    "wilson",
]
