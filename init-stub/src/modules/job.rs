//! What the worker `modules` is to do.

use serde::{Deserialize, Serialize};

/// Modules to load.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LoadJob {
    /// Their names.
    pub names: Vec<String>,
    /// Whether the first that cannot be loaded is a failure. Else whatever can be is loaded.
    pub is_required: bool,
    /// JSON pointer of the list in the machine config; None: they are of the image.
    pub pointer: Option<String>,
}

impl LoadJob {
    /// What somebody will need later, who then tells why it cannot be loaded.
    pub fn early(names: Vec<String>) -> Self {
        Self { names, is_required: false, pointer: None }
    }

    /// What somebody needs now.
    pub fn required(names: &[String], pointer: Option<&str>) -> Self {
        Self { names: names.to_vec(), is_required: true, pointer: pointer.map(str::to_owned) }
    }
}
