"""Interactions as sentences: what an interaction says, with its direction, its level and its circumstances."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from app.vocabulary import TARGET_PREDICATES, Aspect, Effect, Level, LifeStage, Predicate, Sex

if TYPE_CHECKING:
    from app.resources.interactions import Interaction

EXCESS = {Level.HIGH, Level.SUPRAPHYSIOLOGICAL}
YOUNG = {LifeStage.FETAL, LifeStage.INFANT, LifeStage.CHILD, LifeStage.PUBERTAL}
PEOPLE = {Sex.FEMALE: ("women", "girls"), Sex.MALE: ("men", "boys")}
SINGULAR_ENDINGS = ("ss", "is", "us", "as", "os", "diabetes")
BARE = {Predicate.SECRETES, Predicate.EXPRESSED_IN, *TARGET_PREDICATES}
"""Predicates that say by themselves what of the object they are about."""
LONGEST = 200


def claim(interaction: Interaction, names: Mapping[str, str]) -> str:
    """What the interaction says: `Lack of Estradiol causes Hot flashes`."""
    subject = _of(names[interaction.subject], interaction.subject_aspect)
    levels = set(interaction.context.level)
    plural = subject[-1] == "s" and not subject.endswith(SINGULAR_ENDINGS)
    if levels == {Level.DEFICIENT}:
        subject, plural = f"Lack of {subject}", False
    elif levels and levels <= EXCESS:
        subject, plural = f"High {subject}", False
    item = names[interaction.object]
    item = item if interaction.predicate in BARE else _of(item, interaction.object_aspect)
    return f"{subject} {_verb(interaction, plural=plural)} {item}"


def sentence(interaction: Interaction, names: Mapping[str, str]) -> str:
    """The claim with whom it is about, how well it stands and in which circumstances, in at most 200 characters."""
    said = f"{claim(interaction, names)}{_people(interaction)}"
    stands = interaction.status.label
    whole = f"{said} ({'; '.join([stands, *_circumstances(interaction, names)])})."
    short = f"{said} ({stands})."
    return whole if len(whole) <= LONGEST else short if len(short) <= LONGEST else f"{short[: LONGEST - 1]}…"


def _of(name: str, aspect: Aspect) -> str:
    if aspect is Aspect.LEVEL:
        return name
    return f"{name} ({aspect.label})" if aspect in (Aspect.FREE_LEVEL, Aspect.TOTAL_LEVEL) else f"{name} {aspect.label}"


def _verb(interaction: Interaction, *, plural: bool) -> str:
    verb = interaction.predicate.label
    if interaction.predicate is Predicate.ASSOCIATED_WITH and not interaction.object.startswith("conditions/"):
        change = {Effect.INCREASE: " higher", Effect.DECREASE: " lower"}
        verb += change.get(interaction.effect, "") if interaction.effect else ""
    if interaction.effect is Effect.NONE:
        verb = "does not change"
    if not plural:
        return verb
    first, _, rest = verb.partition(" ")
    return f"{ {'is': 'are', 'does': 'do'}.get(first, first.removesuffix('s')) } {rest}".replace("  ", " ").strip()


def _people(interaction: Interaction) -> str:
    stages = set(interaction.context.life_stage)
    young = bool(stages) and stages <= YOUNG
    who = [PEOPLE[sex][young] for sex in interaction.context.sex]
    return f" in {' and '.join(who)}" if who else ""


def _circumstances(interaction: Interaction, names: Mapping[str, str]) -> list[str]:
    context = interaction.context
    told = set(context.level) == {Level.DEFICIENT} or (context.level and set(context.level) <= EXCESS)
    terms = [
        *(() if told else (f"{level.label} level" for level in context.level)),
        *(f"{exposure.label} exposure" for exposure in context.exposure),
        *(term.label for term in (*context.phase, *context.life_stage, *context.cycle_phase, *context.species)),
        *(f"in {names[tissue]}" for tissue in context.tissue),
        *(f"with {names[condition]}" for condition in context.conditions),
        *(f"without {names[condition]}" for condition in context.conditions_absent),
    ]
    return [", ".join(terms)] if terms else []
