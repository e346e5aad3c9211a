#!/usr/bin/env bash
# usage: tests/as_root.sh
# Runs the tests that need root, after tests/run.sh has built them: a Slurm of its own, shared
# folders that go wrong, memory with a limit. Installs what they need. Ends non-zero on any failure;
# the last line counts the tests.
set -euo pipefail
case ${1:-} in
  "") ;;
  -h | --help) sed -n '2,/^[^#]/s/^# //p' "${BASH_SOURCE[0]}" && exit 0 ;;
  *) echo "as_root.sh: unknown argument '$1'; see tests/as_root.sh --help" >&2 && exit 2 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ ! -e build/dev/CTestTestfile.cmake ]]; then
  echo "as_root.sh: no tests in build/dev; tests/run.sh builds them" >&2
  exit 1
fi
apps/install_packages.sh slurm || echo "no Slurm: its scripts are not tested"

status=0 log=build/dev/as_root.log
ctest --preset dev -R '^(shared/(slurm|folders|cached)|apps/large_data)$' | tee "$log" || status=$?
grep -ahE '^ *skipped: ' build/dev/Testing/Temporary/LastTest.log | sort -u || true
passed=$(grep -c ' Passed  ' "$log" || true)
failed=$(grep -cE '\*\*\*(Failed|Timeout|Exception)' "$log" || true)
echo "$passed passed, $failed failed"
exit "$status"
