"""Records: classes of named fields, frozen unless said otherwise: `dataclasses` without generated code.

The standard library compiles up to six functions for each dataclass when its module is imported: 1 to 2 ms a class, and
a command here needs a hundred of them. `shore ps` must answer in less than that. A record shares one implementation of
everything; making the class costs microseconds, making an instance about as much as a dataclass. Fields, defaults,
keyword and positional arguments, equality, hash, repr and `match` are as with a dataclass; type checkers treat the two
alike (PEP 681)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform, overload

__all__ = ["MISSING", "asdict", "default", "factory", "fields", "is_record", "record", "replace"]

T = TypeVar("T")


class _Factory:
    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def factory(*, default_factory: Callable[[], T]) -> T:
    """A default that is made anew for each instance."""
    return _Factory(default_factory)  # type: ignore[return-value]


@overload
def record(cls: type[T], /) -> type[T]: ...
@overload
def record(*, frozen: bool = True, hidden: tuple[str, ...] = ()) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(factory,))
def record(cls: type[T] | None = None, /, *, frozen: bool = True, hidden: tuple[str, ...] = ()) -> Any:
    """Make `cls` a record of its annotated names. `hidden` fields are left out of its repr: what may hold a secret, or
    is too large to read."""
    if cls is None:
        return lambda found: _prepare(found, frozen, hidden)
    return _prepare(cls, frozen, hidden)


def _prepare(cls: Any, frozen: bool, hidden: tuple[str, ...]) -> Any:
    own = [name for name, hint in cls.__annotations__.items() if not str(hint).startswith("ClassVar")]
    names = tuple(dict.fromkeys((*getattr(cls, "__record__", ()), *own)))
    makers = dict(getattr(cls, "__record_factories__", ()))
    for name in own:
        default = cls.__dict__.get(name)
        if isinstance(default, _Factory):
            makers[name] = default.make
            delattr(cls, name)
        elif hasattr(default, "__get__"):  # a function: read through the class it would turn into a method
            makers[name] = partial(_same, default)
            delattr(cls, name)
    cls.__record__ = names
    setattr(cls, "__match_args__", names)  # noqa: B010  (mypy knows no assignment to it)
    cls.__record_names__ = frozenset(names)
    cls.__record_factories__ = tuple(makers.items())
    cls.__record_required__ = tuple(name for name in names if name not in makers and not hasattr(cls, name))
    cls.__record_hidden__ = hidden
    cls.__record_values__ = _values_of(names)
    for name, method in (_METHODS | (_FROZEN if frozen else _OPEN)).items():
        if name not in cls.__dict__:
            setattr(cls, name, method)
    return cls


def _same(value: Any) -> Any:
    return value


def _values_of(names: tuple[str, ...]) -> Any:
    """A function that gives the tuple of an instance's values."""
    if len(names) > 1:
        return staticmethod(attrgetter(*names))
    return staticmethod(lambda one: tuple(getattr(one, name) for name in names))


def _init(self: Any, *args: Any, **given: Any) -> None:
    values = self.__dict__
    if args:
        values.update(zip(self.__record__, args, strict=False))
    if len(args) > len(self.__record__) or not given.keys() <= self.__record_names__ or values.keys() & given.keys():
        raise TypeError(f"{type(self).__name__}: wrong arguments {args!r} {sorted(given)}")
    values.update(given)
    for name, make in self.__record_factories__:
        if name not in values:
            values[name] = make()
    for name in self.__record_required__:
        if name not in values:
            raise TypeError(f"{type(self).__name__}: {name} is missing")
    after = getattr(self, "__post_init__", None)
    if after is not None:
        after()


def _repr(self: Any) -> str:
    shown = [
        f"{name}={value!r}"
        for name, value in self.__dict__.items()
        if name in self.__record_names__ and name not in self.__record_hidden__
    ]
    return f"{type(self).__name__}({', '.join(shown)})"


def _eq(self: Any, other: object) -> Any:
    if type(self) is not type(other):
        return NotImplemented
    return self.__record_values__(self) == other.__record_values__(other)  # type: ignore[attr-defined]


def _hash(self: Any) -> int:
    return hash(self.__record_values__(self))


def _set(self: Any, name: str, value: object) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be set")


def _delete(self: Any, name: str) -> None:
    raise AttributeError(f"{type(self).__name__} is frozen: {name} cannot be deleted")


_METHODS = {"__init__": _init, "__repr__": _repr, "__eq__": _eq}
_FROZEN = {"__hash__": _hash, "__setattr__": _set, "__delattr__": _delete}
_OPEN: dict[str, Any] = {"__hash__": None}


def is_record(value: object) -> bool:
    """Whether `value` is a record, or a class of records."""
    return hasattr(value, "__record__")


def fields(one: Any) -> tuple[str, ...]:
    """The names of a record's fields, in order; of an instance or of the class."""
    names: tuple[str, ...] = one.__record__
    return names


def default(kind: Any, name: str) -> Any:
    """The value that a field of the record class `kind` has when nobody gives one; MISSING when it must be given."""
    makers = dict(kind.__record_factories__)
    return makers[name]() if name in makers else getattr(kind, name, MISSING)


MISSING = object()


def replace(one: T, /, **changes: Any) -> T:
    """A copy of a record with some values changed."""
    values = {name: getattr(one, name) for name in one.__record__}  # type: ignore[attr-defined]
    return type(one)(**{**values, **changes})


def asdict(one: Any) -> dict[str, Any]:
    """A record as a dictionary, records inside it too."""
    return {name: _plain(getattr(one, name)) for name in one.__record__}


def _plain(value: Any) -> Any:
    if is_record(value):
        return asdict(value)
    if isinstance(value, (list, tuple)):
        return type(value)(_plain(item) for item in value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value
