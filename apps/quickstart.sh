#!/usr/bin/env bash
set -euo pipefail
usage() {
  cat <<'TEXT'
usage: apps/quickstart.sh [--data DIR] [--out DIR] [--help]

Installs what is missing, builds Sonant, and trains ResLSTM-SA-h64 to hear emotions: on a synthetic
corpus that it makes itself, or on recordings. Judges the model on speakers it never heard, writes
it and a report, and names the emotion in one unseen file.

  --data DIR   RAVDESS (.wav or .flac, as unzipped from Audio_Speech_Actors_01-24.zip,
               https://zenodo.org/records/1188976) in place of the synthetic corpus
  --out DIR    where everything is written; default out/quickstart
  --help       this text
TEXT
}
wrong() {
  echo "quickstart.sh: $*; see apps/quickstart.sh --help" >&2
  exit 2
}

data="" out=""
while (($#)); do
  case $1 in
    --data | --out)
      [[ -n ${2:-} ]] || wrong "$1 needs a folder"
      if [[ $1 == --data ]]; then data=$(realpath -m -- "$2"); else out=$(realpath -m -- "$2"); fi
      shift 2
      ;;
    --data=* | --out=*) set -- "${1%%=*}" "${1#*=}" "${@:2}" ;;
    -h | --help) usage; exit 0 ;;
    *) wrong "unknown argument '$1'" ;;
  esac
done
[[ -z $data || -d $data ]] || wrong "--data $data is not a folder (unzip the archive first)"

root=$(realpath -- "$(dirname -- "${BASH_SOURCE[0]}")/..")
here=$root/
[[ $PWD != "$root" ]] || here=""  # short paths where they can be typed as they are printed
cd "$root"
out=${out:-${here}out/quickstart}
program=${here}build/release/apps/sonant
epochs=40
bold="" plain=""
if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then bold=$'\e[1m' plain=$'\e[0m'; fi
step() { printf '\n%s== %s%s\n' "$bold" "$*" "$plain"; }

# What it costs, before it starts: `time cmake --build --preset release --target sonant` and
# `du -sh build/release out` on Debian 12, g++ 12, two processors. Those of the machine it was
# measured on took 95 s; many have half as fast ones.
build_seconds=380
built="40 MB in ${here}build/release"
mkdir -p -- "$out" || wrong "nothing can be written to $out"
step "What this takes"
packages=$(apps/install_packages.sh --plan build)
minutes=$(((build_seconds / $(nproc) + 59) / 60))
say() { printf '%-10s %s\n' "$1" "$2" | fold -s -w 90 | sed 's/ *$//; 2,$s/^/           /'; }
say packages "$packages"
if [[ ! -e $program ]]; then
  say build "about $minutes minutes on the processors here ($(nproc)), $built"
else
  say build "what has changed since the last one"
fi
if [[ -z $data ]]; then
  say training "about one minute, 140 MB in $out"
else
  say training "some minutes, a few MB in $out"
fi

step "1/6  Building sonant (preset release)"
apps/install_packages.sh --no-update build
. apps/build_environment.sh
configure release
build release --target sonant

# From here on everything can be typed by hand: each command is printed before it runs.
sonant() {
  echo "\$$(printf ' %q' "$program" "$@")" >&2
  "$program" "$@"
}
started=$SECONDS

if [[ -z $data ]]; then
  step "2/6  Making the synthetic corpus: 24 voices act 8 emotions (it is not speech)"
  data=$out/corpus
  sonant synth --out "$data"
else
  step "2/6  Taking the recordings in $data"
fi

step "3/6  Training ResLSTM-SA-h64 on 17 speakers, choosing the best epoch by 2 others"
sonant train --data "$data" --model reslstm-sa-h64 --fold 0 --epochs "$epochs" \
  --out "$out/model.safetensors" --result "$out/result.json" --report "$out/report.html" \
  --embeddings "$out/embeddings.safetensors" --overwrite |
  sed -n 1p  # the table it ends with is the next step's

step "4/6  Judging it on 5 speakers it never heard"
sonant evaluate --model "$out/model.safetensors" --data "$data" --fold 0

step "5/6  Naming the emotion in one file of such a speaker"
names=(neutral calm happy sad angry fearful disgust surprised)
read -r unseen < <(find -L "$data" -name '03-01-05-02-0[12]-0[12]-14.*' | sort) ||
  read -r unseen < <(find -L "$data" -name '03-01-*-0[25].*' -o -name '03-01-*-1[456].*' | sort)
sonant predict --model "$out/model.safetensors" "$unseen"
code=$(basename -- "$unseen" | cut -d - -f 3)
echo "The name of the file says: ${names[10#$code - 1]}"

step "6/6  The same by the model that comes with Sonant, trained on real speech"
[[ -n $data && $data != "$out/corpus" ]] ||
  echo "Artificial voices are not what it learnt from: expect mistakes."
sonant predict "$unseen"

cat <<TEXT

== Done, $((SECONDS - started)) seconds after the build. In $out:
     model.safetensors  the model, with all that is needed to go from sound to emotion
     report.html        how the training went: one file, open it in a browser
     result.json        the same for programs

Next:
  $(printf %q "$program") predict ANY.wav                  # with the model that comes with Sonant
  $(printf %q "$program") inspect ANY.wav                  # what happens inside it, as a page
  $(printf %q "$program") summary --model $(printf %q "$out")/model.safetensors
  $(printf %q "$program") train --help
  apps/quickstart.sh --data DIR     the same on RAVDESS
TEXT
