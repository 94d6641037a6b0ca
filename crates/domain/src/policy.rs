//! placeholder
/// placeholder
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied;
