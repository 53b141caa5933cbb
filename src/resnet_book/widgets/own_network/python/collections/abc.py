"""The abstract kinds, as names."""

import typing as kinds

Callable, Hashable, Sized, Container, Iterator = (
    kinds.Callable,
    kinds.Hashable,
    kinds.Sized,
    kinds.Container,
    kinds.Iterator,
)
Collection, Iterable, Sequence, Mapping = kinds.Collection, kinds.Iterable, kinds.Sequence, kinds.Mapping
MutableMapping, MutableSequence, Set, Generator = (
    kinds.MutableMapping,
    kinds.MutableSequence,
    kinds.Set,
    kinds.Generator,
)
