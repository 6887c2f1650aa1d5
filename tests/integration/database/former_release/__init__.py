"""What the release before says to the database: recorded at that release, sent again to the schema of this one."""

from pathlib import Path

FILE = Path(__file__).parent / "statements.jsonl"
