"""How large the next run has to be: what `skill-benchmark plan` says."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich import box
from rich.markup import escape
from rich.table import Table

from local.cli import json_file
from local.cli.inputs import EXAMPLE, skill_id_of
from local.cli.run import body_of
from local.cli.session import session
from local.cli.terminal import Terminal
from local.errors import LocalError
from local.http.gateway import request
from skill_benchmark.domain.sample_size import DEFAULT_MODELS, DEFAULT_VERDICTS, History, Wanted, planned

NOT_FOUND = 404


@dataclass(frozen=True)
class PlanArguments:
    """The options of `plan`; None is an option that was not given."""

    skill: Path | None
    skill_id: str | None
    difference: float
    models: int | None
    verdicts: int | None
    data_dir: Path
    json_file: Path | None


def plan(arguments: PlanArguments) -> int:
    """Print the plan. Returns 0. Raises LocalError for what can be told before anything is started."""
    skill_id = _skill_id(arguments)
    if arguments.json_file:
        json_file.check_writable(arguments.json_file)
    # A folder without runs has no history, and none is made to find that out.
    document = _from_history(skill_id, arguments) if arguments.data_dir.exists() else None
    if document is None:
        document = _by_default(skill_id, arguments)
    if arguments.json_file:
        json_file.write(arguments.json_file, document)
    _show(Terminal(), document)
    return 0


def _skill_id(arguments: PlanArguments) -> str:
    if arguments.skill_id is not None:
        return arguments.skill_id
    skill = arguments.skill or EXAMPLE / "email_triage.md"
    if not skill.is_file():
        raise LocalError(f"--skill {skill}: is not a file; name the skill that was run, or its id with --skill-id")
    return skill_id_of(skill)


def _from_history(skill_id: str, arguments: PlanArguments) -> dict[str, Any] | None:
    """As the API has it; None for a skill that was never run."""
    query = f"difference={arguments.difference}"
    query += "".join(
        f"&{name}={value}" for name in ("models", "verdicts") if (value := getattr(arguments, name)) is not None
    )
    with session(arguments.data_dir, Terminal(stderr=True)) as current:
        response = request(current.stack, "GET", f"/v1/skills/{skill_id}/plan", query=query)
    return None if response.status == NOT_FOUND else dict(body_of(response))


def _by_default(skill_id: str, arguments: PlanArguments) -> dict[str, Any]:
    wanted = Wanted(arguments.difference, arguments.models or DEFAULT_MODELS, arguments.verdicts or DEFAULT_VERDICTS)
    plan = asdict(planned(wanted, History()))
    if arguments.skill_id is not None:
        plan["warnings"] = [f"no skill {skill_id!r} was run in {arguments.data_dir}", *plan["warnings"]]
    return {"skill_id": skill_id, **plan}


def _show(console: Terminal, plan: dict[str, Any]) -> None:
    console.print()
    if plan["simulated"]:
        console.print("[yellow]simulated[/]: a stand-in answered in the past runs of this skill")
    wanted = f"{plan['difference']:g} points between two models"
    if plan["pairs"] > 1:
        wanted += f" of {plan['models']} ({plan['pairs']:,} pairs)"
    console.print(f"{escape(plan['skill_id'])}: to find {wanted}, four times in five", highlight=False, soft_wrap=True)
    console.print(_table(plan))
    best = plan["recommended"]
    if best:
        says = f"{best['cases']:,} test cases × {best['repeats']}: the fewest answers ({best['answers']:,})"
    else:
        says = f"no possible run finds {plan['difference']:g} points; ask for a larger difference"
    _line(console, "recommended", says)
    _line(console, "why", plan["why"])
    for component in plan["components"]:
        known = component["source"]
        if component["degrees_of_freedom"] is not None:
            known += f", {component['degrees_of_freedom']} degrees of freedom"
        _line(console, component["name"], f"{component['sd']:.1f} points ({known}): {component['reason']}")
    _show_missing(console, plan)
    if plan["runs"]:
        _line(console, "runs", ", ".join(plan["runs"]))
    for warning in plan["warnings"]:
        _line(console, "warning", warning, style="yellow")


def _show_missing(console: Terminal, plan: dict[str, Any]) -> None:
    """Why a figure of the table is a dash."""
    for option in plan["options"]:
        if option["reason"]:
            _line(console, _count_of(option["repeats"], "repeat"), option["reason"])
    if plan["current_cases"] is not None:
        for reason in dict.fromkeys(option["detectable_now_reason"] for option in plan["options"]):
            if reason:
                _line(console, _count_of(plan["current_cases"], "case"), reason)


def _table(plan: dict[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("repeats", "test cases", "answers", "verdicts"):
        table.add_column(name, justify="right", no_wrap=True)
    if plan["current_cases"] is not None:
        table.add_column(
            f"{_count_of(plan['current_cases'], 'case')} find{'s' if plan['current_cases'] == 1 else ''}",
            justify="right",
            no_wrap=True,
        )
    for option in plan["options"]:
        row = [str(option["repeats"]), *(_count(option[name]) for name in ("cases", "answers", "verdicts"))]
        if plan["current_cases"] is not None:
            row.append(_points(option))
        table.add_row(*row)
    return table


def _count(number: int | None) -> str:
    return "-" if number is None else f"{number:,}"


def _count_of(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _points(option: dict[str, Any]) -> str:
    return "-" if option["detectable_now"] is None else f"{option['detectable_now']:.1f} points"


def _line(console: Terminal, name: str, text: str, *, style: str = "default") -> None:
    console.print(f"[{style}]{name:<13}[/]{escape(text)}", highlight=False, soft_wrap=True)
