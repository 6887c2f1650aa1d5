"""A web page of somebody else, in a real browser, against the real server: it starts nothing and reads nothing."""

import html
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.e2e.conftest import Command
from tests.e2e.relay import PAGE_PATH, Relay, relaying
from tests.e2e.test_serve import call, serving

PAGE = Path(__file__).parent / "attack.html"
SECONDS = 120


@pytest.fixture
def browser() -> str:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if found is None:
        pytest.skip("needs a browser: Debian's chromium")
    return found


def seen_by_the_page(browser: str, folder: Path, url: str) -> dict[str, str]:
    """What the page at the URL wrote down. Every name of `example` is this machine, as after a change of DNS."""
    ran = subprocess.run(
        [
            *(browser, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"),
            *("--disable-background-networking", "--disable-features=HttpsUpgrades", "--virtual-time-budget=30000"),
            *(f"--user-data-dir={folder}", "--host-resolver-rules=MAP *.example 127.0.0.1", "--dump-dom", url),
        ],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    written = re.search('<pre id="seen">(.+?)</pre>', ran.stdout)
    assert written, ran.stdout[-3_000:] + ran.stderr[-3_000:]
    seen: dict[str, str] = json.loads(html.unescape(written[1]))
    return seen


def refused(relay: Relay, status: int) -> set[str]:
    """Methods of the requests that were answered with this status."""
    return {method for method, answered in relay.answered() if answered == status}


def test_a_page_of_somebody_else_starts_nothing_and_reads_nothing(
    command: Command, browser: str, tmp_path: Path
) -> None:
    with serving(command) as (url, _), relaying(int(url.rpartition(":")[2])) as victim, relaying(0) as attacker:
        kept = {"name": "Secret name", "content": "Secret text."}
        assert call(f"{url}/v1/skills/kept", "PUT", kept)[0] == 201

        # Another origin: another port of this machine, and another name.
        attacker.page = PAGE.read_bytes().replace(b"TARGET", f"http://127.0.0.1:{victim.port}".encode())
        for host in ("127.0.0.1", "evil.example"):
            page = f"http://{host}:{attacker.port}{PAGE_PATH.decode()}"
            seen = seen_by_the_page(browser, tmp_path / f"profile-{host}", page)
            assert set(seen.values()) <= {"opaque", "blocked"}, seen
        assert len(seen) == 9
        assert {status for _, status in victim.answered()} == {403}
        assert refused(victim, 403) == {"GET", "POST", "OPTIONS"}
        assert [method for method, _ in victim.answered()].count("POST") >= 2 * 4

        # The same origin, by rebinding: the page came from this port, under a name that now means this machine.
        victim.connections.clear()
        victim.page = PAGE.read_bytes().replace(b"TARGET", b"")
        page = f"http://evil.example:{victim.port}{PAGE_PATH.decode()}"
        seen = seen_by_the_page(browser, tmp_path / "profile-rebound", page)
        assert not [name for name, text in seen.items() if "Secret" in text or text.startswith("2")], seen
        assert {status for _, status in victim.answered()} == {421}
        assert refused(victim, 421) == {"GET", "POST", "PUT", "DELETE"}

        assert call(f"{url}/v1/skills/evil/runs")[0] == 404
        status, page_of_runs = call(f"{url}/v1/skills/kept/runs")
        assert (status, page_of_runs["items"]) == (200, [])
    folder = command.folder / ".skill-benchmark" / "objects"
    assert not list(folder.glob("runs/*"))
