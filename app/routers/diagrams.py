"""Diagrams of axes and of what stands around a record."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from app.deps import Slug, SnapshotDep, StoreDep, answer, only, problems
from app.diagrams import Arrow, Diagram, arrow, of_axis, of_neighbourhood
from app.drawing import FORMATS, POLICY
from app.indexes.graph import Step
from app.names import canonical, find
from app.releases import Snapshot
from app.resources.axes import AXES
from app.routers.graph import MOST_EDGES, SOUND, Direction, Entity, Named, Statuses, entity_keys, not_ready, usable

router = APIRouter(prefix="/v1", tags=["reasoning"])
MOST_ARROWS = 40
"""Arrows in the drawing of a neighbourhood; of more, it says how many there are."""


Format = Annotated[
    Literal["svg", "mmd", "graphml", "json"],
    Path(description="svg: a drawing; mmd: Mermaid; graphml: GraphML; json: Cytoscape elements.", examples=["svg"]),
]
CONTENT: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The diagram.",
        "content": {form.media_type: {"schema": {"type": "string"}} for form in FORMATS.values()}
        | {"application/json": {"schema": {"type": "object"}}},
    }
}


class AroundQuery(BaseModel):
    """Whose neighbourhood is drawn."""

    model_config = ConfigDict(extra="forbid")
    entity: Entity = Field(description="The record: a key, CURIE or name.", examples=["hormones/cortisol"])
    direction: Direction = "both"
    status: Statuses = SOUND


@router.get(
    "/axes/{slug:path}/diagram.{form}",
    operation_id="draw_axis",
    summary="Draw an axis",
    response_class=Response,
    responses=CONTENT | problems(HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only()],
)
def axis_diagram(store: StoreDep, snapshot: SnapshotDep, slug: Slug, form: Format) -> Response:
    """Levels in rows, with the steps of the cascade and of the feedback loops: an arrowhead raises, a bar lowers."""
    facts = snapshot.indexes.result().reasoner.graph.facts
    key = f"axes/{slug}"
    headers = {}
    if key not in facts.axes:
        with store.read() as reading:
            key = find(reading, AXES, slug)
        if key not in facts.axes:
            raise not_ready()
        headers = canonical(AXES, slug, key, f"/diagram.{form}")
    return _written(of_axis(facts.axes[key], facts.interactions), form, snapshot, headers)


@router.get(
    "/graph/neighbors/diagram.{form}",
    operation_id="draw_neighbors",
    summary="Draw what acts on a record and what it acts on",
    response_class=Response,
    responses=CONTENT | problems(HTTPStatus.UNPROCESSABLE_ENTITY),
    dependencies=[only(AroundQuery)],
)
def neighbors_diagram(
    store: StoreDep, snapshot: SnapshotDep, form: Format, query: Annotated[AroundQuery, Query()]
) -> Response:
    """What acts on it above, what it acts on below."""
    indexes = snapshot.indexes.result()
    graph = indexes.reasoner.graph
    (key,) = entity_keys(store, snapshot, [Named(query.entity, "query.entity")])
    _, steps, _ = graph.neighbourhood(key, query.direction, 1, usable(graph, query.status), MOST_EDGES)
    interactions = graph.facts.interactions
    arrows = [_arrow(step, interactions, indexes.names) for step in steps]
    drawn = of_neighbourhood(key, arrows, indexes.names, MOST_ARROWS)
    return _written(drawn, form, snapshot, {})


def _arrow(step: Step, interactions: Mapping[str, Any], names: Mapping[str, str]) -> Arrow:
    """A step as an arrow: what an interaction says, or what follows from what things are."""
    if step.via in interactions:
        return arrow(interactions[step.via])._replace(source=step.source, target=step.target, sign=step.sign)
    told = f"{names[step.target]} follows {names[step.source]}"
    return Arrow(step.source, step.target, step.sign, step.via, told, "")


def _written(diagram: Diagram, form: str, snapshot: Snapshot, headers: dict[str, str]) -> Response:
    chosen = FORMATS[form]
    policy = {"content-security-policy": POLICY} if form == "svg" else {}
    return answer(chosen.write(diagram), snapshot.release, headers | policy, chosen.media_type)
