#!/usr/bin/env bash
# Runs once, when Gradescope builds the autograder's image: installs Bis and
# what it needs, and grades the system that comes with it, so that an image
# that can't grade is never built.
set -euo pipefail
cd "${AUTOGRADER:-/autograder}/source"
tar -xzf bis-*.tar.gz
cd bis-*/
./quickstart --yes
make -C build install
