#!/usr/bin/env bash
# usage: benchmarks/peers/root.sh FOLDER
# A Debian 13 with PyTorch 2.6 and ONNX Runtime 1.21, for `benchmarks/compare.sh --root FOLDER`:
# Debian 12 has PyTorch 1.13 and no ONNX Runtime. As root; needs debootstrap, some minutes and 2 GB.
set -euo pipefail
case ${1:-} in
  "" | -*) sed -n '2,/^[^#]/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2 && exit 2 ;;
esac
root=$1
command -v debootstrap > /dev/null || {
  echo "root.sh: debootstrap is missing: apt-get install debootstrap" >&2
  exit 1
}
[[ -e $root/etc/debian_version ]] || debootstrap --variant=minbase trixie "$root"
cp /etc/resolv.conf "$root/etc/"
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive "$@"; }
inside apt-get update -q
# PyTorch's products are OpenBLAS', and its convolutions and LSTMs oneDNN's, if that is there.
inside apt-get install -qy --no-install-recommends python3-torch python3-onnx \
  python3-onnxruntime libopenblas0-pthread
