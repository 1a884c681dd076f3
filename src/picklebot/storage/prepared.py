"""Statements of the hot path: SQLAlchemy writes them down once, and from then on only the driver is asked.

Executing a Core statement costs several times what SQLite takes to carry it out. These are made of the same tables,
so that there is one truth about columns, and are written for either database. Rows come as the driver has them:
times are microseconds since 1970 (`columns.utc_time`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias, cast

from sqlalchemy import Column, Insert, SelectBase, Table, UpdateBase
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from picklebot.ports.storage import Transaction
from picklebot.storage.columns import Bind, bind_of

Row: TypeAlias = tuple[Any, ...]
Upsert: TypeAlias = Callable[[Callable[[Table], Any]], Insert]
"""Makes an insert with `on_conflict_do_…`, given the `insert` of the database that has it."""


@dataclass(frozen=True, slots=True)
class Form:
    """A statement in one database's words: text, parameters in their order, and values that need not be given."""

    text: str
    binds: tuple[tuple[str, Bind | None], ...]
    constants: dict[str, Any]

    def fill(self, values: dict[str, Any]) -> list[Any]:
        """The parameters as the driver takes them. Raises KeyError when one is missing."""
        known = {**self.constants, **values} if self.constants else values
        return [known[name] if bind is None else bind(known[name]) for name, bind in self.binds]


class Prepared:
    """One statement. Values go by the names of its `bindparam`s; an insert's by those of its columns.

    A column that may be NULL may be left out.
    """

    def __init__(self, statement: SelectBase | UpdateBase | Upsert) -> None:
        self._statement = statement
        self._forms: dict[str, Form] = {}

    def run(self, tx: Transaction, **values: Any) -> int:
        """Carry it out; gives how many rows it met."""
        return self._execute(tx, values).rowcount

    def row(self, tx: Transaction, **values: Any) -> Row | None:
        """Carry it out; gives its first row, None without any."""
        rows = self._execute(tx, values).fetchall()
        return rows[0] if rows else None

    def rows(self, tx: Transaction, **values: Any) -> list[Row]:
        """Carry it out; gives all of its rows."""
        return self._execute(tx, values).fetchall()

    def each(self, tx: Transaction, **values: Any) -> Iterator[Row]:
        """Carry it out; gives its rows one by one, within the transaction."""
        with closing(self._execute(tx, values)) as cursor:
            yield from cursor

    def _execute(self, tx: Transaction, values: dict[str, Any]) -> Any:
        dialect = tx.connection.dialect
        form = self._forms.get(dialect.name) or self.form(dialect)
        return tx.driver.execute(form.text, form.fill(values))

    def form(self, dialect: Dialect) -> Form:
        """The statement as this database reads it, written at the first need."""
        written = _compile(self._statement, dialect)
        binds = [(name, written.binds[name]) for name in written.positiontup or ()]
        constants = {name: bind.value for name, bind in binds if not bind.required}
        if isinstance(written.statement, Insert):
            constants |= {it.key: None for it in _columns(written.statement) if it.nullable}
        form = Form(str(written), tuple((name, bind_of(bind.type)) for name, bind in binds), constants)
        self._forms[dialect.name] = form
        return form


def _compile(statement: SelectBase | UpdateBase | Upsert, dialect: Dialect) -> SQLCompiler:
    if not isinstance(statement, SelectBase | UpdateBase):
        statement = statement(import_module(f"sqlalchemy.dialects.{dialect.name}").insert)
    keys = None
    if isinstance(statement, Insert):
        statement = statement.inline()  # the number that the database gave to a row is not asked back
        keys = [column.key for column in _columns(statement) if column.autoincrement is not True]
    return statement.compile(dialect=dialect, column_keys=keys)


def _columns(statement: Insert) -> Iterable[Column[Any]]:
    return cast("Table", statement.table).columns
