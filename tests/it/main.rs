//! The whole product, called as its clients call it; and the rules that its sources keep.
#![cfg(test)]

mod access;
mod app;
mod authority;
mod expiry;
mod openapi;
mod problems;
mod reports;
mod tidy;
