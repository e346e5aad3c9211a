#!/usr/bin/env bash
# usage: tests/large_data.sh SONANT [UTTERANCES [MEGABYTES [FOLDER]]]
# A corpus whose features do not fit into the memory that there is: UTTERANCES (100000) are made in
# FOLDER, their features computed, and a model trained and judged on them, all of it in MEGABYTES
# (512) of memory. The limit is a control group's, of which page cache counts, too; making one takes
# root. The same training on the sounds must break it.
set -euo pipefail
sonant=$(realpath "$1") utterances=${2:-100000} megabytes=${3:-512}
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
command -v python3 >/dev/null || { echo "skipped: needs python3"; exit 77; }
if [[ -n ${4:-} ]]; then
  folder=$4
  mkdir -p "$folder"
else
  folder=$(mktemp -d)
fi
group='' kind=''

tidy_up() {
  if [[ -n $group ]]; then rmdir "$group" 2>/dev/null || true; fi
  if [[ -z ${keep:-} ]]; then rm -rf "$folder"; fi
}
keep=${4:+yes}
trap tidy_up EXIT

# A control group with the limit, of version 2 or 1, and no swap; or none.
make_group() {
  local bytes=$((megabytes * 1024 * 1024)) root
  root=/sys/fs/cgroup
  if [[ -e $root/cgroup.controllers ]]; then
    group=$root/sonant-$$
    mkdir "$group" 2>/dev/null && echo "$bytes" 2>/dev/null >"$group/memory.max" &&
      { echo 0 2>/dev/null >"$group/memory.swap.max" || true; } && kind=2 && return
  elif [[ -d $root/memory ]]; then
    group=$root/memory/sonant-$$
    mkdir "$group" 2>/dev/null && echo "$bytes" 2>/dev/null >"$group/memory.limit_in_bytes" &&
      { echo "$bytes" 2>/dev/null >"$group/memory.memsw.limit_in_bytes" || true; } &&
      kind=1 && return
  fi
  if [[ -n $group ]]; then rmdir "$group" 2>/dev/null || true; fi
  group=''
}
# What is limited must also be able to go there, and nowhere else.
is_usable() {
  local swaps
  swaps=$(wc -l </proc/swaps 2>/dev/null || echo 1)
  ((swaps <= 1)) && (echo "$BASHPID" >"$group/cgroup.procs") 2>/dev/null
}

# limited NAME COMMAND...: runs it under the limit and says how much memory was its own.
limited() {
  local name=$1 status=0 peak=0 now start=$SECONDS process
  shift
  (
    echo "$BASHPID" >"$group/cgroup.procs"
    exec "$@"
  ) >"$folder/log" 2>&1 &
  process=$!
  while kill -0 "$process" 2>/dev/null; do
    now=$(sed -n 's/^RssAnon:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$process/status" 2>/dev/null || true)
    if ((${now:-0} > peak)); then peak=$now; fi
    sleep 0.1
  done
  wait "$process" || status=$?
  printf '%-34s %5d s, %4d MB of its own%s, status %d\n' "$name" $((SECONDS - start)) \
    $((peak / 1024)) "$(highest)" "$status"
  return "$status"
}

# The most that the group had so far, page cache and all.
highest() {
  local file=''
  if [[ $kind == 2 ]]; then file=$group/memory.peak; fi
  if [[ $kind == 1 ]]; then file=$group/memory.max_usage_in_bytes; fi
  if [[ -n $file && -e $file ]]; then echo ", $(($(<"$file") / 1048576)) MB with page cache"; fi
}

make_group
if [[ -z $group ]] || ! is_usable; then
  echo "skipped: no control group can be made here, which takes root and no swap"
  exit 77
fi
echo "limit: $megabytes MB, a control group of version $kind"
python3 -B "$here/support/make_utterances.py" "$folder/sounds" "$utterances"
features=(--front-end log-mel --hop 40)
train=(train -q --model lstm-sa-h8 --epochs 1 --batch-size 64 "${features[@]}")
start=$SECONDS
limited "store" "$sonant" store -q --data "$folder/sounds/corpus.csv" --out "$folder/store" \
  --shard-megabytes 16 "${features[@]}" || { cat "$folder/log"; exit 1; }
du -sm "$folder/store" | sed 's/\t.*/ MB of features/'
limited "train on the store" "$sonant" "${train[@]}" --data "$folder/store" --window 2 \
  --out "$folder/m.safetensors" || { cat "$folder/log"; exit 1; }
grep '^weights' "$folder/log"
limited "evaluate on the store" "$sonant" evaluate -q --model "$folder/m.safetensors" \
  --data "$folder/store" || { cat "$folder/log"; exit 1; }
if limited "train on the sounds" "$sonant" "${train[@]}" --data "$folder/sounds/corpus.csv" \
  --no-cache --out "$folder/n.safetensors"; then
  echo "the features fit into memory: the limit shows nothing"
  exit 1
fi
echo "$utterances utterances in $megabytes MB: $((SECONDS - start)) s"
