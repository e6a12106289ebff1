#!/usr/bin/env bash
# End the cluster that slurm_up.sh started in FOLDER: its jobs, its daemons by their ids, its link.
#
#   slurm_down.sh FOLDER
set -euo pipefail

folder=$(realpath -m "$1")
export SLURM_CONF=$folder/slurm.conf

# id of a daemon of this folder that still runs; a number that another program has now is not it
running() {
  local id
  id=$(cat "$folder/run/$1.pid" 2>/dev/null) || return 1
  [ "$(cat "/proc/$id/comm" 2>/dev/null)" = "${1%%.*}" ] && echo "$id"
}
left() { timeout 10 squeue -h -o %A -t pending,running,completing 2>/dev/null || true; }

# jobs first: the daemons of their steps end with them
if running slurmctld >/dev/null; then
  left | xargs -r timeout 20 scancel || true
  for _ in $(seq 100); do [ -n "$(left)" ] || break; sleep 0.2; done
fi
mapfile -t nodes < <(cd "$folder/run" && ls slurmd.*.pid 2>/dev/null | sed 's/\.pid$//')
for daemon in "${nodes[@]}" slurmctld munged; do
  if id=$(running "$daemon"); then
    kill "$id"
    for _ in $(seq 150); do running "$daemon" >/dev/null || break; sleep 0.2; done
    if running "$daemon" >/dev/null; then kill -9 "$id"; fi
  fi
done
[ "$(readlink /etc/slurm/slurm.conf || true)" != "$folder/slurm.conf" ] || rm /etc/slurm/slurm.conf
