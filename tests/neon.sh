#!/usr/bin/env bash
# usage: tests/neon.sh
# Compiles the NEON kernels with the cross compiler and checks them against the scalar ones under
# qemu's emulation of an AArch64 processor. Says so and does nothing where one of the two is missing
# (apps/install_packages.sh neon installs them). The last line counts the checks.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

compiler=aarch64-linux-gnu-g++
for tool in "$compiler" qemu-aarch64; do
  if ! command -v "$tool" >/dev/null; then
    echo "skipped: NEON kernels, there is no $tool here (apps/install_packages.sh neon)"
    exit 0
  fi
done

out=build/neon
mkdir -p "$out/include"
ln -sfn "$PWD" "$out/include/sonant"
# Of the host's headers only those without code for a processor.
for library in xsimd Random123; do
  ln -sfn "/usr/include/$library" "$out/include/$library"
done

sources=(core/{autograd,error,packed,pool,random,shape,tensor}.cpp
         core/kernels/{isa,lstm_reference,stream,simd_neon64}.cpp
         tests/support/{lstm,stream}_case.cpp tests/neon/check_neon.cpp)
compile() {
  local contract=off
  [[ $1 == *neon64* ]] && contract=fast # as core/CMakeLists.txt has it
  "$compiler" -std=c++20 -O2 -ffp-contract=$contract -Wall -Wextra -Werror -Itests -isystem "$out/include" \
    -c "$1" -o "$2"
}
objects=() running=()
for source in "${sources[@]}"; do
  object=$out/$(basename "$source" .cpp).o
  objects+=("$object")
  compile "$source" "$object" & running+=($!)
  if ((${#running[@]} >= $(nproc))); then wait "${running[0]}"; running=("${running[@]:1}"); fi
done
for job in "${running[@]}"; do wait "$job"; done
"$compiler" -static -pthread "${objects[@]}" -o "$out/check_neon"
qemu-aarch64 "$out/check_neon"
