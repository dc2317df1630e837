"""The signed graph of single steps, and searches in it that are bounded in length and work."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from math import prod
from threading import Lock
from typing import NamedTuple

from app.indexes.edges import (
    NOT_CAUSAL,
    SOUND,
    Edge,
    Edges,
    Facts,
    Fields,
    context_of,
    edge_of,
    entity_of,
    key_of,
    restricted,
)
from app.vocabulary import Effect, LoopClass, Predicate, Timescale

Allowed = Callable[[int], bool]
"""Whether an edge, by its number, may be used."""
OF_A_PERSON = ("sex", "life_stage", "cycle_phase")
"""Context that is the same for every step of a path; the others belong to one step's subject."""
OF_A_WORLD = frozenset({*OF_A_PERSON, "phase", "exposure", "level"})
"""Context that worlds differ in."""
SLOW = (Timescale.WEEKS, Timescale.MONTHS, Timescale.YEARS)
"""What does not show within the first hours or days."""
HYPOTHALAMUS, PITUITARY = "tissues/hypothalamus", "tissues/pituitary"


class Step(NamedTuple):
    """One step of a path between records."""

    source: str
    target: str
    sign: int
    edges: tuple[Edge, ...]
    """One edge, or the two that a conversion consists of."""

    @property
    def via(self) -> str:
        """The record that says so."""
        return self.edges[-1].via


class Path(NamedTuple):
    """Steps that join."""

    sign: int
    steps: tuple[Step, ...]


class Bound(NamedTuple):
    """How far a search goes."""

    steps: int
    """The longest path."""
    most: int
    """So many paths are enough."""
    work: int = 40_000
    """So many steps of the search are enough."""
    moved: int = 0
    """Where the sources rise (1) or fall (-1), only along steps that hold then."""
    wanted: int = 0
    """Then, only ways on which the targets rise (1) or fall (-1)."""


class Found(NamedTuple):
    """What a bounded search came upon."""

    paths: list[Path]
    truncated: bool


