#!/usr/bin/env bash
# One cross-validation by the tasks of a job array, all with the same command line:
#
#   sbatch --array=0-49 apps/slurm/cv_array.sh --data ravdess --seeds 10 --out /shared/runs/h64
#
# Whatever sonant cv takes may follow; `sonant status /shared/runs/h64` tells how far it is. The
# trainings are shared out by claims in the folder, so any number of tasks will do, more may be
# added while it runs, and a task that ends early costs what it has done since its last checkpoint.
# SONANT names the program, if it is not in PATH.
#SBATCH --job-name=sonant-cv
#SBATCH --array=0-9
#SBATCH --cpus-per-task=4
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
  "${SONANT:-sonant}" cv "$@" --requeue-exit || status=$?
if ((status == 75)); then
  scontrol requeue "$SLURM_JOB_ID"
  sleep 60 # until that ends us: an exit of our own would count as the end of the job
fi
exit "$status"
