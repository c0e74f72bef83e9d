"""The playground: watch a network learn, in the browser (`deltarule play`) or a notebook (`play`)."""

from deltarule.playground.notebook import play

__all__ = ["play"]
