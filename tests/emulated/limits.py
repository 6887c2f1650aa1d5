"""What a deployment into the emulator says nothing about; docs/deploying.md says how an account answers it."""

CANNOT_PROVE = [
    "the network: functions run beside the emulator, whatever subnets, endpoints and security groups say",
    "the created database: PostgreSQL stands where Aurora and RDS Proxy would, over a socket without TLS",
    "arm64 and Lambda's runtime: the build is for this machine's processor, without limits of memory",
    "children of a Distributed Map as executions of their own: here they run inside their parent",
    "redrive, quotas, throttling by Lambda, and the 25,000 events of an execution's history",
    "logs and traces: the emulator writes them without asking a role",
    "alarms over metric math, and the dashboard: they are stored and not evaluated",
    "AWS's managed policies: logs, network interfaces and X-Ray take no permission here",
    "what AWS says of a property that the emulator passes over",
]
