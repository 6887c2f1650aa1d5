"""`python -m scripts.preflight [--deploy | --prove] [--stack-name NAME] [--parameter NAME=VALUE …]`"""

import argparse
import functools
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
from botocore.config import Config

from scripts.preflight import definitions, named, network, proof, quotas, review, rights
from scripts.preflight.deployment import ROOT, Deployment, NotUnderstood, read_deployment
from scripts.preflight.findings import Finding, ask, findings, ok
from scripts.preflight.signed_api import SignedApi

_QUICKLY = Config(connect_timeout=5, read_timeout=30, retries={"mode": "standard", "max_attempts": 3})


def main() -> int:
    parser = argparse.ArgumentParser(prog="make preflight", description=__doc__)
    parser.add_argument("--stack-name", help="else stack_name of samconfig.toml")
    parser.add_argument("--parameter", action="append", default=[], metavar="NAME=VALUE", help="else of samconfig.toml")
    parser.add_argument("--region", help="else the one of the environment or the profile")
    parser.add_argument(
        "--deploy", action="store_true", help="make a change set for review from what `make build` made"
    )
    parser.add_argument("--prove", action="store_true", help="run two cases through the deployed API and erase them")
    parser.add_argument("--api-url", help="with --prove, else the stack's output")
    parser.add_argument("--built", type=Path, default=ROOT / ".aws-sam/build/template.yaml", help="with --deploy")
    parser.add_argument("--sam", type=Path, default=ROOT / ".venv-sam/bin/sam")
    parser.add_argument("--sam-option", action="append", default=[], help="with --deploy, else --resolve-s3")
    options = parser.parse_args()
    try:
        deployment = read_deployment(options.stack_name, options.parameter)
    except NotUnderstood as error:
        parser.error(str(error))
    session = boto3.Session(region_name=options.region)
    if options.prove:
        found = _prove(session, deployment, options.api_url)
    else:
        found = _examine(session, deployment)
        if options.deploy:
            formation = session.client("cloudformation", config=_QUICKLY)
            made = functools.partial(
                review.change_set,
                formation,
                deployment,
                [options.sam, "deploy", "--template-file", options.built, *(options.sam_option or ["--resolve-s3"])],
            )
            found = _both(found, findings("change set", made))
    return _print(found)


def _examine(session: boto3.Session, deployment: Deployment) -> Iterator[Finding]:
    """All that can be said without creating anything. Without an identity there is nothing more to ask."""
    tokens = session.client("sts", config=_QUICKLY, region_name=session.region_name or "us-east-1")
    who = list(findings("identity", functools.partial(rights.identity, tokens, session.region_name)))
    yield from who
    if [finding.status for finding in who] != ["ok"]:
        return
    client = functools.partial(session.client, config=_QUICKLY)
    ec2 = client("ec2")
    checks = {
        "rights": functools.partial(rights.may_deploy, tokens, client("iam"), deployment),
        "state machine": functools.partial(definitions.state_machine, client("stepfunctions")),
        "template": functools.partial(definitions.template, client("cloudformation"), deployment),
        "Lambda": functools.partial(quotas.lambda_concurrency, client("lambda"), deployment),
        "Step Functions": functools.partial(quotas.state_transitions, client("service-quotas"), deployment),
        "subnets": functools.partial(network.subnets, ec2, deployment),
        "routes": functools.partial(network.routes, ec2, deployment),
        "DNS": functools.partial(network.dns, ec2, deployment),
        "endpoints": functools.partial(network.endpoints, ec2, deployment),
        "secrets": functools.partial(named.secrets, client("secretsmanager"), deployment),
        "event bus": functools.partial(named.event_bus, client("events"), deployment),
        "alarms": functools.partial(named.alarm_topic, client("sns"), deployment),
        "prices": functools.partial(named.prices, deployment),
        "tokens": functools.partial(named.issuer, deployment),
    }
    for about, check in checks.items():
        yield from findings(about, check)


def _prove(session: boto3.Session, deployment: Deployment, api_url: str | None) -> Iterator[Finding]:
    formation = session.client("cloudformation", config=_QUICKLY)
    functions = session.client("lambda", config=Config(read_timeout=910, retries={"total_max_attempts": 1}))

    def check() -> Iterator[Finding]:
        stack = ask(formation, "describe_stacks", StackName=deployment.stack_name)["Stacks"][0]
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
        yield ok("stack", f"{deployment.stack_name} is {stack['StackStatus']}")

        def erase(skill: str) -> str | None:
            task = json.dumps({"tenant_id": proof.TENANT, "skill_id": skill, "confirm": skill}).encode()
            answer = ask(functions, "invoke", FunctionName=f"{deployment.stack_name}-erase-data", Payload=task)
            return answer["Payload"].read().decode() if "FunctionError" in answer else None

        credentials = session.get_credentials()
        assert credentials is not None
        trusted = os.environ.get("AWS_CA_BUNDLE")
        api = SignedApi(api_url or outputs["ApiUrl"], str(session.region_name), proof.TENANT, credentials, trusted)
        yield from proof.prove(api, deployment, erase)

    return findings("stack", check)


def _both(first: Iterator[Finding], second: Iterator[Finding]) -> Iterator[Finding]:
    yield from first
    yield from second


def _print(found: Iterator[Finding]) -> int:
    """A line each, as they come; 1 when something is in the way."""
    count = {"ok": 0, "problem": 0, "unknown": 0}
    for finding in found:
        count[finding.status] += 1
        sys.stdout.write(f"{finding.status:8} {finding.about}: {finding.text}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{count['problem']} problems, {count['unknown']} unknown, {count['ok']} in order\n")
    return 1 if count["problem"] else 0


if __name__ == "__main__":
    sys.exit(main())
