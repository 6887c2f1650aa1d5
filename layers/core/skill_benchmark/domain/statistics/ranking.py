"""Scores of models that were not scored on the same test cases, made comparable."""

import numpy as np

from skill_benchmark.domain.statistics.numbers import Floats


def adjusted_means(scores: Floats) -> Floats:
    """What each model would score on all of the cases, from case-plus-model effects fitted by least squares.

    `scores` has one row per model and one column per test case, NaN where it was not scored. A case that a model was
    not scored on is taken to be as much harder or easier for it as it is for the others. The difference of two models
    is, without others, their mean difference on the cases that both have. Where all have the same cases, the adjusted
    means are the means. NaN for a model without any score.
    """
    known = ~np.isnan(scores)
    if not known.any():
        return np.full(len(scores), np.nan)
    counts = known.sum(axis=0)
    filled = np.where(known, scores, 0.0)
    if known[:, counts > 0].all():
        means: Floats = scores[:, counts > 0].mean(axis=1)
        return means
    # The normal equations, after the effects of the cases were eliminated.
    shares = np.where(counts > 0, 1 / np.maximum(counts, 1), 0.0)
    weights = known * shares
    matrix = np.diag(known.sum(axis=1).astype(np.float64)) - weights @ known.T
    right = filled.sum(axis=1) - weights @ filled.sum(axis=0)
    effects = np.linalg.lstsq(matrix, right, rcond=1e-10)[0]
    of_cases = ((filled - known * effects[:, None]).sum(axis=0) * shares)[counts > 0]
    adjusted: Floats = np.where(known.any(axis=1), effects + of_cases.mean(), np.nan)
    return adjusted
