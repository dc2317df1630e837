"""Effects: what rises and falls when something changes, with the paths that say why."""

from __future__ import annotations

from http import HTTPStatus
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from app.deps import ReasoningDep, StoreDep, answer, only, problems
from app.indexes.edges import SOUND
from app.indexes.effects import Outcome
from app.indexes.worlds import ContradictionError, Perturbation, Question
from app.releases import Indexes, Snapshot
from app.resource import Reference
from app.routers.graph import Entity, GraphPath, Named, entity_keys, graph_path, reference, refused
from app.store import Store
from app.vocabulary import CyclePhase, Exposure, Level, LifeStage, Phase, Sex, Status, values_of

router = APIRouter(prefix="/v1", tags=["reasoning"])
READ = ("hormones/", "biomarkers/", "processes/", "conditions/")
"""What is read where a request names nothing, in turns."""
MOST_READ, UNNAMED = 50, 25
"""How much is read at most, and where a request names nothing."""
if TYPE_CHECKING:
    SexName = str
    LifeStageName = str
    CyclePhaseName = str
    ExposureName = str
    LevelName = str
    PhaseName = str
    StatusName = str
else:
    SexName, LifeStageName, CyclePhaseName = values_of(Sex), values_of(LifeStage), values_of(CyclePhase)
    ExposureName, LevelName, PhaseName, StatusName = map(values_of, (Exposure, Level, Phase, Status))
REFUSED = problems(HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY)


class PerturbationRequest(BaseModel):
    """A change that is asked about."""

    model_config = ConfigDict(extra="forbid")
    entity: Entity = Field(description="What changes: a key, CURIE or name.", examples=["compounds/anastrozole"])
    direction: Literal["increase", "decrease"] = Field(
        description="Whether it rises or falls. A condition or process that rises is present; a tissue or protein that "
        "falls is lost."
    )
    held: bool = Field(
        False,
        strict=True,
        description="Whether its level is kept from outside (a drug given, a gland removed): its own regulation no "
        "longer moves it.",
    )


class EffectsContext(BaseModel):
    """In whom and how. What is left open, and decides the direction, is named in the answer."""

    model_config = ConfigDict(extra="forbid")
    sex: SexName | None = Field(None, description="In which sex.")
    life_stage: LifeStageName | None = Field(None, description="In which phase of life.")
    cycle_phase: CyclePhaseName | None = Field(None, description="In which phase of the menstrual cycle.")
    exposure: ExposureName | None = Field(None, description="In which pattern what changes is given or secreted.")
    level: LevelName | None = Field(None, description="How much there is then of what changes.")
    conditions: list[Entity] = Field([], max_length=20, description="Conditions that are present.")


class EffectsRequest(BaseModel):
    """A question: what is changed, what is read, in whom."""

    model_config = ConfigDict(extra="forbid")
    perturbations: list[PerturbationRequest] = Field(min_length=1, max_length=10, description="What changes.")
    readouts: list[Entity] | None = Field(
        None,
        max_length=MOST_READ,
        description="What is read; where null, the nearest hormones, biomarkers, processes and conditions in turns, "
        f"{UNNAMED} at most.",
        examples=[["hormones/lh", "hormones/estradiol"]],
    )
    context: EffectsContext = Field(EffectsContext(), description="In whom and how.")
    horizon: PhaseName | None = Field(None, description="In the first hours or days, or after the system has adapted.")
    status: list[StatusName] = Field(
        [Status.ESTABLISHED.value, Status.SUPPORTED.value],
        max_length=10,
        description="How well a step has to stand. Contested and refuted steps are never used.",
    )


class DependentValue(BaseModel):
    """One value of a context field and the direction it leads to."""

    model_config = ConfigDict(frozen=True)
    value: str = Field(description="The value.")
    direction: str = Field(description="increase, decrease, unchanged, ambiguous or unknown.")


class Dependence(BaseModel):
    """A context field that the question left open and that decides the direction."""

    model_config = ConfigDict(frozen=True)
    field: str = Field(description="The field; `horizon` is the question's own.")
    values: list[DependentValue] = Field(description="The direction for each value.")


