//! x
#![cfg(test)]
#![expect(dead_code, reason = "x")]
mod app;
mod passwords;
mod sign_in;
