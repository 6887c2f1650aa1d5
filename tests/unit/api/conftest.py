from tests.unit.api.asking import _deployed

__all__ = ["_deployed"]
