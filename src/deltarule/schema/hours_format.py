"""HoursFormat: base of the formats whose values are hours, times of day and durations."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from deltarule.schema.text_templates import TemplateGroup, group_by_template


class HoursFormat(ABC):
    """Reads texts as hours, template by template."""

    @abstractmethod
    def hours(self, group: TemplateGroup) -> NDArray[np.float64]:
        """Return the hours (rows,) of the texts of a template, NaN where they do not fit."""

    def parse(self, text: str) -> float | None:
        """Return the hours of a trimmed text, None where it does not fit."""
        value = float(self.parse_all([text])[0])
        return None if np.isnan(value) else value

    def parse_all(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the hours (n,), NaN where a text does not fit."""
        return self.read_groups(group_by_template(texts), len(texts))

    def read_groups(self, groups: Iterable[TemplateGroup], count: int) -> NDArray[np.float64]:
        """Return the hours (count,) of grouped texts, NaN where a text does not fit."""
        values = np.full(count, np.nan)
        for group in groups:
            values[group.rows] = self.hours(group)
        return values
