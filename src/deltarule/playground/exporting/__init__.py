"""Files that the playground exports: an experiment, a model, programs, a page, a history."""

from deltarule.playground.exporting.downloads import EXPORTS, exported

__all__ = ["EXPORTS", "exported"]
