"""Drawings of the graph: what is drawn, and the layered layout in which a textbook would print it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count, zip_longest
from textwrap import wrap
from typing import Any, NamedTuple

Json = Any
LETTER, LINE = 7.3, 16
"""Width of a letter and height of a line at the size of the drawing's text, in pixels."""
WRAPPED = 18
"""Letters of a box's line."""
GAP, ROW_GAP, TRACK, LANE = 26, 52, 13, 14
"""Between boxes, between rows without lines, between lines in a gap, between lines beside the rows; in pixels."""
LABELS = 132
"""Width of the column that says where a row is."""
WIDEST = 7
"""Boxes in a row; more go to another row beneath."""
SHOWN_CONTEXT = ("cycle_phase", "exposure", "life_stage", "phase")


class Arrow(NamedTuple):
    """A step that is drawn."""

    source: str
    target: str
    sign: int
    """1 raises, -1 lowers, 0 is not fixed."""
    via: str
    says: str
    """The statement, as a sentence."""
    where: str
    """In which circumstances, in a few words."""


class Row(NamedTuple):
    """Boxes that stand side by side, and what they have in common."""

    label: str
    keys: Sequence[str]


@dataclass(frozen=True)
class Diagram:
    """What is drawn."""

    title: str
    description: str
    names: Mapping[str, str]
    """By key of a record, what its box says."""
    rows: Sequence[Row]
    arrows: Sequence[Arrow]


def arrow(interaction: Json) -> Arrow:
    """An interaction as an arrow."""
    sign = {"increase": 1, "decrease": -1}.get(interaction["effect"], 0)
    context = interaction["context"]
    where = ", ".join(value.replace("_", " ") for name in SHOWN_CONTEXT for value in context.get(name) or ())
    ends = interaction["subject"]["id"], interaction["object"]["id"]
    return Arrow(*ends, sign, interaction["id"], interaction["name"], where)


def of_axis(axis: Json, interactions: Mapping[str, Json]) -> Diagram:
    """An axis: a row for each of its levels, its cascade and feedback loops, and what else these join."""
    loops = [step["id"] for loop in axis["feedback_loops"] for step in loop["interactions"]]
    keys = dict.fromkeys([*(step["id"] for step in axis["cascade"]), *loops])
    arrows = _once(arrow(interactions[key]) for key in keys)
    names = {end["id"]: end["name"] for key in keys for end in _ends(interactions[key])}
    rank: dict[str, float] = {}
    labels: dict[float, str] = {}
    for level in sorted(axis["levels"], key=lambda level: level["order"]):
        labels[level["order"]] = level["tissue"]["name"]
        for hormone in level["hormones"]:
            names[hormone["id"]] = hormone["name"]
            rank[hormone["id"]] = level["order"]
    first, deepest = min(rank.values(), default=1), max(labels)
    top = [key for key, place in rank.items() if place == first]
    rank |= {each.source: 0 for each in arrows if each.target in top and each.sign > 0 and each.source not in rank}
    for each in arrows:  # what else no level has stands beneath what acts on it, or above the first level
        if each.source not in rank:
            reached = [rank[other.target] for other in arrows if other.source == each.source and other.target in rank]
            rank[each.source] = 0 if min(reached, default=deepest) == first else deepest + 1
        if each.target not in rank:
            above = [rank.get(other.source, 0) for other in arrows if other.target == each.target]
            rank[each.target] = max(deepest, *above) + 1
    labels |= {0: "Drives and brakes", deepest + 1: "Effects"}
    by_rank: dict[float, list[str]] = defaultdict(list)
    for key, place in rank.items():
        by_rank[place].append(key)
    rows = [row for place in sorted(by_rank) for row in _row(labels.get(place, ""), by_rank[place])]
    return Diagram(axis["name"], axis["summary"], names, _uncrossed(rows, arrows), arrows)


def of_neighbourhood(key: str, steps: Iterable[Arrow], names: Mapping[str, str], most: int) -> Diagram:
    """A record between what acts on it and what it acts on; of more arrows, as many from either side."""
    every = [each for each in _once(steps) if key in {each.source, each.target} and each.source != each.target]
    sides = [each for each in every if each.target == key], [each for each in every if each.source == key]
    arrows = [each for pair in zip_longest(*sides) for each in pair if each is not None][:most]
    before = list(dict.fromkeys(each.source for each in arrows if each.target == key))
    after = list(dict.fromkeys(each.target for each in arrows if each.source == key and each.target not in before))
    rows = [*_row("Acts on it", before), Row("", [key]), *_row("It acts on", after)]
    acting, acted = ({each.source for each in sides[0]}, {each.target for each in sides[1]})
    sides_told = (f"the {len(acting)} records that act on it", f"the {len(acted)} that it acts on")
    told = (
        f"{names[key]}, {' and '.join(side for side, ends in zip(sides_told, (acting, acted), strict=True) if ends)}."
    )
    if len(arrows) < len(every):
        told += f" The first {len(arrows)} of {len(every)} steps are drawn."
    drawn = {end: names[end] for row in rows for end in row.keys}
    return Diagram(f"Around {names[key]}", told, drawn, _uncrossed(rows, arrows), arrows)


def _once(arrows: Iterable[Arrow]) -> list[Arrow]:
    """One arrow for what several statements say of a pair in the same circumstances."""
    return list({(each.source, each.target, each.sign, each.where): each for each in arrows}.values())


def _ends(interaction: Json) -> tuple[Json, Json]:
    return interaction["subject"], interaction["object"]


def _row(label: str, keys: Sequence[str]) -> list[Row]:
    """One row, or several where there are many boxes."""
    return [Row(label if start == 0 else "", keys[start : start + WIDEST]) for start in range(0, len(keys), WIDEST)]


