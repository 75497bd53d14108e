"""A remote behind SSH, with a real server on this machine."""

import shutil
import socket
import subprocess
from pathlib import Path

import psutil
import pytest

CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
AuthorizedKeysFile {folder}/user.pub
PidFile {folder}/pid
PasswordAuthentication no
PermitRootLogin yes
StrictModes no
UsePAM no
Subsystem sftp internal-sftp
"""


@pytest.fixture
def server(tmp_path):
    """Return the port of an SSH server for the present user, and the user's key."""
    sshd = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if sshd is None or shutil.which("ssh-keygen") is None:
        pytest.skip("there is no sshd here; install openssh-server")
    if psutil.Process().username() == "root":
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # sshd asks for it
    for name in ("host", "user"):
        key = [
            "ssh-keygen",
            "-q",
            "-t",
            "ed25519",
            "-N",
            "",
            "-f",
            str(tmp_path / name),
        ]
        subprocess.run(key, check=True)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = tmp_path / "config"
    config.write_text(CONFIG.format(port=port, folder=tmp_path))
    running = subprocess.Popen(
        [sshd, "-D", "-e", "-f", str(config)], stderr=subprocess.PIPE, text=True
    )
    assert "Server listening" in running.stderr.readline()
    yield port, tmp_path / "user"
    running.terminate()
    running.communicate()


def test_results_travel_over_ssh(
    server, origin, snakemake, shell, tmp_path, pretend_installed
):
    port, key = server
    user = psutil.Process().username()
    source, clone = tmp_path / "source", tmp_path / "clone"
    shutil.copytree(origin, source, symlinks=True)
    url = f"ssh://{user}@127.0.0.1:{port}{tmp_path / 'remote'}"
    shell(source, f"dvc remote add --default far {url}")
    keyfile = f"dvc remote modify --local far keyfile {key}"
    shell(source, f"{keyfile} && dvc push && git commit -qam 'Name a remote'")
    shell(tmp_path, f"git clone -q {source} clone")
    pretend_installed(clone)
    shell(clone, f"{keyfile} && make pull")
    for name in ("rounds.csv", "rounds.parquet", "runs/default/hfl.parquet"):
        path = f"results/tiny/{name}"
        assert (clone / path).read_bytes() == (origin / path).read_bytes()
    assert "Nothing to be done" in snakemake(clone, "--dry-run")[1]
