# What the run.sh of every publication does; sourced, with `runs` set to lines of
#   NAME RECIPE PROTOCOL [more options of sonant cv]
# PROTOCOL holds whatever is typed; - leaves it to the recipe and to what is typed.
# shellcheck shell=bash disable=SC2154
set -euo pipefail
here=$(cd "$(dirname -- "${BASH_SOURCE[1]}")" && pwd)
wrong() {
  echo "run.sh: $*; see run.sh --help" >&2
  exit 2
}
data="" out="" more=(--seeds 5)
while (($#)); do
  case $1 in
    -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$here/run.sh" && exit 0 ;;
    --data=*) data=${1#*=} ;;
    --out=*) out=${1#*=} ;;
    --data | --out)
      [[ -n ${2:-} ]] || wrong "$1 needs a folder"
      if [[ $1 == --data ]]; then data=$2; else out=$2; fi
      shift
      ;;
    *) more+=("$1") ;;
  esac
  shift
done
[[ -n $data ]] || wrong "--data is missing"
[[ -n $out ]] || wrong "--out is missing"
# Of this checkout, or of the tree that it is installed in.
sonant=${SONANT:-}
for own in "$here/../../../build/release/apps/sonant" "$here/../../../../bin/sonant"; do
  if [[ -z $sonant && -x $own ]]; then sonant=$own; fi
done
sonant=${sonant:-sonant}
folders=()
while read -r name recipe protocol options <&3; do
  [[ -n $name ]] || continue
  folders+=("$out/$name")
  if [[ $protocol == - ]]; then protocol=""; fi
  # shellcheck disable=SC2086  # options are words; of options that are there twice the last counts
  "$sonant" cv --data "$data" --config "$here/$recipe" --out "$out/$name" $options "${more[@]}" \
    ${protocol:+--protocol "$protocol"}
done 3<<<"$runs"
"$sonant" table "${folders[@]}"
