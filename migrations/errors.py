"""What migrations raise on purpose."""


class MigrationError(Exception):
    """The schema cannot be brought up to date; the message names the file or role and what to change."""
