"""Which tenant a request is for."""

import re

from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from skill_benchmark.domain.errors import InvalidInput

_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}")


def tenant_of(event: APIGatewayProxyEventV2) -> str:
    """The `tenant_id` claim of a JWT, or the `x-tenant-id` header of a caller whom IAM let in.

    Raises InvalidInput when there is none.
    """
    authorizer = event.request_context.authorizer
    claims = authorizer.jwt_claim if authorizer else None
    tenant = claims.get("tenant_id") if claims else event.headers.get("x-tenant-id")
    if not isinstance(tenant, str) or not _TENANT.fullmatch(tenant):
        raise InvalidInput(
            "x-tenant-id", "is missing or malformed; send the tenant's id, 1 to 100 of A-Z a-z 0-9 _ . : -"
        )
    return tenant
