#!/usr/bin/env bash
# One model by several ranks, on any number of nodes:
#
#   sbatch --ntasks=4 apps/slurm/train.sh --shards 8 --data ravdess --out /shared/h64.safetensors
#
# Whatever sonant train takes may follow. It goes on from its checkpoint, if there is one. The
# launcher has to end all ranks when one dies, or the others wait for it; Slurm then starts the job
# again. SONANT names the program, if it is not in PATH; SONANT_SRUN_MPI another kind of MPI than
# pmix (srun --mpi=list).
#SBATCH --job-name=sonant-train
#SBATCH --ntasks=2
#SBATCH --cpus-per-task=1
#SBATCH --time=04:00:00
# USR1 two minutes before the end: a checkpoint, then status 75, and the job goes on another time.
#SBATCH --signal=USR1@120
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=%x-%j.log
set -euo pipefail

# srun does not take over --cpus-per-task from sbatch since Slurm 22.05.
status=0
srun --mpi="${SONANT_SRUN_MPI:-pmix}" --kill-on-bad-exit=1 \
  --cpus-per-task="${SLURM_CPUS_PER_TASK:-1}" --cpu-bind=cores \
  "${SONANT:-sonant}" train "$@" --resume --requeue-exit || status=$?
if ((status == 75)); then
  scontrol requeue "$SLURM_JOB_ID"
  sleep 60 # until that ends us: an exit of our own would count as the end of the job
fi
exit "$status"
