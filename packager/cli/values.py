"""A setting's value with where it came from, and the forms that a definition's repository can be written in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from packager.healthomics.request import Repository, of_members
from packager.jsondoc import jsontext


@dataclass(frozen=True, slots=True)
class Value:
    """An option's value and where it came from."""

    value: Any
    origin: str


Layer = Mapping[str, Value]  # by the configuration's names of the options
Given = Sequence[Layer]

_FORM = "connectionArn=ARN,fullRepositoryId=OWNER/NAME,sourceReference={type=TAG,value=NAME},excludeFilePatterns=[GLOB]"
_MAX_DEPTH = 4


def read_repository(members: Mapping[str, Any]) -> Repository:
    """A repository of its members by their API names.

    Raises:
        PackagerError: a member has not the API's type.
    """
    repository = of_members({"definitionRepository": members}).definition_repository
    assert repository is not None  # it is the only member
    return repository


def in_characters(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    """A text that goes to the service, which can be sent only if every byte of it is part of a character."""
    if value is not None and jsontext.has_half_character(value):
        raise click.BadParameter(f"`{value[:80]}` is not UTF-8")
    return value


def repository_option(text: str | None) -> Repository | None:
    """`--definition-repository`: JSON, or the AWS CLI's shorthand.

    Raises:
        click.BadParameter: it is neither.
    """
    if text is None:
        return None
    try:
        is_json = text.lstrip().startswith("{")
        members = jsontext.value_of(text.encode("utf-8", "surrogatepass")) if is_json else _Shorthand(text).whole()
    except ValueError as error:
        raise click.BadParameter(f"`{text[:80]}` is neither JSON nor {_FORM}") from error
    if not isinstance(members, dict):
        raise click.BadParameter(f"`{text[:80]}` is no JSON object")
    return read_repository(members)


class _Shorthand:
    """`key=value,key={...},key=[...]`, as the AWS CLI writes structures."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def whole(self) -> dict[str, Any]:
        members = self._members("", 0)
        if self._at < len(self._text):
            raise ValueError(self._text)
        return members

    def _members(self, end: str, depth: int) -> dict[str, Any]:
        if depth > _MAX_DEPTH:
            raise ValueError(self._text)
        found: dict[str, Any] = {}
        while True:
            name = self._until("=")
            self._take("=")
            found[name.strip()] = self._value(end, depth)
            if not self._next(","):
                break
            self._take(",")
        if end:
            self._take(end)
        return found

    def _value(self, end: str, depth: int) -> Any:
        if self._next("{"):
            self._take("{")
            return self._members("}", depth + 1)
        if self._next("["):
            self._take("[")
            items = [self._until(",]")]
            while self._next(","):
                self._take(",")
                items.append(self._until(",]"))
            self._take("]")
            return items
        return self._until(f",{end}")

    def _until(self, stops: str) -> str:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] not in stops:
            self._at += 1
        return self._text[start : self._at]

    def _next(self, char: str) -> bool:
        return self._text.startswith(char, self._at)

    def _take(self, char: str) -> None:
        if not self._next(char):
            raise ValueError(self._text)
        self._at += 1
