"""One boto3 client a service and process, made on first use."""

from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config

from skill_benchmark.warm import kept_warm

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_secretsmanager.client import SecretsManagerClient
    from mypy_boto3_stepfunctions.client import SFNClient

# Connections for the threads that read and write records side by side; parameters are ours and typed.
_CONFIG = Config(max_pool_connections=64, parameter_validation=False, retries={"mode": "standard", "max_attempts": 4})


@kept_warm
def session() -> botocore.session.Session:
    """Credentials and settings for who speaks to AWS without a client of boto3's."""
    return botocore.session.get_session()


@kept_warm
def s3() -> "S3Client":
    client: S3Client = boto3.client("s3", config=_CONFIG)
    return client


@kept_warm
def stepfunctions() -> "SFNClient":
    # Admission and the API can do without its answer, and must not wait for it until their own time is up.
    config = _CONFIG.merge(Config(connect_timeout=3, read_timeout=10))
    client: SFNClient = boto3.client("stepfunctions", config=config)
    return client


@kept_warm
def secretsmanager() -> "SecretsManagerClient":
    client: SecretsManagerClient = boto3.client("secretsmanager", config=_CONFIG)
    return client
