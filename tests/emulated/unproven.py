"""Statements of our roles that the scenario cannot miss in this emulator, and why. `make deploy-emulated-mutations`
fails when one of these is missed after all, and when one that is not here is not missed."""

UNPROVEN: dict[str, str] = {
    "BenchmarkRunRole DeliverLogs": "the emulator delivers no logs of executions",
    "BenchmarkRunRole FollowStopAndRedriveChildExecutions": "the emulator runs children in its own process",
    "SchedulesRole KeepWhatCannotBeDelivered": "the emulator's scheduler has no queue for what it cannot deliver",
}