class Graph:
    """Edges of every status, and searches that are bounded in length and work."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.turn = Lock()
        """Held while something is worked out: threads that compute at once only make one another late."""
        made = Edges(facts)
        self.edges, self.ligands = made.all, made.ligands
        self.ends = [(entity_of(edge.source), entity_of(edge.target)) for edge in self.edges]
        """The records of each edge's ends."""
        self.lengths = [_half_steps(edge, ends) for edge, ends in zip(self.edges, self.ends, strict=True)]
        self.out: dict[str, list[int]] = defaultdict(list)
        self.into: dict[str, list[int]] = defaultdict(list)
        for number, edge in enumerate(self.edges):
            self.out[edge.source].append(number)
            self.into[edge.target].append(number)
        self._sound: dict[frozenset[str], list[bool]] = {}
        self.nodes: dict[str, list[str]] = defaultdict(list)
        """By record, its nodes, the one that acts first."""
        for node in sorted({*self.out, *self.into}):
            self.nodes[entity_of(node)].append(node)
        self.net: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        """Net effects by subject and object: what the steps have to give."""
        self.unmoved: dict[tuple[str, str], list[Edge]] = defaultdict(list)
        """Statements that something has no effect on another."""
        for entry in facts.interactions.values():
            pair = key_of(entry["subject"]), key_of(entry["object"])
            if entry["effect"] == Effect.NONE:
                self.unmoved[pair].append(edge_of(entry, *pair, context_of(entry)))
            elif not entry["direct"] and entry["predicate"] not in NOT_CAUSAL:
                self.net[pair].append(edge_of(entry, *pair, context_of(entry)))

    @cached_property
    def conditional(self) -> list[int]:
        """Edges that hold only in some people, tissues or species, whatever the world."""
        some = {"conditions", "conditions_absent", "species", "tissue"}
        return [number for number, edge in enumerate(self.edges) if not some.isdisjoint(edge.context)]

    def sound(self, statuses: frozenset[str]) -> list[bool]:
        """For each edge, whether it stands as well as that."""
        if statuses not in self._sound:
            self._sound[statuses] = [edge.status in statuses for edge in self.edges]
        return self._sound[statuses].copy()

    @cached_property
    def circumstances(self) -> list[object]:
        """For each edge, what decides in which worlds it holds."""
        found: list[object] = []
        for edge, (source, _) in zip(self.edges, self.ends, strict=True):
            bound = not {"exposure", "level"}.isdisjoint(edge.context)
            told = frozenset(item for item in edge.context.items() if item[0] in OF_A_WORLD)
            found.append((told, edge.timescale in SLOW, source if bound else None))
        return found

    @cached_property
    def _through(self) -> dict[str, frozenset[str]]:
        """By receptor, how the signals of its hormones arrive."""
        found: dict[str, frozenset[str]] = defaultdict(frozenset)
        for hormone, exposure in self.facts.defaults.items():
            for receptor, _ in self.ligands.get(hormone, ()):
                found[receptor] |= exposure
        return found

    def exposure(self, key: str) -> frozenset[str]:
        """How a record's signal arrives where nothing interferes: its own default, or that of what acts through it."""
        return self.facts.defaults.get(key) or self._through.get(key, frozenset())

    def distances(  # noqa: PLR0913  # a search and its bounds
        self,
        starts: Iterable[str],
        allowed: Allowed,
        limit: int,
        *,
        back: bool = False,
        most: int = 10**9,
        rest: Mapping[str, int] | None = None,
    ) -> dict[str, int]:
        """Half-steps from the nodes to each that lies within the limit; with `back`, from each to them.

        Of more than `most` nodes, the nearest. Where the rest of the way is known for some nodes, only those that
        lie within the limit together with it.
        """
        neighbours = self.into if back else self.out
        found: dict[str, int] = {}
        rings: list[list[str]] = [list(starts), *([] for _ in range(limit + 2))]
        for distance in range(limit + 1):
            for node in rings[distance]:  # grows while it is read: some edges lead nowhere else
                if node in found:
                    continue
                if len(found) == most:
                    return found
                found[node] = distance
                for number in neighbours.get(node, ()):
                    end = self.edges[number].source if back else self.edges[number].target
                    if end not in found and allowed(number):
                        further = distance + self.lengths[number]
                        if rest is None or rest.get(end, limit) + further <= limit:
                            rings[further].append(end)
        return found

    def shortest(self, sources: Iterable[str], target: str, allowed: Allowed, limit: int) -> list[Edge]:
        """The edges of one of the shortest ways, the first by their order; none where there is no way."""
        left = self.distances([target], allowed, limit, back=True)
        node = min(
            (source for source in sources if source in left), key=lambda source: (left[source], source), default=""
        )
        way: list[Edge] = []
        while node and node != target:
            number = next(
                number
                for number in self.out[node]
                if left.get(self.edges[number].target, limit + 1) == left[node] - self.lengths[number]
                and allowed(number)
            )
            way.append(self.edges[number])
            node = self.edges[number].target
        return way

    def paths(self, sources: Sequence[str], targets: Sequence[str], allowed: Allowed, bound: Bound) -> Found:
        """Ways from the sources to the targets that pass no record twice, shortest first.

        A search by iterative deepening that enters a node only where a target can still be reached in time.
        """
        search = _Search(self, allowed, targets, bound)
        starts = [node for node in sources if node in search.left]
        shortest = min((search.left[node] for node in starts), default=2 * bound.steps + 1)
        for length in range(shortest, 2 * bound.steps + 1):
            for start in starts:
                search.extend((), start, {entity_of(start)}, length, bound.moved)
            if search.done:
                break
        return search.outcome()

    def loops(self, entity: str, allowed: Allowed, bound: Bound) -> Found:
        """Ways from a record back to itself that pass no other record twice, shortest first."""
        nodes = self.nodes.get(entity, [])
        search = _Search(self, allowed, nodes, bound)
        for length in range(2, 2 * bound.steps + 1):
            for node in nodes:
                search.extend((), node, set(), length, 0)
            if search.done:
                break
        return search.outcome()

    def neighbourhood(
        self, entity: str, direction: str, depth: int, allowed: Allowed, most: int
    ) -> tuple[dict[str, int], list[Step], bool]:
        """Records within so many steps with their distance, and the steps between them; at most so many steps."""
        found, ring, steps = {entity: 0}, [entity], dict[tuple[str, str, int, str], Step]()
        for distance in range(1, depth + 1):
            following: list[str] = []
            for record in ring:
                for step in self._steps_at(record, direction, allowed):
                    if len(steps) == most:
                        return found, list(steps.values()), True
                    steps.setdefault((step.source, step.target, step.sign, step.via), step)
                    for end in (step.source, step.target):
                        if end not in found:
                            found[end] = distance
                            following.append(end)
            ring = following
        return found, list(steps.values()), False

    def _steps_at(self, record: str, direction: str, allowed: Allowed) -> Iterator[Step]:
        """Steps that leave or reach a record, those through a conversion whole."""
        for node in self.nodes.get(record, ()):
            for back in (False, True):
                if direction == ("in" if not back else "out"):
                    continue
                for number in (self.into if back else self.out).get(node, ()):
                    edge = self.edges[number]
                    middle = edge.source if back else edge.target
                    if not allowed(number):
                        continue
                    if not middle.startswith("interactions/"):
                        yield from steps_of((edge,))
                        continue
                    for other in (self.into if back else self.out).get(middle, ()):
                        pair = (self.edges[other], edge) if back else (edge, self.edges[other])
                        if entity_of(pair[0].source) != entity_of(pair[1].target):
                            yield from steps_of(pair)

    def circles(self, starts: Iterable[str], allowed: Allowed, bound: Bound) -> Found:
        """Loops through any of some records, each once, shortest first."""
        unique: dict[frozenset[tuple[str, str, int]], Path] = {}
        truncated = False
        for start in starts:
            found = self.loops(start, allowed, bound)
            truncated = truncated or found.truncated
            for loop in found.paths:
                unique.setdefault(frozenset((step.source, step.target, step.sign) for step in loop.steps), loop)
        ordered = sorted(unique.values(), key=lambda loop: len(loop.steps))
        return Found(ordered[: bound.most], truncated or len(ordered) > bound.most)

    @cached_property
    def _homes(self) -> dict[str, set[str]]:
        """By hormone, the tissues that secrete it, and those of its level in an axis."""
        found: dict[str, set[str]] = defaultdict(set)
        for entry in self.facts.interactions.values():
            if entry["predicate"] == Predicate.SECRETES and entry["status"] in SOUND:
                found[key_of(entry["object"])].add(key_of(entry["subject"]))
        for axis in self.facts.axes.values():
            for level in axis["levels"]:
                for hormone in level["hormones"]:
                    found[key_of(hormone)].add(key_of(level["tissue"]))
        return found

    def station(self, hormone: str) -> str:
        """Where a hormone comes from: hypothalamus, pituitary, elsewhere, or nowhere known."""
        homes = {whole for tissue in self._homes.get(hormone, ()) for whole in self.facts.whole(tissue)}
        for home in (HYPOTHALAMUS, PITUITARY):
            if home in homes:
                return home
        return "elsewhere" if homes else ""


