#!/usr/bin/env bash
# usage: tests/run.sh
# Installs what is missing, builds with warnings as errors (preset dev), runs every test.
# Ends non-zero on any failure; the last line counts the tests.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

apps/install_packages.sh build test
tests/preset.sh dev
