"""Column embeddings: what one input column becomes before the first dense layer.

An embedding is a frozen description. It maps the values x of one column, shape (n_samples,), to
``outputs`` values per row, with ``parameter_count`` parameters p in one flat array.

To add one, write a class in a file of this folder, list it in the file's ``__all__``, and add its
name and features to ``native/core/columns.hpp``.
"""

from deltarule.embeddings import base, numerical

# Names are listed in the order of registration.
# isort: split
from deltarule.embeddings import category
from deltarule.embeddings.base import *
from deltarule.embeddings.category import *
from deltarule.embeddings.numerical import *

__all__ = [*base.__all__, *numerical.__all__, *category.__all__]
