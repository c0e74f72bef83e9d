"""Export trained models to other formats."""

from __future__ import annotations

__all__: list[str] = []
