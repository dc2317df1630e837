"""Peptides: peptide and protein drugs and research peptides that act on hormone systems."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from app.chemistry import isoelectric_point, net_charge, peptide_mass
from app.resource import DERIVED, DerivedReference, Filter, Label, Part, Resource, Text
from app.substance import Substance
from app.vocabulary import (
    LIGAND_PREDICATES,
    PeptideClass,
    Predicate,
    RegulatoryStatus,
    ResidueChange,
    Route,
)

if TYPE_CHECKING:
    from app.corpus import Corpus

Sequence = Annotated[str, StringConstraints(pattern=r"^[ACDEFGHIKLMNPQRSTVWXY]+$")]
BLOCKED_N_TERMINUS = {ResidueChange.ACETYL, ResidueChange.PYROGLUTAMATE, ResidueChange.HEXENOYL}
BLOCKED_C_TERMINUS = {ResidueChange.AMIDE, ResidueChange.ETHYLAMIDE, ResidueChange.ALCOHOL}


class Chain(Part):
    """One chain of amino acids."""

    name: Label
    """The chain's name; the peptide's own where it has one chain."""
    sequence: Sequence
    """One-letter code from the N-terminus; X stands for a residue that a modification gives."""
    disulfides: list[Annotated[list[int], Field(min_length=2, max_length=2)]] = []
    """Pairs of positions, counted from 1, of cysteines joined within the chain."""

    @model_validator(mode="after")
    def _bridges_join_cysteines(self) -> Self:
        for position in (position for pair in self.disulfides for position in pair):
            if not 0 < position <= len(self.sequence) or self.sequence[position - 1] != "C":
                raise PydanticCustomError("disulfide", "has no cysteine at position {position}", {"position": position})
        return self


class Modification(Part):
    """A change of one residue or end of a chain."""

    chain: Label | None = None
    """The chain's name; null where there is one chain."""
    position: Annotated[int, Field(ge=1)] | None = None
    """The residue, counted from 1; null for an end of the chain."""
    change: ResidueChange
    """What is changed."""
    formula: Annotated[str, StringConstraints(pattern=r"^([A-Z][a-z]?-?[0-9]*)+$")] | None = None
    """Atoms it adds, or of the whole residue where the sequence shows X; only where its kind does not say."""
    note: Text | None = None
    """What the change is, where its kind does not say."""


class PeptideTarget(Part):
    """A protein it acts on, and how."""

    receptor: DerivedReference
    """The protein, with the interaction that says so."""
    action: Predicate
    """What it does there."""


class Peptide(Substance):
    """A peptide or protein given, or studied, as a drug."""

    peptide_class: PeptideClass
    """What kind of peptide it is."""
    chains: list[Chain] = []
    """Its chains; none where the sequence is not known well enough."""
    modifications: list[Modification] = []
    """Changes of residues and ends."""
    interchain_disulfides: int = 0
    """How many disulfide bridges join different chains."""
    helm: Label | None = None
    """The molecule in HELM notation."""
    length: Annotated[int | None, DERIVED] = None
    """Residues in all chains."""
    molecular_weight: Annotated[float | None, DERIVED] = None
    """Average mass in g/mol, from sequence and modifications; null where one has no fixed mass."""
    net_charge_ph7: Annotated[float | None, DERIVED] = None
    """Charge at pH 7 from the EMBOSS pKa values."""
    isoelectric_point: Annotated[float | None, DERIVED] = None
    """The pH of zero charge from the EMBOSS pKa values."""
    mimics: Annotated[list[DerivedReference], DERIVED] = []
    """Hormones whose action it imitates."""
    targets: Annotated[list[PeptideTarget], DERIVED] = []
    """Proteins it acts on."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        return (
            super().derive(corpus)
            | self._computed()
            | {
                "mimics": corpus.objects(self.id, (Predicate.MIMICS,)),
                "targets": [
                    PeptideTarget(receptor=target, action=corpus.interactions[target.via].predicate)
                    for target in corpus.targets(self, LIGAND_PREDICATES)
                ],
            }
        )

    def _computed(self) -> dict[str, Any]:
        """Length, mass and charge from the chains; no charge where a change is one whose ionisation is not known."""
        if not self.chains:
            return {}
        sequence = "".join(chain.sequence for chain in self.chains)
        changes = [modification.change for modification in self.modifications]
        bridges = sum(len(chain.disulfides) for chain in self.chains) + self.interchain_disulfides
        atoms = [modification.formula or modification.change.formula for modification in self.modifications]
        formulas = [formula for formula in atoms if formula is not None]
        groups = {residue: sequence.count(residue) for residue in "DEYHKR"}
        groups["C"] = sequence.count("C") - 2 * bridges
        for change in changes:
            if change is ResidueChange.LACTAM:
                groups["K"], groups["D"] = groups["K"] - 1, groups["D"] - 1
        groups["N-term"] = len(self.chains) - sum(change in BLOCKED_N_TERMINUS for change in changes)
        groups["C-term"] = len(self.chains) - sum(change in BLOCKED_C_TERMINUS for change in changes)
        point = isoelectric_point(groups)
        unknown = ResidueChange.OTHER in changes
        return {
            "length": len(sequence),
            "molecular_weight": round(peptide_mass([chain.sequence for chain in self.chains], bridges, formulas), 2)
            if len(formulas) == len(changes)
            else None,
            "net_charge_ph7": None if unknown else round(net_charge(groups, 7.0), 2),
            "isoelectric_point": None if unknown or point is None else round(point, 2),
        }


PEPTIDES = Resource(
    name="peptides",
    singular="peptide",
    meaning="Peptide drugs and research peptides with sequence, identity, targets, uses and regulatory status.",
    model=Peptide,
    filters=(
        Filter("peptide_class", "peptide_class", PeptideClass, "What kind of peptide it is.", single=True),
        Filter("target", "targets.receptor", ("proteins",), "A protein it acts on."),
        Filter("mimics", "mimics", ("hormones", "peptides"), "A hormone it imitates."),
        Filter("regulatory_status", "regulatory.status", RegulatoryStatus, "What a regulator says of it."),
        Filter("route", "routes", Route, "How it is given."),
    ),
    sorts=("molecular_weight", "length"),
)
