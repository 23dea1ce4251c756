#!/bin/sh
# make run: everything from a fresh machine to a page in the browser.
set -eu
cd "$(dirname "$0")/.."

sh tools/setup.sh run

export PYTHONPATH=.
where=$(.venv/bin/python tools/where.py)
if [ "$where" = local ] && [ -z "${DEMO+set}" ]; then
    export DEMO=1
fi

.venv/bin/flask --app app migrate
if [ "$where" = local ]; then
    # Says the demo sign-ins too, also where they are there already.
    .venv/bin/flask --app app demo --if-empty
fi
exec .venv/bin/flask --app app serve
