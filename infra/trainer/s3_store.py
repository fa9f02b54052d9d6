"""An object store that is a bucket of S3 or of what speaks its language. Imports boto3.

Credentials come from where boto3 looks for them: AWS_ACCESS_KEY_ID and its like, a file of profiles, a role. S3_ENDPOINT
and AWS_REGION in this environment win over the job's, since a node may reach the server by another address.
"""
import contextlib
import os
import pathlib

import boto3
from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (BotoCoreError, ClientError, ConnectionError, FlexibleChecksumError, HTTPClientError,
                                 IncompleteReadError, NoCredentialsError, PartialCredentialsError, ProfileNotFound,
                                 ResponseStreamingError, SSLError)

from errors import TransferFailure
from job import Objects
from object_store import PIECE_BYTES, this_machine

PART_BYTES = 64 << 20
# S3 takes 10,000 parts an object.
MOST_PARTS = 9_000
# A user that is not known is a 404 to some servers.
REFUSALS = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken",
            "RequestTimeTooSkewed", "XAdminUserNotFound")
PASSING = ("SlowDown", "RequestTimeout", "InternalError", "ServiceUnavailable", "OperationAborted")


class S3Store:
    """Objects under a prefix of a bucket; each keeps its SHA-256 as metadata, which a later push compares."""

    def __init__(self, objects: Objects):
        self._bucket, _, prefix = objects.uri.removeprefix("s3://").partition("/")
        self._root = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        endpoint = os.environ.get("S3_ENDPOINT") or objects.endpoint
        region = os.environ.get("AWS_REGION") or objects.region or "us-east-1"
        # An address can hold a password.
        self._server = endpoint.rpartition("@")[2] if endpoint else f"S3 in {region}"
        # Servers other than AWS rarely have a host name for each bucket.
        style = {"s3": {"addressing_style": "path"}} if endpoint else {}
        config = Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=5, read_timeout=60,
                        max_pool_connections=16, **style)
        with self._plainly("its objects"):
            self._client = boto3.session.Session().client("s3", endpoint_url=endpoint or None, region_name=region,
                                                          config=config)

    def read(self, key: str):
        """Yield an object's bytes piece by piece. Raises TransferFailure."""
        with self._plainly(key):
            yield from self._client.get_object(**self._named(key))["Body"].iter_chunks(PIECE_BYTES)

    def exists(self, key: str) -> bool:
        """Tell whether there is such an object."""
        return self._head(key) is not None

    def holds(self, key: str, size: int, sha256: str) -> bool:
        """Tell whether the object has this size and was put with this hash."""
        found = self._head(key)
        return bool(found) and found["ContentLength"] == size and found["Metadata"].get("sha256") == sha256

    def delete(self, key: str) -> None:
        """Remove an object; an absent one is fine."""
        with self._plainly(key):
            self._client.delete_object(**self._named(key))

    def put(self, key: str, path: pathlib.Path, sha256: str, on_bytes) -> None:
        """Upload a file in parts, after the last of which the object appears whole. Raises TransferFailure."""
        part = max(PART_BYTES, -(-path.stat().st_size // MOST_PARTS))
        config = TransferConfig(multipart_threshold=PART_BYTES, multipart_chunksize=part, max_concurrency=8)
        named = self._named(key)
        with self._plainly(key):
            self._client.upload_file(str(path), named["Bucket"], named["Key"], Config=config, Callback=on_bytes,
                                     ExtraArgs={"Metadata": {"sha256": sha256}})

    def _named(self, key: str) -> dict:
        return {"Bucket": self._bucket, "Key": self._root + key}

    def _head(self, key: str) -> dict | None:
        with self._plainly(key):
            try:
                return self._client.head_object(**self._named(key))
            except ClientError as error:
                if answer_of(error)[0] != 404:
                    raise
            # An answer to HEAD has no body to say why: the object, its bucket or our user may be missing.
            try:
                self._client.get_object(**self._named(key), Range="bytes=0-0")["Body"].close()
            except ClientError as error:
                if answer_of(error)[1] != "NoSuchKey":
                    raise
        return None

    @contextlib.contextmanager
    def _plainly(self, key: str):
        """Turn errors of boto3 into reasons, which name no secret and nothing that the server wrote but its code."""
        try:
            yield
        except (ClientError, BotoCoreError, Boto3Error) as error:
            cause = error.__context__ if isinstance(error, Boto3Error) and error.__context__ else error
            raise self._reason(key, cause) from error

    def _reason(self, key: str, error: Exception) -> TransferFailure:
        place = f"the bucket {self._bucket} at {self._server}"
        if isinstance(error, ClientError):
            return self._answered(key, place, *answer_of(error))
        if isinstance(error, (NoCredentialsError, PartialCredentialsError, ProfileNotFound)):
            return TransferFailure(f"the trainer on {this_machine()} has no credentials for {place}; give its "
                                   "environment AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a role", False)
        if isinstance(error, SSLError):
            return TransferFailure(f"the certificate of {self._server} is not trusted on {this_machine()}; name its "
                                   "authority in AWS_CA_BUNDLE", retryable=False)
        passing = (ConnectionError, HTTPClientError, IncompleteReadError, ResponseStreamingError, FlexibleChecksumError)
        if isinstance(error, passing):
            return TransferFailure(f"{key} in {place} cannot be reached from {this_machine()} "
                                   f"({type(error).__name__}); start the server, or correct S3_ENDPOINT", True)
        return TransferFailure(f"{key} in {place} cannot be used: {type(error).__name__}", retryable=False)

    def _answered(self, key: str, place: str, status: int, code: str) -> TransferFailure:
        said = f"{status} {code}"
        if code == "NoSuchKey":
            return TransferFailure(f"there is no object {self._root}{key} in {place}; somebody removed it", False)
        if code == "NoSuchBucket":
            return TransferFailure(f"there is no bucket {self._bucket} at {self._server}", retryable=False)
        if status in (401, 403) or code in REFUSALS:
            return TransferFailure(f"{self._server} refuses the trainer on {this_machine()} the object "
                                   f"{self._root}{key} of the bucket {self._bucket} ({said}); correct its credentials "
                                   "or their policy", retryable=False)
        if status in (408, 429) or status >= 500 or code in PASSING:
            return TransferFailure(f"{place} cannot serve {key} now ({said})", retryable=True)
        if status in (301, 307) or code == "AuthorizationHeaderMalformed":
            return TransferFailure(f"{place} is in another region ({said}); correct AWS_REGION", retryable=False)
        return TransferFailure(f"{place} refuses {key} ({said})", retryable=False)


def answer_of(error: ClientError) -> tuple[int, str]:
    """Return the status and the code of a server's refusal."""
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status, str(error.response.get("Error", {}).get("Code", ""))
