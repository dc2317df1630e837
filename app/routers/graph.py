"""The graph of single steps: what stands next to a record, how one thing leads to another, and what goes in circles."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.deps import ReasoningDep, SnapshotDep, StoreDep, answer, only, problems
from app.errors import ProblemDetail, ProblemError
from app.indexes.graph import Allowed, Bound, Graph, Path, Step, loop_class
from app.names import require
from app.releases import Indexes, Snapshot
from app.resource import ENTITIES, Reference
from app.store import Store
from app.vocabulary import LoopClass, Predicate, Sex, Status, Timescale, values_of

router = APIRouter(prefix="/v1/graph", tags=["reasoning"])
REFUSED = problems(HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
MOST_EDGES = 500
"""Edges of a neighbourhood; of more, the nearest are given."""
Direction = Annotated[Literal["in", "out", "both"], Field(description="What acts on it, what it acts on, or both.")]
Entity = Annotated[str, StringConstraints(min_length=1, max_length=200)]
if TYPE_CHECKING:
    StatusName = str
    SexName = str
else:
    StatusName, SexName = values_of(Status), values_of(Sex)
Statuses = Annotated[
    list[StatusName],
    Field(
        max_length=10,
        description="How well a step has to stand. May be repeated; established and supported where not given.",
    ),
]
SOUND = [Status.ESTABLISHED.value, Status.SUPPORTED.value]


class NeighborsQuery(BaseModel):
    """Which neighbourhood is wanted."""

    model_config = ConfigDict(extra="forbid")
    entity: Entity = Field(description="The record: a key, CURIE or name.", examples=["hormones/cortisol"])
    direction: Direction = "both"
    depth: int = Field(1, ge=1, le=3, description="How many steps away.")
    status: Statuses = SOUND


class PathsQuery(BaseModel):
    """Which paths are wanted."""

    model_config = ConfigDict(extra="forbid")
    source: Entity = Field(description="Where they begin: a key, CURIE or name.", examples=["compounds/anastrozole"])
    target: Entity = Field(description="Where they end.", examples=["hormones/lh"])
    max_hops: int = Field(6, ge=1, le=12, description="The longest path.")
    limit: int = Field(10, ge=1, le=100, description="So many are enough.")
    sex: SexName | None = Field(None, description="In which sex they have to hold; steps that name none hold in both.")
    status: Statuses = SOUND


class LoopsQuery(BaseModel):
    """Which loops are wanted: those of a record, or those of an axis."""

    model_config = ConfigDict(extra="forbid")
    entity: Entity | None = Field(None, description="A record they pass.", examples=["hormones/cortisol"])
    axis: Entity | None = Field(None, description="An axis of whose hormones they pass one.")
    max_length: int = Field(6, ge=2, le=8, description="The longest loop.")
    limit: int = Field(20, ge=1, le=100, description="So many are enough.")
    status: Statuses = SOUND


class GraphNode(BaseModel):
    """A record in the graph."""

    model_config = ConfigDict(frozen=True)
    id: str = Field(description="Its key.")
    name: str = Field(description="Its name.")
    resource: str = Field(description="Its resource.")
    distance: int = Field(description="Steps from the record asked for.")


class GraphStep(BaseModel):
    """One step from one record to another."""

    model_config = ConfigDict(frozen=True)
    source: Reference = Field(description="What acts.")
    target: Reference = Field(description="What is acted on.")
    sign: int = Field(description="1: it follows; -1: it goes the other way; 0: that depends on circumstances.")
    via: Reference = Field(description="The record that says so: an interaction, or a part, moiety or measurement.")
    predicate: Predicate | None = Field(description="What the interaction says.")
    status: Status = Field(description="How well it stands.")
    timescale: Timescale | None = Field(description="How long it takes.")
    context: dict[str, list[str]] = Field(description="Where it holds, by field; what is missing is unspecified.")
    sources: list[Reference] = Field(description="Who says so.")


class Neighbors(BaseModel):
    """A neighbourhood."""

    nodes: list[GraphNode] = Field(description="Its records, nearest first.")
    edges: list[GraphStep] = Field(description="The steps between them.")
    truncated: bool = Field(description="Whether there is more than is given.")
    release: str = Field(description="The release it was read from.")


class GraphPath(BaseModel):
    """A chain of steps."""

    model_config = ConfigDict(frozen=True)
    sign: int = Field(description="The product of its steps' signs.")
    length: int = Field(description="How many steps it has.")
    steps: list[GraphStep] = Field(description="The steps in order.")


class Paths(BaseModel):
    """Paths, shortest first."""

    paths: list[GraphPath] = Field(description="The paths.")
    truncated: bool = Field(description="Whether the search stopped before it had seen all.")
    release: str = Field(description="The release they were read from.")


class GraphLoop(BaseModel):
    """A circle of steps."""

    model_config = ConfigDict(frozen=True)
    sign: int = Field(description="-1 where a change is countered, 1 where it is driven on, 0 where that depends.")
    loop: LoopClass = Field(description="Which stations it joins.")
    length: int = Field(description="How many steps it has.")
    path: list[Reference] = Field(description="What it passes, in order.")
    interactions: list[Reference] = Field(description="What states its steps, in order.")


class Loops(BaseModel):
    """Loops, shortest first."""

    loops: list[GraphLoop] = Field(description="The loops.")
    truncated: bool = Field(description="Whether the search stopped before it had seen all.")
    release: str = Field(description="The release they were read from.")


@router.get(
    "/neighbors",
    operation_id="get_neighbors",
    summary="What acts on a record and what it acts on",
    response_model=Neighbors,
    responses=REFUSED,
    dependencies=[only(NeighborsQuery)],
)
def neighbors(store: StoreDep, snapshot: SnapshotDep, query: Annotated[NeighborsQuery, Query()]) -> Response:
    """Records up to three steps away, with the signed steps between them."""
    indexes = snapshot.indexes.result()
    (key,) = entity_keys(store, snapshot, [Named(query.entity, "query.entity")])
    found, edges, truncated = indexes.reasoner.graph.neighbourhood(
        key, query.direction, query.depth, usable(indexes.reasoner.graph, query.status), MOST_EDGES
    )
    body = Neighbors(
        nodes=[
            GraphNode(id=end, name=indexes.names[end], resource=end.split("/")[0], distance=distance)
            for end, distance in found.items()
        ],
        edges=[graph_step(indexes, step) for step in edges],
        truncated=truncated,
        release=snapshot.release,
    )
    return answer(body.model_dump_json(), snapshot.release)


@router.get(
    "/paths",
    operation_id="find_paths",
    summary="How one thing leads to another",
    response_model=Paths,
    responses=REFUSED,
    dependencies=[only(PathsQuery)],
)
def paths(store: StoreDep, snapshot: ReasoningDep, query: Annotated[PathsQuery, Query()]) -> Response:
    """Chains of single steps, shortest first, each with the product of its signs and the sources of its steps."""
    indexes = snapshot.indexes.result()
    graph = indexes.reasoner.graph
    named = [Named(query.source, "query.source"), Named(query.target, "query.target")]
    source, target = entity_keys(store, snapshot, named)
    if source == target:
        raise refused("query.target", "is the source; ask /v1/graph/loops for ways back")
    bound = Bound(query.max_hops, query.limit)
    ends = graph.nodes.get(source, []), graph.nodes.get(target, [])
    with graph.turn:
        found = graph.paths(*ends, usable(graph, query.status, query.sex), bound)
    body = Paths(
        paths=[graph_path(indexes, path) for path in found.paths],
        truncated=found.truncated,
        release=snapshot.release,
    )
    return answer(body.model_dump_json(), snapshot.release)


@router.get(
    "/loops",
    operation_id="find_loops",
    summary="What goes in circles",
    response_model=Loops,
    responses=REFUSED,
    dependencies=[only(LoopsQuery)],
)
def loops(store: StoreDep, snapshot: ReasoningDep, query: Annotated[LoopsQuery, Query()]) -> Response:
    """Feedback loops through a record, or through the hormones of an axis, shortest first, with sign and class."""
    indexes = snapshot.indexes.result()
    graph = indexes.reasoner.graph
    if (query.entity is None) == (query.axis is None):
        raise refused("query.entity", "or query.axis has to be given, and only one of them")
    if query.axis is not None:
        (key,) = entity_keys(store, snapshot, [Named(query.axis, "query.axis", ("axes",))])
        axis = graph.facts.axes[key]
        starts = [hormone["id"] for level in axis["levels"] for hormone in level["hormones"]]
    else:
        starts = entity_keys(store, snapshot, [Named(query.entity or "", "query.entity")])
    with graph.turn:
        found, truncated = graph.circles(starts, usable(graph, query.status), Bound(query.max_length, query.limit))
    body = Loops(
        loops=[_loop(indexes, loop) for loop in found],
        truncated=truncated,
        release=snapshot.release,
    )
    return answer(body.model_dump_json(), snapshot.release)


class Named(NamedTuple):
    """A record as a request names it, where it does so, and what it may be."""

    name: str
    location: str
    resources: Sequence[str] = ENTITIES


def entity_keys(store: Store, snapshot: Snapshot, named: Sequence[Named]) -> list[str]:
    """The keys of the records a request names, all in the release of the snapshot."""
    names = snapshot.indexes.result().names
    keys = {each: each.name for each in named if each.name in names and each.name.startswith(_under(each.resources))}
    if len(keys) < len(set(named)):
        with store.read() as reading:
            if reading.release_id != snapshot.release:
                raise not_ready()
            keys |= {
                each: require(reading, each.name, each.resources, each.location) for each in named if each not in keys
            }
    return [keys[each] for each in named]


def _under(resources: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{resource}/" for resource in resources)


def not_ready() -> ProblemError:
    """What is asked for is of a release that is not in memory yet."""
    return ProblemError(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "not-ready",
        "A new release is being taken in; try again shortly.",
        headers={"retry-after": "5"},
    )


def refused(location: str, message: str) -> ProblemError:
    """A value that is not allowed, by where it stands."""
    detail = ProblemDetail(location=location, message=message)
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return ProblemError(status, "invalid-parameter", f"{location} {message}.", errors=[detail])


def usable(graph: Graph, statuses: Iterable[str], sex: str | None = None) -> Allowed:
    """Whether an edge stands well enough, and holds in the sex."""
    wanted = frozenset(statuses)

    def allowed(number: int) -> bool:
        edge = graph.edges[number]
        return edge.status in wanted and (sex is None or sex in edge.context.get("sex", {sex}))

    return allowed


def reference(indexes: Indexes, key: str) -> Reference:
    """A record by its key."""
    return Reference(id=key, name=indexes.names[key])


def graph_step(indexes: Indexes, step: Step) -> GraphStep:
    """A step with the names and sources of what it is made of."""
    last = step.edges[-1]
    stated = None if last.structural else indexes.reasoner.graph.facts.interactions[step.via]
    return GraphStep.model_validate(
        {
            "source": reference(indexes, step.source),
            "target": reference(indexes, step.target),
            "sign": step.sign,
            "via": reference(indexes, step.via),
            "predicate": stated["predicate"] if stated else None,
            "status": last.status,
            "timescale": last.timescale,
            "context": {name: sorted(values) for name, values in last.context.items()},
            "sources": stated["sources"] if stated else [],
        }
    )


def graph_path(indexes: Indexes, path: Path) -> GraphPath:
    """A path with the names and sources of its steps."""
    steps = [graph_step(indexes, step) for step in path.steps]
    return GraphPath(sign=path.sign, length=len(steps), steps=steps)


def _loop(indexes: Indexes, loop: Path) -> GraphLoop:
    return GraphLoop(
        sign=loop.sign,
        loop=loop_class(indexes.reasoner.graph, loop),
        length=len(loop.steps),
        path=[reference(indexes, step.source) for step in loop.steps],
        interactions=[reference(indexes, step.via) for step in loop.steps],
    )
