"""What seed data must satisfy beyond its schema: one function a rule, each yielding what breaks it.

A rule's name is its function's, its docstring tells what it asks and why. Each has a failing example in
`tests/seed/test_rules.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from app.resource import MOLECULES, Evidence, Note, Quantity, Record, Ref, Resource, Statement, parts
from app.resources.axes import SIGNS, Axis
from app.resources.biomarkers import UnitFactor
from app.resources.glossary import INDEX
from app.resources.interactions import Interaction
from app.resources.protocols import Modifier
from app.resources.sources import Source
from app.resources.tissues import Tissue
from app.seed.canonical import canonical
from app.seed.read import Fault, FieldPath, SeedFiles, UnreadableError, dotted, read, read_text, seed_files
from app.text import fold
from app.vocabulary import LIGAND_PREDICATES, Predicate, ReferenceVerdict, Stance, Status, SynonymType, Tier

DISPUTED = (Status.CONTESTED, Status.REFUTED)
HUMAN_STUDY = {Tier.A, Tier.B, Tier.C}


class Breach(NamedTuple):
    """What breaks a rule: the record, the field, what is wrong and how to mend it."""

    key: str
    path: FieldPath
    message: str
    mend: str


@dataclass(frozen=True)
class Draft:
    """Records that fit their schemas, before the rules have passed them. `known` are keys that exist, faulty or not."""

    records: Sequence[Record]
    known: frozenset[str]
    by_key: Mapping[str, Record] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_key", {record.id: record for record in self.records})

    @property
    def interactions(self) -> Iterator[Interaction]:
        """Every interaction."""
        return (record for record in self.records if isinstance(record, Interaction))

    def tiers(self, evidence: Iterable[Evidence], stance: Stance) -> set[Tier]:
        """Tiers of the sources that take the stance."""
        sources = (self.by_key.get(item.source) for item in evidence if item.stance is stance)
        return {source.tier for source in sources if isinstance(source, Source)}


def dangling_reference(draft: Draft) -> Iterator[Breach]:
    """A reference names a record that exists."""
    for record in draft.records:
        for path, value in parts(record):
            if isinstance(value, Ref) and value not in draft.known:
                yield Breach(record.id, path, f"{value} does not exist", "write that record, or correct the key")


def duplicate_name(draft: Draft) -> Iterator[Breach]:
    """Within a resource, a name or synonym belongs to one record, however it is spelled; `related` ones may be shared.

    Abbreviations may clash between resources: a look-up then gives every candidate.
    """
    owners: dict[tuple[str, str], str] = {}
    for record in draft.records:
        if isinstance(record, Interaction):
            continue
        exact = [entry for entry in enumerate(record.synonyms) if entry[1].type is not SynonymType.RELATED]
        named: list[tuple[FieldPath, str]] = [(("name",), record.name)]
        named += [(("synonyms", position), synonym.name) for position, synonym in exact]
        for path, name in named:
            owner = owners.setdefault((record.id.split("/")[0], fold(name)), record.id)
            if owner != record.id:
                yield Breach(record.id, path, f"{name!r} is a name of {owner} too", "merge the records or rename one")


def repeated_name(draft: Draft) -> Iterator[Breach]:
    """A record lists each of its names once; spellings that differ only in case, hyphens or spaces count as one."""
    for record in draft.records:
        seen = {fold(record.name)}
        for position, synonym in enumerate(record.synonyms):
            if (folded := fold(synonym.name)) in seen:
                path = ("synonyms", position)
                yield Breach(record.id, path, f"{synonym.name!r} repeats another of its names", "remove it")
            seen.add(folded)


def shared_identifier(draft: Draft) -> Iterator[Breach]:
    """An identifier of another database belongs to one record; a gene's stands on its protein."""
    owners: dict[str, str] = {}
    for record in draft.records:
        for position, curie in enumerate(record.xrefs):
            owner = owners.setdefault(curie, record.id)
            if owner != record.id:
                path = ("xrefs", position)
                yield Breach(record.id, path, f"{curie} is an identifier of {owner} too", "keep it where it belongs")


def taken_path(draft: Draft) -> Iterator[Breach]:
    """A record's path is its own: the glossary's index stands where an entry `glossary/index` would."""
    if INDEX in draft.by_key:
        yield Breach(INDEX, (), "has the path of the index", "rename the file")


