#!/bin/bash
# 2 runs of specs/net.sdhs as a job array of Slurm, written by `spikegraph slurm`.
#
#   sbatch array.sh              all of them
#   sbatch --array=0 array.sh    one alone; a run that has begun is continued, a complete one ends at once
#   spikegraph runs /runs/five
#
#SBATCH --job-name=net
#SBATCH --array=0-1%2
#SBATCH --nodes=1
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --gpus=1
#SBATCH --mem=16G
#SBATCH --partition=gpu,long
#SBATCH --time=8:00:00
#SBATCH --output=net-%A_%a.log
#SBATCH --open-mode=append
# A job whose node fails, or is needed for other jobs, goes back into the queue and continues its run.
#SBATCH --requeue
# 120 seconds before the time limit the script gets a signal, to save the run. It isn't SIGTERM,
# which `scancel` sends: a job that is cancelled must not go back into the queue.
#SBATCH --signal=B:USR1@120
set -euo pipefail

runs=(
  seed-0
  seed-1
)
run=/runs/five/${runs[${SLURM_ARRAY_TASK_ID:?submit this script with sbatch}]:?no such index}
# Starts the run as `sweep.json` beside it says, or continues it from its last checkpoint.
command=(spikegraph compile --train --resume --out "$run")
retries=2
# A run repeats bit for bit only with the same number of threads.
export OMP_NUM_THREADS=4

# This script gets the signals and passes them on: a run that gets SIGTERM saves its state and ends with status 143.
requeue=no stopping=no child=
stop() {
  stopping=yes interrupted=yes
  if [[ -n $child ]]; then kill -TERM "$child" 2>/dev/null || true; fi
}
trap 'requeue=yes; stop' USR1
trap stop TERM

for ((try = 0; try <= retries; try++)); do
  "${command[@]}" &
  child=$!
  if [[ $stopping == yes ]]; then stop; fi
  # A signal ends `wait`, not the run.
  interrupted=yes
  while [[ $interrupted == yes ]]; do
    interrupted=no status=0
    wait "$child" || status=$?
  done
  child=
  # Another try can't help if it was told to stop, or if the spec, the data or the command are wrong (1, 2).
  if [[ $stopping == yes || $status -le 2 ]]; then break; fi
  echo "$run ended with status $status at try $((try + 1)) of $((retries + 1))" >&2
done

if [[ $requeue == yes && $status -eq 143 ]]; then
  scontrol requeue "${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID"
fi
exit "$status"
