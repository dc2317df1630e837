"""From records to the edges of the signed graph: what acts on what, in which direction, and where that holds.

Nodes are records. Some records need more than one node: a total level that binding proteins move apart from the free
hormone, the frequency or height of pulses, a receptor that a drug reaches in some tissues only, and a condition that a
lack or excess brings about, from which nothing new follows. A conversion is a node of its own between what it uses,
what it makes and what catalyses it, so that a blocked enzyme lowers the product although the substrate piles up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from typing import Any, NamedTuple

from app.vocabulary import LIGAND_PREDICATES, TARGET_PREDICATES, Aspect, Effect, Modulation, Predicate, Status

Json = Any
Fields = Mapping[str, frozenset[str]]
SOUND = frozenset({Status.ESTABLISHED, Status.SUPPORTED})
"""Statements that reasoning rests on unless others are asked for."""
UNSOUND = frozenset({Status.CONTESTED, Status.REFUTED})
CONVERSIONS = frozenset({Predicate.CONVERTS_TO, Predicate.PRECURSOR_OF})
NOT_CAUSAL = frozenset({
    Predicate.TREATS, Predicate.MARKER_OF, Predicate.ASSOCIATED_WITH, Predicate.INTERFERES_WITH_ASSAY_OF,
    Predicate.EXPRESSED_IN, Predicate.SUBUNIT_OF, Predicate.MIMICS, Predicate.CONTRAINDICATED_IN,
    Predicate.CONTRAINDICATED_WITH, Predicate.ADDS_TO_EFFECT_OF, Predicate.OPPOSES_EFFECT_OF,
    Predicate.RAISES_EXPOSURE_OF, Predicate.LOWERS_EXPOSURE_OF,
})  # fmt: skip
"""Statements about use, measurement, place or other drugs: nothing follows from them in a body."""
SIGNS: dict[str | None, int] = {Effect.INCREASE: 1, Effect.DECREASE: -1, Effect.DEPENDS: 0}
MODULATIONS: dict[str, int] = {
    Modulation.ENABLES: 1, Modulation.AMPLIFIES: 1, Modulation.REDUCES: -1, Modulation.BLOCKS: -1,
}  # fmt: skip
APART = frozenset({"total_level", "pulse_frequency", "pulse_amplitude"})
"""Aspects that move apart from the level that acts."""
EXPRESSED = frozenset({"expression", "synthesis", "sensitivity"})
"""Aspects that say how much there is of a receptor, not how active it is."""
ANYWHERE = "#anywhere"
"""A protein or substance that is read, where what moves it does so in some tissues only."""
BROUGHT = "#brought_about"
"""A condition as the outcome of a lack or an excess: what the condition does is the doing of that."""
EXCESSIVE = frozenset({"high", "supraphysiological"})
DEFICIENT = frozenset({"deficient"})
NOWHERE: Fields = {}


class Edge(NamedTuple):
    """One step."""

    source: str
    """The node that acts."""
    target: str
    """The node acted on."""
    sign: int
    """1 where the target follows the source, -1 where it goes the other way, 0 where that is not fixed."""
    via: str
    """The record that says so."""
    status: str
    """How well it stands."""
    context: Fields = NOWHERE
    """Where it holds, by field; a missing field is unspecified."""
    side: int = 0
    """1 where it holds only for a source that rises, -1 for one that falls, 0 for both."""
    timescale: str | None = None
    """How long it takes."""

    @property
    def structural(self) -> bool:
        """Whether it says what something is, not what it does: a part, a measurement, an active moiety."""
        return not self.via.startswith("interactions/")


KEPT = (
    "id", "name", "subject", "predicate", "object", "effect", "subject_aspect", "object_aspect", "direct", "catalysts",
    "requires", "substrate_effect", "modulates", "timescale", "context", "status", "sources",
)  # fmt: skip


@dataclass
class Facts:
    """What of a release's records matters to the graph."""

    interactions: dict[str, Json] = field(default_factory=dict)
    moieties: dict[str, str] = field(default_factory=dict)
    wholes: dict[str, str] = field(default_factory=dict)
    sexes: dict[str, str] = field(default_factory=dict)
    """By tissue, the one sex that has it."""
    measures: list[tuple[str, str, str]] = field(default_factory=list)
    defaults: dict[str, frozenset[str]] = field(default_factory=dict)
    axes: dict[str, Json] = field(default_factory=dict)

    def take(self, record: Json) -> None:
        """Note what the record says."""
        key = record["id"]
        if key.startswith("interactions/"):
            self.interactions[key] = {name: record[name] for name in KEPT}
        elif key.startswith("axes/"):
            self.axes[key] = record
        elif key.startswith("tissues/"):
            if record.get("part_of"):
                self.wholes[key] = key_of(record["part_of"])
            for sex in record["sex"]:
                self.sexes[key] = sex
        elif key.startswith("biomarkers/"):
            # A test of several things follows none of them alone.
            for measure in record["measures"] if len(record["measures"]) == 1 else ():
                total = measure.get("fraction") == "total"
                self.measures.append((key, key_of(measure["entity"]), "total_level" if total else ""))
        if moiety := (record.get("identity") or {}).get("active_moiety"):
            self.moieties[key] = key_of(moiety)
        if exposure := (record.get("default_context") or {}).get("exposure"):
            self.defaults[key] = frozenset(exposure)

    def within(self, tissues: Iterable[str]) -> set[str]:
        """Tissues and all their parts."""
        wholes = set(tissues)
        return wholes | {part for part in self.wholes if not wholes.isdisjoint(self.whole(part))}

    def whole(self, tissue: str) -> Iterator[str]:
        """The tissue and all it is part of."""
        while tissue:
            yield tissue
            tissue = self.wholes.get(tissue, "")

    def sex_of(self, tissues: Iterable[str]) -> Fields:
        """Who has at least one of the tissues, as a context; nothing where everyone has."""
        found = {
            next((self.sexes[each] for each in self.whole(tissue) if each in self.sexes), "") for tissue in tissues
        }
        return {"sex": frozenset(found)} if len(found) == 1 and "" not in found else {}


