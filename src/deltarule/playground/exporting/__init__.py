"""What can be taken away from the playground: files of an experiment, a model, code, a page."""

from deltarule.playground.exporting.downloads import EXPORTS, exported

__all__ = ["EXPORTS", "exported"]
