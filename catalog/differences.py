"""What differs between two catalogs, entry by entry and in words people can read (`domain.md` C11)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from pydantic_core import PydanticUndefined

from catalog.base import Frozen
from catalog.canonical import canonical
from catalog.catalog import Catalog
from catalog.products import Scope
from catalog.systems import Template, TemplateField
from catalog.values import Scalar, to_text

_KEYS = ("code", "name", "product", "target", "key", "step")
"""The fields that tell entries of one tuple apart: of each model, the first that it has."""
_UNITS = {
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
    "s": timedelta(seconds=1),
    "ms": timedelta(milliseconds=1),
}
"""Lengths of time as files have them, longest first."""


class Kind(StrEnum):
    """What became of something."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


class Change(Frozen):
    """One part of an entry that differs: where within the entry, and what it was and is; None is nothing."""

    path: str
    kind: Kind
    before: str | None = None
    after: str | None = None


class Difference(Frozen):
    """One entry that differs; `title` is what people call it, and `changes` are those of a changed entry, by path."""

    section: str
    entry: str
    title: str
    kind: Kind
    changes: tuple[Change, ...] = ()


def differences(before: Catalog, after: Catalog) -> tuple[Difference, ...]:
    """Return the entries that differ, by section and key; catalogs of one digest have none."""
    found: list[Difference] = []
    for section in sorted(Catalog.model_fields):
        old, new = _fields(before)[section], _fields(after)[section]
        if isinstance(old, tuple) and isinstance(new, tuple):
            found += _of_section(section, _keyed(old) or {}, _keyed(new) or {})
        elif told := _sorted(_compared("", old, new)):
            found.append(Difference(section=section, entry="", title="", kind=Kind.CHANGED, changes=told))
    return tuple(found)


def changes(before: Frozen, after: Frozen) -> tuple[Change, ...]:
    """Return what differs between two models, by path."""
    return _sorted(_compared("", before, after))


def _of_section(section: str, before: Mapping[str, Frozen], after: Mapping[str, Frozen]) -> Iterator[Difference]:
    for key in sorted({**before, **after}):
        old, new = before.get(key), after.get(key)
        if old is None or new is None:
            kind = Kind.ADDED if old is None else Kind.REMOVED
            yield Difference(section=section, entry=key, title=_title(new or old), kind=kind)
        elif canonical(old) != canonical(new):
            told = changes(old, new)
            yield Difference(section=section, entry=key, title=_title(new), kind=Kind.CHANGED, changes=told)


def _title(entry: Frozen | None) -> str:
    fields = _fields(entry) if entry else {}
    return str(fields.get("title") or (fields.get("name") if "code" in fields else "") or "")


def _compared(path: str, before: object, after: object) -> Iterator[Change]:
    match before, after:
        case Template(), Template():
            yield from _templates(path, before, after)
        case TemplateField(), TemplateField():
            yield from _templates(path, before.template, after.template)
        case Scope(), Scope():
            yield from _texts(path, str(before), str(after))
        case Frozen(), Frozen():
            for name in {**_fields(before), **_fields(after)}:
                yield from _compared(_under(path, name), _value(before, after, name), _value(after, before, name))
        case tuple(), tuple():
            yield from _tuples(path, before, after)
        case _:
            yield from _texts(path, _text(before), _text(after))


def _texts(path: str, before: str | None, after: str | None) -> Iterator[Change]:
    if before != after:
        kind = Kind.ADDED if before is None else Kind.REMOVED if after is None else Kind.CHANGED
        yield Change(path=path, kind=kind, before=before, after=after)


def _templates(path: str, before: Template, after: Template) -> Iterator[Change]:
    if before.fields is not None and after.fields is not None:
        yield from _tuples(path, before.fields, after.fields)
    elif before.each is not None and after.each is not None:
        yield from _texts(_under(path, "each"), before.each, after.each)
        yield from _compared(_under(path, "as"), before.element, after.element)
    else:
        yield from _texts(path, _text(before), _text(after))


def _tuples(path: str, before: tuple[object, ...], after: tuple[object, ...]) -> Iterator[Change]:
    old, new = _keyed(before), _keyed(after)
    if old is None or new is None:
        yield from _texts(path, _text(before), _text(after))
        return
    for key in {**old, **new}:
        if key in old and key in new:
            yield from _compared(_under(path, key), old[key], new[key])
        else:
            yield from _texts(_under(path, key), _entry_text(old.get(key)), _entry_text(new.get(key)))
    kept = [each for each in old if each in new], [each for each in new if each in old]
    yield from _texts(_under(path, "order"), ", ".join(kept[0]), ", ".join(kept[1]))


def _keyed(entries: tuple[object, ...]) -> dict[str, Frozen] | None:
    """Return entries by what tells them apart, in their order; None where nothing does."""
    found: dict[str, Frozen] = {}
    for each in entries:
        key = _key(each) if isinstance(each, Frozen) else None
        if not isinstance(each, Frozen) or key is None:
            return None
        found[str(_fields(each)[key])] = each
    return found if len(found) == len(entries) else None


def _key(entry: Frozen) -> str | None:
    return next((each for each in _KEYS if each in _fields(entry)), None)


def _value(model: Frozen, other: Frozen, name: str) -> object:
    """Return the value of a field; of a field that only the other model has, what it is there if nobody gives it."""
    fields = _fields(model)
    if name in fields:
        return fields[name]
    default = type(other).model_fields[name].default
    return None if default is PydanticUndefined else default


def _fields(model: Frozen) -> Mapping[str, object]:
    return dict(model)


def _sorted(found: Iterator[Change]) -> tuple[Change, ...]:
    return tuple(sorted(found, key=lambda each: each.path))


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _entry_text(entry: Frozen | None) -> str | None:
    """Return an entry without the key it stands under."""
    if entry is None:
        return None
    return _text(entry.template) if isinstance(entry, TemplateField) else _mapping(entry, _key(entry))


def _text(value: object) -> str | None:
    """Return a value as people write it in files; nothing, no text and no elements are None."""
    match value:
        case None | "" | ():
            return None
        case timedelta():
            return _length(value)
        case StrEnum():
            return value.value
        case str() | bool() | int() | Decimal() | date():
            return _scalar(value)
        case Template():
            return _template(value)
        case Scope():
            return str(value)
        case tuple():
            return ", ".join(str(_text(each)) for each in value)
        case Frozen():
            return _mapping(value, None)
        case _:
            return str(value)


def _scalar(value: Scalar) -> str | None:
    return to_text(value)


def _mapping(model: Frozen, key: str | None) -> str:
    """Return what a model says beyond its defaults: `{type: choice, required: true}`."""
    defaults = type(model).model_fields
    given = {name: value for name, value in _fields(model).items() if name != key and value != defaults[name].default}
    return f"{{{', '.join(f'{name}: {_text(value)}' for name, value in given.items())}}}"


def _template(template: Template) -> str:
    if template.fields is not None:
        return f"{{{', '.join(f'{each.name}: {_template(each.template)}' for each in template.fields)}}}"
    if template.elements is not None:
        return f"[{', '.join(_template(each) for each in template.elements)}]"
    if template.each is not None:
        return f"{{each: {template.each}, as: {_text(template.element)}}}"
    return template.expression or ""


def _length(length: timedelta) -> str:
    sign, length = ("-", -length) if length < timedelta(0) else ("", length)
    unit = next(name for name, each in _UNITS.items() if length % each == timedelta(0) or name == "ms")
    return f"{sign}{length // _UNITS[unit]}{unit}" if length else "0s"
