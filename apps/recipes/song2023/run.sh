#!/usr/bin/env bash
# usage: apps/recipes/song2023/run.sh --data DIR --out DIR [options of sonant cv]
#
# P-CNN, and P-CNN with gender as a second task (Song & Xie, Computer Engineering 2023):
# reconstructions, since only the abstract is known. By speaker. Ends with the table, the published
# figures below. Five seeds if --seeds says nothing; what is there goes on where it was. SONANT is
# the command (default: that of this checkout, else `sonant`).
#
#   --data DIR   EMO-DB, CASIA, or IEMOCAP with --labels set-b
#   --out DIR    folder of the runs

# shellcheck disable=SC2034
runs="
p-cnn        p-cnn.toml        -
p-cnn-gender p-cnn-gender.toml -
"
# shellcheck source=apps/recipes/repeat.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../repeat.sh"
