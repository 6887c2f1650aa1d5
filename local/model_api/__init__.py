"""A stand-in for the Messages API, so that the real SDK runs in every local run and test."""

from local.model_api.faults import Fault
from local.model_api.latency import Latency
from local.model_api.process import ModelApiProcess

__all__ = ["Fault", "Latency", "ModelApiProcess"]