class Edges:
    """The edges that facts give rise to."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        steps = [entry for entry in facts.interactions.values() if entry["direct"]]
        causal = [entry for entry in steps if entry["predicate"] not in NOT_CAUSAL]
        self.ligands = self._ligands(steps)
        """By substance, the proteins it binds, each with the interaction that says so."""
        self.receptors = {
            receptor for known in self.ligands.values() for receptor, how in known if how["effect"] == Effect.INCREASE
        }
        found = list(self._in_tissues([*self._actions(causal), *self._conversions(causal)]))
        found += self._structure({end for edge in found for end in (edge.source, edge.target)})
        # A pair's own statement comes first: paths that differ in nothing else are shown once.
        self.all = sorted(
            {_told(edge): edge for edge in found if edge.source != edge.target}.values(),
            key=lambda edge: (edge.source, edge.target, edge.sign, not self._own(edge), _told(edge)),
        )

    def _own(self, edge: Edge) -> bool:
        """Whether the statement is about the edge's own source, not about what acts through it."""
        return edge.structural or key_of(self.facts.interactions[edge.via]["subject"]) == entity_of(edge.source)

    def _ligands(self, steps: Iterable[Json]) -> dict[str, list[tuple[str, Json]]]:
        """By substance, its receptors with the statement; a mimic that names none has those of what it mimics."""
        ligands: dict[str, list[tuple[str, Json]]] = defaultdict(list)
        mimics = []
        for entry in steps:
            if entry["predicate"] in LIGAND_PREDICATES and key_of(entry["object"]).startswith("proteins/"):
                ligands[key_of(entry["subject"])].append((key_of(entry["object"]), entry))
            elif entry["predicate"] == Predicate.MIMICS and entry["status"] not in UNSOUND:
                mimics.append(entry)
        for entry in mimics:
            subject, model = key_of(entry["subject"]), key_of(entry["object"])
            if subject not in ligands:
                same = [
                    (receptor, entry) for receptor, how in ligands.get(model, []) if how["effect"] == Effect.INCREASE
                ]
                ligands[subject] = same
        return ligands

    def _actions(self, causal: Sequence[Json]) -> Iterator[Edge]:
        """Steps that are no conversions. A hormone's effect that its receptor is known to have passes through it."""
        for subject, receptors in self.ligands.items():
            for receptor, entry in receptors:
                if entry["predicate"] == Predicate.MIMICS:
                    yield Edge(subject, receptor, 1, entry["id"], entry["status"], context_of(entry))
        catalysed = {
            (key_of(catalyst), key_of(entry["object"]))
            for entry in causal
            if entry["predicate"] in CONVERSIONS
            for catalyst in entry["catalysts"]
        }
        signed = frozenset(
            (key_of(entry["subject"]), key_of(entry["object"]), SIGNS[entry["effect"]])
            for entry in causal
            if entry["effect"] in SIGNS and entry["status"] not in UNSOUND
        )
        for entry in causal:
            subject, target = key_of(entry["subject"]), key_of(entry["object"])
            made = (subject, target) in catalysed and entry["effect"] == Effect.INCREASE  # the conversion says it
            signless = entry["effect"] not in SIGNS and entry["predicate"] != Predicate.PERMITS
            if entry["predicate"] not in CONVERSIONS and not made and not signless:
                yield from self._action(entry, signed)
                yield from self._modulations(entry, subject, context_of(entry))

    def _action(self, entry: Json, signed: frozenset[tuple[str, str, int]]) -> Iterator[Edge]:
        subject, target = key_of(entry["subject"]), key_of(entry["object"])
        outcome = entry["predicate"] == Predicate.CAUSES and not subject.startswith(("conditions/", "processes/"))
        node = target + BROUGHT if outcome else _node(target, entry["object_aspect"])
        edge = edge_of(entry, subject, node, context_of(entry))
        if target in self.receptors and entry["object_aspect"] in EXPRESSED and not outcome:
            edge = edge._replace(side=-1)  # more of a receptor does nothing by itself, less of it takes away
        apart = entry["predicate"] in TARGET_PREDICATES or entry["subject_aspect"] in APART
        receptors = () if apart else self.ligands.get(subject, ())
        own = {receptor for receptor, how in receptors if how["effect"] == Effect.INCREASE}
        required = [key_of(needed) for needed in entry["requires"]]
        through = [
            receptor
            for receptor in sorted(own - {target})
            if receptor in required or (receptor, target, edge.sign) in signed
        ]
        for source in through or [_node(subject, entry["subject_aspect"])]:
            yield edge._replace(source=source)
        for needed in (*required, *map(key_of, entry["catalysts"])):
            if needed not in through:
                yield edge._replace(source=needed, side=-1)

    def _modulations(self, entry: Json, subject: str, context: Fields) -> Iterator[Edge]:
        """What follows for the objects of interactions that the subject strengthens or weakens."""
        for modulation in entry["modulates"]:
            other = self.facts.interactions[key_of(modulation["interaction"])]
            where = restricted(context, context_of(other))
            if where is not None and other["effect"] in SIGNS and other["status"] not in UNSOUND:
                sign = SIGNS[other["effect"]] * MODULATIONS[modulation["effect"]]
                target = _node(key_of(other["object"]), other["object_aspect"])
                edge = edge_of(entry, subject, target, where)._replace(sign=sign)
                yield edge._replace(side=-1) if modulation["effect"] == Modulation.ENABLES else edge

    @staticmethod
    def _conversions(causal: Iterable[Json]) -> Iterator[Edge]:
        for entry in causal:
            if entry["predicate"] not in CONVERSIONS:
                continue
            key, substrate, product, context = entry["id"], entry["subject"], entry["object"], context_of(entry)
            step = edge_of(entry, key_of(substrate), key, context)._replace(sign=1)
            yield step
            yield step._replace(source=key, target=key_of(product))
            for catalyst in (*entry["catalysts"], *entry["requires"]):
                yield step._replace(source=key_of(catalyst))
            if entry["substrate_effect"] == "depletes":
                yield step._replace(source=key, target=key_of(substrate), sign=-1)

    def _met(self, parts: Iterable[str], tissues: Iterable[str]) -> set[str]:
        """The parts that are one of the tissues, within one, or around one."""
        whole = self.facts.whole
        return {part for part in parts for tissue in tissues if part in whole(tissue) or tissue in whole(part)}

    def _releases(self, edge: Edge) -> bool:
        """Whether a tissue releases a substance."""
        told = self.facts.interactions.get(edge.via)
        return told is not None and told["predicate"] == Predicate.SECRETES

    def _in_tissues(self, edges: Sequence[Edge]) -> Iterator[Edge]:
        """Edges as they are, but for proteins that something reaches in some tissues only, and substances that are
        released within some: what happens there acts there only.
        """
        parts: dict[str, set[str]] = defaultdict(set)
        for edge in edges:
            tissues = edge.context.get("tissue")
            if tissues and (edge.target.startswith("proteins/") or self._releases(edge)):
                parts[edge.target] |= tissues
        for protein, places in parts.items():
            for tissue in sorted(places):
                yield Edge(protein, f"{protein}@{tissue}", 1, protein, Status.ESTABLISHED)
                yield Edge(f"{protein}@{tissue}", protein + ANYWHERE, 1, protein, Status.ESTABLISHED)
        for edge in edges:
            tissues = edge.context.get("tissue", frozenset())
            targets, sources = [edge.target], [edge.source]
            if tissues and edge.target in parts:
                own = edge.target.startswith("proteins/") or self._releases(edge)
                met = tissues if own else self._met(parts[edge.target], tissues)
                elsewhere = not all(self._met(met, [tissue]) for tissue in tissues)
                targets = [f"{edge.target}@{tissue}" for tissue in sorted(met)] + targets * elsewhere
            if tissues and edge.source in parts:
                met = self._met(parts[edge.source], tissues)
                sources = [f"{edge.source}@{part}" for part in sorted(met)] or sources
            for source, target in product(sources, targets):
                place = target.partition("@")[2] or source.partition("@")[2]
                where = {**edge.context, "tissue": frozenset({place})} if place in tissues else edge.context
                held = restricted(where, self.facts.sex_of(where.get("tissue", ())))
                if held is not None:
                    yield edge._replace(source=source, target=target, context=held)

    def _structure(self, nodes: set[str]) -> Iterator[Edge]:
        """What follows from what things are: parts of tissues, active moieties, measurements, totals."""
        for part, whole in sorted(self.facts.wholes.items()):
            yield Edge(whole, part, 1, part, Status.ESTABLISHED)
        converted = {edge.source for edge in self._conversions(self.facts.interactions.values())}
        for substance, moiety in sorted(self.facts.moieties.items()):
            if substance not in converted and substance not in self.ligands and substance != moiety:
                yield Edge(substance, moiety, 1, substance, Status.ESTABLISHED)
        for node in sorted(nodes):
            if node.endswith(("#total_level", BROUGHT)):
                yield Edge(entity_of(node), node, 1, entity_of(node), Status.ESTABLISHED)
        for test, measured, aspect in self.facts.measures:
            node = _node(measured, aspect)
            yield Edge(node if node in nodes else measured, test, 1, test, Status.ESTABLISHED)


