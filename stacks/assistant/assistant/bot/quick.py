"""Makes aiogram quick to import. This module is imported before it.

aiogram has some 440 types. When it is imported it has pydantic build a validator for each, and each contains those of
all types below it: some seconds of work at every start and every reload (aiogram's issue 1876), of which this bot needs a
hundredth. So here the building is put off until a type is used, as pydantic does by itself for models with `defer_build`;
what has to be added is where the names in their annotations are found.
"""

import sys
from typing import Any

from pydantic import BaseModel

assert "aiogram" not in sys.modules, "aiogram was imported before assistant.bot.quick"

_names: dict[str, Any] = {}
_rebuild = BaseModel.model_rebuild.__func__  # type: ignore[attr-defined]


def _later(cls: type[BaseModel], *, _types_namespace: dict[str, Any] | None = None, **_: Any) -> None:
    """In place of `model_rebuild` while aiogram is imported."""
    _names.update(_types_namespace or {})


def _now(cls: type[BaseModel], *, _types_namespace: dict[str, Any] | None = None, **options: Any) -> bool | None:
    """Afterwards: build, with the names that aiogram would have given."""
    built: bool | None = _rebuild(cls, _types_namespace=_types_namespace or _names, **options)
    return built


BaseModel.model_rebuild = classmethod(_later)  # type: ignore[assignment]
try:
    import aiogram.methods.base
    import aiogram.types.base
finally:
    BaseModel.model_rebuild = classmethod(_rebuild)  # type: ignore[method-assign]
if _names:
    for base in (aiogram.types.base.TelegramObject, aiogram.methods.base.TelegramMethod, aiogram.methods.base.Response):
        base.model_rebuild = classmethod(_now)  # type: ignore[assignment]
