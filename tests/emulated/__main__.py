"""Builds, deploys and plays: `python -m tests.emulated [--mutate [ROLE]]`; see `make deploy-emulated`."""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from local.database import LocalDatabase
from local.model_api import ModelApiProcess
from local.paths import ROOT
from scripts.preflight.signed_api import SignedApi
from tests.emulated import preflighted
from tests.emulated.account import TENANT, caller, deployer, prepare
from tests.emulated.deploy import FOLDER, PACKAGED, Sam
from tests.emulated.emulator import REGION, ROOT_USER, emulator
from tests.emulated.limits import CANNOT_PROVE
from tests.emulated.mutations import mutate
from tests.emulated.scenario import STEPS, play
from tests.emulated.stack import Stack
from tests.emulated.update import update_in_flight


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.emulated", description=__doc__)
    parser.add_argument("--sam", type=Path, default=ROOT / ".venv-sam/bin/sam")
    parser.add_argument("--python", type=Path, default=ROOT / ".venv-emulator/bin/python", help="with ministack")
    parser.add_argument("--mutate", nargs="?", const="", metavar="ROLE", help="only roles with this in their name")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sam = Sam(options.sam, options.python)
    began = time.monotonic()

    def say(what: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:6.1f} s  {what}\n")
        sys.stdout.flush()

    sam.build()
    say("built by sam for this machine's processor")
    with ExitStack() as undo:
        folder = _folder(undo)
        running = undo.enter_context(emulator(options.python, folder))
        undo.callback(shutil.copy, running.log, FOLDER / "ministack.log")
        os.environ.update(ROOT_USER, AWS_ENDPOINT_URL=running.endpoint, AWS_DEFAULT_REGION=REGION)
        os.environ.update(AWS_CA_BUNDLE=str(running.certificate), AWS_CONFIG_FILE=os.devnull)
        database = LocalDatabase(folder / "postgres", folder / "lock")
        undo.callback(database.stop)
        owner, runtime = database.start()
        model_api = undo.enter_context(ModelApiProcess())
        parameters = prepare(model_api.base_url, owner.as_secret(), runtime.as_secret())
        say("ministack with TLS and IAM, PostgreSQL and the stand-in of the model API are up")
        as_deployer = deployer()
        preflighted.examine(parameters, as_deployer)
        say(f"proved: {preflighted.examine.__doc__}")
        sam.package()
        say("packaged by sam")
        preflighted.review(parameters, as_deployer, options.sam)
        say(f"proved: {preflighted.review.__doc__}")
        outputs = sam.deploy(PACKAGED, parameters)
        say("deployed by sam with a change set")
        api_id = outputs["ApiUrl"].removeprefix("https://").partition(".")[0]
        # Nothing here resolves the host names of execute-api; ministack has a path for it.
        base_url = f"{running.endpoint}/_aws/execute-api/{api_id}/$default"
        api = SignedApi(base_url, REGION, TENANT, caller(), str(running.certificate))
        stranger = SignedApi(base_url, REGION, TENANT, None, str(running.certificate))
        stack = Stack(api, stranger, model_api, database, running.denials)
        play(stack, STEPS, say)
        preflighted.prove(parameters, as_deployer, base_url)
        say(f"proved: {preflighted.prove.__doc__}")
        if options.mutate is None:
            update_in_flight(stack, sam, parameters)
            say(f"proved: {update_in_flight.__doc__}")
            sys.stdout.writelines(f"          not proved: {limit}\n" for limit in CANNOT_PROVE)
        elif not mutate(stack, options.mutate, running.recycled, say):
            sys.exit(1)


def _folder(undo: ExitStack) -> Path:
    """Where databases and sandboxes lie while this runs: in memory where there is such a place."""
    memory = Path("/dev/shm")
    inside = os.environ.get("TMPDIR") or (str(memory) if memory.is_dir() else None)
    folder = Path(tempfile.mkdtemp(prefix="emulated-", dir=inside))
    undo.callback(shutil.rmtree, folder, ignore_errors=True)
    return folder


if __name__ == "__main__":
    main()