@lru_cache(200_000)
def entity_of(node: str) -> str:
    """The record whose node it is."""
    return node.split("#", maxsplit=1)[0].split("@", maxsplit=1)[0]


def restricted(one: Fields, other: Fields) -> Fields | None:
    """Where both hold; `None` where that is nowhere."""
    both = {**one, **other}
    for name in one.keys() & other.keys():
        both[name] = one[name] & other[name]
        if not both[name]:
            return None
    return both


def context_of(interaction: Json) -> Fields:
    """Where an interaction holds, by field; what is unspecified is left out."""
    context = interaction.get("context") or {}
    found = {}
    for name, values in context.items():
        if name != "note" and values:
            found[name] = frozenset(value["id"] if isinstance(value, dict) else value for value in values)
    return found


def key_of(reference: Json) -> str:
    """The key of what a reference means."""
    return str(reference["id"])


def _told(edge: Edge) -> tuple[str, str, int, str, int, tuple[tuple[str, tuple[str, ...]], ...]]:
    """All that tells one edge from another, in an order that is the same everywhere."""
    context = tuple((name, tuple(sorted(values))) for name, values in sorted(edge.context.items()))
    return edge.source, edge.target, edge.sign, edge.via, edge.side, context


def _node(entity: str, aspect: str) -> str:
    return f"{entity}#{aspect}" if aspect in APART else entity


def edge_of(entry: Json, source: str, target: str, context: Fields) -> Edge:
    """An interaction's edge, its sign turned where it speaks of a lack or of clearance."""
    sign, side = SIGNS.get(entry["effect"], 0), 0
    level = context.get("level", frozenset())
    if level and level <= EXCESSIVE:
        side = 1
    elif level == DEFICIENT:
        side = -1
    if entry["predicate"] == Predicate.CAUSES and side < 0:
        sign = -sign
    if entry["predicate"] == Predicate.PERMITS:
        sign, side = sign or 1, -1
    if entry["object_aspect"] == Aspect.CLEARANCE and not target.startswith("interactions/"):
        sign = -sign
    return Edge(source, target, sign, entry["id"], entry["status"], context, side, entry["timescale"])
