"""The one logger and the one set of metrics of a function; configured by Powertools' environment variables."""

from aws_lambda_powertools import Logger, Metrics

logger = Logger(service="skill-benchmark")
metrics = Metrics(namespace="SkillBenchmark", service="skill-benchmark")
