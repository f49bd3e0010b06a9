"""The Git repository of a definition as an option: JSON, or the AWS CLI's shorthand."""

from __future__ import annotations

import click

from packager.healthomics.request import DefinitionRepository
from packager.healthomics.request_body import read_repository
from packager.jsondoc import jsontext

FORM = "connectionArn=ARN,fullRepositoryId=OWNER/NAME,sourceReference={type=TAG,value=NAME},excludeFilePatterns=[GLOB]"
_MAX_DEPTH = 4


def repository_option(text: str | None) -> DefinitionRepository | None:
    """The value of `--definition-repository`.

    Raises:
        click.BadParameter: the text is neither JSON nor the shorthand.
    """
    if text is None:
        return None
    try:
        is_json = text.lstrip().startswith("{")
        members = jsontext.value_of(text.encode("utf-8", "surrogatepass")) if is_json else _Shorthand(text).members()
    except ValueError as error:
        raise click.BadParameter(f"`{text[:80]}` is neither JSON nor {FORM}") from error
    if not isinstance(members, dict):
        raise click.BadParameter(f"`{text[:80]}` is not a JSON object")
    return read_repository(members)


class _Shorthand:
    """`key=value,key={...},key=[...]`, as the AWS CLI writes structures."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def members(self) -> dict[str, object]:
        members = self._members("", 0)
        if self._at < len(self._text):
            raise ValueError(self._text)
        return members

    def _members(self, end: str, depth: int) -> dict[str, object]:
        if depth > _MAX_DEPTH:
            raise ValueError(self._text)
        members: dict[str, object] = {}
        while True:
            name = self._until("=")
            self._take("=")
            members[name.strip()] = self._value(end, depth)
            if not self._next(","):
                break
            self._take(",")
        if end:
            self._take(end)
        return members

    def _value(self, end: str, depth: int) -> object:
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
