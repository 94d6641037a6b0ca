# Thin names for what CI does; each recipe is one or two plain cargo commands.

# List the recipes
default:
    @just --list

# Everything that must hold before a change is proposed
check: lock fmt lint test doc journey openapi-check deny

# The lock file must fit the manifests
lock:
    cargo metadata --locked --format-version 1 >/dev/null

# Formatting, without changing files
fmt:
    cargo fmt --all --check

# Lints on all targets, none tolerated
lint:
    cargo clippy --workspace --all-targets -- -D warnings

# All tests; the PostgreSQL half runs where its server binaries are found
test *arguments:
    cargo test --workspace {{ arguments }}

# Mutants of who may do what: none may survive the tests that are about it; needs cargo-mutants
mutants *arguments:
    cargo mutants --package rafiq-domain --file 'crates/domain/src/policy*' --file 'crates/domain/src/policy/*' --file 'crates/domain/src/grants*' --file 'crates/domain/src/grants/*' --file 'crates/domain/src/delegations.rs' {{ arguments }} -- --lib --test policy

# Reference documentation of our own crates
doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --workspace

# Rewrite the committed API documents
openapi:
    cargo run -- openapi

# Fail when the committed API documents differ from the code
openapi-check:
    cargo run -- openapi --check

# Licenses, banned crates and sources; needs cargo-deny
deny:
    cargo deny check licenses bans sources

# One patient's journey through the API, and no more
journey:
    cargo run -- demo --once

# One patient's journey through the API, then a server to look at
demo *arguments:
    cargo run -- demo {{ arguments }}
