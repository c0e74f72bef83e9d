"""Which spellings of a cell are missing values."""

from __future__ import annotations

from collections.abc import Collection

# What spreadsheets (in English, German, French and Spanish) and C write where a computation failed.
ERROR_VALUES: tuple[str, ...] = (
    "#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!", "#ERROR!", "#CALC!", "#SPILL!",
    "#FIELD!", "#GETTING_DATA", "#Error", "#Num!", "#WERT!", "#BEZUG!", "#ZAHL!", "#VALEUR!",
    "#NOMBRE!", "#NOM?", "#¡VALOR!", "#¡DIV/0!", "#¡REF!", "#¡NUM!", "#¿NOMBRE?",
    "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "1.#NAN", "nan(ind)", "-nan(ind)",
)  # fmt: skip

# Missing in every column. Compared exactly: 'none' and 'Nan' are words and names.
MISSING_MARKERS: tuple[str, ...] = (
    "", "?",
    # pandas, R, Python
    "NA", "N/A", "n/a", "<NA>", "NaN", "nan", "NAN", "-nan", "-NaN", "None", "NaT",
    # databases and JSON
    "null", "NULL", "<null>", "<NULL>", "(null)", "(NULL)", "[null]", "[NULL]", r"\N",
    # "not available" in spreadsheets
    "#N/A", "#N/A N/A", "#n/a", "#NA", "#NV",
    *ERROR_VALUES,
)  # fmt: skip

# Missing only in columns of numbers, booleans and datetimes, in any case: 'none' and '-' are common
# categories.
_AMONG_VALUES = frozenset(marker.lower() for marker in MISSING_MARKERS) | frozenset((
    "-", "--", "---", "–", "—", "−", "_", ".", "..", "...", "…", "*", "#", "??", "???",
    "na", "n/a", "n.a.", "n.a", "n. a.", "nan", "null", "nil", "none", "nothing", "<na>", "(na)",
    "<n/a>", "(none)", "missing", "<missing>", "(missing)", "unknown", "<unknown>", "(unknown)", "unk",
    "unk.", "undefined", "undef", "not available", "not applicable", "not known", "not recorded",
    "not reported", "no data", "no value", "nodata", "empty", "(empty)", "<empty>", "blank", "(blank)",
    "<blank>", "nd", "n/d", "n.d.", "n.d", "tbd", "tba", "nr", "n/r", "n.r.",
    "k.a.", "k. a.", "k.a", "keine angabe", "unbekannt", "fehlt", "fehlend", "nv", "n.v.", "n. v.",
    "inconnu", "non disponible", "manquant", "desconocido", "s/d",
    "sin datos", "nd.", "nc", "n/c", "n.c.", "#n/v", "non communiqué", "non renseigné", "nsp",
    "weiß nicht", "weiss nicht", "don't know", "don’t know", "no answer",
))  # fmt: skip
_EXTENDED = frozenset(f".{letter}" for letter in "abcdefghijklmnopqrstuvwxyz_")  # Stata and SAS


def is_missing(text: str, markers: Collection[str] = MISSING_MARKERS) -> bool:
    """Whether a trimmed text is a missing value in every column.

    A user's own `markers` replace the usual ones.
    """
    return text in markers


def is_missing_among_values(text: str) -> bool:
    """Whether a trimmed text is missing in a column of numbers, booleans or datetimes, in any case.

    These are the usual markers of every column, also where a user's own replace them, and words for
    "none" and "unknown". "####" is what spreadsheets show in a cell that is too narrow.
    """
    if len(text) > 20:
        return False
    lower = text.lower()
    return lower in _AMONG_VALUES or lower in _EXTENDED or (len(text) > 1 and not text.strip("#"))
