"""The abstract kinds, as names."""

from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping, MutableSequence, Sequence  # noqa: F401
from typing import *  # noqa: F403
