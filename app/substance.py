"""What hormones, peptides and compounds share when they are given as drugs."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from app.resource import (
    DERIVED,
    DerivedReference,
    Evidence,
    Label,
    Part,
    Quantity,
    Record,
    SourceRef,
    Statement,
    SubstanceRef,
    Text,
)
from app.vocabulary import (
    AntidopingStatus,
    Jurisdiction,
    Predicate,
    RegulatoryStatus,
    Route,
    UseStatus,
)

if TYPE_CHECKING:
    from app.corpus import Corpus


class Use(Part):
    """One thing a substance is used for, and how well that is founded."""

    use: Label
    """What it is used for."""
    status: UseStatus
    """How well the use is founded."""
    evidence: list[Evidence]
    """Who says what."""


class Regulation(Part):
    """What a regulator says of the substance, on a date."""

    jurisdiction: Jurisdiction
    """Whose rule it is."""
    status: RegulatoryStatus
    """What the rule is."""
    note: Text | None = None
    """For which product or use."""
    as_of: date | None = None
    """When this was looked up."""
    source: SourceRef
    """Where it is stated."""


class Antidoping(Part):
    """What the World Anti-Doping Agency's Prohibited List says."""

    status: AntidopingStatus
    """Whether it is prohibited."""
    category: Label | None = None
    """The list's section, such as S2."""
    as_of: date | None = None
    """The list that was read."""
    source: SourceRef
    """Where it is stated."""


class Identity(Part):
    """How a substance relates to others at the level of its molecule."""

    parent: SubstanceRef | None = None
    """The substance it is a form or variant of."""
    analog_of: SubstanceRef | None = None
    """What it was changed from, keeping the action."""
    fragment_of: SubstanceRef | None = None
    """What it is a piece of."""
    salt_of: SubstanceRef | None = None
    """What it is a salt of."""
    ester_of: SubstanceRef | None = None
    """What it is an ester of."""
    prodrug_of: SubstanceRef | None = None
    """What it must be turned into to act."""
    isomer_of: SubstanceRef | None = None
    """What has the same atoms in another arrangement."""
    active_moiety: SubstanceRef | None = None
    """The part that acts."""


class Substance(Record):
    """The fields a substance carries when it is, or can be, given as a drug."""

    half_life: list[Quantity] = []
    """How long until half is gone, by route or form where it differs."""
    routes: list[Route] = []
    """How it is given."""
    uses: list[Use] = []
    """What it is used for, each graded."""
    regulatory: list[Regulation] = []
    """What regulators say, by jurisdiction."""
    antidoping: Antidoping | None = None
    """Whether athletes may use it."""
    adverse_effects: list[Statement] = []
    """Unwanted effects, as sources report them."""
    contraindications: list[Statement] = []
    """When it must not be given."""
    identity: Identity = Identity()
    """How it relates to other substances at the level of its molecule."""
    precursors: Annotated[list[DerivedReference], DERIVED] = []
    """What it is made from, from conversions."""
    metabolites: Annotated[list[DerivedReference], DERIVED] = []
    """What it is turned into, from conversions."""
    protocols: Annotated[list[DerivedReference], DERIVED] = []
    """Protocols it is a component of."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        """What it is made from and into, and the protocols it is part of."""
        made_by = (Predicate.CONVERTS_TO, Predicate.PRECURSOR_OF)
        return {
            "precursors": corpus.subjects(self.id, made_by),
            "metabolites": corpus.objects(self.id, made_by),
            "protocols": corpus.protocols_with.get(self.id, []),
        }
