"""What functions import, loaded once in the process that theirs are forked from."""

import anthropic  # noqa: F401
import aws_lambda_powertools  # noqa: F401
import boto3  # noqa: F401
import psycopg  # noqa: F401
import scipy.stats  # noqa: F401

import local.function_process  # noqa: F401
import skill_benchmark.domain.plan  # noqa: F401
