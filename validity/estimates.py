"""Estimates without labels beside what the labels say later: US census, Massachusetts, a model of employment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq

from bellbuoy_stream.building import Rows, build_reference
from bellbuoy_stream.counting.cells import ColumnCounter
from bellbuoy_stream.counting.values import Values
from bellbuoy_stream.estimation import block_errors, calibrate, expected_accuracy
from bellbuoy_stream.events.columns import Packed
from bellbuoy_stream.specs.monitor import MonitorSpec

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from bellbuoy_stream.counting.layout import Counts

CHUNK = 5_000
SCORE, PREDICTION, LABEL = "predicted_probability", "prediction", "employed"
FILES = tuple(
    f"employment_MA/employment_MA_{part}.pq" for part in ("reference", "analysis", "analysis_target")
)

Block = tuple["Counts", "Counts", "Counts", "Counts"]
"""Rows in each value cell of the score: true positives, true negatives, false negatives, false positives."""


@dataclass(frozen=True)
class Scored:
    """Scores, predictions and labels, shape (rows,) each."""

    score: NDArray[np.float64]
    prediction: NDArray[np.bool_]
    label: NDArray[np.bool_]

    def chunks(self) -> list[Scored]:
        """Chunks of 5,000 rows in the file's order, the last one as long as it is."""
        parts = [slice(at, at + CHUNK) for at in range(0, len(self.score), CHUNK)]
        return [Scored(self.score[part], self.prediction[part], self.label[part]) for part in parts]

    def block(self, counter: ColumnCounter) -> Block:
        """Cells of the score, split by label and prediction."""
        outcome = np.where(
            self.prediction == self.label, np.where(self.label, 0, 1), np.where(self.label, 2, 3)
        )
        counts = counter.count(
            Values(len(self.score), numbers=self.score), group=outcome.astype(np.intp), groups=4
        )
        tp, tn, fn, fp = counts[:, : counter.cells]
        return tp, tn, fn, fp


def accuracy(tp: Counts, tn: Counts, fn: Counts, fp: Counts) -> float:
    """Share of right predictions."""
    right = float(tp.sum() + tn.sum())
    return right / (right + float(fn.sum() + fp.sum()))


def _column(table: object, name: str) -> NDArray[np.float64]:
    return np.asarray(table.column(name).to_numpy(), dtype=np.float64)  # type: ignore[attr-defined]


def employment(folder: Path) -> tuple[Scored, Scored]:
    """Labelled reference, and the analysis rows with the labels that came later."""
    reference, analysis, target = (pq.read_table(folder / file) for file in FILES)
    later = dict(zip(target["id"].to_pylist(), target[LABEL].to_pylist(), strict=True))
    labels = np.array([later[row] for row in analysis["id"].to_pylist()], dtype=np.float64)
    return (
        Scored(
            _column(reference, SCORE), _column(reference, PREDICTION) == 1, _column(reference, LABEL) == 1
        ),
        Scored(_column(analysis, SCORE), _column(analysis, PREDICTION) == 1, labels == 1),
    )


@dataclass(frozen=True)
class Estimated:
    """Of each chunk: the estimate, the truth, and half the interval's length as known before the chunk's labels."""

    estimate: NDArray[np.float64]
    truth: NDArray[np.float64]
    half_width: NDArray[np.float64]


def estimated(folder: Path) -> tuple[Estimated, float]:
    """Accuracy of each chunk, estimated from the score's cells; and the reference's accuracy."""
    reference, analysis = employment(folder)
    packed = {"score": Packed("f8", reference.score.astype("<f8").tobytes(), len(reference.score))}
    times = np.arange(len(reference.score), dtype=np.int64) * 1_000_000
    built = build_reference("employment", "1", MonitorSpec(model="employment"), [Rows(packed, times)])
    counter = ColumnCounter(next(column for column in built.columns if column.name == "score"))
    blocks = [chunk.block(counter) for chunk in reference.chunks()]
    whole = [sum(part) for part in zip(*blocks, strict=True)]
    tp, tn, fn, fp = (np.asarray(part) for part in whole)
    calibration = calibrate(tp + fn, tn + fp, tp + fp)
    full = [block for block in blocks if sum(int(part.sum()) for part in block) == CHUNK]
    errors = block_errors(full, expected_accuracy, accuracy)
    rows = []
    for chunk in analysis.chunks():
        block = chunk.block(counter)
        estimate, truth = expected_accuracy(np.sum(block, axis=0), calibration), accuracy(*block)
        rows.append((estimate, truth, errors.half_width()))
        errors = errors.checked(estimate, truth)
    return Estimated(*(np.array(column) for column in zip(*rows, strict=True))), accuracy(tp, tn, fn, fp)


def employment_table(folder: Path) -> str:
    """One sentence with the measured figures."""
    found, before = estimated(folder)
    error = np.abs(found.estimate - found.truth)
    inside = int((error <= found.half_width).sum())
    return (
        f"**employment_MA** (accuracy of {len(error)} chunks of {CHUNK:,} rows, estimated without their labels from"
        f" the cells of the score): mean absolute error {error.mean():.6f}; the reference's accuracy as a constant"
        f" guess is off by {np.abs(before - found.truth).mean():.6f}. The 95 % interval holds {inside} of"
        f" {len(error)} chunks, its half width {found.half_width[0]:.4f} at first and {found.half_width[-1]:.4f}"
        " with the back-checks."
    )
