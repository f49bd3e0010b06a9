"""STS GetCallerIdentity in its query protocol; any other action of STS is refused by its name."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

_NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/"
_USER = "emulator"


def answer(body: bytes, account: str) -> tuple[int, bytes]:
    """The status and the XML of an answer to a form."""
    try:
        action = parse_qs(body.decode("utf-8"), max_num_fields=100).get("Action", [""])[0]
    except ValueError:
        action = ""
    if action != "GetCallerIdentity":
        message = escape(
            f"the emulator answers GetCallerIdentity alone, not {action[:60] or 'a call without an action'}"
        )
        error = f"<Error><Type>Sender</Type><Code>InvalidAction</Code><Message>{message}</Message></Error>"
        return 400, _document(
            f'<ErrorResponse xmlns="{_NAMESPACE}">{error}<RequestId>{uuid.uuid4()}</RequestId></ErrorResponse>'
        )
    result = f"<Arn>arn:aws:iam::{account}:user/{_USER}</Arn><UserId>AIDAEMULATEDEMULATED</UserId><Account>{account}</Account>"
    return 200, _document(
        f'<GetCallerIdentityResponse xmlns="{_NAMESPACE}"><GetCallerIdentityResult>{result}</GetCallerIdentityResult>'
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata></GetCallerIdentityResponse>"
    )


def _document(text: str) -> bytes:
    """XML has no control characters, not even escaped ones."""
    return "".join(char if char.isprintable() else "?" for char in text).encode("utf-8", "replace")
