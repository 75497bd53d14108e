"""Slurm with two nodes on this machine: started, asked and stopped.

It lives in namespaces of its own. Their network has nothing but the loopback, so that
what runs there reaches no other machine, and their /etc/slurm is a folder of ours. Each
node has a host name of its own. Accounting and control groups are left out, as in the
smallest clusters.
"""

import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

import psutil

NODES = ("ground", "space")
SHARED = (("net", "net"), ("mount", "mnt"))  # namespaces, and their names in /proc
CPUS = 2
FIRST_PORT = 27900
ADDRESS = "10.0.0.1"  # with none but 127.0.0.1, the C library finds no machine at all
NETWORK = f"ip link set lo up && ip address add {ADDRESS}/32 dev lo"
SETTINGS = "/etc/slurm"  # srun within a job looks nowhere else
STARTING_S, STOPPING_S, LOOK_S = 20, 10, 0.2
DAEMONS = {"munged": "munge", "slurmctld": "slurmctld", "slurmd": "slurmd"}
"""Programmes, and the packages of Debian that have them."""
TOOLS = {"sbatch": "slurm-client", "ip": "iproute2"}

CONF = """ClusterName=tiny
SlurmctldHost={host}({address})
SlurmctldPort=27817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/jobs.txt
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
KillWait=1
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
GresTypes=gpu
{nodes}
PartitionName=all Nodes=ALL Default=YES State=UP
"""
NODE = "NodeName={name} NodeAddr={address} Port={port}"
GPU = "NodeName={name} Name=gpu File=/dev/null\n"


class Cluster:
    """A controller and its nodes, whose files are in a folder.

    The last node has a card, which is none: Slurm counts who asks for it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.daemons: list[subprocess.Popen] = []
        self.nodes: dict[str, subprocess.Popen] = {}
        self.inside: list[str] = []

    def start(self) -> None:
        """Start all daemons, and wait until the nodes are idle."""
        self._configure()
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o600)
        munge = ["munged", "--foreground", "--force", f"--key-file={key}"]
        for name in ("socket", "pid-file", "log-file", "seed-file"):
            munge.append(f"--{name}={self.folder}/munge.{name}")
        self._daemon("munged", munge)
        mount = f"mkdir -p {SETTINGS} && mount --bind {self.folder} {SETTINGS}"
        control = f"{mount} && {NETWORK} && exec slurmctld -D -c"
        namespaces = ["unshare", "--net", "--mount"]
        first = self._daemon("slurmctld", [*namespaces, "sh", "-c", control])
        of_first = [f"--{ns}=/proc/{first.pid}/ns/{file}" for ns, file in SHARED]
        self.inside = ["nsenter", *of_first]
        self._wait(lambda: self("scontrol ping").returncode == 0)
        for name in NODES:
            node = f"hostname {name} && exec slurmd -D -c"
            command = self.command("unshare", "--uts", "sh", "-c", node)
            self.nodes[name] = self._daemon(f"slurmd-{name}", command)
        self._wait(lambda: self("sinfo -h -N -o %T").stdout.split() == ["idle"] * 2)

    def stop(self) -> None:
        """End all jobs, and then all daemons."""
        self("scancel --user=root")
        self._wait(lambda: not self("squeue --noheader").stdout)
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            daemon.wait(STOPPING_S)

    def cut_power(self, node: str) -> None:
        """End all that runs on a node at once, as a power cut does."""
        of_node = _namespace(self.nodes[node].pid)
        for process in psutil.process_iter():
            if _namespace(process.pid) == of_node:
                process.kill()
        self(f"scontrol update nodename={node} state=down reason=power")

    def ended(self) -> list[dict[str, str]]:
        """Return what Slurm has written of each job that has ended, in this order."""
        lines = (self.folder / "jobs.txt").read_text().splitlines()
        return [dict(word.split("=", 1) for word in line.split()) for line in lines]

    def command(self, *words: str, folder: Path = Path("/")) -> list[str]:
        """Return a command that runs in a folder on the cluster's first machine."""
        inside = f"cd {shlex.quote(str(folder))} && exec {shlex.join(words)}"
        return [*self.inside, "sh", "-c", inside]

    def __call__(self, line: str) -> subprocess.CompletedProcess:
        """Return what a command says, such as ``squeue``."""
        words = self.command(*shlex.split(line))
        return subprocess.run(words, capture_output=True, text=True)

    def _configure(self) -> None:
        half_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**21
        nodes = [
            NODE.format(name=name, address=ADDRESS, port=FIRST_PORT + place)
            + f" CPUs={CPUS} RealMemory={half_mb}"
            for place, name in enumerate(NODES)
        ]
        nodes[-1] += " Gres=gpu:1"
        names = {"host": os.uname().nodename, "address": ADDRESS, "folder": self.folder}
        conf = CONF.format(nodes="\n".join(nodes), **names)
        (self.folder / "slurm.conf").write_text(conf)
        (self.folder / "gres.conf").write_text(GPU.format(name=NODES[-1]))
        for name in ("state", *(f"spool-{name}" for name in NODES)):
            (self.folder / name).mkdir()

    def _daemon(self, name: str, command: list[str]) -> subprocess.Popen:
        with open(self.folder / f"{name}.log", "w") as log:
            daemon = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                stdout=log,
                stderr=log,
            )
        self.daemons.append(daemon)
        return daemon

    def _wait(self, ready) -> None:
        end = time.monotonic() + STARTING_S
        while not ready():
            if time.monotonic() > end:
                logs = "".join(p.read_text() for p in sorted(self.folder.glob("*.log")))
                raise TimeoutError(f"Slurm does not answer; its daemons say:\n{logs}")
            time.sleep(LOOK_S)


def _namespace(process: int) -> str | None:
    """Return the namespace of a process's host name, or nothing if it has ended."""
    try:
        return os.readlink(f"/proc/{process}/ns/uts")
    except OSError:
        return None


def missing() -> list[str]:
    """Return the packages of Debian that a cluster needs and this machine lacks."""
    needed = DAEMONS | TOOLS
    return sorted(
        {package for name, package in needed.items() if not shutil.which(name)}
    )
