"""Real recorded answers, verdicts and human labels. They are not part of the project; what needs them skips without."""

import hashlib
import os
from pathlib import Path

import pytest

DATA = Path(os.environ.get("SKILL_BENCHMARK_RECORDED_DATA", Path(__file__).parents[2] / "shared" / "data"))

SHA256 = {
    "llmbar_replay.jsonl": "07c28e395fe16ac7f39877da60afebf1e3ad2b212aebd708aa5b98e8eb0b0a24",
    "llmbar_pairwise.csv": "5afd47f9e5faddabc626ee74a3717ce3d44a66ad16e8890ba0a06f21feae1b17",
    "summeval_scores.csv": "9d05cfc11fbbbb2b0d7f45da9e7620ea0cefa6d0424ad4cf5b1cd78b386b1216",
    "ppi_labelled_100.csv": "921ca1c1d36c2a085569d11fba083aff8605d9448a3d35464d138e8e02322a91",
    "reference.json": "e9da30e0bf6b404090444a94fc2e040bad7d0f4f2a2064b5baa70f2b48bc8acf",
}


def recorded(name: str) -> str:
    """The text of a file of recorded data, as it was when the figures were made; skips the test where it is absent."""
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"no recorded data at {path}")
    body = path.read_bytes()
    assert hashlib.sha256(body).hexdigest() == SHA256[name], f"{path} is not the file that the figures were made of"
    return body.decode()
