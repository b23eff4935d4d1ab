"""What a model is worth before its labels are known: estimates from the scores' cells, with their intervals."""

from bellbuoy_stream.estimation.blocks import BlockErrors, block_errors
from bellbuoy_stream.estimation.calibration import ScoreCalibration, calibrate
from bellbuoy_stream.estimation.cbpe import (
    expected_accuracy,
    expected_base_rate,
    expected_brier,
    expected_roc_auc,
)

__all__ = [
    "BlockErrors",
    "ScoreCalibration",
    "block_errors",
    "calibrate",
    "expected_accuracy",
    "expected_base_rate",
    "expected_brier",
    "expected_roc_auc",
]
