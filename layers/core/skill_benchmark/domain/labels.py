"""What people say of answers."""

from typing import Literal, get_args

Dimension = Literal["quality_score", "faithfulness_score", "relevancy_score", "precision_score", "recall_score"]
"""What a judge and a person can score an answer for."""

DIMENSIONS_OF_LABELS: tuple[Dimension, ...] = get_args(Dimension)
