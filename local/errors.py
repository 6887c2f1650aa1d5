"""What can go wrong on a laptop before a run has begun."""


class LocalError(Exception):
    """A message of one line that says what to change. The command prints it and exits with 2."""


class InvocationFailed(Exception):
    """A function raised; the message is what Lambda would report."""


class TemplateError(LocalError):
    """`template.yaml` or the state machine cannot be deployed."""
