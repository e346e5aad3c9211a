#!/usr/bin/env bash
# One search for hyperparameters by the tasks of a job array, all with the same command line:
#
#   sbatch --array=0-99 apps/slurm/tune.sh --data ravdess --study /shared/h64.sqlite \
#     --trials 100 --workers 20 --epochs 100 --out /shared/h64.toml
#
# Whatever sonant tune takes may follow; `sonant status /shared/h64.sqlite` tells how far it is. At
# most --workers trials are under way at a time, so workers times folds tasks have something to do.
# SONANT names the program, if it is not in PATH.
#SBATCH --job-name=sonant-tune
#SBATCH --array=0-9
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
# USR1 two minutes before the end: a checkpoint, then status 75, and the task goes on another time.
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%A_%a.log
set -euo pipefail

# srun does not take over --cpus-per-task from sbatch since Slurm 22.05.
status=0
srun --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" --cpu-bind=cores \
  "${SONANT:-sonant}" tune "$@" --requeue-exit || status=$?
if ((status == 75)); then
  scontrol requeue "$SLURM_JOB_ID"
  sleep 60 # until that ends us: an exit of our own would count as the end of the job
fi
exit "$status"
