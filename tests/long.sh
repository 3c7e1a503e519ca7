#!/bin/sh
# What takes too long for ./check: many more random mappings of random layers,
# executed and compared. Run from the repository's top after a build.
#
#   sh tests/long.sh [CASES [FIRST]]      100,000 cases from the first on
set -u
exec build/checked/test_verify_random "${1-100000}" "${2-1}"
