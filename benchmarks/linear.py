"""Linear models in plain numpy: ridge regression with its left-out predictions, and logistic."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


def ridge(
    kernel: Array, targets: Array, penalty: float, counts: Array
) -> tuple[Array, Array, Array]:
    """Fit all topics at once: coefficients of the papers, means, and left-out predictions.

    The last say of each paper what a fit without it would predict (closed form), so that what is
    fitted to them cannot flatter itself. counts: as how many papers each counts.
    """
    inverse = np.linalg.inv(kernel + np.diag(penalty / counts))
    means = counts @ targets / counts.sum()
    coefficients = inverse @ (targets - means)
    left_out = targets - coefficients / np.diag(inverse)[:, None]
    return coefficients, means, left_out


def logistic(x: Array, y: Mask, counts: Array, drawn_to: Array, strength: Array) -> Array:
    """Fit weights by Newton's method with halved steps, drawn to given ones as strongly as said.

    counts: as how many rows each row counts.
    """
    weights = drawn_to.copy()
    loss = _loss(x, y, counts, weights, drawn_to, strength)
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(x @ weights, -35, 35)))
        slope = x.T @ (counts * (chance - y)) + strength * (weights - drawn_to)
        curvature = (x * (counts * chance * (1 - chance))[:, None]).T @ x + np.diag(strength + 1e-6)
        step = np.linalg.solve(curvature, slope)
        while (new := _loss(x, y, counts, weights - step, drawn_to, strength)) > loss:
            step = step / 2
            if np.abs(step).max() < 1e-6:
                return weights
        weights = weights - step
        if loss - new < 1e-7 * loss:
            break
        loss = new
    return weights


def _loss(
    x: Array, y: Mask, counts: Array, weights: Array, drawn_to: Array, strength: Array
) -> float:
    odds = np.clip(x @ weights, -35, 35)
    away = weights - drawn_to
    return float(counts @ (np.logaddexp(0, odds) - y * odds) + 0.5 * (strength * away * away).sum())
