"""Finding and writing a thousand rows with one short statement, and no object for each of them."""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, cast

from django.db import connection
from django.db.models import (
    AutoField,
    Expression,
    F,
    Field,
    ForeignObject,
    Func,
    JSONField,
    Lookup,
    Model,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import JSONArray
from django.db.models.sql import DeleteQuery, Query, UpdateQuery

from microbiz.prepared import Given, Statement

JSON_VALUES = "SELECT value FROM json_each(%s)"


@ForeignObject.register_lookup
@Field.register_lookup
class Among(Lookup):
    """`pk__among=[...]`: as `in`, of plain values, with the whole list as one parameter of the statement.

    `in` sends, and Django and the database then read, a parameter for each value. PostgreSQL keeps no plan for a list,
    since it may be of any length: a list of one is that one.
    """

    lookup_name = "among"
    prepare_rhs = False

    def as_postgresql(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        if self.is_one:
            return f"{lhs} = %s", [*params, self._given(_only)]
        return f"{lhs} = ANY(%s)", [*params, self._given(list)]

    def as_sqlite(self, compiler, connection):
        lhs, params = self.process_lhs(compiler, connection)
        return f"{lhs} IN ({JSON_VALUES})", [*params, self._given(_as_json)]

    @property
    def is_one(self) -> bool:
        return self.rhs.is_one if isinstance(self.rhs, Given) else len(self.rhs) == 1

    def _given(self, adapt: Callable[[Iterable[Any]], Any]) -> Any:
        return self.rhs.adapted(adapt) if isinstance(self.rhs, Given) else adapt(self.rhs)


class Rows(Func):
    """All rows of a subquery as one JSON list, by what each of them is made: `rows_of`."""

    function = "JSON_GROUP_ARRAY"
    output_field = JSONField()

    def as_postgresql(self, compiler, connection):
        return self.as_sql(compiler, connection, function="JSONB_AGG")


def rows_of(rows: QuerySet[Any], *fields: str) -> Subquery:
    """An annotation: beside each row, a list of lists of these fields of all of `rows`, in any order.

    For what is asked together with the row that it belongs to. None, on PostgreSQL, where there is no row. Fields come as
    JSON has them: texts, numbers and truths; a date would be a text.
    """
    return Subquery(rows.order_by().values(rows=Rows(JSONArray(*fields))))


def _only(values: Iterable[Any]) -> Any:
    [value] = values
    return value


def _as_json(values: Iterable[Any]) -> str:
    return json.dumps(list(values))


def insert_for_each(rows: QuerySet[Any], like: Model, **own: F | Expression) -> None:
    """Add a row like the unsaved `like` for each of `rows`, in their order, by one INSERT ... SELECT.

    `own` are the columns in which the new rows differ: expressions over `rows`. As with `bulk_create`, no `save()`
    runs and no signal is sent; the keys of the new rows are not read back.
    """
    fields = _fields_to_insert(like)
    values = [own[name] if (name := field.name) in own else _constant(field, like) for field in fields]
    select, params = rows.values_list(*values).query.get_compiler(connection=connection).as_sql()
    with connection.cursor() as cursor:
        cursor.execute(f"{_insert_into(like, fields)} {select}", params)


def insert_for_keys(keys: Statement, like: Model, name: str) -> list[Any]:
    """Add a row like the unsaved `like` for each key that a statement finds, which becomes its foreign key `name`.

    `keys` selects one column, `pk`. By one INSERT ... SELECT, as `insert_for_each`, of which Django composes nothing
    where `keys` is that of a prepared question. The keys for which there is a row now.
    """
    select, params = keys
    fields = _fields_to_insert(like)
    values, constants = [], []
    for field in fields:
        if field.name == name:
            values.append("found.pk")
            continue
        # A constant that is selected has no type on PostgreSQL unless it is told.
        is_told = connection.vendor == "postgresql"
        values.append(f"%s::{field.cast_db_type(connection)}" if is_told else "%s")
        constants.append(field.get_db_prep_save(field.pre_save(like, add=True), connection))
    sql = " ".join([_insert_into(like, fields), "SELECT", ", ".join(values), "FROM (", select, ") AS found"])
    return _returned(sql, [*constants, *params], like._meta.get_field(name))


def _fields_to_insert(like: Model) -> list[Field]:
    return [field for field in like._meta.concrete_fields if not isinstance(field, AutoField)]


def _insert_into(like: Model, fields: Sequence[Field]) -> str:
    quote = connection.ops.quote_name
    return f"INSERT INTO {quote(like._meta.db_table)} ({', '.join(quote(field.column) for field in fields)})"


def save_each(rows: Collection[Model], fields: Sequence[str]) -> None:
    """As `bulk_update`, for rows of one kind; one alone by the statement of its `save`, which is quicker to compose."""
    if len(rows) == 1:
        [row] = rows
        row.save(update_fields=fields)
    elif rows:
        type(next(iter(rows)))._default_manager.bulk_update(rows, fields)


def add_to_each(model: type[Model], field: str, amounts: Mapping[Any, int], *keys: str) -> int:
    """Add to the number in `field` of each row that the values of the fields `keys` name, by one UPDATE.

    `amounts` are what is added, by tuples of these values, all whole numbers. How many rows there were.
    """
    quote = connection.ops.quote_name
    table, column = quote(model._meta.db_table), quote(model._meta.get_field(field).column)
    columns = [quote(model._meta.get_field(key).column) for key in keys]
    rows = [[*values, amount] for values, amount in amounts.items()]
    places = range(len(columns) + 1)
    given: list[Any]
    if connection.vendor == "postgresql":
        named = ", ".join(f"value{place}" for place in places)
        source = ["unnest(", ", ".join("%s::bigint[]" for _place in places), ") AS given (", named, ")"]
        given = [list(values) for values in zip(*rows, strict=True)]
    else:
        named = ", ".join(f"json_extract(value, '$[{place}]') AS value{place}" for place in places)
        source = ["(SELECT", named, "FROM json_each(%s)) AS given"]
        given = [json.dumps(rows)]
    sum_ = f"{column} = {table}.{column} + given.value{len(keys)}"
    is_named = " AND ".join(f"{table}.{key} = given.value{place}" for place, key in enumerate(columns))
    with connection.cursor() as cursor:
        cursor.execute(" ".join(["UPDATE", table, "SET", sum_, "FROM", *source, "WHERE", is_named]), given)
        return cursor.rowcount


def delete_each(rows: QuerySet[Any], name: str) -> list[Any]:
    """Delete `rows` of one table by one DELETE ... RETURNING; what they had in the field `name`.

    Nothing that refers to them is deleted and no signal is sent.
    """
    return _returning(rows.query.chain(DeleteQuery), name)


def update_each(rows: QuerySet[Any], name: str, **values: Any) -> list[Any]:
    """Update `rows` of one table by one UPDATE ... RETURNING; what they have in the field `name` now."""
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.add_update_values(values)
    return _returning(query, name)


def _returning(query: Query, name: str) -> list[Any]:
    sql, params = query.get_compiler(connection=connection).as_sql()
    return _returned(sql, params, query.get_meta().get_field(name))


def _returned(sql: str, params: Sequence[Any], field: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {connection.ops.quote_name(field.column)}", params)
        return [value for (value,) in cursor.fetchall()]


def _constant(field: Field, like: Model) -> Value:
    return Value(field.pre_save(like, add=True), output_field=field)
