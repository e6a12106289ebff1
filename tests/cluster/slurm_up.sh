#!/usr/bin/env bash
# Start a SLURM cluster on this machine alone, on loopback and without systemd.
#
#   slurm_up.sh FOLDER [GPUS [NODES [BARE]]]     configuration, state and logs go below FOLDER
#
# One GPU a node by default, and one node; several (n1, n2, ...) are as many daemons, of which the
# first BARE have no GPU.
# Needs root, slurmctld, slurmd and munged (Debian: slurm-wlm, munge). Exit 3: cannot be had here.
# Outside FOLDER it makes the link /etc/slurm/slurm.conf alone: the inner srun of Snakemake's
# executor drops SLURM_CONF from its environment. End it with slurm_down.sh FOLDER.
set -euo pipefail

folder=$(realpath -m "$1") gpus=${2:-1} nodes=${3:-1} bare=${4:-0}
link=/etc/slurm/slurm.conf

refuse() { echo "no SLURM here: $*" >&2; exit 3; }
[ "$(id -u)" = 0 ] || refuse "only root can start its daemons"
for program in slurmctld slurmd munged sbatch; do
  command -v "$program" >/dev/null || refuse "$program is missing (Debian: apt-get install slurm-wlm munge)"
done
# the link of a test cluster whose folder is gone; any other is not ours to remove
if [ -L "$link" ] && [ ! -e "$link" ]; then
  case $(readlink "$link") in
    "$(realpath "${TMPDIR:-/tmp}")"/slurm-*/slurm.conf) rm "$link" ;;
  esac
fi
[ ! -e "$link" ] && [ ! -L "$link" ] || refuse "$link is there already: this machine has a cluster"
mkdir -p "$folder"/{munge,state,spool,log,run}
# munged wants no folder above its socket that others can write to, but for sticky ones as /tmp
chmod 755 "$folder" "$folder"/*

read -r -a ports < <(python3 -c '
import socket, sys
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(1 + int(sys.argv[1]))]
print(*(one.getsockname()[1] for one in held))' "$nodes")
controller_port=${ports[0]} ports=("${ports[@]:1}")
host=$(hostname -s)
names=("$host")
[ "$nodes" = 1 ] || mapfile -t names < <(seq -f "n%g" "$nodes")
(umask 077; head -c 1024 /dev/urandom >"$folder/munge/key")
socket=$folder/munge/socket

# A GPU is any character device: with none, or with a plain file, SLURM sets no CUDA_VISIBLE_DEVICES.
devices=(/dev/null /dev/zero /dev/full /dev/random)
echo "AutoDetect=off" >"$folder/gres.conf"
has_gpu() { [ "$gpus" -gt 0 ] && [ "$1" -ge "$bare" ]; } # the node of this index
files=$(IFS=,; echo "${devices[*]:0:$gpus}")
for i in "${!names[@]}"; do
  if has_gpu "$i"; then echo "NodeName=${names[i]} Name=gpu File=$files" >>"$folder/gres.conf"; fi
done
echo "# none" >"$folder/cgroup.conf"
# memory and cores are made up (config_overrides), so that the profile's requests fit any machine;
# a job's memory is held to its limit by polling, since no cgroups can be counted on
cat >"$folder/slurm.conf" <<CONF
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$controller_port
SlurmUser=root
AuthInfo=socket=$socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool/%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
MailProg=/bin/true
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
# finished jobs stay on squeue's list, which Snakemake asks
MinJobAge=3600
KillWait=5
InactiveLimit=0
# jobs go back into the queue only where they ask for it, so that the profile's word is seen
JobRequeue=0
OverTimeLimit=0
GresTypes=gpu
$(for i in "${!names[@]}"; do
  gres=
  if has_gpu "$i"; then gres="Gres=gpu:$gpus"; fi
  echo "NodeName=${names[i]} NodeHostname=$host NodeAddr=127.0.0.1 Port=${ports[i]} CPUs=4 RealMemory=200000 $gres State=UNKNOWN"
done)
PartitionName=cpu Nodes=ALL Default=YES State=UP
PartitionName=gpu Nodes=ALL MaxTime=1-00:00:00 State=UP
CONF

up() { # seconds, what, command: wait until the command succeeds
  local end=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || { echo "$what did not come up" >&2; tail -n 20 "$folder"/log/*.log >&2; exit 1; }
    sleep 0.2
  done
}
answers() { munge -n -S "$socket" | unmunge -S "$socket"; }
idle() { [ "$(sinfo -h -N -o %t | sort -u)" = idle ]; }

export SLURM_CONF=$folder/slurm.conf
mkdir -p /etc/slurm
ln -s "$folder/slurm.conf" "$link"
trap 'status=$?; [ $status = 0 ] || "$(dirname "$0")/slurm_down.sh" "$folder"; exit $status' EXIT
munged --num-threads=2 --key-file="$folder/munge/key" --socket="$socket" --pid-file="$folder/run/munged.pid" \
  --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed"
up 20 munged answers
slurmctld
up 60 slurmctld scontrol ping
for name in "${names[@]}"; do
  mkdir -p "$folder/spool/$name"
  if [ "$nodes" = 1 ]; then slurmd; else slurmd -N "$name"; fi
done
up 60 "the nodes" idle
