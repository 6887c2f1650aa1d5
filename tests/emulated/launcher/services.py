"""ministack checks requests over HTTP; what a service does on our behalf it does without asking the role.

Here each service asks: Step Functions the role of the state machine, EventBridge and its scheduler the role of the
target, API Gateway the permission on the function.
"""

import contextvars
import functools
import json
from typing import Any

from ministack.core import iam_evaluator as iam
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway, eventbridge, lambda_svc
from ministack.services import iam as roles
from ministack.services import stepfunctions as sfn

from tests.emulated.launcher.permissions import report

# What a service names as the source when it assumes a role, as its own documentation says.
_SOURCES = {
    "states.amazonaws.com": "arn:aws:states:{}:stateMachine:any",
    "scheduler.amazonaws.com": "arn:aws:scheduler:{}:schedule-group/default",
    "events.amazonaws.com": "arn:aws:events:{}:rule/any",
}

_role: contextvars.ContextVar[str] = contextvars.ContextVar("role of the execution", default="")


def role_of_an_execution() -> None:
    """An execution calls functions, and a Distributed Map reads, writes and starts children, as nobody."""
    run, invoke, text, distributed = (
        sfn._run_execution,
        sfn._call_lambda,
        sfn._s3_object_text,
        sfn._run_distributed_map,
    )

    def run_execution(arn: str) -> None:
        machine = sfn._state_machines.get(sfn._executions.get(arn)["stateMachineArn"])
        _role.set(machine["roleArn"])
        run(arn)

    def call_lambda(function: str, event: Any) -> Any:
        _require("lambda:InvokeFunction", function, "Lambda.AWSLambdaException")
        return invoke(function, event)

    def object_text(bucket: str, key: str) -> Any:
        _require("s3:GetObject", f"arn:aws:s3:::{bucket}/{key}", "States.ItemReaderFailed")
        return text(bucket, key)

    def distributed_map(state: Any, raw: Any, effective: Any, iterator: Any, execution: Any, context: Any) -> Any:
        _require("states:StartExecution", execution["stateMachineArn"], "States.Runtime")
        if writer := state.get("ResultWriter"):
            given = sfn._resolve_params_obj(writer["Parameters"], effective, context)
            manifest = f"arn:aws:s3:::{given['Bucket']}/{given['Prefix']}/id/manifest.json"
            for action in ("PutObject", "GetObject", "ListMultipartUploadParts", "AbortMultipartUpload"):
                _require(f"s3:{action}", manifest, "States.ResultWriterFailed")
        return distributed(state, raw, effective, iterator, execution, context)

    sfn._run_execution, sfn._call_lambda = run_execution, call_lambda
    sfn._s3_object_text, sfn._run_distributed_map = object_text, distributed_map


def role_of_an_integration() -> None:
    """A task of S3 or EventBridge does what it does as nobody."""
    sdk, put = sfn._invoke_aws_sdk_integration, sfn._SERVICE_DISPATCH["arn:aws:states:::events:putEvents"]

    def call_sdk(resource: str, given: dict[str, Any]) -> Any:
        if resource.endswith(":s3:putObject"):
            context = {"s3:if-none-match": given["IfNoneMatch"]} if "IfNoneMatch" in given else {}
            _require("s3:PutObject", f"arn:aws:s3:::{given['Bucket']}/{given['Key']}", "S3.S3Exception", context)
        return sdk(resource, given)

    def put_events(resource: str, given: dict[str, Any]) -> Any:
        for entry in given["Entries"]:
            bus = f"arn:aws:events:{get_region()}:{get_account_id()}:event-bus/{entry.get('EventBusName', 'default')}"
            _require("events:PutEvents", bus, "EventBridge.EventBridgeException")
        return put(resource, given)

    sfn._invoke_aws_sdk_integration = call_sdk
    sfn._SERVICE_DISPATCH["arn:aws:states:::events:putEvents"] = put_events


def role_of_a_target() -> None:
    """A rule or a schedule reaches its target whether or not a role or a permission says so."""
    deliver = eventbridge._invoke_target

    def delivered(target: dict[str, Any], event: Any, rule: dict[str, Any], view: Any = None) -> Any:
        arn, role = target["Arn"], target.get("RoleArn")
        # A schedule of EventBridge Scheduler has its target in itself; a rule has a pattern.
        service = "events.amazonaws.com" if "EventPattern" in rule else "scheduler.amazonaws.com"
        action = "states:StartExecution" if ":stateMachine:" in arn else "lambda:InvokeFunction"
        if role:
            refused = _denied(role, service, action, arn, {})
        elif ":function:" in arn:
            refused = _not_permitted(arn, service, rule["Arn"])
        else:
            refused = report(f"{service} has no role for {arn}") if ":stateMachine:" in arn else None
        return None if refused else deliver(target, event, rule, view)

    eventbridge._invoke_target = delivered


