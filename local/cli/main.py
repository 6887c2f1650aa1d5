"""`skill-benchmark run`, `plan`, `serve` and `fire`: arguments in, exit code out."""

import argparse
import os
import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from local.cli.exit_codes import BAD_INPUT, DEFAULT_MIN_SCORED, FAILED
from local.cli.inputs import RunArguments
from local.errors import InvocationFailed, LocalError
from skill_benchmark.api.shapes.names import SKILL_ID, WORDS
from skill_benchmark.domain.errors import InvalidInput
from skill_benchmark.domain.limits import MAX_BRANCHES, MAX_JUDGES, MAX_VERDICTS_PER_JUDGE
from skill_benchmark.domain.text import visible

DEFAULT_DATA_DIR = Path(".skill-benchmark")


class _OneLineParser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, visible(f"{self.prog}: {message}; see {self.prog} --help") + "\n")


def main(arguments: list[str] | None = None) -> int:
    """Run the command.

    Returns 0, 1 for a run that failed, was interrupted or scored too little, and 2 for bad input.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = _parser().parse_args(arguments)
    try:
        code: int = options.command(options)
    except (LocalError, InvalidInput) as error:
        print(visible(f"skill-benchmark: {error}"), file=sys.stderr)
        return BAD_INPUT
    except InvocationFailed as error:
        print(visible(f"skill-benchmark: {error}"), file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("skill-benchmark: interrupted", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        # Whoever read our output has gone; nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _OneLineParser(
        prog="skill-benchmark",
        description="Which model should run this skill, what does it cost, and is the difference real?",
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_OneLineParser)
    run = commands.add_parser("run", help="run a benchmark and print the comparison", allow_abbrev=False)
    run.add_argument("--skill", type=Path, metavar="FILE", help="the skill under test (default: the example)")
    run.add_argument("--cases", type=Path, metavar="FILE.jsonl", help='lines of {"input": …, "expected_output": …}')
    run.add_argument("--models", type=_names, metavar="A,B", help="models to compare (default: the template's)")
    run.add_argument("--judges", type=_names, metavar="J,…", help="judges that score every answer")
    run.add_argument("--repeats", type=int, default=1, metavar="N", help="answers a model gives to each case")
    run.add_argument("--max-concurrency", type=int, metavar="N", help="calls in flight at once")
    run.add_argument("--json", type=Path, metavar="OUT.json", dest="json_file", help="write the run and all results")
    _add_min_scored(run)
    _add_data_dir(run)
    run.set_defaults(command=_run)
    plan = commands.add_parser("plan", help="say how many test cases find a difference", allow_abbrev=False)
    plan.add_argument("--difference", type=_difference, required=True, metavar="POINTS", help="to find, of 100")
    named = plan.add_mutually_exclusive_group()
    named.add_argument("--skill", type=Path, metavar="FILE", help="the skill that was run (default: the example)")
    named.add_argument("--skill-id", type=_skill_id, metavar="ID", help="the same by its id")
    plan.add_argument("--models", type=_whole_number(2, MAX_BRANCHES), metavar="N", help="how many are compared")
    plan.add_argument(
        "--verdicts", type=_whole_number(1, MAX_JUDGES * MAX_VERDICTS_PER_JUDGE), metavar="N", help="on each answer"
    )
    plan.add_argument("--json", type=Path, metavar="OUT.json", dest="json_file", help="write the plan")
    _add_data_dir(plan)
    plan.set_defaults(command=_plan)
    serve = commands.add_parser("serve", help="serve the HTTP API until interrupted", allow_abbrev=False)
    serve.add_argument("--host", default="127.0.0.1")
    serve.add_argument("--port", type=int, default=8321)
    _add_data_dir(serve)
    serve.set_defaults(command=_serve)
    fire = commands.add_parser("fire", help="fire the nightly schedule now", allow_abbrev=False)
    fire.add_argument("--event", type=Path, metavar="FILE.json", help="what to send (default: the template's)")
    _add_min_scored(fire)
    _add_data_dir(fire)
    fire.set_defaults(command=_fire)
    return parser


def _add_data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data-dir", type=Path, default=DEFAULT_DATA_DIR, metavar="DIR", help="keeps all runs")


def _add_min_scored(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--min-scored",
        type=_share,
        default=DEFAULT_MIN_SCORED,
        metavar="SHARE",
        help=f"exit with 1 when fewer of the planned results were scored, 0 to 1 (default: {DEFAULT_MIN_SCORED})",
    )


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a share from 0 to 1")
    return share


def _difference(text: str) -> float:
    try:
        points = float(text)
    except ValueError:
        points = 0
    if not 0 < points <= 100:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of points above 0 and up to 100")
    return points


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else -1
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {low} to {high}")
        return number

    return read


def _skill_id(text: str) -> str:
    if not re.fullmatch(SKILL_ID, text):
        raise argparse.ArgumentTypeError(f"{text!r} {WORDS[SKILL_ID]}")
    return text


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


def _run(options: argparse.Namespace) -> int:
    from local.cli.run import run  # noqa: PLC0415 - a mistake in the arguments is answered without loading the stack

    return run(
        RunArguments(
            skill=options.skill,
            cases=options.cases,
            models=options.models,
            judges=options.judges,
            repeats=options.repeats,
            max_concurrency=options.max_concurrency,
            data_dir=options.data_dir,
            json_file=options.json_file,
            min_scored=options.min_scored,
        )
    )


def _plan(options: argparse.Namespace) -> int:
    from local.cli.plan import PlanArguments, plan  # noqa: PLC0415 - as above

    return plan(
        PlanArguments(
            skill=options.skill,
            skill_id=options.skill_id,
            difference=options.difference,
            models=options.models,
            verdicts=options.verdicts,
            data_dir=options.data_dir,
            json_file=options.json_file,
        )
    )


def _serve(options: argparse.Namespace) -> int:
    from local.cli.serve import serve  # noqa: PLC0415 - as above

    return serve(options.host, options.port, options.data_dir)


def _fire(options: argparse.Namespace) -> int:
    from local.cli.fire import fire  # noqa: PLC0415 - as above

    return fire(options.event, options.data_dir, options.min_scored)


if __name__ == "__main__":
    sys.exit(main())
