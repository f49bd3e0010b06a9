"""Registries to ask: moto's server, and a loopback stand-in for what moto lacks; both over HTTP with a real boto3."""

from __future__ import annotations

import contextlib
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

import botocore.session
from botocore.validate import ParamValidator

ACCOUNT = "111122223333"
OTHER = "444455556666"
REGION = "us-east-1"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
READ = ["ecr:GetDownloadUrlForLayer", "ecr:BatchGetImage", "ecr:BatchCheckLayerAvailability"]


def digest_of(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def statement(
    *,
    effect: str = "Allow",
    action: str | list[str] | None = None,
    principal: Any = None,
    **more: Any,
) -> dict[str, Any]:
    return {
        "Effect": effect,
        "Principal": {"Service": "omics.amazonaws.com"} if principal is None else principal,
        "Action": READ if action is None else action,
        **more,
    }


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


READABLE = policy(statement())


def config_blob(
    architecture: str = "amd64", system: str = "linux", entrypoint: list[str] | None = None, label: str = ""
) -> bytes:
    inner: dict[str, Any] = {"Cmd": ["bash"], "Labels": {"is": label}}
    if entrypoint is not None:
        inner["Entrypoint"] = entrypoint
    return json.dumps({"architecture": architecture, "os": system, "config": inner, "rootfs": {}}).encode()


def manifest_of(config: bytes, *, layer_bytes: int = 1000) -> str:
    layer = {
        "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
        "size": layer_bytes,
        "digest": digest_of(b"layer"),
    }
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "config": {
                "mediaType": "application/vnd.oci.image.config.v1+json",
                "size": len(config),
                "digest": digest_of(config),
            },
            "layers": [layer],
        }
    )


def index_of(*entries: tuple[str, str, str]) -> str:
    """An index of (os, architecture, digest)."""
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": OCI_INDEX,
            "manifests": [
                {
                    "mediaType": OCI_MANIFEST,
                    "size": 500,
                    "digest": digest,
                    "platform": {"os": system, "architecture": architecture},
                }
                for system, architecture, digest in entries
            ],
        }
    )


@dataclass
class Image:
    manifest: str
    tags: list[str]
    status: str = "ACTIVE"

    @property
    def digest(self) -> str:
        return digest_of(self.manifest)


@dataclass
class Fault:
    """How an operation fails instead of answering: an error of the service, silence, or an answer that is none."""

    code: str = ""
    status: int = 400
    hangs: float = 0.0
    text: str = ""
    times: int = 10_000
    only: str = ""  # only where this text stands in the request


@dataclass
class Account:
    """An account's registry, secrets and identity."""

    account: str = ACCOUNT
    repositories: dict[str, list[Image]] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    rules: list[dict[str, Any]] = field(default_factory=list)
    registry_policy: str | None = None
    templates: list[dict[str, Any]] = field(default_factory=list)
    secrets: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: dict[str, Fault] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    page: int = 1000
    url: str = ""

    def repository(self, name: str, policy_text: str | None = READABLE) -> None:
        self.repositories.setdefault(name, [])
        if policy_text is not None:
            self.policies[name] = policy_text

    def image(
        self,
        name: str,
        *tags: str,
        architecture: str = "amd64",
        entrypoint: list[str] | None = None,
        layer_bytes: int = 1000,
        status: str = "ACTIVE",
    ) -> str:
        """A single image in a repository that is readable unless it was made before; its digest."""
        if name not in self.repositories:
            self.repository(name)
        config = config_blob(architecture, entrypoint=entrypoint, label="".join(tags))
        self.blobs[digest_of(config)] = config
        found = Image(manifest_of(config, layer_bytes=layer_bytes), list(tags), status)
        self.repositories[name].append(found)
        return found.digest

    def index(self, name: str, tag: str, *entries: tuple[str, str, str]) -> str:
        if name not in self.repositories:
            self.repository(name)
        found = Image(index_of(*entries), [tag])
        self.repositories[name].append(found)
        return found.digest

    def cache(self, prefix: str, url: str, *, upstream_prefix: str | None = None, **template: Any) -> None:
        """A pull-through cache with all that it needs."""
        rule = {"ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": url, "registryId": self.account}
        self.rules.append(rule | ({"upstreamRepositoryPrefix": upstream_prefix} if upstream_prefix else {}))
        self.registry_policy = policy(
            statement(
                action=["ecr:CreateRepository", "ecr:BatchImportUpstreamImage"],
                Resource=f"arn:aws:ecr:{REGION}:{self.account}:repository/{prefix}/*",
            )
        )
        self.templates.append(
            {
                "prefix": prefix,
                "appliedFor": ["PULL_THROUGH_CACHE"],
                "repositoryPolicy": policy(statement(action=["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"])),
                **template,
            }
        )

    def count(self, operation: str) -> int:
        return sum(name == operation for name, _ in self.calls)


class _RefusedError(Exception):
    def __init__(self, code: str, message: str = "") -> None:
        super().__init__(code)
        self.code, self.message = code, message or f"{code} was meant"


