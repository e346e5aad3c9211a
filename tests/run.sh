#!/usr/bin/env bash
# usage: tests/run.sh
# Installs what is missing, builds with warnings as errors (preset dev), runs every test.
# Ends non-zero on any failure; the last line counts the tests.
set -euo pipefail
case ${1:-} in
  "") ;;
  -h | --help) sed -n '2,/^[^#]/s/^# //p' "${BASH_SOURCE[0]}" && exit 0 ;;
  *) echo "run.sh: unknown argument '$1'; see tests/run.sh --help" >&2 && exit 2 ;;
esac
cd "$(dirname "${BASH_SOURCE[0]}")/.."

apps/install_packages.sh build test
apps/install_packages.sh mpi || echo "no MPI: one model over ranks is not tested"
tests/preset.sh dev
