"""What the kernel knows of processes: who descends from whom, who listens where, who was given what."""

from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")
_LISTENING = "0A"


def descendants(root: int) -> set[int]:
    """All processes that descend from the process, without those that have ended and wait to be collected."""
    children: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            # The name, in parentheses, may have any characters.
            state, parent = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[:2]
            if state != "Z":
                children.setdefault(int(parent), []).append(int(folder.name))
    found: set[int] = set()
    new = children.get(root, [])
    while new:
        found |= set(new)
        new = [child for parent in new for child in children.get(parent, [])]
    return found


def listening_ports(processes: set[int]) -> set[int]:
    """TCP ports, of either version of IP, on which one of the processes listens."""
    ports = {}
    for table in ("tcp", "tcp6"):
        for line in (PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]:
            fields = line.split()
            if fields[3] == _LISTENING:
                ports[fields[9]] = int(fields[1].rpartition(":")[2], 16)
    return {ports[inode] for process in processes for inode in _sockets(process) if inode in ports}


def abstract_sockets(processes: set[int]) -> set[str]:
    """Names of Unix sockets without a file, which no permission keeps from anybody."""
    lines = (line.split() for line in (PROC / "net" / "unix").read_text(encoding="utf-8").splitlines()[1:])
    names = {fields[6]: fields[7] for fields in lines if len(fields) > 7 and fields[7].startswith("@")}
    return {names[inode] for process in processes for inode in _sockets(process) if inode in names}


def environment(process: int) -> bytes:
    return (PROC / str(process) / "environ").read_bytes()


def command_line(process: int) -> bytes:
    return (PROC / str(process) / "cmdline").read_bytes()


def _sockets(process: int) -> set[str]:
    """The inodes of the sockets that a process has open."""
    found = set()
    for link in (PROC / str(process) / "fd").glob("*"):
        with suppress(OSError):
            target = str(link.readlink())
            if target.startswith("socket:["):
                found.add(target[8:-1])
    return found


def processes_with(variable: str) -> set[int]:
    """All processes that were started with `NAME=value` in their environment, and who descends from them.

    The second because PostgreSQL writes the titles of its processes over their environments.
    """
    found = set()
    for folder in PROC.glob("[0-9]*"):
        with suppress(OSError):
            # Empty for a process that has ended and waits to be collected.
            if variable.encode() in environment(int(folder.name)).split(b"\0"):
                found.add(int(folder.name))
    return found.union(*map(descendants, found))
