"""Migrate as CloudFormation calls it, seen from the other side: a server that takes the answers."""

import functools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from functions.migrate import app
from migrations.errors import MigrationError
from migrations.runner import FOLDER, apply_migrations, read_migrations
from tests.integration.database.conftest import OWNER, RUNTIME, Server
from tests.integration.database.migrate import PASSWORD, Answers, Vault, answers, invoke

ALL = [migration.name for migration in read_migrations()]


@pytest.fixture
def cloudformation() -> Iterator[Answers]:
    with answers() as found:
        yield found


@pytest.fixture
def _older_release(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The function with all migrations but the last one."""
    older = Path(shutil.copytree(FOLDER, tmp_path / "older"))
    (older / f"{ALL[-1]}.sql").unlink()
    monkeypatch.setattr(app, "apply_migrations", functools.partial(apply_migrations, folder=older))


def test_invoked_by_hand_it_returns_what_it_applied(vault: Vault) -> None:
    assert invoke({}) == {"applied": ALL}
    assert invoke({}) == {"applied": []}


@pytest.mark.parametrize("kind", ["Create", "Update"])
def test_cloudformation_is_answered_with_the_documented_fields(
    vault: Vault, cloudformation: Answers, kind: str
) -> None:
    assert invoke(cloudformation.request(kind)) == {"applied": ALL}
    [answer] = cloudformation.received
    assert answer.method == "PUT"
    assert answer.path == "/arn%3Aaws%3Acloudformation/bench%7CSchemaMigration?X=a%2Fb", "as it was signed"
    assert answer.content_type == ""
    assert answer.body == {
        "Status": "SUCCESS",
        "Reason": "",
        "PhysicalResourceId": "skill-benchmark-schema",
        "StackId": "arn:aws:cloudformation:eu-central-1:123456789012:stack/bench/6f3c",
        "RequestId": f"request-{kind}",
        "LogicalResourceId": "SchemaMigration",
    }


def test_the_resource_stays_the_same_one_in_all_updates(vault: Vault, cloudformation: Answers) -> None:
    """CloudFormation would take another id for a replacement, and delete the former resource."""
    invoke(cloudformation.request("Create"))
    [created] = cloudformation.received
    for kind in ("Update", "Delete"):
        invoke(cloudformation.request(kind, PhysicalResourceId=created.body["PhysicalResourceId"]))
    invoke(cloudformation.request("Delete", PhysicalResourceId="made up by CloudFormation for a lost answer"))
    assert [answer.body["PhysicalResourceId"] for answer in cloudformation.received] == [
        *["skill-benchmark-schema"] * 3,
        "made up by CloudFormation for a lost answer",
    ]


def test_a_deleted_stack_leaves_the_schema_and_needs_no_database(vault: Vault, cloudformation: Answers) -> None:
    vault.put(OWNER, {"host": "nowhere.invalid"})
    assert invoke(cloudformation.request("Delete")) == {"applied": []}
    assert [answer.body["Status"] for answer in cloudformation.received] == ["SUCCESS"]


@pytest.mark.usefixtures("_older_release")
def test_a_rollback_to_the_release_before_succeeds_and_changes_nothing(
    server: Server, vault: Vault, empty_database: str, cloudformation: Answers
) -> None:
    with server.connect(empty_database, OWNER) as connection:
        apply_migrations(connection, runtime_role=RUNTIME)
        assert invoke(cloudformation.request("Update")) == {"applied": []}
        applied = connection.execute("SELECT name FROM skill_benchmark_migrations ORDER BY name").fetchall()
    assert [row["name"] for row in applied] == ALL
    assert [answer.body["Status"] for answer in cloudformation.received] == ["SUCCESS"]


def test_a_failure_is_answered_with_its_reason(vault: Vault, server: Server, cloudformation: Answers) -> None:
    vault.put(RUNTIME, server.secret("any", OWNER))
    assert invoke(cloudformation.request("Update")) == {"applied": []}
    [answer] = cloudformation.received
    assert answer.body["Status"] == "FAILED"
    assert f"runtime role {OWNER} is the owner" in answer.body["Reason"]
    assert answer.body["PhysicalResourceId"] == "skill-benchmark-schema"


def test_a_database_that_cannot_be_reached_is_a_reason_without_the_password(
    vault: Vault, server: Server, cloudformation: Answers
) -> None:
    vault.put(OWNER, server.secret("no_such_database", OWNER) | {"password": PASSWORD})
    invoke(cloudformation.request("Create"))
    [answer] = cloudformation.received
    assert answer.body["Status"] == "FAILED"
    assert "no_such_database" in answer.body["Reason"]
    assert PASSWORD not in str(answer.body)


def test_of_an_error_that_nobody_foresaw_only_the_kind_is_told(
    vault: Vault, cloudformation: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **given: object) -> None:
        raise KeyError(given["runtime_password"])

    monkeypatch.setattr(app, "apply_migrations", fail)
    invoke(cloudformation.request("Update"))
    [answer] = cloudformation.received
    assert answer.body["Reason"] == "KeyError; the log of the function says more"


def test_a_long_reason_fits_into_an_answer(
    vault: Vault, cloudformation: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise MigrationError("ü" * 100_000)

    monkeypatch.setattr(app, "apply_migrations", fail)
    invoke(cloudformation.request("Update"))
    [answer] = cloudformation.received
    assert answer.body["Reason"].startswith("ü")
    assert answer.size <= 4096


def test_cloudformation_is_answered_before_the_function_ends(
    server: Server, vault: Vault, empty_database: str, cloudformation: Answers
) -> None:
    with server.connect(empty_database, OWNER) as other, other.transaction():
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended('skill_benchmark_migrations', 0))")
        invoke(cloudformation.request("Update"), seconds=61)
    [answer] = cloudformation.received
    assert answer.body["Status"] == "FAILED"
    assert answer.body["Reason"].startswith("not done within 1 seconds")


def test_an_answer_that_was_refused_makes_lambda_deliver_the_request_again(
    vault: Vault, cloudformation: Answers
) -> None:
    cloudformation.status = 403
    with pytest.raises(Exception, match="raised at") as refused:
        invoke(cloudformation.request("Create"))
    assert type(refused.value).__name__ == "HTTPError"
    cloudformation.status = 200
    assert invoke(cloudformation.request("Create")) == {"applied": []}
    assert [answer.body["Status"] for answer in cloudformation.received] == ["SUCCESS", "SUCCESS"]
