"""Terms marked in HTML: tags are inserted, and every other character stays as it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from html.parser import HTMLParser

UNTOUCHED = frozenset(
    "a code pre kbd samp script style dfn abbr textarea title button select svg math".split()  # noqa: SIM905  # reads best
)
"""Elements whose text is no prose, or is a link or a term already."""

Term = tuple[int, int, str]
"""Where a term begins and ends within a text, and the key of what it means."""


class _Places(HTMLParser):
    """Where the prose of a fragment is, and which terms are marked in it already."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.prose: list[tuple[int, str]] = []
        self.marked: set[str] = set()
        self._closed: list[str] = []
        self._lines = [0]
        for line in html.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note where text is not to be touched, and what is marked."""
        if tag in UNTOUCHED:
            self._closed.append(tag)
        self.marked.update(value for name, value in attributes if tag == "dfn" and name == "data-id" and value)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """`<br/>` opens nothing."""

    def handle_endtag(self, tag: str) -> None:
        """An end tag that nothing opened ends nothing."""
        if tag in self._closed:
            del self._closed[len(self._closed) - 1 - self._closed[::-1].index(tag) :]

    def handle_data(self, data: str) -> None:
        """Note a piece of prose and where it begins."""
        if not self._closed:
            line, column = self.getpos()
            self.prose.append((self._lines[line - 1] + column, data))


def mark_terms(html: str, terms: Callable[[str], Sequence[Term]], link: Callable[[str], str]) -> tuple[str, list[str]]:
    """The fragment with the first mention of each term within `<dfn>` and a link, and the keys of what was marked.

    Marking it again changes nothing: what is marked already is not marked elsewhere.
    """
    places = _Places(html)
    seen, inserted = set(places.marked), []
    for at, text in places.prose:
        for start, end, key in terms(text):
            if key not in seen:
                seen.add(key)
                inserted.append((at + start, at + end, key))
    parts, last = [], 0
    for start, end, key in inserted:
        opening = f'<dfn data-id="{escape(key)}"><a href="{escape(link(key))}">'
        parts += [html[last:start], opening, html[start:end], "</a></dfn>"]
        last = end
    return "".join([*parts, html[last:]]), [key for *_, key in inserted]