def forbidden_effect(draft: Draft) -> Iterator[Breach]:
    """An effect is one that its predicate allows: an antagonist does not increase what it blocks."""
    for record in draft.interactions:
        if record.effect not in record.predicate.effects:
            allowed = " or ".join(str(effect and effect.value) for effect in record.predicate.effects)
            given = record.effect.value if record.effect else None
            yield Breach(
                record.id, ("effect",), f"{given} is not what {record.predicate.value} does",
                f"write {allowed}, or choose the predicate that is meant",
            )  # fmt: skip


DOMAINS: dict[Predicate, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Predicate.SECRETES: (("tissues",), (*MOLECULES, "proteins")),
    Predicate.EXPRESSED_IN: (("proteins",), ("tissues",)),
    Predicate.CONVERTS_TO: (MOLECULES, MOLECULES),
    Predicate.PRECURSOR_OF: ((*MOLECULES, "proteins"), (*MOLECULES, "proteins")),
    Predicate.MIMICS: (MOLECULES, MOLECULES),
    Predicate.INHIBITOR_OF: ((*MOLECULES, "proteins"), ("proteins", "processes")),
    Predicate.INDUCER_OF: ((*MOLECULES, "proteins"), ("proteins",)),
    Predicate.CONTRAINDICATED_IN: (MOLECULES, ("conditions", "processes")),
    Predicate.MARKER_OF: (("biomarkers",), (*MOLECULES, "proteins", "conditions", "processes", "tissues")),
    Predicate.CAUSES: ((*MOLECULES, "proteins", "tissues", "conditions", "processes"), ("conditions",)),
    Predicate.TREATS: ((*MOLECULES, "processes"), ("conditions",)),
}
DOMAINS |= dict.fromkeys(LIGAND_PREDICATES, ((*MOLECULES, "proteins"), ("proteins",)))
DOMAINS |= dict.fromkeys(
    (
        Predicate.RAISES_EXPOSURE_OF,
        Predicate.LOWERS_EXPOSURE_OF,
        Predicate.ADDS_TO_EFFECT_OF,
        Predicate.OPPOSES_EFFECT_OF,
        Predicate.CONTRAINDICATED_WITH,
    ),
    (MOLECULES, MOLECULES),
)
"""Which resources a predicate's subject and object come from, where not from any."""


def wrong_end(draft: Draft) -> Iterator[Breach]:
    """A predicate joins the kinds of things it is about: a tissue secretes, a ligand acts on a protein."""
    for record in draft.interactions:
        for end, allowed in zip(("subject", "object"), DOMAINS.get(record.predicate, ()), strict=False):
            if getattr(record, end).split("/")[0] not in allowed:
                message = f"{record.predicate.value} does not take {getattr(record, end)} as its {end}"
                yield Breach(record.id, (end,), message, f"use one of {', '.join(allowed)}, or another predicate")


def slug_follows(draft: Draft) -> Iterator[Breach]:
    """An interaction's slug is that of its subject, predicate and object, with a qualifier where two would clash."""
    for record in draft.interactions:
        slug = record.id.split("/")[1]
        if slug != record.stem and not slug.startswith(f"{record.stem}-"):
            yield Breach(
                record.id, ("id",), "does not follow from the interaction", f"write interactions/{record.stem}"
            )


def established_needs_tier_a(draft: Draft) -> Iterator[Breach]:
    """An established interaction rests on a guideline, label or standard text."""
    for record in draft.interactions:
        if record.status is Status.ESTABLISHED and Tier.A not in draft.tiers(record.evidence, Stance.SUPPORTS):
            mend = "cite a tier A source that supports it, or lower the status"
            yield Breach(record.id, ("status",), "is established without a supporting tier A source", mend)


def supported_needs_human_study(draft: Draft) -> Iterator[Breach]:
    """A supported interaction rests on data from people; a web article alone leaves it preliminary."""
    for record in draft.interactions:
        if record.status is Status.SUPPORTED and not HUMAN_STUDY & draft.tiers(record.evidence, Stance.SUPPORTS):
            mend = "cite a source of tier A to C that supports it, or make it preliminary"
            yield Breach(record.id, ("status",), "is supported without a source of tier A to C", mend)


