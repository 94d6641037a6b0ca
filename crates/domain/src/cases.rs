//! placeholder
/// placeholder
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnmetGate;
/// placeholder
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger;
