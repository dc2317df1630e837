"""A plain FastAPI service with the SQLAlchemy ORM: eager `selectinload`, an index on the sort, a response model."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, FastAPI
from pydantic import BaseModel, ConfigDict
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, selectinload

from bench.peers.model import Evidence, Interaction

engine = create_engine(f"sqlite:///{os.environ['PEER_DATABASE']}", connect_args={"check_same_thread": False})
app = FastAPI()


class Reference(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    name: str


class EvidenceOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    source: Reference
    stance: str
    note: str | None


class InteractionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    name: str
    summary: str
    subject: Reference
    predicate: str
    object: Reference
    effect: str | None
    kind: str
    direct: bool
    mechanism: str | None
    status: str
    evidence: list[EvidenceOut]


class Page(BaseModel):
    items: list[InteractionOut]
    total: int


def session() -> Iterator[Session]:
    with Session(engine) as opened:
        yield opened


@app.get("/interactions")
def interactions(session: Annotated[Session, Depends(session)], offset: int = 0, limit: int = 50) -> Page:
    query = (
        select(Interaction)
        .options(
            selectinload(Interaction.subject),
            selectinload(Interaction.object),
            selectinload(Interaction.evidence).selectinload(Evidence.source),
        )
        .order_by(Interaction.name)
        .offset(offset)
        .limit(limit)
    )
    total = session.scalar(select(func.count()).select_from(Interaction)) or 0
    return Page(items=[InteractionOut.model_validate(row) for row in session.scalars(query)], total=total)
