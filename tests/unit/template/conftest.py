import pytest

from tests.unit.template.deployed import Stack, deploy

CREDENTIALS = {"AWS_ACCESS_KEY_ID": "unit", "AWS_SECRET_ACCESS_KEY": "unit", "AWS_DEFAULT_REGION": "eu-central-1"}


@pytest.fixture(scope="session")
def stack() -> Stack:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**CREDENTIALS, "VALIDATE_LAMBDA_S3": "false"}.items():
            patch.setenv(name, value)
        return deploy()
