//! Black-box tests of the whole product live in `it/`.
