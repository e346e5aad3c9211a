#!/usr/bin/env bash
# usage: benchmarks/compare.sh [--out FOLDER] [--rounds N] [--cpu N] [--build FOLDER]
#                              [--root FOLDER] [--only PROBLEM...]
# The same work by Sonant and by what else is installed: PyTorch, oneDNN, librosa, ONNX Runtime;
# --root: PyTorch and ONNX Runtime of a Debian 13 that benchmarks/peers/root.sh made. All wait in
# one run, pinned to one processor, and take turns, so that a busy machine disturbs all alike.
# Builds first, unless --build names a tree that is built. Writes comparison.md, .json and .svg to
# the folder (default out/benchmarks); prints the table.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
unset OPENBLAS_CORETYPE SONANT_ISA SONANT_KERNEL

build=
for ((k = 1; k <= $#; ++k)); do
  [[ ${!k} == --build ]] && next=$((k + 1)) && build=${!next}
done
if [[ -z $build ]]; then
  apps/install_packages.sh build bench
  cmake --preset bench
  cmake --build --preset bench
  set -- "$@" --build build/bench
fi
exec python3 -B benchmarks/compare.py "$@"
