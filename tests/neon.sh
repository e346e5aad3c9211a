#!/usr/bin/env bash
# usage: tests/neon.sh
# Compiles the NEON kernels with the cross compiler and checks them against the scalar ones under
# qemu's emulation of an AArch64 processor. Says so and does nothing where one of the two is missing
# (apps/install_packages.sh neon installs them). The last line counts the checks.
set -euo pipefail
case ${1:-} in
  "") ;;
  -h | --help) sed -n '2,/^[^#]/s/^# //p' "${BASH_SOURCE[0]}" && exit 0 ;;
  *) echo "neon.sh: unknown argument '$1'; see tests/neon.sh --help" >&2 && exit 2 ;;
esac
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
for library in xsimd Random123 nlohmann; do
  ln -sfn "/usr/include/$library" "$out/include/$library"
done

# All of core, from which the linker takes what it needs, but for what calls OpenBLAS.
rm -rf "$out/core" "$out/core.a" && mkdir "$out/core"
mapfile -t sources < <(ls core/*.cpp core/kernels/*.cpp |
                       grep -vE '/(version|gemm|((a_)?lstm|conv)(_blas)?|simd_.*)\.cpp$')
sources+=(core/kernels/simd_neon64.cpp tests/support/{lstm,a_lstm,stream,conv,map}_case.cpp
          tests/neon/check_neon.cpp)
compile() {
  local contract=off
  [[ $1 == *simd_neon64* ]] && contract=fast # as core/CMakeLists.txt has it
  "$compiler" -std=c++20 -O2 -ffp-contract=$contract -Wall -Wextra -Werror -Itests \
    -isystem "$out/include" \
    -c "$1" -o "$out/core/$(basename "$1" .cpp).o"
}
running=()
for source in "${sources[@]}"; do
  compile "$source" & running+=($!)
  if ((${#running[@]} >= $(nproc))); then wait "${running[0]}"; running=("${running[@]:1}"); fi
done
for job in "${running[@]}"; do wait "$job"; done
check=$out/core/check_neon.o
aarch64-linux-gnu-ar rcs "$out/core.a" $(ls "$out"/core/*.o | grep -v "^$check$")
"$compiler" -static -pthread "$check" "$out/core.a" -o "$out/check_neon"
qemu-aarch64 "$out/check_neon"
