# `just` lists the commands; each is also one plain command, shown here.
default:
    @just --list

# the demo with real measurements
start *ARGS:
    ./start {{ARGS}}

# everything that the build runs
check *ARGS:
    ./test {{ARGS}}

# style, in place
fix:
    .venv/bin/ruff check --fix src tests bench scripts
    .venv/bin/ruff format src tests bench scripts

# borders between layers
borders:
    .venv/bin/lint-imports

# pin dependencies anew; the lock files hold hashes and no addresses
lock:
    sh scripts/lock.sh

# all benchmarks, one after the other; figures go to docs/benchmarks.md by hand
bench:
    for f in bench/[a-z]*.py; do echo "== $f"; .venv/bin/python "$f" || exit 1; done