def loop_class(graph: Graph, loop: Path) -> LoopClass:
    """Which stations a loop joins, from where its hormones come from (Greenspan's and Williams' terms)."""
    passed = [step.source for step in loop.steps]
    stations = {graph.station(key) for key in passed} - {""}
    hormones = [key for key in passed if key.startswith("hormones/")]
    if len(hormones) == 1 and all(key.startswith(("hormones/", "proteins/")) for key in passed):
        return LoopClass.ULTRASHORT
    if stations & {HYPOTHALAMUS, PITUITARY} and "elsewhere" in stations:
        return LoopClass.LONG
    if stations == {HYPOTHALAMUS, PITUITARY}:
        return LoopClass.SHORT
    if any(key.startswith(("compounds/", "processes/", "biomarkers/")) for key in passed):
        return LoopClass.METABOLIC
    return LoopClass.LOCAL


class _Search:
    """One search for ways of a given length, with what it found and what it may still do."""

    def __init__(self, graph: Graph, allowed: Allowed, targets: Sequence[str], bound: Bound) -> None:
        self.graph, self.allowed, self.bound = graph, allowed, bound
        self.targets = frozenset(targets)
        self.left = graph.distances(targets, allowed, 2 * bound.steps, back=True)
        self.found: list[Path] = []
        self.truncated = False
        self._told: set[tuple[tuple[str, str, int], ...]] = set()
        self._budget = bound.work

    @property
    def done(self) -> bool:
        """Whether one more than enough was found, or enough was tried."""
        return len(self.found) > self.bound.most or self.truncated

    def outcome(self) -> Found:
        """What was found, as much as is enough."""
        return Found(self.found[: self.bound.most], self.truncated or len(self.found) > self.bound.most)

    def extend(self, before: tuple[Edge, ...], node: str, passed: set[str], length: int, moved: int) -> None:
        """Follow every way on from a node, moved so (0: not said), that ends after exactly so many more half-steps."""
        edges, lengths, ends, most = self.graph.edges, self.graph.lengths, self.graph.ends, self.left
        for number in self.graph.out.get(node, ()):
            edge, left = edges[number], length - lengths[number]
            if most.get(edge.target, left + 1) > left or (moved and edge.side == -moved) or not self.allowed(number):
                continue
            if self.done:
                return
            self._budget -= 1
            self.truncated = self._budget < 0
            source, target = ends[number]
            if left == 0 and edge.target in self.targets:
                if self.bound.wanted in {0, moved * edge.sign}:
                    self._take((*before, edge))
            elif target == source:
                self.extend((*before, edge), edge.target, passed, left, moved * edge.sign)
            elif target not in passed and edge.target not in self.targets:
                passed.add(target)
                self.extend((*before, edge), edge.target, passed, left, moved * edge.sign)
                passed.remove(target)

    def _take(self, edges: tuple[Edge, ...]) -> None:
        steps = steps_of(edges)
        told = tuple((step.source, step.target, step.sign) for step in steps)
        used_up = len(steps) == 1 and steps[0].source == steps[0].target  # a conversion that depletes its substrate
        fits = told not in self._told and 0 < len(steps) <= self.bound.steps and not used_up and not self.done
        if fits and _hold_together(edges):
            self._told.add(told)
            self.found.append(Path(prod(step.sign for step in steps), steps))


