"""What the name of a column says about its values: identifiers, stored row indexes, times, codes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from deltarule.data.table import numbered

_WORDS = re.compile(r"ID(?=[a-z])|[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_PANDAS_INDEX = re.compile(r"__index_level_\d+__")
_INDEX = re.compile(
    r"Unnamed: \d+(_level_\d+)?|\.\.\.1|index|level_0|row_?(index|names?|id|number|nr|no|num)|"
    r"row[. ](names?|index|id|number)|rownames",
    re.IGNORECASE,
)
_IDENTIFIERS = frozenset(
    ("id", "ids", "uid", "uuid", "guid", "pk", "oid", "pid", "sid", "ssn", "imei", "matricule")
)
_NUMBERS = frozenset(
    ("idx", "index", "key", "number", "num", "no", "nr", "nbr", "nummer", "numero", "serial")
)
_ENTITIES = frozenset(
    (
        "account", "acct", "beneficiary", "card", "case", "claim", "client", "contract", "customer",
        "cust", "device", "document", "employee", "emp", "encounter", "household", "invoice", "item",
        "kunden", "loan", "member", "order", "passenger", "patient", "person", "policy", "product",
        "record", "reference", "registration", "row", "sample", "sequence", "serial", "session",
        "shipment", "specimen", "student", "subject", "ticket", "transaction", "trans", "user", "visit",
    )
)  # fmt: skip
_JOINED = re.compile(
    rf"({'|'.join(sorted(_ENTITIES))})(id|idx|key|no|nr|num|number|nummer)", re.IGNORECASE
)
_TIMES = frozenset(
    (
        "year", "yr", "month", "week", "day", "date", "hour", "minute", "second", "time", "epoch",
        "timestamp", "quarter", "season", "age", "t", "step", "period",
    )
)  # fmt: skip
_PERSONS = (
    "patient", "person", "subject", "participant", "customer", "client", "user", "student", "employee",
    "passenger", "member", "animal", "machine", "device", "vehicle",
)  # fmt: skip
_PLACES = frozenset(
    (
        "zip", "zipcode", "postal", "postcode", "plz", "code", "codes", "country", "state", "city",
        "region", "district", "county", "area", "zone", "class", "type", "category", "grade", "level",
        "version", "model", "size", "band", "bin", "range",
    )
)  # fmt: skip


def words(name: str) -> list[str]:
    """Return the words of a name in lower case: customerId and customer_id are customer, id."""
    return [word.lower() for word in _WORDS.findall(name)]


def unnamed_columns(names: Sequence[str]) -> frozenset[str]:
    """Return the columns whose header was empty: column1 beside names that are not all numbered."""
    by_position = numbered(len(names))
    if tuple(names) == by_position:
        return frozenset()
    return frozenset(name for name, other in zip(names, by_position, strict=True) if name == other)


def is_pandas_index(name: str) -> bool:
    """Whether pandas wrote the column as an index without a name."""
    return _PANDAS_INDEX.fullmatch(name) is not None


def is_row_index(name: str) -> bool:
    """Whether the name is one that programs give to a stored row index."""
    return _INDEX.fullmatch(name.strip()) is not None


def is_identifier(name: str) -> bool:
    """Whether the name is that of an identifier: customerId, SK_ID_CURR, PassengerId, person_number."""
    found = words(name)
    if any(word in _IDENTIFIERS for word in found) or _JOINED.fullmatch(name.strip()):
        return True
    return is_numbering(name) and any(word in _ENTITIES for word in found[:-1])


def is_numbering(name: str) -> bool:
    """Whether the name ends in a word such as number, no, index or key."""
    found = words(name)
    return bool(found) and found[-1] in _NUMBERS


def is_time(name: str) -> bool:
    """Whether the name is that of a time or an age, such as year or day_of_month."""
    return any(word in _TIMES for word in words(name))


def is_entity(name: str) -> bool:
    """Whether the name is that of an identifier or of what is identified, such as patient."""
    return is_identifier(name) or words(name)[-1:] in [[person] for person in _PERSONS]


def is_place(name: str) -> bool:
    """Whether the name is that of a place or a code, whose values describe the row."""
    return any(word in _PLACES for word in words(name))
