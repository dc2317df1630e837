"""A Flask-RESTful service over the same ORM, with `marshal_with`, as its documentation shows."""

from __future__ import annotations

import os
from typing import Any

from flask import Flask
from flask_restful import Api, Resource, fields, marshal_with, reqparse
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session, selectinload

from bench.peers.model import Evidence, Interaction

engine = create_engine(f"sqlite:///{os.environ['PEER_DATABASE']}", connect_args={"check_same_thread": False})
app = Flask(__name__)
api = Api(app)
reference = {"id": fields.String, "name": fields.String}
evidence = {"source": fields.Nested(reference), "stance": fields.String, "note": fields.String}
plain = ("id", "name", "summary", "predicate", "effect", "kind", "mechanism", "status")
interaction = dict.fromkeys(plain, fields.String) | {
    "direct": fields.Boolean,
    "subject": fields.Nested(reference),
    "object": fields.Nested(reference),
    "evidence": fields.List(fields.Nested(evidence)),
}
arguments = reqparse.RequestParser()
arguments.add_argument("offset", type=int, default=0, location="args")
arguments.add_argument("limit", type=int, default=50, location="args")


class Interactions(Resource):  # type: ignore[misc]  # Flask-RESTful is untyped
    @marshal_with({"items": fields.List(fields.Nested(interaction)), "total": fields.Integer})  # type: ignore[untyped-decorator]  # as above
    def get(self) -> Any:
        asked = arguments.parse_args()
        with Session(engine) as session:
            query = (
                select(Interaction)
                .options(
                    selectinload(Interaction.subject),
                    selectinload(Interaction.object),
                    selectinload(Interaction.evidence).selectinload(Evidence.source),
                )
                .order_by(Interaction.name)
                .offset(asked["offset"])
                .limit(asked["limit"])
            )
            total = session.scalar(select(func.count()).select_from(Interaction))
            return {"items": session.scalars(query).all(), "total": total}


api.add_resource(Interactions, "/interactions")
