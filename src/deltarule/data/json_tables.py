"""JSON lines and arrays of objects: each value as text with its JSON type, without a guess."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deltarule.data.duckdb_connection import sql_text
from deltarule.data.duckdb_reader import Relation, named_relation, refuse_same_letters
from deltarule.data.read_limits import MAX_JSON_KEYS, ReadLimits
from deltarule.errors import TableFileError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def json_relation(opened: DuckDBPyConnection, path: str, name: str, limits: ReadLimits) -> Relation:
    """Return the relation of the keys of JSON objects, in the order of their first occurrence."""
    objects = _objects(path)
    names = _keys(opened, objects, name)
    _check_size(opened, objects, names, name, limits)
    paths = ", ".join(sql_text(_pointer(name)) for name in names)
    picked = ", ".join(f"texts[{i + 1}] AS c{i}" for i in range(len(names)))
    types = ", ".join(f"types[{i + 1}] AS t{i}" for i in range(len(names)))
    found = f"json_extract_string(json, [{paths}]) AS texts, json_type(json, [{paths}]) AS types"
    sql = f"SELECT {picked}, {types} FROM (SELECT {found} FROM {objects})"
    return Relation(sql, names, json=True)


def queried_json_relation(
    opened: DuckDBPyConnection, path: str, name: str, limits: ReadLimits
) -> Relation:
    """Return the relation of JSON objects for a query, in the types that DuckDB finds."""
    keys = _keys(opened, _objects(path), name)
    _check_size(opened, _objects(path), keys, name, limits)
    refuse_same_letters(keys)
    sql = f"read_json({sql_text(path)}, format='auto', sample_size=-1, compression='none')"
    names = [str(row[0]) for row in opened.execute(f"DESCRIBE SELECT * FROM {sql}").fetchall()]
    return named_relation(sql, names, stored=False)


def _check_size(
    opened: DuckDBPyConnection, objects: str, keys: tuple[str, ...], name: str, limits: ReadLimits
) -> None:
    if not limits.is_bounded:
        return
    if len(keys) > MAX_JSON_KEYS:
        raise TableFileError(
            f"{name} has objects of {len(keys):,} different keys, more than the {MAX_JSON_KEYS:,} that "
            "are allowed here: give all rows the same keys."
        )
    answer = opened.execute(f"SELECT count(*) FROM {objects}").fetchone()
    limits.check_cells(name, answer[0] if answer is not None else 0, len(keys))


def _objects(path: str) -> str:
    return f"read_json_objects({sql_text(path)}, format='auto', compression='none')"


def _keys(opened: DuckDBPyConnection, objects: str, name: str) -> tuple[str, ...]:
    rows = opened.execute(
        "SELECT key, min(row) FROM (SELECT unnest(keys) AS key, generate_subscripts(keys, 1) AS place, "
        "row FROM (SELECT CASE WHEN json_type(json) = 'OBJECT' THEN json_keys(json) ELSE [NULL] END "
        f"AS keys, row_number() OVER () AS row FROM {objects})) "
        "GROUP BY key ORDER BY min(row), arg_min(place, row)"
    ).fetchall()
    for key, row in rows:
        if key is None:
            raise TableFileError(no_object_message(f"{name}, row {row}"))
    if not rows:
        raise TableFileError(no_keys_message(name))
    return tuple(str(key) for key, _ in rows)


def no_object_message(place: str) -> str:
    """Return the sentence about a row of JSON that has no keys for columns."""
    return f'{place}: a row must be a JSON object, such as {{"size": 1.5}}: write each row as one.'


def no_keys_message(name: str) -> str:
    """Return the sentence about a JSON file without any key."""
    return f'{name} has no rows with keys: write each row as an object, such as {{"size": 1.5}}.'


def _pointer(key: str) -> str:
    """Return the JSON pointer (RFC 6901) of a key."""
    return "/" + key.replace("~", "~0").replace("/", "~1")
