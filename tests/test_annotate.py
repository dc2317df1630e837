"""Mentions in texts and HTML: whole, longest, in their place; and nothing else is touched."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

QUIET = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PIECES = st.sampled_from(
    ["LH", "testosterone", "TNF-α", "insulin resistance", "growth hormone", "T", "AR", "🙂", "é", " ", ", ", ". ",
     "-", "\n", "5α-reductase", "estradiols", "xyz", "'s", "receptor", "<", ">", "&", "&amp;", "GH", "Leydig cells",
     "\u202e", "\x07"]
)  # fmt: skip
TAGS = st.sampled_from(
    ["<p>", "</p>", "<b>", "</b>", "<a href='LH'>", "</a>", "<code>", "</code>", "<br/>", "<img alt='cortisol'>",
     "<!-- LH -->", "<script>", "</script>", "<div title=\"estradiol\">", "</div>", "<dfn>", "</dfn>", "</i>", "<"]
)  # fmt: skip


@pytest.fixture(scope="module")
def client(memory_client: TestClient) -> TestClient:
    return memory_client


def annotate(client: TestClient, text: str, **more: Any) -> list[Any]:
    answer = client.post("/v1/annotate", json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["annotations"])


def mentions(client: TestClient, text: str) -> list[tuple[str, str]]:
    return [(mark["text"], mark["entity"]["id"]) for mark in annotate(client, text) if mark["entity"]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("LH drives testosterone.", [("LH", "hormones/lh"), ("testosterone", "hormones/testosterone")]),
        ("TNF-α and TNF alpha and TNFα.", [(form, "proteins/tnf") for form in ("TNF-α", "TNF alpha", "TNFα")]),
        ("Oestradiol's receptors", [("Oestradiol", "hormones/estradiol")]),
        ("ovaries", [("ovaries", "tissues/ovary")]),
        ("T 450 ng/dL", [("T", "hormones/testosterone")]),
        ("an AR antagonist", [("AR", "proteins/ar")]),
        ("insulin resistance", [("insulin resistance", "conditions/insulin-resistance")]),
        ("insulin, resistance", [("insulin", "hormones/insulin")]),
    ],
)
def test_mentions(client: TestClient, text: str, expected: list[tuple[str, str]]) -> None:
    found = mentions(client, text)
    assert [mark for mark in found if mark in expected] == expected
    assert len(found) == len(expected) or "receptors" in text or "antagonist" in text


@pytest.mark.parametrize(
    "text",
    [
        "The AR headset and the ER doctor.",
        "My PDA broke.",
        "Vitamin T is a joke.",
        "ar er gh pda",
        "superinsulinish",
        "T-shirt",
    ],
)
def test_what_is_no_mention(client: TestClient, text: str) -> None:
    assert annotate(client, text) == []


def test_a_mention_links_entity_and_glossary(client: TestClient) -> None:
    mark = annotate(client, "Aromatase")[0]
    assert mark["entity"] == {"id": "proteins/cyp19a1", "name": "Aromatase"}
    assert mark["glossary"]["id"] == "glossary/aromatase"
    assert client.get(f"/v1/{mark['glossary']['id']}").json()["entity"]["id"] == "proteins/cyp19a1"


def test_offsets_are_code_points_or_utf16(client: TestClient) -> None:
    text = "🙂 cortisol"
    assert [(m["start"], m["end"]) for m in annotate(client, text)] == [(2, 10)]
    assert [(m["start"], m["end"]) for m in annotate(client, text, offsets="utf16")] == [(3, 11)]


def test_overlaps_and_resources_as_asked(client: TestClient) -> None:
    texts = {mark["text"] for mark in annotate(client, "growth hormone receptor", overlaps=True)}
    assert texts >= {"growth hormone receptor", "growth hormone"}
    only = annotate(client, "cortisol and the ovary", resources=["tissues"])
    assert [mark["text"] for mark in only] == ["ovary"]


@given(text=st.lists(PIECES, max_size=30).map("".join))
@QUIET
def test_offsets_slice_back_and_never_overlap(client: TestClient, text: str) -> None:
    end = 0
    for mark in annotate(client, text):
        assert text[mark["start"] : mark["end"]] == mark["text"]
        assert mark["start"] >= end
        end = mark["end"]
        assert mark["entity"] or len(mark["candidates"]) > 1


def marked(client: TestClient, html: str) -> str:
    answer = client.post("/v1/annotate/html", json={"html": html})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["html"])


def test_html_marks_the_first_mention_only(client: TestClient) -> None:
    html = "<p>Cortisol and <a href='/x'>ACTH</a>, cortisol <code>LH</code>.</p><script>var LH = 1</script>"
    found = marked(client, html)
    assert found == html.replace(
        "Cortisol", '<dfn data-id="hormones/cortisol"><a href="/v1/hormones/cortisol">Cortisol</a></dfn>', 1
    )


@given(html=st.lists(st.one_of(PIECES, TAGS), max_size=30).map("".join))
@QUIET
def test_html_is_left_as_it_was_and_marking_it_again_changes_nothing(client: TestClient, html: str) -> None:
    once = marked(client, html)
    assert re.sub(r'<dfn data-id="[^"]+"><a href="/v1/[^"]+">(.*?)</a></dfn>', r"\1", once, flags=re.DOTALL) == html
    assert marked(client, once) == once


def test_odd_input_is_answered_and_too_much_refused(client: TestClient) -> None:
    for text in ("", " ", "\x00", "\u202e", "a" * 100_000, "LH " * 33_000):
        assert client.post("/v1/annotate", json={"text": text}).status_code == 200
        assert client.post("/v1/annotate/html", json={"html": text}).status_code == 200
    assert client.post("/v1/annotate/html", json={"html": "<div>" * 20_000}).status_code == 200
    assert client.post("/v1/annotate", json={"text": "a" * 100_001}).status_code == 422
    unpaired = client.post("/v1/annotate", content=b'{"text": "\\ud800"}', headers={"content-type": "application/json"})
    assert unpaired.status_code in {200, 400, 422}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Samples were taken and the LH level measured.", ["LH"]),
        ("She was seen for the GH deficiency.", ["GH"]),
        ("He was sent to the ER last night; serum cortisol was low.", ["serum cortisol"]),
        ("T-cells were counted beside the testosterone level.", ["testosterone"]),
    ],
)
def test_the_place_is_told_from_the_receptor(client: TestClient, text: str, found: list[str]) -> None:
    marks = client.post("/v1/annotate", json={"text": text}).json()["annotations"]
    assert [mark["text"] for mark in marks] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        # Everyday words, and capitals among capitals, need a text that bears them out.
        ("The beam failed under stress, and growth stalled in the Great Depression.", []),
        ("Stress raises cortisol, and sleep suffers.", ["Stress", "cortisol", "sleep"]),
        ("STAR POWER: ROOKIE IS ALREADY THE GOAT, SAYS COACH", []),
        ("STAR AND CORTISOL: WHAT IS KNOWN", ["STAR", "CORTISOL"]),
        ("| TSH | ACTH | SHBG | DHEAS |", ["TSH", "ACTH", "SHBG", "DHEAS"]),
        ("The beam failed under exercise.", []),
        # What is borne out bears out its neighbours.
        ("Amenorrhoea for nine months. LH and FSH both low.", ["Amenorrhoea", "LH", "FSH"]),
        (
            "FSH was measured in all who came to the clinic in those weeks, then TSH was, and weeks later cortisol.",
            ["FSH", "TSH", "cortisol"],
        ),
        # Words that are said of much else count beside it only, units after a number, and an L alone never.
        ("The GH driver tested its pulse for a patient operator.", []),
        ("The AR of the firm, and its Lagrangian L = T - V.", []),
        ("Tumour stage T3, and a T wave.", []),
        ("Mild AR on the echo; serum iron normal.", ["serum iron"]),
        # What is only named after a hormone is another thing.
        ("Calcitonin gene-related peptide, not calcitonin; ACE-2, not serum ACE.", ["calcitonin", "ACE"]),
        ("CUSHING'S SYNDROME AND T₃.", ["CUSHING'S SYNDROME", "T₃"]),
        ("Serum T₃ and 25(OH)D; gonadotrophin.", ["Serum T₃", "25(OH)D", "gonadotrophin"]),
        ("Doc, my testosterone is low.", ["testosterone"]),
    ],
)
def test_doubtful_names_need_a_text_that_bears_them_out(client: TestClient, text: str, found: list[str]) -> None:
    marks = client.post("/v1/annotate", json={"text": text}).json()["annotations"]
    assert [mark["text"] for mark in marks] == found


def test_what_is_only_near_is_told_as_a_candidate_and_never_linked(client: TestClient) -> None:
    """Panhypopituitarism is one kind of hypopituitarism; low testosterone no hypogonadism yet."""
    text = "Known panhypopituitarism, and low testosterone."
    near, other = client.post("/v1/annotate", json={"text": text}).json()["annotations"]
    assert (near["text"], near["entity"], near["glossary"]) == ("panhypopituitarism", None, None)
    assert "conditions/hypopituitarism" in {candidate["id"] for candidate in near["candidates"]}
    assert (other["text"], other["entity"]) == ("low testosterone", None), "the longest match"
    marked = client.post("/v1/annotate/html", json={"html": text}).json()["marked"]
    assert [reference["id"] for reference in marked] == ["hormones/testosterone"]
