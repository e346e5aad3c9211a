# What the run.sh of every publication does; sourced, with `runs` set: lines of NAME RECIPE and more
# options of sonant cv. SONANT is the command.
set -euo pipefail
here=$(cd "$(dirname -- "${BASH_SOURCE[1]}")" && pwd)
wrong() {
  echo "run.sh: $*; see run.sh --help" >&2
  exit 2
}
data="" out="" seeds=(--seeds 5) more=()
while (($#)); do
  case $1 in
    -h | --help) sed -n '2,/^$/s/^# \{0,1\}//p' "$here/run.sh" && exit 0 ;;
    --data | --out)
      [[ -n ${2:-} ]] || wrong "$1 needs a folder"
      if [[ $1 == --data ]]; then data=$2; else out=$2; fi
      shift
      ;;
    --seeds) seeds=() more+=("$1") ;;
    *) more+=("$1") ;;
  esac
  shift
done
[[ -n $data ]] || wrong "--data is missing"
[[ -n $out ]] || wrong "--out is missing"
sonant=${SONANT:-sonant}
if [[ -z ${SONANT:-} && -x $here/../../../build/release/apps/sonant ]]; then
  sonant=$here/../../../build/release/apps/sonant
fi
folders=()
while read -r name recipe options; do
  [[ -n $name ]] || continue
  folders+=("$out/$name")
  # shellcheck disable=SC2086  # options are words
  "$sonant" cv --data "$data" --config "$here/$recipe" --out "$out/$name" "${seeds[@]}" $options \
    "${more[@]}"
done <<<"$runs"
"$sonant" table "${folders[@]}"