class EffectAnswer(BaseModel):
    """What becomes of one thing."""

    model_config = ConfigDict(frozen=True)
    entity: Reference = Field(description="What is read.")
    direction: Literal["increase", "decrease", "unchanged", "ambiguous", "unknown"] = Field(
        description="Where it goes. `unknown`: no path leads there; never `unchanged`, which a source has to state."
    )
    confidence: float = Field(
        ge=0,
        le=1,
        description="Share of strength samples that agree, in the world where fewest do, lowered by each step of the "
        "shortest path; 0 where no direction is told. No probability.",
    )
    depends_on: list[Dependence] = Field(description="Context left open that decides the direction.")
    assumed: dict[str, list[str]] = Field(
        description="Context left open that the answer holds for, where it does not hold for all."
    )
    paths: list[GraphPath] = Field(
        description="The shortest chains of steps behind it; of both signs where ambiguous. None where a bounded "
        "search came on none."
    )
    stated: list[Reference] = Field(description="Net effects between the two that sources state; not used, to compare.")


class Effects(BaseModel):
    """What rises and falls."""

    effects: list[EffectAnswer] = Field(
        description="In the order asked; the last readouts are left out where `truncated`."
    )
    truncated: bool = Field(
        description="Whether part of the graph, of the open context, or of the last readouts was left out as too much."
    )
    release: str = Field(description="The release it was reasoned on.")


@router.post(
    "/effects",
    operation_id="predict_effects",
    summary="What rises and falls when something changes",
    response_model=Effects,
    responses=REFUSED,
    dependencies=[only()],
)
def effects(store: StoreDep, snapshot: ReasoningDep, request: EffectsRequest) -> Response:
    """The direction of each readout, from single sourced steps alone, in every world the context leaves open.

    Qualitative: signs, not amounts. Not for decisions about a person.
    """
    indexes = snapshot.indexes.result()
    question, cut = _question(store, snapshot, request)
    try:
        given = indexes.reasoner.answer(question)
    except ContradictionError as error:
        raise refused("body.context", f"fits nobody: {error}") from error
    body = Effects(
        effects=[_effect(indexes, outcome) for outcome in given.outcomes],
        truncated=given.truncated or cut,
        release=snapshot.release,
    )
    return answer(body.model_dump_json(), snapshot.release)


def _question(store: Store, snapshot: Snapshot, request: EffectsRequest) -> tuple[Question, bool]:
    """The question with keys for names, and whether readouts were cut."""
    changes, about = request.perturbations, request.context.conditions
    named = [Named(each.entity, f"body.perturbations.{position}.entity") for position, each in enumerate(changes)]
    named += [Named(name, f"body.context.conditions.{at}", ("conditions",)) for at, name in enumerate(about)]
    named += [Named(name, f"body.readouts.{position}") for position, name in enumerate(request.readouts or ())]
    keys = entity_keys(store, snapshot, named)
    changed: dict[str, Perturbation] = {}
    for place, key, each in zip(named, keys, changes, strict=False):
        if key in changed:
            raise refused(place.location, f"is {key}, which is changed already; give each thing once")
        changed[key] = Perturbation(key, 1 if each.direction == "increase" else -1, each.held)
    conditions, readouts = keys[len(changes) : len(changes) + len(about)], keys[len(changes) + len(about) :]
    statuses = frozenset(request.status) & {*SOUND, Status.PRELIMINARY}
    if not statuses:
        raise refused("body.status", "leaves no step to reason on; give established, supported or preliminary")
    cut = False
    if request.readouts is None:
        reached = snapshot.indexes.result().reasoner.reach(changed, statuses)
        kinds = ([key for key in reached if key.startswith(kind) and key not in changed] for kind in READ)
        near = [key for turn in zip_longest(*kinds) for key in turn if key]
        readouts, cut = near[:UNNAMED], len(near) > UNNAMED
    context = request.context.model_dump(exclude={"conditions"}, exclude_none=True)
    if request.horizon is not None:
        context["horizon"] = request.horizon
    return Question(list(changed.values()), readouts, context, frozenset(conditions), statuses), cut


def _effect(indexes: Indexes, outcome: Outcome) -> EffectAnswer:
    return EffectAnswer.model_validate(
        {
            "entity": reference(indexes, outcome.entity),
            "direction": outcome.direction,
            "confidence": outcome.confidence,
            "depends_on": [
                {"field": name, "values": [{"value": value, "direction": found} for value, found in values.items()]}
                for name, values in outcome.depends_on.items()
            ],
            "assumed": {name: list(values) for name, values in outcome.assumed.items()},
            "paths": [graph_path(indexes, path) for path in outcome.paths],
            "stated": [reference(indexes, key) for key in outcome.stated],
        }
    )
