"""The command line: deltarule train | predict | inspect. The one place that prints."""

from deltarule.cli.app import main

__all__ = ["main"]
