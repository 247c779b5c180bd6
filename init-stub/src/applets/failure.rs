//! Why an applet fails.

/// Why an applet fails.
pub struct Failure {
    /// Exit code.
    pub code: u8,
    /// For stderr, without the applet's name; empty: silence.
    pub message: String,
}

impl Failure {
    /// Wrong arguments.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { code: 1, message: message.into() }
    }

    /// What the kernel refused.
    pub fn refused(object: &str, cause: &std::io::Error) -> Self {
        Self { code: 32, message: format!("{object}: {cause}") }
    }
}
