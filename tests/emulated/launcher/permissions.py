"""Gaps of what ministack's IAM checks on requests, and the log of what it refused."""

import json
import os
from pathlib import Path
from typing import Any

from ministack.core import iam_actions, iam_evaluator


def report(text: str) -> str:
    """Write down a refusal, a line each, where the scenario looks for it."""
    with Path(os.environ["EMULATED_DENIALS"]).open("a", encoding="utf-8") as file:
        file.write(f"{text}\n")
    return text


def refusals() -> None:
    """What IAM refuses to a function is answered, but not written down where a scenario could see it."""
    answer = iam_actions.access_denied_response

    def reported(service: str, action: str, principal: str, *args: Any, **options: Any) -> Any:
        role = principal.rpartition("assumed-role/")[2].partition("/")[0] or principal
        report(f"{role}: {action} on {options.get('resource_arn', '*')}")
        return answer(service, action, principal, *args, **options)

    iam_actions.access_denied_response = reported


def if_none_match() -> None:
    """The condition key s3:if-none-match is not there, and without it the bucket's own policy denies every record."""
    context = iam_actions.s3_service_context

    def with_key(action: str, query: Any, path: str = "", headers: Any = None) -> Any:
        found = context(action, query, path, headers)
        if action == "s3:PutObject" and (headers or {}).get("if-none-match"):
            found["s3:if-none-match"] = headers["if-none-match"]
        return found

    iam_actions.s3_service_context = with_key


def absent_object() -> None:
    """An absent object is 404 to everybody; S3 says 403 to who may not list the bucket with the key as prefix."""
    from ministack.services import s3

    enforce = iam_evaluator.enforce

    def listed_too(key: str, action: str, service: str, region: str, **options: Any) -> Any:
        denied = enforce(key, action, service, region, **options)
        bucket, _, name = options.get("resource_arn", "*").rpartition(":")[2].partition("/")
        if (
            denied
            or action != "s3:GetObject"
            or bucket not in s3._buckets
            or name in s3._buckets.get(bucket)["objects"]
        ):
            return denied
        return enforce(
            key,
            "s3:ListBucket",
            service,
            region,
            resource_arn=f"arn:aws:s3:::{bucket}",
            service_context={"s3:prefix": name},
        )

    iam_evaluator.enforce = listed_too


def map_run() -> None:
    """The requests about a map run are checked against `*`; they are about the map run, or about the execution."""
    extract = iam_actions.extract_resource_arn

    def with_map_run(service: str, method: str, path: str, headers: Any, body: Any, *rest: Any) -> Any:
        arn = extract(service, method, path, headers, body, *rest)
        if service == "states" and arn == "*":
            return json.loads(body or b"{}").get("mapRunArn", arn)
        return arn

    iam_actions.extract_resource_arn = with_map_run


GAPS = [refusals, if_none_match, absent_object, map_run]
