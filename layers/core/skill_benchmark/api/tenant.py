"""Which tenant a request is for."""

import re
from collections.abc import Sequence

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from skill_benchmark.api.callers import may_name_a_tenant
from skill_benchmark.api.problems import BadRequest, Forbidden
from skill_benchmark.api.shapes.names import TENANT_ID


def tenant_of(event: APIGatewayProxyEventV2, allowed_callers: Sequence[str]) -> str:
    """The `tenant_id` claim of a JWT, or the `x-tenant-id` header of a caller on the list.

    A caller with a JWT cannot name another tenant in the header. Raises BadRequest when there is no tenant, and
    Forbidden for a caller who may not name one.
    """
    authorizer = event.request_context.authorizer
    claims = authorizer.jwt_claim
    if not claims:
        caller = str(authorizer.iam.get("userArn") or "")
        if not may_name_a_tenant(caller, allowed_callers):
            raise Forbidden(
                f"the caller {caller or 'of this request'} may not name a tenant; add the ARN of its role to the "
                "parameter TenantCallerRoleArns of the stack, or call as a role that is on that list"
            )
    name = "the claim tenant_id of the token" if claims else "the header x-tenant-id"
    tenant = claims.get("tenant_id") if claims else event.headers.get("x-tenant-id")
    if not isinstance(tenant, str) or not re.fullmatch(TENANT_ID, tenant) or tenant.endswith("\n"):
        raise BadRequest(f"{name} is missing or malformed; it holds the tenant's id, 1 to 100 of A-Z a-z 0-9 _ . : -")
    return tenant
