"""The playground: watch a network learn, in the browser (`deltarule play`) or a notebook (`play`)."""

from deltarule.errors import MissingPackageError

try:
    import msgspec  # noqa: F401
except ImportError as error:
    raise MissingPackageError(
        "The playground needs msgspec: install it with pip install 'deltarule[play]'."
    ) from error

from deltarule.playground.notebook import play

__all__ = ["play"]