def dispute_needs_both_sides(draft: Draft) -> Iterator[Breach]:
    """A contested or refuted interaction cites who says it and who says otherwise."""
    for record in draft.interactions:
        stances = {item.stance for item in record.evidence}
        if record.status in DISPUTED and not {Stance.SUPPORTS, Stance.REFUTES} <= stances:
            mend = "cite one source with stance supports and one with refutes"
            yield Breach(record.id, ("evidence",), f"is {record.status.value} without both sides", mend)


def unsourced_number(draft: Draft) -> Iterator[Breach]:
    """A number with a unit says where it comes from."""
    for record in draft.records:
        for path, part in parts(record):
            unsourced = isinstance(part, Quantity) or (isinstance(part, UnitFactor) and part.factor != 1)
            if unsourced and not part.sources:
                yield Breach(record.id, path, "is a number without a source", "add `sources`")


def unsourced_statement(draft: Draft) -> Iterator[Breach]:
    """An effect, contraindication or modifier says who states it."""
    for record in draft.records:
        for path, part in parts(record):
            if isinstance(part, (Statement, Modifier)) and not part.sources:
                yield Breach(record.id, path, "states something without a source", "add `sources`")


def disputed_note_is_whole(draft: Draft) -> Iterator[Breach]:
    """A note on a dispute says what is claimed and how it stands, and cites who claims it and who says otherwise."""
    for record in draft.records:
        for position, note in enumerate(record.notes):
            stances = {item.stance for item in note.evidence}
            disputed = note.claim is not None or note.status is not None or Stance.REFUTES in stances
            whole = note.claim and note.status in DISPUTED and {Stance.SUPPORTS, Stance.REFUTES} <= stances
            if disputed and not whole:
                mend = "give `claim`, `status` (contested or refuted), and evidence that supports and that refutes it"
                yield Breach(record.id, ("notes", position), "is a dispute without claim, status or a side", mend)


def note_names_a_field(draft: Draft) -> Iterator[Breach]:
    """A note is about a field that the record has."""
    for record in draft.records:
        for path, part in parts(record):
            if isinstance(part, Note) and part.field.split(".")[0].split("[")[0] not in type(record).model_fields:
                yield Breach(record.id, (*path, "field"), f"{part.field!r} is no field of the record", "name a field")


def verified_identifier(draft: Draft) -> Iterator[Breach]:
    """A DOI or PubMed id stands only on a source whose citation was verified."""
    for record in draft.records:
        if isinstance(record, Source) and not record.verified and (record.doi or record.pmid):
            mend = "verify the citation and set `verified: true`, or remove the identifier"
            yield Breach(record.id, ("verified",), "carries an identifier that was not verified", mend)


def verdict_fits(draft: Draft) -> Iterator[Breach]:
    """A reference that was found names the source that is meant; one that was not found names none."""
    for record in draft.records:
        for position, cited in enumerate(record.cites) if isinstance(record, Source) else ():
            if (cited.source is None) != (cited.verdict is ReferenceVerdict.NOT_VERIFIABLE):
                mend = "name the source that is meant, or set the verdict to not_verifiable and name none"
                yield Breach(record.id, ("cites", position), f"{cited.verdict.value} does not fit its source", mend)


def loop_closes(draft: Draft) -> Iterator[Breach]:
    """Each step of a feedback loop starts where the one before ended, and the last one ends where the first began."""
    for record in draft.records:
        if not isinstance(record, Axis):
            continue
        for position, loop in enumerate(record.feedback_loops):
            steps = [draft.by_key.get(key) for key in loop.interactions]
            joined = [step for step in steps if isinstance(step, Interaction)]
            if len(joined) < len(steps):
                continue
            for step, following in zip(joined, [*joined[1:], joined[0]], strict=True):
                if step.object != following.subject:
                    message = f"{step.id} ends at {step.object}, but {following.id} starts at {following.subject}"
                    yield Breach(
                        record.id, ("feedback_loops", position), message, "name the steps that close the circle"
                    )


def part_of_is_a_tree(draft: Draft) -> Iterator[Breach]:
    """No tissue is part of itself, directly or by way of others."""
    wholes = {record.id: record.part_of for record in draft.records if isinstance(record, Tissue)}
    for tissue, directly in wholes.items():
        passed, whole = [tissue], directly
        while whole is not None and whole not in passed:
            passed.append(whole)
            whole = wholes.get(whole)
        if whole == tissue:
            yield Breach(
                tissue, ("part_of",), f"is part of itself: {' > '.join([*passed, tissue])}", "break the circle"
            )


