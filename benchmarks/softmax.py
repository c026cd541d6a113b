"""Learn weights of features by which one sentence of each abstract is chosen.

A conditional logit: the likelihood of each abstract's target less a penalty on the squares of the
weights, which has one maximum; found with limited-memory BFGS.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
_MEMORY = 8
_STEPS = 200
_ENOUGH = 1e-6  # part of the loss that a step must bring
_SUFFICIENT = 1e-4  # of what the slope promises
_SHORTEST_STEP = 1e-4


def learn(matrix: Array, targets: Sequence[Sequence[float]], penalty: float) -> Array:
    """Return a weight for each column; the rows are the sentences of the abstracts in order."""
    sizes = [len(target) for target in targets]
    starts = np.cumsum([0, *sizes[:-1]])
    group = np.repeat(np.arange(len(sizes)), sizes)
    target = np.concatenate([np.asarray(one, dtype=np.float64) for one in targets])

    def loss(weights: Array) -> tuple[float, Array]:
        sums = matrix @ weights
        sums -= np.maximum.reduceat(sums, starts)[group]
        powers = np.exp(sums)
        totals = np.add.reduceat(powers, starts)[group]
        value = target @ (np.log(totals) - sums) + penalty / 2 * weights @ weights
        return float(value), matrix.T @ (powers / totals - target) + penalty * weights

    return _minimum(loss, np.zeros(matrix.shape[1]))


def _minimum(loss: Callable[[Array], tuple[float, Array]], point: Array) -> Array:
    """Return where a smooth convex loss is least."""
    value, slope = loss(point)
    steps: list[tuple[Array, Array]] = []
    for _ in range(_STEPS):
        direction = _direction(slope, steps)
        length = 1.0
        while True:
            ahead = point - length * direction
            new_value, new_slope = loss(ahead)
            promised = _SUFFICIENT * length * float(slope @ direction)
            if new_value <= value - promised or length < _SHORTEST_STEP:
                break
            length /= 2
        if (ahead - point) @ (new_slope - slope) > 0:
            steps = [*steps, (ahead - point, new_slope - slope)][-_MEMORY:]
        gained = value - new_value
        point, value, slope = ahead, new_value, new_slope
        if gained < _ENOUGH * abs(value):
            break
    return point


def _direction(slope: Array, steps: Sequence[tuple[Array, Array]]) -> Array:
    """Return the slope times the inverse curvature that the last steps have shown."""
    if not steps:
        return slope / max(1.0, float(np.abs(slope).sum()))
    direction = slope.copy()
    shares = []
    for step, change in reversed(steps):
        share = float(step @ direction) / float(step @ change)
        direction -= share * change
        shares.append(share)
    step, change = steps[-1]
    direction *= float(step @ change) / float(change @ change)
    for (step, change), share in zip(steps, reversed(shares), strict=True):
        direction += step * (share - float(change @ direction) / float(step @ change))
    return direction
