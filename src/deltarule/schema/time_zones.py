"""Time zones as they are written behind a time: offsets, abbreviations and names such as Europe/Berlin.

A local time that occurs twice (the end of daylight saving) is the first of the two; one that does not
exist (its beginning) is moved forward by the gap. This is `fold=0` of `zoneinfo`.
"""

from __future__ import annotations

import zoneinfo
from datetime import datetime, timedelta
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError

MINUTE = 60_000_000  # microseconds
DAY = 24 * 60 * MINUTE
_EPOCH = datetime(1970, 1, 1)
_FIRST_DAY = -719_162  # 0001-01-01, the first day of Python's datetime, in days since 1970
_LAST_DAY = 2_932_896  # 9999-12-31
_CYCLE_DAYS = 146_097  # 400 years, after which the calendar repeats

# Offsets from UTC in minutes. RFC 2822 defines the American ones.
_ABBREVIATIONS = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "west": 60, "cet": 60, "cest": 120, "met": 60,
    "mez": 60, "mesz": 120, "wez": 0, "wesz": 60, "oez": 120, "oesz": 180, "eet": 120, "eest": 180,
    "msk": 180, "trt": 180, "pkt": 300, "sgt": 480,
    "hkt": 480, "awst": 480, "jst": 540, "kst": 540, "acst": 570, "aest": 600, "acdt": 630,
    "aedt": 660, "nzst": 720, "nzdt": 780, "nst": -210, "ndt": -150, "adt": -180, "brt": -180,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
    "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "bst": 60, "ist": 330,
}  # fmt: skip
_REGIONS = {
    "et": "America/New_York",
    "ct": "America/Chicago",
    "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}

# Abbreviations with several meanings, and the one that is taken.
AMBIGUOUS_ABBREVIATIONS = {
    "bst": "BST is read as British Summer Time, UTC+01:00",
    "ist": "IST is read as India Standard Time, UTC+05:30",
}


def is_zone(name: str) -> bool:
    """Return whether a name in lowercase is a known abbreviation or a name of the IANA database."""
    return name in _ABBREVIATIONS or name in _REGIONS or _zone_key(name) is not None


def zone_offsets(name: str, local: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the offsets from UTC of local times in a zone, in microseconds.

    Parameters
    ----------
    name : str
        An abbreviation or a name of the IANA database, in lowercase.
    local : ndarray of shape (n,), dtype int64
        Local times in microseconds since 1970-01-01 00:00.
    """
    if name in _ABBREVIATIONS:
        return np.full(len(local), _ABBREVIATIONS[name] * MINUTE)
    key = _REGIONS.get(name) or _zone_key(name)
    assert key is not None
    zone = zoneinfo.ZoneInfo(key)
    # Most days have one offset: it is computed once, and for each time only where it changes.
    days, place = np.unique(local // DAY, return_inverse=True)
    first, last = _offsets(zone, days * DAY), _offsets(zone, days * DAY + DAY - 1)
    offsets = first[place]
    changes = (first != last)[place]
    offsets[changes] = _offsets(zone, local[changes])
    return offsets


def _offsets(zone: zoneinfo.ZoneInfo, local: NDArray[np.int64]) -> NDArray[np.int64]:
    inside = np.where(local // DAY < _FIRST_DAY, local + _CYCLE_DAYS * DAY, local)
    inside = np.where(local // DAY > _LAST_DAY, local - _CYCLE_DAYS * DAY, inside)
    offsets = (
        (_EPOCH + timedelta(microseconds=time)).replace(tzinfo=zone).utcoffset() or timedelta()
        for time in inside.tolist()
    )
    return np.array([offset // timedelta(microseconds=1) for offset in offsets], np.int64)


def _zone_key(name: str) -> str | None:
    keys = _zone_keys()
    if not keys and "/" in name:
        raise DataError(
            f"The time zone {name!r} cannot be read, because this system has no time zone database: "
            "run pip install tzdata."
        )
    return keys.get(name)


@lru_cache(maxsize=1)
def _zone_keys() -> dict[str, str]:
    """Return the names of the IANA database by their spelling in lowercase."""
    return {key.lower(): key for key in zoneinfo.available_timezones()}
