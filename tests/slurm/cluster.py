"""A Slurm of three nodes on this machine, without systemd, for tests.

munged, slurmctld and a slurmd for each node run in namespaces of their own: a node has a host name,
an address, process numbers, /tmp and /dev/shm that no other has. All of it is in one namespace of
processes whose first process is the test: when that ends, however it ends, so does everything.
Needs root and the packages slurmctld, slurmd, slurm-client, munge and iproute2.
"""
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

NODES = ["n1", "n2", "n3"]
SKIP = 77
CONF = """
ClusterName=test
SlurmctldHost=ctl({net}.254)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={at}/munge.socket
StateSaveLocation={at}/state
SlurmdSpoolDir={at}/spool-%n
SlurmctldPidFile={at}/slurmctld.pid
SlurmdPidFile={at}/slurmd-%n.pid
SlurmctldLogFile={at}/slurmctld.log
SlurmdLogFile={at}/slurmd-%n.log
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
ReturnToService=2
SlurmdTimeout=10
KillWait=5
SchedulerParameters=sched_interval=2,bf_interval=2
{nodes}
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""
NET = "10.213.77"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(SKIP)


def enter():
    """Starts this program again as the first process of its own namespaces, or skips."""
    if os.environ.get("SONANT_SLURM_INSIDE") == "1" and os.getpid() == 1:
        return
    for program in ["slurmctld", "slurmd", "sbatch", "munged", "ip", "unshare"]:
        if not shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            skip(f"no {program}; apps/install_packages.sh slurm has it")
    if os.geteuid() != 0:
        skip("a Slurm of its own needs root")
    spaces = ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child",
              "--mount-proc"]
    if subprocess.run([*spaces, "true"], capture_output=True).returncode != 0:
        skip("no right to make namespaces")
    env = {**os.environ, "SONANT_SLURM_INSIDE": "1",
           "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
    sys.exit(subprocess.run([*spaces, sys.executable, "-B", *sys.argv], env=env).returncode)


def run(*words, **more):
    return subprocess.run(words, check=True, capture_output=True, text=True, **more).stdout


class Cluster:
    """The daemons, and a folder `at` that all nodes see, as they do `program`. Of /tmp each has its
    own, unless one of these is there."""

    def __init__(self, at, program):
        self.at, self.nodes, self.pending = Path(at), {}, {}
        self.own_tmp = not any(str(path).startswith("/tmp/") for path in (at, program))
        nodes = "\n".join(f"NodeName={name} NodeAddr={NET}.{i + 1} CPUs=2 RealMemory=1000"
                          for i, name in enumerate(NODES))
        conf = self.at / "slurm.conf"
        conf.write_text(CONF.format(at=self.at, net=NET, nodes=nodes))
        (self.at / "cgroup.conf").write_text("CgroupAutomount=no\n")
        os.environ["SLURM_CONF"] = str(conf)
        (self.at / "state").mkdir()
        try:
            self.bring_up(conf)
        except (OSError, RuntimeError, subprocess.CalledProcessError) as error:
            print(getattr(error, "stderr", "") or "", file=sys.stderr)
            skip(f"a Slurm of its own does not come up here: {error}")

    def bring_up(self, conf):
        self.network()
        key = self.at / "munge.key"
        key.write_bytes(os.urandom(1024))
        key.chmod(0o400)
        run("munged", "--force", f"--key-file={key}", f"--socket={self.at}/munge.socket",
            f"--pid-file={self.at}/munged.pid", f"--log-file={self.at}/munged.log",
            f"--seed-file={self.at}/munged.seed")
        run("slurmctld", "-f", str(conf))
        for name in NODES:
            self.start(name)
        self.wait(lambda: run("sinfo", "-h", "-o", "%T %D").split() == ["idle", "3"], 60,
                  "the nodes do not come up")

    def network(self):
        run("hostname", "ctl")
        run("ip", "link", "set", "lo", "up")
        run("ip", "link", "add", "br0", "type", "bridge")
        run("ip", "addr", "add", f"{NET}.254/24", "dev", "br0")
        run("ip", "link", "set", "br0", "up")

    def start(self, name):
        """Switches a node on."""
        number = NODES.index(name) + 1
        inside = (f"hostname {name}; mount -t tmpfs none /dev/shm; "
                  f"{'mount -t tmpfs none /tmp' if self.own_tmp else ':'}; read -r _; "
                  f"ip link set lo up; ip addr add {NET}.{number}/24 dev eth0; "
                  f"ip link set eth0 up; mkdir -p {self.at}/spool-{name}; "
                  f"exec slurmd -D -N {name} -f {self.at}/slurm.conf")
        log = open(self.at / f"node-{name}.log", "ab")
        node = subprocess.Popen(
            ["unshare", "--net", "--mount", "--uts", "--pid", "--fork", "--kill-child",
             "--mount-proc", "sh", "-c", inside], stdin=subprocess.PIPE, stdout=log, stderr=log)
        self.nodes[name] = node
        # Its network is there when its first child is.
        self.wait(lambda: self.child(node.pid), 10, f"{name} does not start")
        run("ip", "link", "add", f"to{number}", "type", "veth", "peer", "name", "eth0",
            "netns", str(self.child(node.pid)))
        run("ip", "link", "set", f"to{number}", "master", "br0", "up")
        node.stdin.write(b"\n")
        node.stdin.close()

    @staticmethod
    def child(pid):
        """The first process inside, or 0 before it is there."""
        words = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return int(words[0]) if words else 0

    def stop(self, name):
        """Pulls its plug: nothing on it gets a word out. slurmctld is told, or it would take a
        while to find out."""
        os.kill(self.child(self.nodes[name].pid), signal.SIGKILL)
        self.nodes[name].wait()
        subprocess.run(["ip", "link", "del", f"to{NODES.index(name) + 1}"], capture_output=True)
        run("scontrol", "update", f"nodename={name}", "state=down", "reason=unplugged")

    def start_now(self, job):
        """What was queued again waits two minutes, unless it is told otherwise; some seconds must
        pass, or its node takes it for the one that it has just ended."""
        if "PENDING" not in self.states(job):
            self.pending.pop(job, None)
        elif time.monotonic() - self.pending.setdefault(job, time.monotonic()) > 6:
            subprocess.run(["scontrol", "update", f"jobid={job}", "starttime=now"],
                           capture_output=True)

    def wait(self, holds, seconds, why):
        end = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > end:
                raise RuntimeError(f"{why}\n{self.logs()}")
            time.sleep(0.2)

    def logs(self):
        return "\n".join(f"== {log.name}\n" + "\n".join(log.read_text().splitlines()[-15:])
                         for log in sorted(self.at.glob("*.log")))

    def sbatch(self, *words):
        return run("sbatch", "--parsable", *words).split(";")[0].strip()

    def states(self, job):
        """Of all tasks of a job, as long as slurmctld remembers it."""
        shown = subprocess.run(["scontrol", "-o", "show", "job", job], capture_output=True,
                               text=True).stdout
        return [word.split("=")[1] for word in shown.split() if word.startswith("JobState=")]
