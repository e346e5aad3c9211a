#!/usr/bin/env bash
# usage: tests/preset.sh PRESET
# Configures, builds and tests one preset of CMakePresets.json; the last line counts the tests.
set -euo pipefail
case ${1:-} in
  -h | --help) sed -n '2,/^[^#]/s/^# //p' "${BASH_SOURCE[0]}" && exit 0 ;;
  dev | asan | tsan) ;;
  *) echo "preset.sh: expects a preset that tests: dev, asan or tsan" >&2 && exit 2 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
preset=$1
jobs=$(nproc)
. apps/build_environment.sh
if [[ $preset == asan ]]; then
  export UBSAN_OPTIONS=print_stacktrace=1${UBSAN_OPTIONS:+:$UBSAN_OPTIONS}
fi

configure "$preset"
build "$preset"
log=build/$preset/ctest.log
status=0
ctest --preset "$preset" -j "$jobs" | tee "$log" || status=$?

# "98% tests passed, 2 tests failed out of 60"
read -r failed total \
  < <(sed -nE 's/.* ([0-9]+) tests failed out of ([0-9]+)$/\1 \2/p' "$log") || true
if [[ -z ${total:-} ]]; then
  echo "no tests were run" >&2
  exit 1
fi
grep -ahE '^ *skipped: ' "build/$preset/Testing/Temporary/LastTest.log" | sort -u || true
echo "$((total - failed)) passed, $failed failed"
exit "$status"
