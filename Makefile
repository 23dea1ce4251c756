# «Листок»: the commands of whoever runs or builds it. The steps themselves are in tools/.
# Settings come from the environment: HOST, PORT, DATABASE_URL, DATA_DIR, … (make run PORT=9000).

.POSIX:
.PHONY: run test requirements clauses bench soak

# exec: what make starts is the program itself, so that Ctrl-C and `kill` reach it.
run:
	@exec sh tools/run.sh

test:
	@sh tools/setup.sh test
	@exec .venv/bin/python -m pytest -n 2

requirements:
	@sh tools/setup.sh test
	@exec .venv/bin/python tools/requirements.py

clauses:
	@sh tools/setup.sh test
	@exec .venv/bin/python -m tools.clauses

bench:
	@sh tools/setup.sh test
	@exec .venv/bin/python -m tests.benchmarks.bench

soak:
	@sh tools/setup.sh soak
	@exec .venv/bin/python -m pytest tests/soak
