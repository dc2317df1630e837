"""The response cache: whole answers of one release, within a bound of bytes."""

from __future__ import annotations

from collections import OrderedDict

from app.answers import Answer, choose_form

Key = tuple[str, bytes, str | None, str | None]
"""Path, query, media type where it is not the path's own, and content coding."""


def sorted_query(query: bytes) -> bytes:
    """A query string sorted by name, the values of a name in their order."""
    pairs = query.split(b"&")
    pairs.sort(key=_name)
    return b"&".join(pairs)


def _name(pair: bytes) -> bytes:
    return pair.partition(b"=")[0]


class Cache:
    """Answers by key, the least recently used evicted beyond `limit` bytes. Of one event loop; not for threads."""

    def __init__(self, limit: int) -> None:
        self.limit, self.size, self.evictions = limit, 0, 0
        self._answers: OrderedDict[Key, Answer] = OrderedDict()

    def __len__(self) -> int:
        return len(self._answers)

    @staticmethod
    def key(path: str, query: bytes, accept: bytes, coding: str | None) -> Key:
        """What an answer is kept under: by the form that is chosen, since one form is asked for in many ways."""
        return (
            path,
            sorted_query(query) if b"&" in query else query,
            choose_form(path, accept) if accept else None,
            coding,
        )

    def get(self, key: Key) -> Answer | None:
        """The answer kept under a key."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: Key, answer: Answer) -> None:
        """Keep an answer, unless it is larger than a sixteenth of all."""
        if answer.size > self.limit // 16 or key in self._answers:
            return
        self._answers[key] = answer
        self.size += answer.size
        while self.size > self.limit:
            _, evicted = self._answers.popitem(last=False)
            self.size -= evicted.size
            self.evictions += 1