class _Operations:
    """The operations that are asked for, by botocore's own names."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def _repository(self, members: dict[str, Any]) -> list[Image]:
        if members.get("registryId", self.account.account) != self.account.account:
            raise _RefusedError("AccessDeniedException", "not authorized to perform: ecr")
        if members["repositoryName"] not in self.account.repositories:
            raise _RefusedError("RepositoryNotFoundException")
        return self.account.repositories[members["repositoryName"]]

    def DescribeImages(self, members: dict[str, Any]) -> dict[str, Any]:
        images = self._repository(members)
        details = []
        for wanted in members["imageIds"]:
            image = next((one for one in images if _is(one, wanted)), None)
            if image is None:
                raise _RefusedError("ImageNotFoundException")
            details.append(
                {
                    "registryId": self.account.account,
                    "repositoryName": members["repositoryName"],
                    "imageDigest": image.digest,
                    "imageTags": image.tags,
                    "imageSizeInBytes": 12345,
                    "imageStatus": image.status,
                }
            )
        return {"imageDetails": details}

    def BatchGetImage(self, members: dict[str, Any]) -> dict[str, Any]:
        images = self._repository(members)
        found, failures = [], []
        for wanted in members["imageIds"]:
            assert "imageTag" not in wanted, "fetching a tag below a cache rule would import it"
            image = next((one for one in images if _is(one, wanted)), None)
            if image is None:
                failures.append({"imageId": wanted, "failureCode": "ImageNotFound", "failureReason": "no"})
            else:
                found.append({"imageId": {"imageDigest": image.digest}, "imageManifest": image.manifest})
        return {"images": found, "failures": failures}

    def GetDownloadUrlForLayer(self, members: dict[str, Any]) -> dict[str, Any]:
        self._repository(members)
        if members["layerDigest"] not in self.account.blobs:
            raise _RefusedError("LayersNotFoundException")
        return {
            "downloadUrl": f"{self.account.url}/blobs/{members['layerDigest']}",
            "layerDigest": members["layerDigest"],
        }

    def GetRepositoryPolicy(self, members: dict[str, Any]) -> dict[str, Any]:
        self._repository(members)
        if members["repositoryName"] not in self.account.policies:
            raise _RefusedError("RepositoryPolicyNotFoundException")
        return {"policyText": self.account.policies[members["repositoryName"]]}

    def GetRegistryPolicy(self, _: dict[str, Any]) -> dict[str, Any]:
        if self.account.registry_policy is None:
            raise _RefusedError("RegistryPolicyNotFoundException")
        return {"registryId": self.account.account, "policyText": self.account.registry_policy}

    def DescribePullThroughCacheRules(self, members: dict[str, Any]) -> dict[str, Any]:
        return self._page("pullThroughCacheRules", self.account.rules, members)

    def DescribeRepositoryCreationTemplates(self, members: dict[str, Any]) -> dict[str, Any]:
        return self._page("repositoryCreationTemplates", self.account.templates, members)

    def _page(self, member: str, entries: list[dict[str, Any]], members: dict[str, Any]) -> dict[str, Any]:
        start = int(members.get("nextToken", "0"))
        end = start + self.account.page
        more = {"nextToken": str(end)} if end < len(entries) else {}
        return {member: entries[start:end], **more}

    def DescribeSecret(self, members: dict[str, Any]) -> dict[str, Any]:
        if members["SecretId"] not in self.account.secrets:
            raise _RefusedError("ResourceNotFoundException")
        return {"ARN": members["SecretId"], "Name": "x", **self.account.secrets[members["SecretId"]]}


def _is(image: Image, wanted: dict[str, str]) -> bool:
    return image.digest == wanted.get("imageDigest") or wanted.get("imageTag") in image.tags


_SERVICES = {"AmazonEC2ContainerRegistry_V20150921": "ecr", "secretsmanager": "secretsmanager"}
_MODELS = {name: botocore.session.get_session().get_service_model(name) for name in _SERVICES.values()}
_IDENTITY = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::{account}:user/someone</Arn><UserId>AIDA</UserId><Account>{account}</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""
_REFUSAL = """<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>{code}</Code>
<Message>no</Message></Error><RequestId>r</RequestId></ErrorResponse>"""


class _Handler(BaseHTTPRequestHandler):
    account: Account
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        service, _, operation = self.headers.get("X-Amz-Target", "").partition(".")
        operation = operation or parse_qs(body)["Action"][0]
        self.account.calls.append((operation, json.loads(body) if service else {}))
        fault = self.account.faults.get(operation)
        if fault is not None and fault.times > 0 and fault.only in body:
            fault.times -= 1
            self._fail(fault, query=not service)
        elif not service:
            self._send(200, _IDENTITY.format(account=self.account.account), "text/xml")
        else:
            self._answer(_SERVICES[service], operation, json.loads(body))

    def do_GET(self) -> None:
        content = self.account.blobs.get(self.path.removeprefix("/blobs/"))
        if content is None or "blob" in self.account.faults:
            self._send(403, "no")
        else:
            self._send(200, content)

    def _fail(self, fault: Fault, *, query: bool) -> None:
        if fault.hangs:
            time.sleep(fault.hangs)
        if fault.text:
            self._send(200, fault.text)
        elif query:
            self._send(fault.status, _REFUSAL.format(code=fault.code), "text/xml")
        elif fault.code:
            self._send(fault.status, json.dumps({"__type": fault.code, "message": "User: x is not meant to"}))

    def _answer(self, service: str, operation: str, members: dict[str, Any]) -> None:
        model = _MODELS[service].operation_model(operation)
        assert model.input_shape is not None
        problems = ParamValidator().validate(members, model.input_shape)
        assert not problems.has_errors(), problems.generate_report()
        try:
            answer = getattr(_Operations(self.account), operation)(members)
        except _RefusedError as error:
            self._send(400, json.dumps({"__type": error.code, "message": error.message}))
            return
        assert model.output_shape is not None
        assert set(answer) <= set(model.output_shape.members), operation
        self._send(200, json.dumps(answer))

    def _send(self, status: int, content: str | bytes, kind: str = "application/x-amz-json-1.1") -> None:
        data = content.encode() if isinstance(content, str) else content
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextlib.contextmanager
def serving(account: Account) -> Iterator[Account]:
    """The account behind a loopback endpoint, `account.url`."""
    handler = type("Handler", (_Handler,), {"account": account})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    account.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield account
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
