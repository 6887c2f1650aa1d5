"""What is watched: alarms that CloudWatch takes, that reach somebody, and that say what to do."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.unit.template import metrics_insights
from tests.unit.template.dashboards import referenced, widgets
from tests.unit.template.deployed import ROOT, Stack

MOST_METRICS = 10
"""That an alarm on a metric math expression may look at."""
# Of the functions of metric math that an alarm may use; SEARCH and its like give several series, and it takes one.
MATH = {"SUM", "FILL", "METRICS", "IF", "MAX", "MIN", "AVG"}


def alarms(stack: Stack) -> dict[str, Mapping[str, Any]]:
    return {name: alarm["Properties"] for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()}


def queries(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = alarm.get("Metrics", [])
    return found


def faults(alarm: Mapping[str, Any]) -> Iterator[str]:
    """What CloudWatch would refuse in an alarm on several metrics."""
    found = queries(alarm)
    ids = [query["Id"] for query in found]
    stats = [query for query in found if "MetricStat" in query]
    if len(stats) > MOST_METRICS:
        yield f"{len(stats)} metrics, where {MOST_METRICS} are allowed"
    if len([query for query in found if query.get("ReturnData", True)]) != 1:
        yield "not one query whose data the alarm watches"
    if len({query["MetricStat"]["Period"] for query in stats}) != 1:
        yield "metrics of several periods"
    if len(set(ids)) != len(ids) or not all(re.fullmatch(r"[a-z][A-Za-z0-9_]*", one) for one in ids):
        yield "ids that are not unique, or do not begin with a small letter"
    for query in found:
        if isinstance(expression := query.get("Expression"), str):
            yield from _faults_of_expression(expression, ids)
        elif expression is not None:
            yield f"{query['Id']} is not plain text: this test cannot read it"


def _faults_of_expression(expression: str, ids: list[str]) -> Iterator[str]:
    if metrics_insights.is_query(expression):
        try:
            metrics_insights.check(expression)
        except ValueError as error:
            yield f"Metrics Insights: {error}"
        return
    words = set(re.findall(r"[A-Za-z_]\w*", expression))
    yield from (f"{word} is no metric and no function" for word in words - set(ids) - MATH)


def test_cloudwatch_takes_every_alarm(stack: Stack) -> None:
    for name, alarm in alarms(stack).items():
        if queries(alarm):
            assert list(faults(alarm)) == [], name
        else:
            assert {"Namespace", "MetricName", "Dimensions", "Statistic", "Period"} <= set(alarm), name


def test_an_alarm_that_cloudwatch_refuses_would_be_seen() -> None:
    def metric(number: int, **changes: Any) -> dict[str, Any]:
        return {"Id": f"m{number}", "ReturnData": False, "MetricStat": {"Period": 300}} | changes

    total = {"Id": "total", "Expression": "SUM(METRICS())"}
    assert list(faults({"Metrics": [total, *map(metric, range(10))]})) == []
    for refused in (
        [total, *map(metric, range(11))],
        [total, metric(0, ReturnData=True)],
        [total, metric(0), metric(1, MetricStat={"Period": 60})],
        [total, metric(0), metric(0)],
        [total, metric(0, Id="M0")],
        [{"Id": "total", "Expression": "m0 + m1"}, metric(0)],
        [{"Id": "total", "Expression": "SEARCH('{AWS/Lambda,FunctionName}', 'Sum', 300)"}, metric(0)],
        [{"Id": "total", "Expression": "SELECT SUM(Errors) FROM x WHERE a = 'b' OR a = 'c'"}, metric(0)],
        [{"Id": "total", "Expression": {"Fn::Sub": "SELECT …"}}, metric(0)],
    ):
        assert list(faults({"Metrics": refused})), refused


QUERY = 'SELECT SUM(Errors) FROM SCHEMA("AWS/Lambda", FunctionName)'


@pytest.mark.parametrize(
    "query",
    [
        QUERY,
        "SELECT AVG(CPUUtilization) FROM \"AWS/EC2\" WHERE InstanceType = 'm5.large' AND ImageId != 'ami-1'",
        f"{QUERY} WHERE (FunctionName = 'one' AND FunctionName != 'two')",
        f"{QUERY} GROUP BY FunctionName ORDER BY SUM() DESC LIMIT 10",
    ],
)
def test_a_query_of_the_documented_grammar_is_read(query: str) -> None:
    metrics_insights.check(query)


@pytest.mark.parametrize(
    "query",
    [
        f"{QUERY} WHERE FunctionName = 'one' OR FunctionName = 'two'",
        f"{QUERY} WHERE (FunctionName = 'one' OR FunctionName = 'two')",
        f"{QUERY} WHERE FunctionName IN ('one', 'two')",
        f"{QUERY} WHERE FunctionName LIKE 'one%'",
        f"{QUERY} WHERE FunctionName > 'one'",
        "SELECT SUM(Errors) FROM AWS/Lambda",
        "SELECT Errors FROM x",
        f"{QUERY} LIMIT ten",
    ],
)
def test_a_query_outside_of_the_grammar_is_refused(query: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        metrics_insights.check(query)


def watched_functions(stack: Stack, *names: str, metric: str) -> set[str]:
    return {
        query["MetricStat"]["Metric"]["Dimensions"][0]["Value"]["Ref"]
        for name in names
        for query in queries(alarms(stack)[name])
        if query.get("MetricStat", {}).get("Metric", {}).get("MetricName") == metric
    }


def test_the_errors_of_every_function_are_watched(stack: Stack) -> None:
    """Check Models is left out: what it ends is a run that fails, which has an alarm."""
    watched = watched_functions(stack, "FunctionErrorsAlarm", "ModelCallsFailingAlarm", metric="Errors")
    assert watched == set(stack.of_type("AWS::Lambda::Function")) - {"CheckModelsFunction"}


def test_the_throttles_of_every_function_are_watched(stack: Stack) -> None:
    """An alarm takes ten metrics. A person sees that Erase Data is throttled, and Expire Results has a whole day."""
    watched = watched_functions(stack, "FunctionThrottlesAlarm", "ModelCallsThrottledAlarm", metric="Throttles")
    assert watched == set(stack.of_type("AWS::Lambda::Function")) - {"EraseDataFunction", "ExpireResultsFunction"}


def test_an_alarm_has_no_more_metrics_than_cloudwatch_takes(stack: Stack) -> None:
    for name in alarms(stack):
        metrics = [query for query in queries(alarms(stack)[name]) if "MetricStat" in query]
        assert len(metrics) <= 10, name


def test_every_alarm_notifies_the_topic(stack: Stack) -> None:
    for name, alarm in alarms(stack).items():
        assert alarm["AlarmActions"]["Fn::If"][:2] == ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}]], name


def test_only_a_database_of_the_stack_has_an_alarm(stack: Stack) -> None:
    conditions = {name: alarm.get("Condition") for name, alarm in stack.of_type("AWS::CloudWatch::Alarm").items()}
    assert {name for name, condition in conditions.items() if condition} == {"DatabaseLoadAlarm"}
    assert conditions["DatabaseLoadAlarm"] == "CreatesDatabase"


@pytest.mark.parametrize("with_database", [True, False])
def test_every_alarm_is_on_the_dashboard(stack: Stack, with_database: bool) -> None:
    [shown] = [widget for widget in widgets(stack.resources, with_database=with_database) if widget["type"] == "alarm"]
    names = {re.findall(r"\$\{(\w+)\}$", arn)[0] for arn in shown["properties"]["alarms"]}
    assert names == set(alarms(stack)) - (set() if with_database else {"DatabaseLoadAlarm"})


@pytest.mark.parametrize("with_database", [True, False])
def test_the_dashboard_shows_what_exists(stack: Stack, with_database: bool) -> None:
    found = widgets(stack.resources, with_database=with_database)
    assert referenced(found) <= set(stack.resources)
    places = [(widget["x"], widget["y"]) for widget in found]
    assert len(set(places)) == len(places)
    assert any("ACUUtilization" in str(widget) for widget in found) == with_database


def test_every_alarm_is_explained_and_every_explanation_has_an_alarm(stack: Stack) -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    section = text.split("\n## Alarms\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", section, re.MULTILINE)
    assert {f"{name}Alarm" for name, _, _ in rows} == set(alarms(stack))
    assert len(rows) == len(alarms(stack))


def test_the_page_on_deploying_counts_alarms_and_the_metrics_that_they_are_paid_by(stack: Stack) -> None:
    def paid(names: set[str]) -> int:
        found = [queries(alarms(stack)[name]) for name in names]
        return sum(len([query for query in queries if "MetricStat" in query]) or 1 for queries in found)

    every = set(alarms(stack))
    without_database = every - {"DatabaseLoadAlarm"}
    text = (ROOT / "docs" / "deploying.md").read_text(encoding="utf-8")
    assert f"alarms, {paid(without_database)} metrics ({paid(every)} with a created database)" in text
    assert (len(without_database), len(every)) == (13, 14)
    assert "thirteen alarms (fourteen with a created database)" in text
