//! placeholder
use super::coded;
