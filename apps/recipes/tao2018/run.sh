#!/usr/bin/env bash
# usage: apps/recipes/tao2018/run.sh --data DIR --out DIR [options of sonant cv]
#
# The A-LSTM (Tao & Liu 2018, arXiv:1710.10197) with three tasks and with the emotion alone, and its
# controls with three tasks: the mean of the same states, and the plain LSTM. Ends with the table,
# the published figures below. Five seeds if --seeds says nothing; what is there goes on where it
# was. SONANT is the command (default: that of this checkout, else `sonant`).
#
#   --data DIR   IEMOCAP with --labels set-a; for a corpus without sessions add a --protocol
#   --out DIR    folder of the runs

# shellcheck disable=SC2034
runs="
lstm-wp        lstm-wp.toml        -
mean-lstm      mean-lstm.toml      -
a-lstm         a-lstm.toml         -
a-lstm-emotion a-lstm-emotion.toml -
"
# shellcheck source=apps/recipes/repeat.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../repeat.sh"
