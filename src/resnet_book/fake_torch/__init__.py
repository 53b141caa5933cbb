"""A torch that knows only shapes, and `check_source`, which reads a reader's own network with it.

Pure Python, neither torch nor numpy, and little of the standard library, so that a page runs it too (Brython). The
arithmetic is that of `resnet_book.rules`; the words of a mistake are those of `resnet_book.repairs`.
"""

from .checking import check_source, parse_shape

__all__ = ["check_source", "parse_shape"]
