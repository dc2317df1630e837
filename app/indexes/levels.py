"""New levels of a signed graph under pressure: an ensemble of strengths, and the fixed point each of them has."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from app.indexes.edges import Edge
from app.indexes.graph import Graph

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]
SAMPLES = 128
"""Sets of strengths tried in each world."""
STRENGTHS = 4096
"""Rows of strengths, drawn once; an edge takes the one that its ends and its record name."""
WEAKEST = 0.1
"""The weakest step, as a share of the strongest."""
GAIN = 0.5
"""What a node's inputs add up to, as a share of its own decay. Below 1 every sample is stable; the less, the more the
shorter of two ways decides. Chosen on the questions of tests/quality/effects.yaml, where 0.3 to 0.9 differ little."""
ROUNDS = 150
"""At most so many iterations towards the new levels."""
LOOKS = 4
"""Iterations between looks at whether they have arrived."""
CLOSE = 0.02
"""Relative change of what is read, below which an iteration has arrived."""
LATER, LATEST = 8, 24
"""Iterations to wait once what is read has moved and settled, since a way longer by so many steps adds one part in
hundreds; and where it has not moved."""


class Draws:
    """Strengths and signs, drawn once from a fixed seed, so that answers hold for a release."""

    def __init__(self) -> None:
        drawn = np.random.default_rng(1974)
        self.strengths = drawn.uniform(WEAKEST, 1, (STRENGTHS, SAMPLES)).astype(np.float32)
        self.signs = np.where(drawn.random((STRENGTHS, SAMPLES)) < 0.5, -1, 1).astype(np.float32)


class Steps(NamedTuple):
    """Edges as arrays. Nodes with most inputs come first, and edges are ordered by which input of its node each is:
    all first inputs, all second ones and so on. The sums over inputs are then sums of slices.
    """

    place: Mapping[str, int]
    """Where each node stands."""
    order: npt.NDArray[np.intp]
    """Which of the edges given each row is."""
    sources: npt.NDArray[np.intp]
    strengths: Floats
    signs: Floats
    """One row an edge, one column a sample."""
    slices: Sequence[tuple[int, int]]
    rising: npt.NDArray[np.intp]
    falling: npt.NDArray[np.intp]
    """Rows that hold only for a source that rises, or falls."""

    @classmethod
    def of(cls, graph: Graph, numbers: Sequence[int], ends: Iterable[str], draws: Draws) -> Steps:
        """Edges by their numbers, and nodes that have to have a place."""
        inputs: dict[str, list[int]] = defaultdict(list)
        for row, number in enumerate(numbers):
            inputs[graph.edges[number].target].append(row)
        ordered = sorted(inputs, key=lambda node: (-len(inputs[node]), node))
        everywhere = dict.fromkeys((*ordered, *ends, *(graph.edges[number].source for number in numbers)))
        place = {node: position for position, node in enumerate(everywhere)}
        layers = [
            [inputs[node][rank] for node in ordered if len(inputs[node]) > rank]
            for rank in range(len(inputs[ordered[0]]) if ordered else 0)
        ]
        order = np.array([row for layer in layers for row in layer], dtype=np.intp)
        edges = [graph.edges[numbers[row]] for row in order]
        drawn = np.array([_row(edge) for edge in edges], dtype=np.intp)
        strengths, signs = draws.strengths[drawn], draws.signs[drawn]
        strengths[[edge.structural for edge in edges]] = 1
        fixed = np.array([edge.sign for edge in edges], dtype=np.float32)
        signs[fixed != 0] = fixed[fixed != 0, np.newaxis]
        sides = np.array([edge.side for edge in edges])
        sources = np.array([place[edge.source] for edge in edges], dtype=np.intp)
        slices = list(pairwise([0, *accumulate(map(len, layers))]))
        rising, falling = np.flatnonzero(sides == 1), np.flatnonzero(sides == -1)
        return cls(place, order, sources, strengths, signs, slices, rising, falling)

    def weights(self, active: Mask) -> Floats:
        """Strengths of the active edges with their signs, so that each node's inputs make up the gain."""
        weights = self.strengths * active[self.order, np.newaxis]
        total = np.zeros((self.slices[0][1] if self.slices else 0, SAMPLES), np.float32)
        for start, end in self.slices:
            total[: end - start] += weights[start:end]
        share = GAIN / np.maximum(total, WEAKEST)
        for start, end in self.slices:
            weights[start:end] *= share[: end - start]
        weights *= self.signs
        return weights

    def levels(self, changed: Mapping[str, int], read: str, active: Mask) -> Floats:
        """What is read, in each sample, once each node's decay balances its inputs and what presses it."""
        row = self.place[read]
        pressed = np.zeros((len(self.place), SAMPLES), np.float32)
        for node, direction in changed.items():
            pressed[self.place[node]] = direction
        weights, levels, quiet, arrived = self.weights(active), pressed, 0, False
        for done in range(ROUNDS if self.slices else 0):
            inputs = levels[self.sources]
            inputs[self.rising] = np.maximum(inputs[self.rising], 0)
            inputs[self.falling] = np.minimum(inputs[self.falling], 0)
            inputs *= weights
            following = pressed.copy()
            for start, end in self.slices:
                following[: end - start] += inputs[start:end]
            if done % LOOKS == 0:
                now = np.abs(following[row]).sum()
                settled = np.abs(following[row] - levels[row]).sum() <= CLOSE * now
                quiet = quiet + LOOKS if settled else 0
                arrived = bool(now)
            levels = following
            if quiet > (LATER if arrived else LATEST):
                break
        level: Floats = levels[row]
        return level


def _row(edge: Edge) -> int:
    """The row of its strengths: the same in every release, whatever other edges there are."""
    return crc32(f"{edge.source} {edge.target} {edge.via}".encode()) % STRENGTHS
