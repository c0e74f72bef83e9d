"""What is worth knowing about a table before a model is trained on it."""

from __future__ import annotations

import numpy as np

from deltarule.table_model.data_checks.checked_table import CheckedTable
from deltarule.table_model.data_checks.copied_columns import copy_notes
from deltarule.table_model.data_checks.duplicate_rows import duplicate_notes
from deltarule.table_model.data_checks.likely_leaks import likely_leak_notes
from deltarule.table_model.data_checks.repeated_identifiers import group_notes
from deltarule.table_model.data_checks.time_order import time_notes

__all__ = ["CheckedTable", "data_notes"]


def data_notes(checked: CheckedTable) -> tuple[str, ...]:
    """Return notes on likely leaks, duplicates, groups, time order and copied columns.

    Each is one sentence with the next step. The checks read samples of the rows and change nothing.
    """
    checks = (likely_leak_notes, duplicate_notes, group_notes, time_notes, copy_notes)
    with np.errstate(all="ignore"):  # numbers such as 1e308 overflow and compare as unlike
        return tuple(note for check in checks for note in check(checked))
