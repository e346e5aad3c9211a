#!/bin/sh
# usage: pkg_config.sh PC_DIR SOURCE PROGRAM COMPILER [FLAG...]
# Builds and runs SOURCE as a Makefile would, with what pkg-config says about the installed tree.
set -eu
pc_dir=$1 source=$2 program=$3
shift 3
PKG_CONFIG_PATH=$pc_dir${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}
export PKG_CONFIG_PATH
# pkg-config quotes its paths for a shell to read; eval is that shell.
flags=$(pkg-config --cflags --libs sonant)
eval "set -- \"\$@\" -std=c++20 \"\$source\" -o \"\$program\" $flags"
"$@"
LD_LIBRARY_PATH=$pc_dir/.. "$program"
