"""Names for typing ahead: those that begin with what was typed, or hold a word that does."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from heapq import nlargest
from itertools import islice
from typing import NamedTuple

from app.indexes.search import CENTRAL, WEIGHTS, Entry
from app.text import fold, words

INSIDE = 3.0
"""What it counts against a name that what was typed begins a later word of it, not the first."""
OTHER = 1.0
"""What it counts against a name that is not the record's own."""
SHORT = 2
"""Letters of a beginning for which what is found is kept."""
KEPT = 400
"""At most so many are ranked again for the resources that are asked for."""


class Suggestion(NamedTuple):
    """A record, and the name of it that matched."""

    key: str
    name: str
    matched: str


class _Start(NamedTuple):
    """Where in a name a word begins, by the folded rest of the name from there."""

    rest: str
    rank: float
    entry: int
    matched: str


class SuggestIndex:
    """Every beginning of a word in every name, sorted, so that what begins alike lies together."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._records: list[tuple[str, str]] = []
        starts = []
        for number, entry in enumerate(entries):
            self._records.append((entry.key, entry.name))
            referred = len(str(entry.referred)) if entry.referred else 0
            base = WEIGHTS[entry.resource] + CENTRAL * referred
            for position, name in enumerate(dict.fromkeys(text for kind, text in entry.names if kind != "related")):
                rest, rank = "", base - INSIDE - (OTHER if position else 0) - len(name) / 200
                for word in reversed(words(name)):
                    rest = word + rest
                    starts.append(_Start(rest, rank, number, name))
                if rest:
                    starts[-1] = _Start(rest, rank + INSIDE, number, name)
        self._starts = sorted(starts)
        self._best: dict[str, list[tuple[int, str]]] = {}

    def _ranked(self, typed: str) -> list[tuple[int, str]]:
        """Records with the name that matched, best first, each once. What many names begin with is kept."""
        if typed in self._best:
            return self._best[typed]
        first = bisect_left(self._starts, (typed,))
        last = bisect_left(self._starts, (f"{typed}\U0010ffff",))
        best: dict[int, str] = {}
        for start in nlargest(
            4 * KEPT, islice(self._starts, first, last), key=lambda start: (start.rank, -start.entry)
        ):
            best.setdefault(start.entry, start.matched)
        ranked = list(islice(best.items(), KEPT))
        if len(typed) <= SHORT:
            self._best[typed] = ranked
        return ranked

    def suggest(self, typed: str, resources: Sequence[str], limit: int) -> list[Suggestion]:
        """At most `limit` records whose names begin so, the most central first."""
        folded = fold(typed)
        if not folded:
            return []
        found = []
        for number, matched in self._ranked(folded):
            key, name = self._records[number]
            if not resources or key.split("/")[0] in resources:
                found.append(Suggestion(key, name, matched))
                if len(found) == limit:
                    break
        return found
