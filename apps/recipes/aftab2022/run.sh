#!/usr/bin/env bash
# usage: apps/recipes/aftab2022/run.sh --data DIR --out DIR [options of sonant cv]
#
# Light-SERNet (Aftab et al. 2022, arXiv:2110.03435) with cross-entropy and with focal loss, twice
# each: as published, where utterances are dealt at random and the test part chooses the epoch, and
# by speaker. The same training; what lies between the two figures is the leak. Ends with the table,
# the published figures below. Five seeds if --seeds says nothing; what is there goes on where it
# was. SONANT is the command (default: that of this checkout, else `sonant`).
#
#   --data DIR   EMO-DB, or IEMOCAP with --labels set-b or set-b-improvised
#   --out DIR    folder of the runs
#   --clip-seconds 7   IEMOCAP's longer variant

# shellcheck disable=SC2034
runs="
published        light-sernet.toml       aftab2022
by-speaker       light-sernet.toml       leave-one-speaker-out
published-focal  light-sernet-focal.toml aftab2022
by-speaker-focal light-sernet-focal.toml leave-one-speaker-out
"
# shellcheck source=apps/recipes/repeat.sh
source "$(dirname -- "${BASH_SOURCE[0]}")/../repeat.sh"
