"""Answers to CloudFormation, which waits for the end of a custom resource's create, update or delete."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent

_SECONDS_TO_ANSWER = 10
_CHARACTERS_OF_A_REASON = 500
"""An answer may have 4,096 bytes, and a character may take six."""


def answer(request: CloudFormationCustomResourceEvent, *, physical_id: str, failure: str | None = None) -> None:
    """Tell CloudFormation that the request succeeded, or that it failed and why. The reason is seen in the console.

    Raises OSError when CloudFormation's bucket cannot be reached or refuses the answer; Lambda then delivers the
    request again.
    """
    body = {
        "Status": "FAILED" if failure else "SUCCESS",
        "Reason": (failure or "")[:_CHARACTERS_OF_A_REASON],
        # Another id than before would be another resource, and the former one would be deleted.
        "PhysicalResourceId": request.physical_resource_id or physical_id,
        "StackId": request.stack_id,
        "RequestId": request.request_id,
        "LogicalResourceId": request.logical_resource_id,
    }
    # The URL is signed for an empty content type.
    put = Request(  # noqa: S310 - CloudFormation says where
        request.response_url, json.dumps(body).encode(), {"Content-Type": ""}, method="PUT"
    )
    try:
        with urlopen(put, timeout=_SECONDS_TO_ANSWER):  # noqa: S310
            pass
    except HTTPError as refusal:
        # The error is the open response as well.
        refusal.close()
        raise
