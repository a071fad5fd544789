#!/bin/sh
# Pin dependencies by version and hash. pip and uv both install from these files, through whatever mirror a site has.
set -e
cd "$(dirname "$0")/.."
uv=$(command -v uv || echo .tools/bin/uv)
options="--quiet --generate-hashes --universal --no-annotate --no-header --python-version 3.11"
"$uv" pip compile pyproject.toml $options --output-file requirements.lock
"$uv" pip compile pyproject.toml --group dev --constraint requirements.lock $options --output-file requirements-dev.lock
