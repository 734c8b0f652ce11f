"""Finding and writing a thousand rows with one short statement, and no object for each of them."""

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any, cast

from django.db import connection
from django.db.models import AutoField, Expression, F, Field, ForeignObject, Lookup, Model, QuerySet, Value
from django.db.models.sql import DeleteQuery, Query, UpdateQuery

from microbiz.prepared import Given

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
    fields = [field for field in like._meta.concrete_fields if not isinstance(field, AutoField)]
    values = [own[name] if (name := field.name) in own else _constant(field, like) for field in fields]
    select, params = rows.values_list(*values).query.get_compiler(connection=connection).as_sql()
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {quote(like._meta.db_table)} ({columns}) {select}", params)


def save_each(rows: Collection[Model], fields: Sequence[str]) -> None:
    """As `bulk_update`, for rows of one kind; one alone by the statement of its `save`, which is quicker to compose."""
    if len(rows) == 1:
        [row] = rows
        row.save(update_fields=fields)
    elif rows:
        type(next(iter(rows)))._default_manager.bulk_update(rows, fields)


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
    column = connection.ops.quote_name(query.get_meta().get_field(name).column)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {column}", params)
        return [value for (value,) in cursor.fetchall()]


def _constant(field: Field, like: Model) -> Value:
    return Value(field.pre_save(like, add=True), output_field=field)
