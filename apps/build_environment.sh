# Sourced by the scripts that build: nothing of the caller's other builds, and ccache if it works
# here.
# shellcheck shell=bash
unset MAKEFLAGS CMAKE_BUILD_PARALLEL_LEVEL DESTDIR
if [[ -z ${CMAKE_CXX_COMPILER_LAUNCHER:-} ]] && command -v ccache >/dev/null; then
  ccache_dir=$(ccache --get-config cache_dir 2>/dev/null || true)
  if [[ -n $ccache_dir ]] && mkdir -p -- "$ccache_dir" 2>/dev/null && [[ -w $ccache_dir ]]; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache
  fi
fi
