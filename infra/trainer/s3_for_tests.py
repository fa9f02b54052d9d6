"""The S3 server of the tests, where S3_ENDPOINT_TEST and its like name one."""
import dataclasses
import os
import pathlib
import uuid

import boto3
from botocore.config import Config

NAMES = ["S3_ENDPOINT_TEST", "S3_ACCESS_KEY_ID_TEST", "S3_SECRET_ACCESS_KEY_TEST", "S3_BUCKET_TEST"]
NO_S3 = "no S3 server: set S3_ENDPOINT_TEST and the rest as tools/services/s3.mjs prints them"


def has_s3() -> bool:
    """Tell whether there is a server."""
    return all(os.environ.get(name) for name in NAMES)


@dataclasses.dataclass(frozen=True)
class Bucket:
    """A part of the server's bucket."""

    name: str
    prefix: str
    endpoint: str
    region: str
    key: str
    secret: str

    @classmethod
    def fresh(cls) -> "Bucket":
        """Return a part that is empty."""
        endpoint, key, secret, name = (os.environ[each] for each in NAMES)
        region = os.environ.get("S3_REGION_TEST") or "us-east-1"
        return cls(name, f"trainer/{uuid.uuid4()}", endpoint, region, key, secret)

    @property
    def environment(self) -> dict[str, str]:
        """What a trainer needs for it."""
        return {"AWS_ACCESS_KEY_ID": self.key, "AWS_SECRET_ACCESS_KEY": self.secret}

    @property
    def client(self):
        """A client of our own."""
        return boto3.client("s3", endpoint_url=self.endpoint, region_name=self.region, aws_access_key_id=self.key,
                            aws_secret_access_key=self.secret, config=Config(s3={"addressing_style": "path"}))

    def objects(self) -> dict:
        """What a job file says of it."""
        return {"uri": f"s3://{self.name}/{self.prefix}", "endpoint": self.endpoint, "region": self.region,
                "patienceSeconds": 1}

    def put(self, key: str, content: bytes) -> None:
        """Put an object."""
        self.client.put_object(Bucket=self.name, Key=f"{self.prefix}/{key}", Body=content)

    def get(self, key: str) -> bytes:
        """Return an object's bytes."""
        return self.client.get_object(Bucket=self.name, Key=f"{self.prefix}/{key}")["Body"].read()

    def delete(self, key: str) -> None:
        """Remove an object."""
        self.client.delete_object(Bucket=self.name, Key=f"{self.prefix}/{key}")

    def keys(self) -> list[str]:
        """Return all keys."""
        listed = self.client.list_objects_v2(Bucket=self.name, Prefix=f"{self.prefix}/").get("Contents", [])
        return [one["Key"].removeprefix(f"{self.prefix}/") for one in listed]

    def take(self, job) -> None:
        """Let a tiny job have its datasets here and its checkpoint too."""
        for path in sorted(pathlib.Path(job.store).rglob("*.jsonl")):
            self.put(path.relative_to(job.store).as_posix(), path.read_bytes())
        uri = self.objects()["uri"]
        job.job.update(objects=self.objects(), publish={"uri": f"{uri}/checkpoints/tiny"})
        for phase, name in zip(job.job["phases"], ("sft", "dpo")):
            phase["dataset"]["uri"] = f"{uri}/datasets/{name}"
        job.environment = self.environment
        job.write()
