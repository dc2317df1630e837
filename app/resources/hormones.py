"""Hormones: what glands and tissues send through the body, and neurotransmitters that share the work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from app.context import Context
from app.resource import (
    DERIVED,
    DerivedReference,
    Filter,
    HormoneRef,
    Label,
    Part,
    ProteinRef,
    Resource,
    SignedReference,
    StateReference,
    Symbol,
    Text,
)
from app.substance import Substance
from app.vocabulary import LIGAND_PREDICATES, HormoneClass, HormoneRole, HormoneState, Predicate, SecretionPattern

if TYPE_CHECKING:
    from app.corpus import Corpus


class Secretion(Part):
    """How its secretion is distributed in time."""

    pattern: list[SecretionPattern]
    """The patterns it shows."""
    peak: Label | None = None
    """When it is highest."""
    nadir: Label | None = None
    """When it is lowest."""
    note: Text | None = None
    """More about the rhythm."""


class Subunit(Part):
    """One chain of a hormone made of several."""

    protein: ProteinRef
    """The chain."""
    role: Label
    """What it does in the whole."""
    shared_with: list[HormoneRef] = []
    """Hormones that have the same chain."""


class Form(Part):
    """One of the molecular forms in which the hormone circulates."""

    name: Label
    """The form's name."""
    active: bool
    """Whether it acts."""
    note: Text | None = None
    """More about it."""


class Hormone(Substance):
    """A hormone, also where it is given as a drug."""

    hormone_class: HormoneClass
    """What it is made of."""
    roles: list[HormoneRole]
    """In which ways it acts."""
    genes: list[Symbol] = []
    """Genes that encode it, by HGNC symbol; none for a small molecule."""
    subunits: list[Subunit] = []
    """Its chains, where it has several."""
    forms: list[Form] = []
    """The forms in which it circulates."""
    secretion: Secretion | None = None
    """Its rhythm."""
    default_context: Context = Context()
    """What holds of the body's own hormone unless said otherwise, such as pulsatile exposure."""
    secreted_by: Annotated[list[DerivedReference], DERIVED] = []
    """Tissues that secrete it."""
    receptors: Annotated[list[DerivedReference], DERIVED] = []
    """Proteins it acts on as a ligand."""
    targets: Annotated[list[DerivedReference], DERIVED] = []
    """Tissues it acts on, directly or because they express its receptors."""
    functions: Annotated[list[SignedReference], DERIVED] = []
    """Processes it drives, restrains or permits."""
    axes: Annotated[list[DerivedReference], DERIVED] = []
    """Axes it is part of."""
    biomarkers: Annotated[list[DerivedReference], DERIVED] = []
    """Tests that measure it."""
    excess: Annotated[list[StateReference], DERIVED] = []
    """Conditions that too much of it brings about, or that raise it."""
    deficiency: Annotated[list[StateReference], DERIVED] = []
    """Conditions that too little of it brings about, or that lower it."""

    def derive(self, corpus: Corpus) -> dict[str, Any]:
        drives = (
            Predicate.STIMULATES, Predicate.INHIBITS, Predicate.INCREASES, Predicate.DECREASES, Predicate.PERMITS,
        )  # fmt: skip
        receptors = corpus.objects(self.id, LIGAND_PREDICATES, "proteins")
        expressing = [
            tissue
            for receptor in receptors
            for tissue in corpus.objects(receptor.id, (Predicate.EXPRESSED_IN,), "tissues")
        ]
        targets = {tissue.id: tissue for tissue in (*expressing, *corpus.objects(self.id, drives, "tissues"))}
        return super().derive(corpus) | {
            "secreted_by": corpus.secreting_tissues(self.id),
            "receptors": receptors,
            "targets": sorted(targets.values(), key=lambda tissue: tissue.name),
            "functions": corpus.signed_objects(self.id, drives, "processes"),
            "axes": corpus.axes_of.get(self.id, []),
            "biomarkers": corpus.biomarkers_of.get(self.id, []),
            "excess": corpus.conditions_of(self.id, HormoneState.EXCESS),
            "deficiency": corpus.conditions_of(self.id, HormoneState.DEFICIENCY),
        }


HORMONES = Resource(
    name="hormones",
    singular="hormone",
    meaning="Hormones with their sources, receptors, targets, rhythm, excess and deficiency.",
    model=Hormone,
    filters=(
        Filter("hormone_class", "hormone_class", HormoneClass, "What it is made of.", single=True),
        Filter("role", "roles", HormoneRole, "In which way it acts."),
        Filter("secreted_by", "secreted_by", ("tissues",), "A tissue that secretes it."),
        Filter("receptor", "receptors", ("proteins",), "A receptor it acts on."),
        Filter("axis", "axes", ("axes",), "An axis it is part of."),
    ),
)
