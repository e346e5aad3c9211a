#!/usr/bin/env bash
# usage: apps/install_packages.sh [build] [test] [report] [format] [bench] [neon]
# Installs what is missing of the distribution's packages (Debian 12 and later, Ubuntu 24.04) for
# building Sonant, for its tests, for looking at its HTML pages, for the formatting check, for the
# benchmarks and their peers, for running the NEON kernels under emulation. Does nothing where
# everything is there.
set -euo pipefail

declare -A packages=(
  [build]="g++ cmake ninja-build pkg-config libopenblas-dev libxsimd-dev librandom123-dev libfmt-dev
           libsndfile1-dev libsoxr-dev libkissfft-dev libzip-dev libxxhash-dev nlohmann-json3-dev
            libtomlplusplus-dev
           libcli11-dev libsqlite3-dev"
  [test]="catch2 python3"
  [report]="chromium"
  [format]="clang-format"
  [bench]="libbenchmark-dev libdnnl-dev python3-torch"
  [neon]="g++-aarch64-linux-gnu qemu-user"
)
# A tool that came from elsewhere is as good as its package.
declare -A program=([g++]=g++ [cmake]=cmake [ninja-build]=ninja [pkg-config]=pkg-config
                    [python3]=python3 [chromium]=chromium [clang-format]=clang-format
                    [g++-aarch64-linux-gnu]=aarch64-linux-gnu-g++ [qemu-user]=qemu-aarch64)

wanted=()
for group in "$@"; do
  [[ -n ${packages[$group]:-} ]] || {
    echo "install_packages.sh: no group '$group'; there are: ${!packages[*]}" >&2
    exit 2
  }
  read -r -d '' -a of_group <<<"${packages[$group]}" || true
  wanted+=("${of_group[@]}")
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "This is not a Debian or Ubuntu system. Going on; what these packages hold is needed:"
  echo "  ${wanted[*]}"
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  tool=${program[$package]:-}
  if [[ -n $tool ]] && command -v "$tool" >/dev/null; then continue; fi
  status=$(dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null || true)
  [[ $status == *"installed"* && $status != *"not-installed"* ]] || missing+=("$package")
done
((${#missing[@]})) || exit 0

as_root=()
if ((EUID != 0)); then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing and only root can install them. As root, run:" >&2
    echo "  apt-get install --no-install-recommends ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq ||
  echo "apt-get update failed; trying with the package lists that are there" >&2
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
  "${missing[@]}"
