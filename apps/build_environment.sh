# Sourced by the scripts that build, in the repository's folder: nothing of the caller's other
# builds, ccache if it works here, configure() and build().
# shellcheck shell=bash
. apps/progress.sh
unset MAKEFLAGS CMAKE_BUILD_PARALLEL_LEVEL DESTDIR
if [[ -z ${CMAKE_CXX_COMPILER_LAUNCHER:-} ]] && command -v ccache >/dev/null; then
  ccache_dir=$(ccache --get-config cache_dir 2>/dev/null || true)
  if [[ -n $ccache_dir ]] && mkdir -p -- "$ccache_dir" 2>/dev/null && [[ -w $ccache_dir ]]; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache
  fi
fi

# configure PRESET: what CMake says is shown where it fails.
configure() {
  mkdir -p "build/$1"
  cmake --preset "$1" &>"build/$1/configure.log" || {
    cat "build/$1/configure.log" >&2
    return 1
  }
}

# build PRESET [OPTION...]: what the compiler says is shown, how far it is in one line.
build() {
  local preset=$1
  shift
  NINJA_STATUS='@%f/%t@ ' cmake --build --preset "$preset" -j "$(nproc)" "$@" 2>&1 | progress
}