def permission_of_a_route() -> None:
    """A route reaches its function whether or not the function's policy lets API Gateway in."""
    execute = apigateway.run_reentrant

    @functools.wraps(execute)
    async def checked(function: Any, record: Any, event: Any, **options: Any) -> Any:
        request = event.get("requestContext", {}) if isinstance(event, dict) else {}
        if function is lambda_svc._execute_function_with_config_scope and "routeKey" in request:
            _, _, path = request["routeKey"].partition(" ")
            route = f"{request['http']['method']}{path}" if path else "$default"
            source = f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{request['apiId']}/$default/{route}"
            if _not_permitted(record["config"]["FunctionArn"], "apigateway.amazonaws.com", source):
                return {"body": {"message": "Internal Server Error"}, "error": True}
        return await execute(function, record, event, **options)

    apigateway.run_reentrant = checked


def role_of_a_lost_event() -> None:
    """What a function failed on reaches the queue whether or not the function's role may send to it."""
    route = lambda_svc._route_async_failure

    def routed(target: str, function: str, event: Any, result: Any) -> None:
        role = lambda_svc._functions.get(function)["config"]["Role"]
        if not _denied(role, "lambda.amazonaws.com", "sqs:SendMessage", target, {}):
            route(target, function, event, result)

    lambda_svc._route_async_failure = routed


def _require(action: str, resource: str, error: str, context: dict[str, str] | None = None) -> None:
    if message := _denied(_role.get(), "states.amazonaws.com", action, resource, context or {}):
        raise sfn._ExecutionError(error, message)


def _denied(role_arn: str, service: str, action: str, resource: str, keys: dict[str, str]) -> str | None:
    """Why a service may not do this with this role, or None."""
    name = role_arn.rsplit("/", 1)[-1]
    context = _context(role_arn, action, resource, keys)
    limits = iam._permissions_boundary(roles._roles, name, get_account_id())
    result = iam.evaluate(context, iam._gather_role_policies(name, get_account_id()), *limits)
    if found := iam._resource_policy(action.partition(":")[0], resource):
        result = iam.combine_resource_policy(result, context, *found)
    if result.decision != "Allow":
        return report(f"{name}: {action} on {resource}")
    if not _trusts(name, service, context):
        return report(f"{name}: does not trust {service} for {context.service_context}")
    return None


def _context(role_arn: str, action: str, resource: str, keys: dict[str, str]) -> Any:
    return iam.EvalContext(
        principal_arn=role_arn.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/") + "/service",
        principal_type="AssumedRole",
        principal_account=get_account_id(),
        action=action,
        resource_arn=resource,
        region=get_region(),
        source_ip="127.0.0.1",
        secure_transport=True,
        service_context=keys,
    )


def _trusts(role: str, service: str, context: Any) -> bool:
    """Whether the role's trust policy lets the service assume it, with what the service says of itself."""
    document = (roles._roles.get(role) or {}).get("AssumeRolePolicyDocument") or "{}"
    document = json.loads(document) if isinstance(document, str) else document
    here = f"{get_region()}:{get_account_id()}"
    context.service_context["aws:sourceaccount"] = get_account_id()
    if service in _SOURCES:
        context.service_context["aws:sourcearn"] = _SOURCES[service].format(here)
    return any(
        service in _listed(entry["Principal"].get("Service"))
        and iam._conditions_met(entry.get("Condition", {}), context)
        for entry in _listed(document.get("Statement"))
    )


def _not_permitted(function_arn: str, service: str, source: str) -> str | None:
    found: Any = lambda_svc.function_policy_for_arn(function_arn)
    policy = found[0] if found else {}
    for statement in policy.get("Statement", []):
        principal = statement["Principal"]
        if not isinstance(principal, dict) or service not in _listed(principal.get("Service")):
            continue
        conditions = statement.get("Condition", {})
        arns = conditions.get("ArnLike") or conditions.get("ArnEquals") or {}
        account = (conditions.get("StringEquals") or {}).get("AWS:SourceAccount", get_account_id())
        patterns = _listed(arns.get("AWS:SourceArn")) or ["*"]
        if account == get_account_id() and any(iam.fnmatch_iam(source, pattern) for pattern in patterns):
            return None
    return report(f"{service} may not invoke {function_arn} for {source}")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


GAPS = [role_of_an_execution, role_of_an_integration, role_of_a_target, permission_of_a_route, role_of_a_lost_event]
