"""The playground: watch a network learn, in the browser (`deltarule play`) or a notebook (`play`)."""

from deltarule.playground.showing import play

__all__ = ["play"]
