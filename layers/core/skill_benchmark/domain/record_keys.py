"""Where the records of a run lie in the object store.

runs/{run_id}/plan.json                                   the plan
runs/{run_id}/cases.json                                  what the Distributed Map reads
runs/{run_id}/judging/…                                   all that a judge may read
runs/{run_id}/answers/{answer_id}.json                    what a model returned
runs/{run_id}/verdicts/{answer_id}/{judge}.json           what one judge said; {judge}@{n}.json when asked again
runs/{run_id}/lost/answers/{answer_id}/{attempt}.json     a call whose answer was lost
runs/{run_id}/lost/verdicts/{answer_id}/{attempt}.json    a judge's call that gave no verdict
runs/{run_id}/failures/{answer_id}/{stage}.json           put by the state machine; stage is model or judge-{n}

Where answers and verdicts are, the plan says. What went wrong has to be listed, and so it lies under prefixes that hold
nothing else.
"""

from urllib.parse import quote


def of_run(run_id: str) -> str:
    """All of them."""
    return f"runs/{run_id}/"


def plan(run_id: str) -> str:
    return f"runs/{run_id}/plan.json"


def cases(run_id: str) -> str:
    return f"runs/{run_id}/cases.json"


def brief(run_id: str) -> str:
    return f"runs/{run_id}/judging/brief.json"


def case(run_id: str, case_index: int) -> str:
    return f"runs/{run_id}/judging/cases/{case_index}.json"


def text(run_id: str, answer_id: str) -> str:
    return f"runs/{run_id}/judging/texts/{answer_id}.json"


def answer(run_id: str, answer_id: str) -> str:
    return f"runs/{run_id}/answers/{answer_id}.json"


def lost_answers(run_id: str) -> str:
    return f"runs/{run_id}/lost/answers/"


def lost_answer(run_id: str, answer_id: str, attempt: str) -> str:
    return f"{lost_answers(run_id)}{answer_id}/{attempt}.json"


def verdicts(run_id: str) -> str:
    return f"runs/{run_id}/verdicts/"


def verdict(run_id: str, answer_id: str, judge: str, verdict_index: int = 0) -> str:
    """A judge's name may hold slashes, colons and @; here it is one path segment in which they are escaped."""
    again = f"@{verdict_index}" if verdict_index else ""
    return f"{verdicts(run_id)}{answer_id}/{quote(judge, safe='')}{again}.json"


def lost_verdicts(run_id: str) -> str:
    return f"runs/{run_id}/lost/verdicts/"


def lost_verdict(run_id: str, answer_id: str, attempt: str) -> str:
    return f"{lost_verdicts(run_id)}{answer_id}/{attempt}.json"


def failures(run_id: str) -> str:
    return f"runs/{run_id}/failures/"


def failure(run_id: str, answer_id: str, stage: str) -> str:
    return f"{failures(run_id)}{answer_id}/{stage}.json"
