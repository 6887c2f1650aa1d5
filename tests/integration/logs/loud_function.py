"""A function of the service, at the loudest that its environment and whoever runs it can make it."""

import importlib
import logging
import os
import sys

# As a runtime does that installs its own handler before the function is loaded.
logging.basicConfig(level=logging.DEBUG, stream=sys.stdout)
lambda_handler = getattr(importlib.import_module(os.environ["LOUD_MODULE"]), os.environ["LOUD_HANDLER"])

# And as somebody may who looks for a mistake afterwards.
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, force=True)
for name in ("anthropic", "boto3", "botocore", "httpcore2", "httpx2", "psycopg", "urllib3"):
    logging.getLogger(name).setLevel(logging.DEBUG)
print("loud:", os.environ["LOUD_MODULE"])
