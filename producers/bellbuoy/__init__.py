"""What a live app imports: log predictions and labels, follow alerts and retrain requests."""

from bellbuoy.logger import PredictionLogger

__all__ = ["PredictionLogger"]
