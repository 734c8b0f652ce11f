"""Queries that come with every scan and every payment: Django composes each of them once, not at every call.

Composing a query for a few rows by their keys takes Django longer than the database takes to answer it. What is kept
is the statement, and how its rows become objects; never an answer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from copy import copy
from functools import update_wrapper
from inspect import Parameter, signature
from types import SimpleNamespace
from typing import Any, Generic, ParamSpec, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, Model, QuerySet
from django.db.models.query import FlatValuesListIterable, ModelIterable, ValuesListIterable
from django.db.transaction import TransactionManagementError

P = ParamSpec("P")
Row = TypeVar("Row")
Statement = tuple[str, Sequence[Any]]  # with its parameters

composed: dict[tuple, "_Composed"] = {}  # by who builds it, for which database, and what was chosen


class Given(Expression):
    """The place in a statement of a value that each call gives: a text, a whole number, or for `among` a list of them.

    `is_one` says that it is a list of one.
    """

    def __init__(self, name: str, is_one: bool = False, adapt: Callable[[Any], Any] | None = None):
        super().__init__()
        self.name, self.is_one, self.adapt = name, is_one, adapt

    def as_sql(self, compiler, connection):
        return "%s", [self]

    def adapted(self, adapt: Callable[[Any], Any]) -> "Given":
        """The same place, for the given value as the database wants it there."""
        return Given(self.name, self.is_one, adapt)

    def of(self, values: Mapping[str, Any]) -> Any:
        value = values[self.name]
        if value is None:
            raise ValueError(f"{self.name} is None, and nothing in a table equals that.")
        return self.adapt(value) if self.adapt else value


class prepared(Generic[P, Row]):
    """Make of a function that builds a query one that asks it: all its rows, as objects, as tuples or as single values.

    Parameters before a `/` choose the query and reach `build` as they are, once for each choice. For every other one
    it is handed a `Given`, which stands for the value of each call in a filter: nothing else may hang on them, and
    whatever differs between two calls is one. A value is never None: ValueError.
    """

    def __init__(self, build: Callable[P, QuerySet[Any, Row]]):
        self._build: Callable[..., QuerySet[Any, Row]] = build  # with places instead of its values
        parameters = signature(build).parameters.values()
        self._choices = sum(parameter.kind is Parameter.POSITIONAL_ONLY for parameter in parameters)
        self._names = [parameter.name for parameter in parameters][self._choices :]
        update_wrapper(self, build)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> list[Row]:
        query, values = self._query(args, kwargs)
        return list(query.rows(connections[DEFAULT_DB_ALIAS], values))

    def statement(self, *args: P.args, **kwargs: P.kwargs) -> Statement:
        """What a call would send, to stand within another statement."""
        query, values = self._query(args, kwargs)
        return query.statement(values)

    def _query(self, args: Sequence[Any], kwargs: dict[str, Any]) -> "tuple[_Composed, dict[str, Any]]":
        database = connections[DEFAULT_DB_ALIAS]
        chosen = args[: self._choices]
        values = dict(zip(self._names, args[self._choices :], strict=False)) | kwargs
        ones = [name for name in self._names if _is_one(values[name])]
        key = (self._build, database.vendor, *chosen, *ones)
        if key not in composed:
            given = [Given(name, name in ones) for name in self._names]
            composed[key] = _Composed(self._build(*chosen, *given), database)
        return composed[key], values


def first(rows: Sequence[Row]) -> Row | None:
    """The row of a question that has one answer at most, if there is one."""
    return rows[0] if rows else None


def _is_one(value: Any) -> bool:
    return isinstance(value, Sized) and not isinstance(value, str) and len(value) == 1


class _Composed:
    """A query with its statement."""

    def __init__(self, rows: QuerySet, database):
        self._compiler = rows.query.get_compiler(connection=database)
        self._sql, self._params = self._compiler.as_sql()
        self._converters = self._compiler.get_converters([column for column, *_rest in self._compiler.select])
        self._locks = rows.query.select_for_update and database.features.has_select_for_update
        self._model = rows.model
        self._make = MAKERS[rows._iterable_class]

    def rows(self, database, values: Mapping[str, Any]) -> Iterable[Any]:
        if self._locks and database.get_autocommit():
            raise TransactionManagementError("A lock outside of a transaction would end at once.")
        with database.cursor() as cursor:
            cursor.execute(*self.statement(values))
            rows = cursor.fetchall()
        if self._converters:
            compiler = copy(self._compiler)
            compiler.connection = database
            rows = compiler.apply_converters(rows, self._converters)
        return self._make(self, rows)

    def statement(self, values: Mapping[str, Any]) -> Statement:
        return self._sql, [one.of(values) if isinstance(one, Given) else one for one in self._params]

    def objects(self, rows: Iterable[Sequence[Any]]) -> Iterable[Model]:
        """Django's own way from rows to objects, which asks a compiler for the rows; ours has them."""
        compiler = copy(self._compiler)
        compiler.execute_sql = lambda **kwargs: None
        compiler.results_iter = lambda results: rows
        query = SimpleNamespace(get_compiler=lambda using: compiler)
        asked: Any = SimpleNamespace(db=DEFAULT_DB_ALIAS, query=query, model=self._model, _known_related_objects={})
        return ModelIterable(asked)


MAKERS: dict[type, Callable[[_Composed, Iterable[Any]], Iterable[Any]]] = {
    ModelIterable: _Composed.objects,
    ValuesListIterable: lambda composed, rows: map(tuple, rows),
    FlatValuesListIterable: lambda composed, rows: (value for (value,) in rows),
}
