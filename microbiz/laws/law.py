"""What a law is: a promise about the records, and the questions to the database that find what breaks it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import QuerySet

from inventory.documents import document_url

CHUNK = 500  # rows in memory at once

Row = Mapping[str, Any]
Question = tuple[str, Sequence | None]


@dataclass(frozen=True)
class Violation:
    """One contradiction among the records, and the address of the page where they are seen, if they have one."""

    text: str
    link: str

    def __str__(self):
        return f"{self.text}  {self.link}".rstrip()


@dataclass(frozen=True)
class Check:
    """One question to the database: each row of its answer is a violation.

    `says` puts the columns of a row into a sentence. The column `record` is the key of a record of the model `page`.
    `question` gives the statement and its parameters.
    """

    page: str
    says: str
    question: Callable[[], Question]

    def rows(self) -> Iterator[Row]:
        return _answer(*self.question())

    def violations(self) -> Iterator[Violation]:
        for row in self.rows():
            yield Violation(self.says.format(**row), document_url(self.page, row["record"]) or "")


@dataclass(frozen=True)
class Law:
    """A promise that holds after any sequence of operations. `reads` are the models whose every row it goes through."""

    name: str
    promise: str
    reads: tuple[str, ...]
    checks: tuple[Check, ...]

    def violations(self) -> Iterator[Violation]:
        for check in self.checks:
            yield from check.violations()

    def rows(self) -> int:
        """How many records the law is about."""
        return sum(apps.get_model(label)._base_manager.count() for label in self.reads)


def select(sql: str) -> Callable[[], Question]:
    """A statement: the database works it out, whatever the number of records."""
    return lambda: (sql, None)


def query(build: Callable[[], QuerySet]) -> Callable[[], Question]:
    """A query of `values`, which is put into SQL once."""
    return cache(lambda: build().query.sql_with_params())


def _answer(sql: str, parameters: Sequence | None) -> Iterator[Row]:
    """Row by row, a chunk at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        while chunk := cursor.fetchmany(CHUNK):
            yield from (dict(zip(names, row, strict=True)) for row in chunk)
