# Recipes for work on callrules. `just` lists them; https://just.systems explains the program.

[private]
default:
    @just --list

# Fast checks before a commit: format, clippy, prose, tests of the library
check:
    cargo fmt --check
    cargo clippy --all-targets --locked -- -D warnings
    .ci/prose
    cargo test --locked --lib

# Everything that CI runs, or the parts that are named: checks, tests, rehearsal
ci *parts:
    .ci/run {{ parts }}

# Write the generated files again: schemas, reference pages, outputs quoted in pages
generate:
    cargo run --locked -- schema
    cargo run --locked -- schema --outputs
    UPDATE_DOCS=1 cargo test --locked --test it -- docs:: reference:: commands:: operations::

# Review changed snapshots (cargo install --locked cargo-insta)
review:
    cargo insta test --review

# Print how readable names and comments are
names:
    .ci/measure-names --report
