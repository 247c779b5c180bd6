//! Error numbers as errors.

use crate::core::error::{Code, Result, Step};

impl<T> Step<T> for rustix::io::Result<T> {
    fn step(self, code: Code, verb: &str, object: impl Into<String>) -> Result<T> {
        self.map_err(std::io::Error::from).step(code, verb, object)
    }
}
