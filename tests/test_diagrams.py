"""Diagrams: each arrow is an interaction, each format is whole, and a browser finds every word in its box."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from starlette.testclient import TestClient

SVG = "{http://www.w3.org/2000/svg}"
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def client(memory_client: TestClient) -> TestClient:
    return memory_client


def axes(client: TestClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get("/v1/axes", params={"limit": 200}).json()["items"]
    return found


def drawn(client: TestClient, path: str, form: str, **parameters: str) -> str:
    answer = client.get(f"/v1/{path}/diagram.{form}", params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_each_arrow_of_an_axis_is_an_interaction(client: TestClient) -> None:
    for axis in axes(client):
        steps = {step["id"] for step in axis["cascade"]}
        steps |= {step["id"] for loop in axis["feedback_loops"] for step in loop["interactions"]}
        elements = json.loads(drawn(client, axis["id"], "json"))["elements"]
        stated = {}
        for edge in elements["edges"]:
            data = edge["data"]
            record = client.get(f"/v1/{data['interaction']}").json()
            stated[data["interaction"]] = (data["source"], data["target"], data["effect"])
            assert stated[data["interaction"]] == (record["subject"]["id"], record["object"]["id"], record["effect"])
        pairs = {(client.get(f"/v1/{key}").json()["subject"]["id"]) for key in steps}
        assert stated.keys() <= steps
        assert pairs <= {source for source, *_ in stated.values()}
        nodes = {node["data"]["id"] for node in elements["nodes"]}
        assert {hormone["id"] for level in axis["levels"] for hormone in level["hormones"]} <= nodes


def test_every_format_shows_the_same(client: TestClient) -> None:
    for axis in axes(client):
        elements = json.loads(drawn(client, axis["id"], "json"))["elements"]
        nodes = {node["data"]["id"]: node["data"]["name"] for node in elements["nodes"]}
        graph = ET.fromstring(drawn(client, axis["id"], "graphml"))
        space = "{http://graphml.graphdrawing.org/xmlns}"
        keys = {data.text for data in graph.iter(f"{space}data") if data.get("key") == "key"}
        assert keys == nodes.keys()
        assert all(re.fullmatch(r"[\w.-]+", str(node.get("id"))) for node in graph.iter(f"{space}node"))
        assert len(list(graph.iter(f"{space}edge"))) == len(elements["edges"])
        mermaid = drawn(client, axis["id"], "mmd")
        assert mermaid.startswith("flowchart TB")
        assert all(f'["{name}"]' in mermaid for name in nodes.values())
        assert len(re.findall(r"-->|--x|--o", mermaid)) == len(elements["edges"])
        svg = ET.fromstring(drawn(client, axis["id"], "svg"))
        links = {link.get("href") for link in svg.iter(f"{SVG}a")}
        assert {f"/v1/{key}" for key in nodes} <= links
        assert all(client.get(str(link)).status_code == 200 for link in links)


def test_a_drawing_speaks_to_those_who_do_not_see_it(client: TestClient) -> None:
    svg = ET.fromstring(drawn(client, "axes/adrenal-axis", "svg"))
    assert svg.get("role") == "img"
    title, told = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert title is not None
    assert told is not None
    assert title.text == "Adrenal axis"
    assert "Cortisol inhibits Adrenocorticotropic hormone" in str(told.text)
    assert f"{title.get('id')} {told.get('id')}" == svg.get("aria-labelledby")


def test_a_neighbourhood_is_drawn_too(client: TestClient) -> None:
    for form in ("svg", "mmd", "graphml", "json"):
        text = drawn(client, "graph/neighbors", form, entity="cortisol")
        assert "Adrenal cortex" in text
    whole = json.loads(drawn(client, "graph/neighbors", "json", entity="proteins/esr1"))["elements"]
    told = ET.fromstring(drawn(client, "graph/neighbors", "svg", entity="proteins/esr1")).find(f"{SVG}desc")
    assert told is not None
    around = client.get("/v1/graph/neighbors", params={"entity": "proteins/esr1"}).json()["edges"]
    acting = {edge["source"]["id"] for edge in around if edge["target"]["id"] == "proteins/esr1"}
    assert f"the {len(acting)} records that act on it" in str(told.text)
    assert f"The first {len(whole['edges'])} of" in str(told.text)
    assert "Anterior pituitary" in drawn(client, "graph/neighbors", "mmd", entity="tissues/pituitary")
    nowhere = client.get("/v1/graph/neighbors/diagram.svg", params={"entity": "nonesuch"})
    assert nowhere.status_code == 422


def test_an_axis_is_drawn_under_its_other_names_and_no_other_format(client: TestClient) -> None:
    answer = client.get("/v1/axes/HPA axis/diagram.svg")
    assert answer.headers["content-location"] == "/v1/axes/adrenal-axis/diagram.svg"
    whole = client.get("/v1/axes/axes%2Fadrenal-axis/diagram.svg")
    assert whole.content == answer.content
    assert client.get("/v1/axes/adrenal-axis/diagram.png").status_code == 422
    assert client.get("/v1/axes/nonesuch/diagram.svg").status_code == 404


PAGE = """<!doctype html><meta charset="utf-8"><body>%s<script>
const wrong = []
for (const svg of document.querySelectorAll("svg")) {
  const whole = svg.getBoundingClientRect(), boxes = [...svg.querySelectorAll("rect.box")]
  const inside = (one, other) => one.left >= other.left && one.right <= other.right &&
    one.top >= other.top && one.bottom <= other.bottom
  for (const box of boxes) {
    const place = box.getBoundingClientRect()
    for (const text of box.parentNode.querySelectorAll("text"))
      if (!inside(text.getBoundingClientRect(), place)) wrong.push("leaves its box: " + text.textContent)
    for (const other of boxes) {
      const there = other.getBoundingClientRect()
      if (box !== other && place.left < there.right && there.left < place.right &&
          place.top < there.bottom && there.top < place.bottom) wrong.push("overlaps: " + box.parentNode.textContent)
    }
  }
  for (const part of svg.querySelectorAll("text, path.line"))
    if (!inside(part.getBoundingClientRect(), whole)) wrong.push("leaves the drawing: " + part.textContent)
  for (const line of svg.querySelectorAll("path.line")) {
    const length = line.getTotalLength()
    for (let at = 3; at < length - 3; at += 4) {
      const { x, y } = line.getPointAtLength(at)
      for (const box of boxes) {
        const b = box.getBBox()
        if (x > b.x + 1 && x < b.x + b.width - 1 && y > b.y + 1 && y < b.y + b.height - 1)
          wrong.push("crosses a box: " + line.textContent)
      }
    }
  }
  const ink = getComputedStyle(svg.querySelector("rect.box")).fill
  if (ink === "rgb(0, 0, 0)") wrong.push("has no style")
}
document.body.innerHTML = "<pre>" + JSON.stringify([...new Set(wrong)]) + "</pre>"
</script>"""


@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_browser_finds_every_word_in_its_box(client: TestClient, tmp_path: Path, scheme: str) -> None:
    drawings = [drawn(client, axis["id"], "svg") for axis in axes(client)]
    around = ("cortisol", "insulin", "estradiol", "tamoxifen")
    drawings += [drawn(client, "graph/neighbors", "svg", entity=name) for name in around]
    page = tmp_path / "page.html"
    page.write_text(PAGE % "".join(drawings), encoding="utf-8")
    dark = ["--force-dark-mode"] if scheme == "dark" else []
    run = subprocess.run(
        [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", *dark, "--dump-dom", page.as_uri()],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    found = re.search(r"<pre>(.*)</pre>", run.stdout, re.DOTALL)
    assert found, run.stdout[-500:]
    assert json.loads(found[1].replace("&gt;", ">")) == []