def _uncrossed(rows: Sequence[Row], arrows: Sequence[Arrow]) -> list[Row]:
    """Rows with their boxes near what they are joined to: the barycentre heuristic (Sugiyama 1981), down and up."""
    place = {key: position / max(len(row.keys) - 1, 1) for row in rows for position, key in enumerate(row.keys)}
    joined: dict[str, set[str]] = defaultdict(set)
    for each in arrows:
        joined[each.source].add(each.target)
        joined[each.target].add(each.source)
    ordered = {number: list(row.keys) for number, row in enumerate(rows)}
    for numbers in (range(len(rows)), range(len(rows) - 1, -1, -1)) * 3:
        for number in numbers:
            keys = ordered[number]
            keys.sort(key=lambda key: (_middle([place[end] for end in joined[key] - set(keys)], place[key]), key))
            place |= {key: (position + 0.5) / len(keys) for position, key in enumerate(keys)}
    return [Row(row.label, ordered[number]) for number, row in enumerate(rows)]


def _middle(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


class Box(NamedTuple):
    """A record's place: the middle of its top edge, and its size."""

    x: float
    y: float
    width: float
    height: float
    lines: Sequence[str]


class Line(NamedTuple):
    """An arrow's way, as corners from its source to its target."""

    arrow: Arrow
    corners: Sequence[tuple[float, float]]


@dataclass
class Layout:
    """Where everything of a diagram stands, in pixels."""

    width: float = 0
    height: float = 0
    boxes: dict[str, Box] = field(default_factory=dict)
    bands: list[tuple[str, float, float]] = field(default_factory=list)
    """Label, top and height of each row's band."""
    left: float = 0
    right: float = 0
    """Between which the bands lie."""
    lines: list[Line] = field(default_factory=list)


def layout(diagram: Diagram) -> Layout:
    """Rows of boxes, and lines that run in the gaps between rows and in lanes beside them, never through a box.

    A line to the next row goes straight down. Every other one leaves its box from beneath, runs along the gap to a
    lane of its own, and comes to its target from above.
    """
    number = {key: position for position, row in enumerate(diagram.rows) for key in row.keys}
    lines = {key: wrap(name, WRAPPED, break_long_words=False) or [name] for key, name in diagram.names.items()}
    widths = {key: max(len(line) for line in text) * LETTER + 22 for key, text in lines.items()}
    row_widths = [sum(widths[key] + GAP for key in row.keys) - GAP for row in diagram.rows]
    arrows = [each for each in diagram.arrows if each.source != each.target]
    around = [each for each in arrows if number[each.target] - number[each.source] != 1]
    # Every line that runs along a gap has a track of its own in it: gap n lies above row n.
    tracks: dict[int, list[tuple[Arrow, str]]] = defaultdict(list)
    for each in sorted(around, key=lambda each: abs(number[each.source] - number[each.target])):
        tracks[number[each.source] + 1].append((each, "out"))
        tracks[number[each.target]].append((each, "in"))
    sides = {each: position % 2 for position, each in enumerate(around)}
    lanes = [sum(1 for side in sides.values() if side == wanted) for wanted in (0, 1)]
    made = Layout(left=LANE * (lanes[0] + 1) + 12)
    inside = made.left + LABELS
    made.right = inside + max(row_widths) + 24
    made.width = made.right + LANE * (lanes[1] + 1) + 12
    y = 16.0
    level: dict[tuple[Arrow, str], float] = {}
    for position, row in enumerate(diagram.rows):
        for track in tracks[position]:
            y += TRACK
            level[track] = y
        y += ROW_GAP / 2 if position else 10
        height = max(len(lines[key]) for key in row.keys) * LINE + 14
        x = inside + (made.right - 24 - inside - row_widths[position]) / 2
        for key in row.keys:
            made.boxes[key] = Box(x + widths[key] / 2, y, widths[key], height, lines[key])
            x += widths[key] + GAP
        made.bands.append((row.label, y - 8, height + 16))
        y += height + ROW_GAP / 2
    for track in tracks[len(diagram.rows)]:
        level[track] = y
        y += TRACK
    made.height = y + 44
    ports = _ports(arrows, number, made.boxes)
    free = [count(1), count(1)]
    for each in arrows:
        start, end = ports[each, "out"], ports[each, "in"]
        if each not in sides:
            made.lines.append(Line(each, [start, end]))
            continue
        side = sides[each]
        lane = made.left - LANE * next(free[0]) if side == 0 else made.right + LANE * next(free[1])
        out, back = level[each, "out"], level[each, "in"]
        made.lines.append(Line(each, [start, (start[0], out), (lane, out), (lane, back), (end[0], back), end]))
    return made


def _ports(
    arrows: Sequence[Arrow], number: Mapping[str, int], boxes: Mapping[str, Box]
) -> dict[tuple[Arrow, str], tuple[float, float]]:
    """Where each arrow leaves and reaches its boxes: side by side, in order of where it goes to or comes from."""
    leaving: dict[str, list[Arrow]] = defaultdict(list)
    reaching: dict[str, list[Arrow]] = defaultdict(list)
    for each in arrows:
        leaving[each.source].append(each)
        reaching[each.target].append(each)
    found: dict[tuple[Arrow, str], tuple[float, float]] = {}
    for key, box in boxes.items():
        for kind, mine in (("out", leaving[key]), ("in", reaching[key])):
            other = {each: each.target if kind == "out" else each.source for each in mine}
            ordered = sorted(mine, key=lambda each: (boxes[other[each]].x, number[other[each]], each.via))
            for position, each in enumerate(ordered, 1):
                x = box.x - box.width / 2 + box.width * position / (len(ordered) + 1)
                found[each, kind] = (x, box.y + box.height if kind == "out" else box.y)
    return found
