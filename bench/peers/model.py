"""The tables of the ORM peers, as the SQLAlchemy tutorial would lay them out, filled from served records."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from sqlalchemy import ForeignKey, create_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, relationship


class Base(DeclarativeBase):
    pass


class Entity(Base):
    __tablename__ = "entities"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]


class Interaction(Base):
    __tablename__ = "interactions"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(index=True)
    summary: Mapped[str]
    predicate: Mapped[str]
    effect: Mapped[str | None]
    kind: Mapped[str]
    direct: Mapped[bool]
    mechanism: Mapped[str | None]
    status: Mapped[str]
    subject_id: Mapped[str] = mapped_column(ForeignKey("entities.id"), index=True)
    object_id: Mapped[str] = mapped_column(ForeignKey("entities.id"), index=True)
    subject: Mapped[Entity] = relationship(foreign_keys=subject_id)
    object: Mapped[Entity] = relationship(foreign_keys=object_id)
    evidence: Mapped[list[Evidence]] = relationship(order_by="Evidence.position")


class Evidence(Base):
    __tablename__ = "evidence"
    interaction_id: Mapped[str] = mapped_column(ForeignKey("interactions.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    source_id: Mapped[str] = mapped_column(ForeignKey("entities.id"))
    stance: Mapped[str]
    note: Mapped[str | None]
    source: Mapped[Entity] = relationship()


def fill(file: Path, documents: Iterable[bytes]) -> None:
    """Make the peers' database from served interactions."""
    file.unlink(missing_ok=True)
    engine = create_engine(f"sqlite:///{file}")
    Base.metadata.create_all(engine)
    entities: dict[str, str] = {}
    with Session(engine) as session:
        for document in documents:
            data = json.loads(document)
            for reference in (data["subject"], data["object"], *(item["source"] for item in data["evidence"])):
                entities[reference["id"]] = reference["name"]
            plain = ("id", "name", "summary", "predicate", "effect", "kind", "direct", "mechanism", "status")
            session.add(
                Interaction(
                    **{name: data[name] for name in plain},
                    subject_id=data["subject"]["id"],
                    object_id=data["object"]["id"],
                    evidence=[
                        Evidence(position=n, source_id=item["source"]["id"], stance=item["stance"], note=item["note"])
                        for n, item in enumerate(data["evidence"])
                    ],
                )
            )
        session.add_all(Entity(id=key, name=name) for key, name in entities.items())
        session.commit()
    engine.dispose()
