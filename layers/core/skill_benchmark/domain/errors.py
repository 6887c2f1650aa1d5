"""Everything that this project raises on purpose.

SkillBenchmarkError
├── InvalidInput            the caller can fix it; names the field
├── NotFound                no such thing for this tenant
├── Conflict                the request contradicts what is there
├── DailyCallsReached       the tenant has planned as many calls as it may in a day
│   └── ExecutionEnded      an execution of this name has run, and its name cannot be used again
├── MissingSetting          a function was deployed without something it needs
├── ResultsNotWritten       a run is to be completed before all of its results have rows
└── CallFailed              one call to a model or judge came to nothing
    ├── ModelThrottled      the provider asks to slow down                    retried
    ├── ModelUnavailable    overloaded, 5xx, connection lost                  retried
    ├── ModelTimeout        no answer within the time of the function         retried
    ├── ModelRejected       the provider will never accept this request
    ├── UnknownModel        the provider has no such model, or retired it
    ├── AccessDenied        the API key is missing, wrong, or may not use the model
    ├── SpendLimitReached   the account's spend limit: waiting does not help
    ├── AnswerNotStored     the run that is re-judged has no such answer
    └── JudgeFailed
        ├── JudgeUnreadable the reply is not a verdict, nor was the second
        ├── JudgeRefused    the judge declined to judge
        └── JudgeTruncated  the reply was cut off at its token limit

Step Functions matches `ErrorEquals` with the exact class name, without inheritance, so the names of the leaves are
part of the contract with `workflow/benchmark_run.asl.yaml`; a test compares the two.
"""

from typing import Literal

ConflictKind = Literal[
    "execution-ended",
    "execution-running",
    "idempotency-key-reused",
    "label-exists",
    "other-provider",
    "records-expired",
    "records-still-coming",
    "resumed-at-the-same-time",
    "run-ended",
    "run-not-ended",
    "run-not-resumable",
    "run-not-started",
]
"""What contradicts a request; the last part of the problem's `type` in a response."""


class SkillBenchmarkError(Exception):
    """Root of all errors raised on purpose."""


class InvalidInput(SkillBenchmarkError):
    """The request cannot be carried out as it is.

    `field` is the name the caller used (`test_cases[3].input`); the message says what is wrong and what would be right.
    """

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field
        self.message = message


class NotFound(SkillBenchmarkError):
    """The thing does not exist for this tenant."""


class Conflict(SkillBenchmarkError):
    """The request contradicts what is there: an idempotency key with another request, a run that has not ended.

    `kind` tells a program what a person reads in the message.
    """

    def __init__(self, message: str, *, kind: ConflictKind) -> None:
        super().__init__(message)
        self.kind: ConflictKind = kind


class DailyCallsReached(SkillBenchmarkError):
    """The run would take the tenant beyond the calls that it may plan in a day."""

    def __init__(self, message: str, seconds_left: int) -> None:
        super().__init__(message)
        self.seconds_left = seconds_left


class ExecutionEnded(Conflict):
    """An execution of this name was started before and has ended."""

    def __init__(self, message: str) -> None:
        super().__init__(message, kind="execution-ended")


class MissingSetting(SkillBenchmarkError):
    """An environment variable or secret that the function needs is absent or malformed."""


class ResultsNotWritten(SkillBenchmarkError):
    """A run got to the end of its plan, and the database does not hold a row for each planned result."""


class CallFailed(SkillBenchmarkError):
    """One call to a model or judge came to nothing. The message never holds the request, the answer or the key."""


class ModelThrottled(CallFailed):
    """HTTP 429: too many requests or tokens at the moment."""


class ModelUnavailable(CallFailed):
    """HTTP 5xx, overloaded, or the connection broke."""


class ModelTimeout(CallFailed):
    """The provider did not answer within the time that the function has."""


class ModelRejected(CallFailed):
    """HTTP 4xx that repeating the request cannot change."""


class UnknownModel(CallFailed):
    """The provider does not have this model, or has retired it."""


class AccessDenied(CallFailed):
    """HTTP 401 or 403: the key is missing, wrong, or not allowed to use the model."""


class SpendLimitReached(CallFailed):
    """A 429 that says that the account's spend limit is reached; it lasts until someone raises the limit."""


class AnswerNotStored(CallFailed):
    """The run whose answers are re-judged has no answer here, or its records have expired."""


class JudgeFailed(CallFailed):
    """The judge replied, and the reply is no verdict."""


class JudgeUnreadable(JudgeFailed):
    """The reply is not the JSON that the verdict's schema asks for."""


class JudgeRefused(JudgeFailed):
    """The judge declined to judge this answer."""


class JudgeTruncated(JudgeFailed):
    """The verdict was cut off by the judge's token limit."""
