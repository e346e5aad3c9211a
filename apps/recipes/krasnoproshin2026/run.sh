#!/usr/bin/env bash
# usage: apps/recipes/krasnoproshin2026/run.sh --data DIR --out DIR [options of sonant cv]
#
# LSTM-SA and ResLSTM-SA in three widths (Krasnoproshin & Vashkevich 2026, arXiv:2606.03359), as
# published and strictly, where the test speakers are never asked (`strict` has the settings found
# so). Ends with the table, published figures beside. Five seeds if --seeds says nothing; what is
# there goes on where it was. SONANT is the command (default: that of this checkout, else `sonant`).
#
#   --data DIR   RAVDESS
#   --out DIR    folder of the runs

# shellcheck disable=SC2034
runs="
lstm-sa-h32            lstm-sa-h32.toml            krasnoproshin2026 --epochs 100
lstm-sa-h64            lstm-sa-h64.toml            krasnoproshin2026 --epochs 100
lstm-sa-h128           lstm-sa-h128.toml           krasnoproshin2026 --epochs 100
reslstm-sa-h32         reslstm-sa-h32.toml         krasnoproshin2026 --epochs 100
reslstm-sa-h64         reslstm-sa-h64.toml         krasnoproshin2026 --epochs 100
reslstm-sa-h128        reslstm-sa-h128.toml        krasnoproshin2026 --epochs 100
strict-lstm-sa-h32     strict/lstm-sa-h32.toml     usual             --epochs 100
strict-lstm-sa-h64     strict/lstm-sa-h64.toml     usual             --epochs 100
strict-lstm-sa-h128    strict/lstm-sa-h128.toml    usual             --epochs 100
strict-reslstm-sa-h32  strict/reslstm-sa-h32.toml  usual             --epochs 100
strict-reslstm-sa-h64  strict/reslstm-sa-h64.toml  usual             --epochs 100
strict-reslstm-sa-h128 strict/reslstm-sa-h128.toml usual             --epochs 100
"
# shellcheck source=apps/recipes/repeat.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../repeat.sh"
