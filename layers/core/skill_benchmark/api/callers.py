"""Who may name a tenant in a header: the roles, and the users, on the list that the stack was deployed with."""

import re
from collections.abc import Iterable

_LISTED = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>\d{12}):(?P<kind>role|user)/(?P<name>\S+)")
_ASSUMED_ROLE = re.compile(r"arn:(aws[a-z-]*):sts::(\d{12}):assumed-role/([^/]+)/[^/]+")


def may_name_a_tenant(user_arn: str, allowed: Iterable[str]) -> bool:
    """Whether the caller that IAM identified is on the list.

    `user_arn` is what API Gateway passes on: of a role it is the ARN of a session, which has lost the role's path, so
    that account and name are compared; a name is unique in its account. Of a user it is the user's own ARN. Federated
    users and the account's root are never on the list.
    """
    session = _ASSUMED_ROLE.fullmatch(user_arn)
    for arn in allowed:
        listed = _LISTED.fullmatch(arn)
        if listed is None:
            continue
        if listed["kind"] == "user":
            if user_arn == arn:
                return True
        elif session and session.groups() == (
            listed["partition"],
            listed["account"],
            listed["name"].rpartition("/")[2],
        ):
            return True
    return False
