#!/bin/sh
# usage: pkg_config.sh MODULE PC_DIR SOURCE PROGRAM COMPILER [FLAG...]
# Builds and runs SOURCE as a Makefile would, with what pkg-config says of MODULE in the installed
# tree.
set -eu
module=$1 pc_dir=$2 source=$3 program=$4
shift 4
PKG_CONFIG_PATH=$pc_dir${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
# pkg-config quotes its paths for a shell to read; eval is that shell.
flags=$(pkg-config --cflags --libs "$module")
eval "set -- \"\$@\" -std=c++20 \"\$source\" -o \"\$program\" $flags"
"$@"
LD_LIBRARY_PATH=$pc_dir/.. "$program"
