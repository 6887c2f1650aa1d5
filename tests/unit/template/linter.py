"""cfn-lint as `make` runs it."""

import subprocess
import sysconfig
from pathlib import Path

_CFN_LINT = Path(sysconfig.get_path("scripts"), "cfn-lint")


def cfn_lint(template: str) -> tuple[int, str]:
    """Exit code and findings for a template's text; (0, "") when there is nothing to say."""
    linted = subprocess.run([_CFN_LINT], input=template, capture_output=True, text=True, check=False)
    return linted.returncode, linted.stdout.strip()