def axis_is_drawn(draft: Draft) -> Iterator[Breach]:
    """Every arrow of an axis is a sound, signed interaction, and every hormone of its levels is at an end of one."""
    for record in draft.records:
        if not isinstance(record, Axis):
            continue
        places = [(("cascade", number), key) for number, key in enumerate(record.cascade)]
        for number, loop in enumerate(record.feedback_loops):
            places += [(("feedback_loops", number), key) for key in loop.interactions]
        ends = set[str]()
        for path, key in places:
            step = draft.by_key.get(key)
            if isinstance(step, Interaction):
                ends |= {step.subject, step.object}
                if step.status in DISPUTED or step.effect not in SIGNS:
                    mend = "name an interaction with a direction that sources agree on"
                    yield Breach(record.id, path, f"{key} is no step that can be drawn", mend)
        for number, level in enumerate(record.levels):
            for hormone in level.hormones:
                if hormone not in ends:
                    message = f"{hormone} has no step in the cascade or a loop"
                    yield Breach(record.id, ("levels", number), message, "add the step that makes or moves it")


RULES: tuple[Callable[[Draft], Iterator[Breach]], ...] = (
    dangling_reference,
    duplicate_name,
    repeated_name,
    shared_identifier,
    taken_path,
    forbidden_effect,
    wrong_end,
    slug_follows,
    established_needs_tier_a,
    supported_needs_human_study,
    dispute_needs_both_sides,
    unsourced_number,
    unsourced_statement,
    disputed_note_is_whole,
    note_names_a_field,
    verified_identifier,
    verdict_fits,
    loop_closes,
    part_of_is_a_tree,
    axis_is_drawn,
)


def not_canonical(folder: Path, resources: Sequence[Resource]) -> Iterator[Fault]:
    """Seed files are in canonical form, so that a change shows only what changed."""
    for resource in resources:
        for file in seed_files(folder, resource):
            try:
                text = read_text(file)
                wanted = canonical(text, resource)
            except UnreadableError:
                continue
            if text != wanted:
                pairs = zip(text.splitlines(), wanted.splitlines(), strict=False)
                line = next((number for number, (mine, other) in enumerate(pairs, 1) if mine != other), 1)
                yield Fault(file, line, "", "not_canonical", "is not in canonical form", "run `endoatlas fmt`")


def stray_file(folder: Path, resources: Sequence[Resource]) -> Iterator[Fault]:
    """A seed folder holds the resources' folders, and these hold `.yaml` files: nothing is overlooked."""
    known = {resource.name for resource in resources}
    if not any(seed_files(folder, resource) for resource in resources):
        yield Fault(folder, 1, "", "stray_file", "holds no seed file", "name the folder that holds the resources")
    for entry in sorted(folder.iterdir()):
        if entry.is_dir() and entry.name not in known | {"schemas", "articles"}:
            yield Fault(entry, 1, "", "stray_file", "is no resource's folder", f"use one of {', '.join(sorted(known))}")
        for file in sorted(entry.iterdir()) if entry.name in known else ():
            if file.suffix != ".yaml":
                yield Fault(file, 1, "", "stray_file", "is no .yaml file and would not be read", "rename or remove it")


def check(folder: Path, resources: Sequence[Resource]) -> tuple[SeedFiles, list[Fault]]:
    """Read a seed folder and hold it against every rule: what was read, and all faults, by file and line."""
    found = read(folder, resources)
    single = [resource for resource in resources if not resource.grouped]
    written = {f"{resource.name}/{file.stem}" for resource in single for file in seed_files(folder, resource)}
    draft = Draft(found.records, frozenset(written | found.keys))
    faults = [*found.problems, *not_canonical(folder, resources), *stray_file(folder, resources)]
    for rule in RULES:
        for breach in rule(draft):
            place = found.places[breach.key]
            where = f"{breach.key} {dotted(breach.path)}"
            line = place.line(breach.path)
            faults.append(Fault(place.file, line, where, rule.__name__, breach.message, breach.mend))
    return found, sorted(faults)
