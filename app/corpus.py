"""All records of a release together: names, and what follows from one record for another.

Contested and refuted interactions give rise to nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property

from app.resource import DerivedReference, Record, SignedReference, StateReference
from app.resources.axes import Axis
from app.resources.biomarkers import Biomarker
from app.resources.interactions import Interaction
from app.resources.protocols import Protocol
from app.resources.tissues import Tissue
from app.substance import Substance
from app.vocabulary import Effect, HormoneState, Level, Predicate, Status
from app.wording import EXCESS

UNSOUND = (Status.CONTESTED, Status.REFUTED)
BRINGS = (Predicate.CAUSES, Predicate.ASSOCIATED_WITH, Predicate.PERMITS)
CHANGES = (Predicate.INCREASES, Predicate.DECREASES, Predicate.STIMULATES, Predicate.INHIBITS)


class Corpus:
    """Records that have passed every rule, joined so that each can derive what follows from the others."""

    def __init__(self, records: Iterable[Record]) -> None:
        self.written = {record.id: record for record in sorted(records, key=lambda record: record.id)}
        every = self.written.values()
        self.interactions = {record.id: record for record in every if isinstance(record, Interaction)}
        self.axes = [record for record in every if isinstance(record, Axis)]
        self.biomarkers = [record for record in every if isinstance(record, Biomarker)]
        self.protocols = [record for record in every if isinstance(record, Protocol)]
        self.parts: dict[str, list[str]] = defaultdict(list)
        for record in every:
            for whole in self._whole(record.id) if isinstance(record, Tissue) else ():
                self.parts[whole].append(record.id)
        self.outgoing: dict[str, list[Interaction]] = defaultdict(list)
        self.incoming: dict[str, list[Interaction]] = defaultdict(list)
        for interaction in self.interactions.values():
            if interaction.status not in UNSOUND:
                self.outgoing[interaction.subject].append(interaction)
                self.incoming[interaction.object].append(interaction)
        self.names: dict[str, str] = {record.id: record.name for record in every}
        self.names |= {key: interaction.title(self.names) for key, interaction in self.interactions.items()}
        self.records = {record.id: record.model_copy(update=record.derive(self)) for record in every}

    def reference(self, key: str, via: str) -> DerivedReference:
        """A reference that the record `via` gives rise to."""
        return DerivedReference(id=key, name=self.names[key], via=via)

    def objects(self, key: str, predicates: Iterable[Predicate], *resources: str) -> list[DerivedReference]:
        """What the record acts on by one of the predicates, each once."""
        ends = ((entry.object, entry.id) for entry in self.outgoing[key] if entry.predicate in predicates)
        return self._named(ends, resources)

    def subjects(self, key: str, predicates: Iterable[Predicate], *resources: str) -> list[DerivedReference]:
        """What acts on the record by one of the predicates, each once."""
        ends = ((entry.subject, entry.id) for entry in self.incoming[key] if entry.predicate in predicates)
        return self._named(ends, resources)

    def _named(self, ends: Iterable[tuple[str, str]], resources: tuple[str, ...] = ()) -> list[DerivedReference]:
        first: dict[str, str] = {}
        for key, via in ends:
            if not resources or key.split("/")[0] in resources:
                first.setdefault(key, via)
        return sorted((self.reference(*end) for end in first.items()), key=lambda reference: reference.name)

    def signed_objects(self, key: str, predicates: Iterable[Predicate], *resources: str) -> list[SignedReference]:
        """What the record acts on by one of the predicates, once for each direction."""
        found: dict[tuple[str, Effect | None], str] = {}
        for entry in self.outgoing[key]:
            if entry.predicate in predicates and entry.object.split("/")[0] in resources:
                found.setdefault((entry.object, entry.effect), entry.id)
        signed = [
            SignedReference(id=end, name=self.names[end], via=via, effect=effect)
            for (end, effect), via in found.items()
        ]
        return sorted(signed, key=lambda reference: (reference.name, reference.effect or ""))

    def targets(self, substance: Substance, predicates: Iterable[Predicate]) -> list[DerivedReference]:
        """Proteins the substance, or its active moiety, acts on: once for each action."""
        found: dict[tuple[str, Predicate], str] = {}
        for key in (substance.id, substance.identity.active_moiety):
            for entry in self.outgoing[key] if key else ():
                if entry.predicate in predicates and entry.object.startswith("proteins/"):
                    found.setdefault((entry.object, entry.predicate), entry.id)
        return [self.reference(protein, via) for (protein, _), via in sorted(found.items())]

    def _whole(self, tissue: str) -> Iterator[str]:
        """The tissue and everything it is part of."""
        part = self.written[tissue]
        while isinstance(part, Tissue):
            yield part.id
            if part.part_of is None:
                return
            part = self.written[part.part_of]

    def secreting_tissues(self, key: str) -> list[DerivedReference]:
        """Tissues that secrete the hormone, and those they are part of."""
        secretions = [entry for entry in self.incoming[key] if entry.predicate is Predicate.SECRETES]
        direct = [(entry.subject, entry.id) for entry in secretions]
        return self._named([*direct, *((whole, via) for tissue, via in direct for whole in self._whole(tissue))])

    def secretions(self, tissue: str) -> list[DerivedReference]:
        """What the tissue, or a part of it, secretes."""
        entries = (
            entry
            for part in self.parts[tissue]
            for entry in self.outgoing[part]
            if entry.predicate is Predicate.SECRETES
        )
        return self._named((entry.object, entry.id) for entry in entries)

    def conditions_of(self, hormone: str, state: HormoneState) -> list[StateReference]:
        """Conditions that too much or too little of a hormone brings about, or that raise or lower it."""
        brought = ((entry.object, entry, _state(entry)) for entry in self.outgoing[hormone] if _brings(entry))
        changing = ((entry.subject, entry, _change(entry)) for entry in self.incoming[hormone] if _changes(entry))
        return self._states((end, entry) for end, entry, found in (*brought, *changing) if found is state)

    def hormones_of(self, condition: str) -> list[StateReference]:
        """Hormones whose excess or deficiency brings a condition about, or which it raises or lowers."""
        brought = ((entry.subject, entry) for entry in self.incoming[condition] if _brings(entry))
        changed = ((entry.object, entry) for entry in self.outgoing[condition] if _changes(entry))
        return self._states((end, entry) for end, entry in (*brought, *changed) if end.startswith("hormones/"))

    def _states(self, ends: Iterable[tuple[str, Interaction]]) -> list[StateReference]:
        found: dict[tuple[str, HormoneState, tuple[str, ...]], StateReference] = {}
        for end, entry in ends:
            state = _state(entry) if _brings(entry) else _change(entry)
            if state is not None:
                sex = entry.context.sex
                reference = StateReference(id=end, name=self.names[end], via=entry.id, state=state, sex=sex)
                found.setdefault((end, state, tuple(sorted(sex))), reference)
        return sorted(found.values(), key=lambda reference: (reference.name, reference.state, sorted(reference.sex)))

    def _index(self, pairs: Iterable[tuple[str, str]]) -> dict[str, list[DerivedReference]]:
        index: dict[str, list[DerivedReference]] = defaultdict(list)
        for key, via in dict.fromkeys(pairs):
            index[key].append(self.reference(via, via))
        return index

    @cached_property
    def axes_of(self) -> dict[str, list[DerivedReference]]:
        """By key, the axes that have it at a level, in a step or a loop, or as a modulator; steps by their own key."""
        return self._index(
            (key, axis.id)
            for axis in self.axes
            for key in (
                *(hormone for level in axis.levels for hormone in level.hormones),
                *axis.modulators,
                *(key for step in _steps(axis) for key in (step, *self._ends(step))),
            )
        )

    def _ends(self, interaction: str) -> tuple[str, str]:
        return self.interactions[interaction].subject, self.interactions[interaction].object

    @cached_property
    def biomarkers_of(self) -> dict[str, list[DerivedReference]]:
        """By key, the biomarkers that measure it."""
        return self._index((measure.entity, test.id) for test in self.biomarkers for measure in test.measures)

    @cached_property
    def protocols_with(self) -> dict[str, list[DerivedReference]]:
        """By key, the protocols that have the substance, or something whose active moiety it is, as a component."""
        return self._index(
            (key, protocol.id)
            for protocol in self.protocols
            for component in protocol.components
            for key in (component.substance, self._moiety(component.substance))
            if key
        )

    def _moiety(self, substance: str) -> str | None:
        record = self.written[substance]
        return record.identity.active_moiety if isinstance(record, Substance) else None


def _steps(axis: Axis) -> Iterator[str]:
    yield from axis.cascade
    for loop in axis.feedback_loops:
        yield from loop.interactions


def _brings(entry: Interaction) -> bool:
    return entry.predicate in BRINGS and entry.object.startswith("conditions/") and entry.effect is not Effect.DECREASE


def _state(entry: Interaction) -> HormoneState | None:
    """Too much or too little of the subject, where the interaction's levels say just one of them."""
    levels = set(entry.context.level)
    if levels == {Level.DEFICIENT}:
        return HormoneState.DEFICIENCY
    return HormoneState.EXCESS if levels and levels <= EXCESS else None


def _changes(entry: Interaction) -> bool:
    return entry.predicate in CHANGES and entry.subject.startswith("conditions/")


def _change(entry: Interaction) -> HormoneState:
    return HormoneState.EXCESS if entry.effect is Effect.INCREASE else HormoneState.DEFICIENCY
