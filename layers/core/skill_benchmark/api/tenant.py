"""Which tenant a request is for."""

import re

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from skill_benchmark.api.problems import BadRequest
from skill_benchmark.api.shapes.requests import TENANT_ID


def tenant_of(event: APIGatewayProxyEventV2) -> str:
    """The `tenant_id` claim of a JWT, or the `x-tenant-id` header of a caller whom IAM let in.

    A caller with a JWT cannot name another tenant in the header. Raises BadRequest when there is none.
    """
    authorizer = event.request_context.authorizer
    claims = authorizer.jwt_claim if authorizer else None
    name = "the claim tenant_id of the token" if claims else "the header x-tenant-id"
    tenant = claims.get("tenant_id") if claims else event.headers.get("x-tenant-id")
    if not isinstance(tenant, str) or not re.fullmatch(TENANT_ID, tenant) or tenant.endswith("\n"):
        raise BadRequest(f"{name} is missing or malformed; it holds the tenant's id, 1 to 100 of A-Z a-z 0-9 _ . : -")
    return tenant
