"""The list of those who may name a tenant, against the ARNs that API Gateway passes on."""

import pytest

from skill_benchmark.api.callers import may_name_a_tenant

ROLE = "arn:aws:iam::111122223333:role/main-app"
IN_A_PATH = "arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/eu-central-1/AWSReservedSSO_Admin_0a1b"
USER = "arn:aws:iam::111122223333:user/people/ada"
LIST = [ROLE, IN_A_PATH, USER]


@pytest.mark.parametrize(
    "caller",
    [
        "arn:aws:sts::111122223333:assumed-role/main-app/i-0abcd1234",
        "arn:aws:sts::111122223333:assumed-role/main-app/ada@example.com",
        "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0a1b/ada",
        USER,
    ],
)
def test_a_session_of_a_listed_role_and_a_listed_user_may(caller: str) -> None:
    assert may_name_a_tenant(caller, LIST)


@pytest.mark.parametrize(
    "caller",
    [
        "",
        "arn:aws:sts::111122223333:assumed-role/other-app/i-0abcd1234",
        "arn:aws:sts::444455556666:assumed-role/main-app/i-0abcd1234",
        "arn:aws-cn:sts::111122223333:assumed-role/main-app/i-0abcd1234",
        "arn:aws:sts::111122223333:assumed-role/main-app-2/main-app",
        "arn:aws:sts::111122223333:assumed-role/other/main-app",
        "arn:aws:sts::111122223333:federated-user/main-app",
        "arn:aws:iam::111122223333:root",
        "arn:aws:iam::111122223333:user/main-app",
        "arn:aws:iam::111122223333:user/ada",
        "arn:aws:iam::111122223333:user/people/ada2",
        ROLE,  # a session is what calls, and never the role itself
    ],
)
def test_nobody_else_may(caller: str) -> None:
    assert not may_name_a_tenant(caller, LIST)


@pytest.mark.parametrize("listed", [[], [""], ["*"], ["arn:aws:iam::111122223333:root"], ["arn:aws:iam::*:role/*"]])
def test_an_empty_list_or_one_without_names_lets_nobody(listed: list[str]) -> None:
    assert not may_name_a_tenant("arn:aws:sts::111122223333:assumed-role/main-app/i-0abcd1234", listed)
    assert not may_name_a_tenant("", listed)
