#!/usr/bin/env bash
set -euo pipefail
usage() {
  cat <<'TEXT'
usage: apps/install_packages.sh [--plan] [--no-update] GROUP...

Installs what is missing of the distribution's packages (Debian 12 and later, Ubuntu 24.04), by sudo
where it has to. Does nothing where everything is there. Groups:

  build    compiler, tools and libraries that Sonant is built with
  test     what its tests need besides
  report   Chromium, which looks at its HTML pages
  format   the formatting check
  bench    the benchmarks and their peers
  neon     the NEON kernels under emulation
  mpi      training one model over ranks: Open MPI, and MPICH for the tests
  bare     a bare machine in a folder, for tests/bare.sh
  slurm    a batch system and a file system of its own, for the tests of clusters

  --plan       say in one line what would be installed, and install nothing
  --no-update  trust the lists of packages that are there
  --help       this text
TEXT
}
wrong() {
  echo "install_packages.sh: $*; see apps/install_packages.sh --help" >&2
  exit 2
}
stop() {
  echo "install_packages.sh: $*" >&2
  exit 1
}

declare -A packages=(
  [build]="g++ cmake ninja-build pkg-config libopenblas-dev libxsimd-dev librandom123-dev libfmt-dev
           libsndfile1-dev libsoxr-dev libkissfft-dev libzip-dev libxxhash-dev
           nlohmann-json3-dev libtomlplusplus-dev libcli11-dev libsqlite3-dev"
  [test]="catch2 python3"
  [report]="chromium"
  [format]="clang-format"
  [bench]="libbenchmark-dev libdnnl-dev python3-torch"
  [neon]="g++-aarch64-linux-gnu qemu-user"
  [mpi]="libopenmpi-dev openmpi-bin libmpich-dev mpich"
  [bare]="debootstrap"
  [slurm]="slurmctld slurmd slurm-client munge iproute2 python3-fusepy"
)
# A tool that came from elsewhere is as good as its package.
declare -A program=([g++]=g++ [cmake]=cmake [ninja-build]=ninja [pkg-config]=pkg-config
                    [python3]=python3 [chromium]=chromium [clang-format]=clang-format
                    [g++-aarch64-linux-gnu]=aarch64-linux-gnu-g++ [qemu-user]=qemu-aarch64
                    [debootstrap]=debootstrap)

plan="" update=yes wanted=()
for argument in "$@"; do
  case $argument in
    --plan) plan=yes ;;
    --no-update) update="" ;;
    -h | --help) usage; exit 0 ;;
    *)
      [[ -n $argument && -n ${packages[$argument]:-} ]] ||
        wrong "no group '$argument'; there are ${!packages[*]}"
      read -r -d '' -a of_group <<<"${packages[$argument]}" || true
      wanted+=("${of_group[@]}")
      ;;
  esac
done
((${#wanted[@]})) || wrong "which group of packages?"

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "This is not a Debian or Ubuntu system; what these packages hold is needed: ${wanted[*]}"
  exit 0
fi

missing=()
for package in "${wanted[@]}"; do
  tool=${program[$package]:-}
  if [[ -n $tool ]] && command -v "$tool" >/dev/null; then continue; fi
  status=$(dpkg-query --show --showformat '${db:Status-Status}\n' "$package" 2>/dev/null || true)
  [[ $status == *"installed"* && $status != *"not-installed"* ]] || missing+=("$package")
done
if ((${#missing[@]} == 0)); then
  [[ -z $plan ]] || echo "all there"
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || stop "only root can install what is missing; as root, run:" \
    "apt-get install --no-install-recommends ${missing[*]}"
  as_root=(sudo)
fi
export LC_ALL=C.UTF-8 # apt's words are read below
log=$(mktemp)
trap 'rm -f -- "$log"' EXIT
# What apt, or sudo before it, had to say.
reason() {
  local lines
  lines=$(grep -E '^E: ' "$log" | sort -u | head -n 2) || lines=$(tail -n 1 "$log")
  echo "${lines//$'\n'/; }"
}
not_possible() { stop "cannot install what is missing: $(reason). Missing: ${missing[*]}"; }

if [[ -n $update ]] && ! "${as_root[@]}" apt-get update -qq -o Acquire::Retries=3 \
  -o APT::Update::Error-Mode=any &>"$log"; then
  grep -qE '^[EW]: ' "$log" || not_possible
  echo "note: apt-get update failed, the lists that are there must do: $(reason)" >&2
fi
# apt says what it would do before it asks, and needs no rights for that.
apt-get install --no-install-recommends --assume-no -o APT::Get::Assume-Yes=false \
  -o Debug::NoLocking=1 "${missing[@]}" </dev/null >"$log" 2>&1 || true
number="[0-9.,]+ .?B"
new=$(sed -nE 's/^([0-9]+) upgraded, ([0-9]+) newly installed.*/\1+\2/p' "$log")
download=$(sed -nE "s|^Need to get ($number/)?($number) of archives.*|\2|p" "$log")
disk=$(sed -nE "s/^After this operation, ($number) of additional .*/\1/p" "$log")
[[ -n $new ]] || not_possible
summary="$((new)) packages, ${download:-0 B} to download, ${disk:-0 B} on disk"
if [[ -n $plan ]]; then
  echo "$summary: ${missing[*]} and what these need"
  exit 0
fi

echo "Installing $summary"
# shellcheck disable=SC1091
. "$(dirname -- "${BASH_SOURCE[0]}")/progress.sh"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
  -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 -o APT::Status-Fd=1 -o Dpkg::Use-Pty=0 \
  "${missing[@]}" </dev/null 2>&1 |
  tee "$log" | { grep --line-buffered -E '^(dl|pm)status:' || true; } | progress || not_possible
