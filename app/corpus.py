"""All records of a release together: names, and what follows from one record for another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from app.resource import DerivedReference, Record
from app.resources.axes import Axis
from app.resources.biomarkers import Biomarker
from app.resources.interactions import Interaction
from app.resources.protocols import Protocol
from app.vocabulary import Level, Predicate, Status

UNSOUND = (Status.CONTESTED, Status.REFUTED)


class Corpus:
    """Records that have passed every rule, joined so that each can derive what follows from the others."""

    def __init__(self, records: Iterable[Record]) -> None:
        written = sorted(records, key=lambda record: record.id)
        self.outgoing: dict[str, list[Interaction]] = defaultdict(list)
        self.incoming: dict[str, list[Interaction]] = defaultdict(list)
        self.axes = [record for record in written if isinstance(record, Axis)]
        self.biomarkers = [record for record in written if isinstance(record, Biomarker)]
        self.protocols = [record for record in written if isinstance(record, Protocol)]
        interactions = [record for record in written if isinstance(record, Interaction)]
        for interaction in interactions:
            self.outgoing[interaction.subject].append(interaction)
            self.incoming[interaction.object].append(interaction)
        self.interactions = {interaction.id: interaction for interaction in interactions}
        self.names: dict[str, str] = {record.id: record.name for record in written}
        self.names |= {interaction.id: interaction.title(self.names) for interaction in interactions}
        self.records = {record.id: record.model_copy(update=record.derive(self)) for record in written}

    def reference(self, key: str, via: str) -> DerivedReference:
        """A reference that the record `via` gives rise to."""
        return DerivedReference(id=key, name=self.names[key], via=via)

    def objects(self, key: str, predicates: Iterable[Predicate], *resources: str) -> list[DerivedReference]:
        """What the record acts on by one of the predicates, contested and refuted interactions left out."""
        return self._ends(self.outgoing[key], "object", predicates, resources)

    def subjects(self, key: str, predicates: Iterable[Predicate], *resources: str) -> list[DerivedReference]:
        """What acts on the record by one of the predicates, contested and refuted interactions left out."""
        return self._ends(self.incoming[key], "subject", predicates, resources)

    def _ends(
        self, interactions: list[Interaction], end: str, predicates: Iterable[Predicate], resources: tuple[str, ...]
    ) -> list[DerivedReference]:
        wanted = set(predicates)
        found = {
            getattr(interaction, end): interaction.id
            for interaction in interactions
            if interaction.predicate in wanted and interaction.status not in UNSOUND
        }
        chosen = (
            self.reference(key, via) for key, via in found.items() if not resources or key.split("/")[0] in resources
        )
        return sorted(chosen, key=lambda reference: reference.name)

    def states_of(self, key: str, levels: set[Level]) -> list[DerivedReference]:
        """Conditions that the record brings about, or goes with, at one of the levels."""
        chosen = [entry for entry in self.outgoing[key] if levels & set(entry.context.level)]
        return self._ends(chosen, "object", (Predicate.CAUSES, Predicate.ASSOCIATED_WITH), ("conditions",))

    def axes_of(self, key: str) -> list[DerivedReference]:
        """Axes that have the hormone at one of their levels."""
        return [
            self.reference(axis.id, axis.id)
            for axis in self.axes
            if any(key in level.hormones for level in axis.levels)
        ]

    def axes_with(self, interaction: str) -> list[DerivedReference]:
        """Axes that have the interaction in their cascade or in a feedback loop."""
        return [
            self.reference(axis.id, axis.id)
            for axis in self.axes
            if interaction in axis.cascade or any(interaction in loop.interactions for loop in axis.feedback_loops)
        ]

    def biomarkers_of(self, key: str) -> list[DerivedReference]:
        """Biomarkers that measure the record."""
        return [
            self.reference(biomarker.id, biomarker.id)
            for biomarker in self.biomarkers
            if any(measure.entity == key for measure in biomarker.measures)
        ]

    def protocols_with(self, key: str) -> list[DerivedReference]:
        """Protocols that have the substance as a component."""
        return [
            self.reference(protocol.id, protocol.id)
            for protocol in self.protocols
            if any(component.substance == key for component in protocol.components)
        ]