def _half_steps(edge: Edge, ends: tuple[str, str]) -> int:
    """How far an edge leads: a conversion takes two of them, one to what happens and one from there."""
    if ends[0] == ends[1]:
        return 0
    return 1 if "interactions/" in (edge.source[:13], edge.target[:13]) else 2


def _hold_together(edges: Sequence[Edge]) -> bool:
    """Whether there is a person in whom all of them hold."""
    person: Fields = {}
    for edge in edges:
        own = {name: edge.context[name] for name in OF_A_PERSON if name in edge.context}
        both = restricted(person, own)
        if both is None:
            return False
        person = both
    return True


def steps_of(edges: Iterable[Edge]) -> tuple[Step, ...]:
    """The steps between records that edges make up: a conversion's two are one, a record's own nodes are none."""
    steps: list[Step] = []
    half: Edge | None = None
    for edge in edges:
        if edge.target.startswith("interactions/"):
            half = edge
        elif half is not None:
            ends = entity_of(half.source), entity_of(edge.target)
            steps.append(Step(*ends, half.sign * edge.sign, (half, edge)))
            half = None
        elif entity_of(edge.source) != entity_of(edge.target):
            steps.append(Step(entity_of(edge.source), entity_of(edge.target), edge.sign, (edge,)))
    return tuple(steps)
