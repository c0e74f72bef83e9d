"""The playground in a notebook, through anywidget: the same page over the notebook's own connection."""

from __future__ import annotations
