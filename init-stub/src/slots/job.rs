//! What the worker of slots is to do, and what it answers.

use crate::core::event::Cause;
use crate::core::slots::SlotImage;
use serde::{Deserialize, Serialize};

/// What the worker is to do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "do")]
pub enum Job {
    /// Say what was started, and note that an image on trial has begun.
    Begin,
    /// Note why its boot has failed.
    Fail {
        /// Why.
        failure: Failure,
    },
    /// The image that runs is good; say what became of others.
    Settle {
        /// Device of the ESP.
        device: String,
        /// The running image, as the loader calls it.
        entry: String,
    },
}

/// What this boot was started from, as the firmware says it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Begun {
    /// The loader's name of the program; None: no such loader has started it.
    pub entry: Option<String>,
    /// Whether the loader has counted this boot.
    pub is_counted: bool,
    /// GUID of the partition of the loader.
    pub partition: Option<String>,
    /// What an image on trial has left.
    pub breadcrumb: Option<Breadcrumb>,
}

/// What an image on trial leaves in the firmware, so that the former image can say what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Breadcrumb {
    /// The image, without count and ending.
    pub image: String,
    /// The kernel's random id of its last boot.
    pub boot_id: String,
    /// How many of its boots came as far as keel-init.
    pub boots: u32,
    /// Why the last of them failed; None: nothing said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// Why a boot failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The stage.
    pub stage: String,
    /// The code of its error.
    pub code: String,
}

/// An image whose boots all failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolledBack {
    /// Its version.
    pub version: String,
    /// What is known about it.
    pub cause: Cause,
    /// Why its last boot failed, if it could say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
}

/// What is on the ESP once the running image is good.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Settled {
    /// The running image; None: it is not one of the ESP.
    pub running: Option<SlotImage>,
    /// Whether it became good only now.
    pub was_on_trial: bool,
    /// All others.
    pub others: Vec<SlotImage>,
    /// One that did not come up, and that nobody has reported yet.
    pub rolled_back: Option<RolledBack>,
}

impl Begun {
    /// The image, if this boot is one of those that the loader counts.
    pub fn image_on_trial(&self) -> Option<String> {
        self.image().filter(|_| self.is_counted).map(|image| image.label())
    }

    /// The image that was started, if it is one of Keel.
    pub fn image(&self) -> Option<SlotImage> {
        SlotImage::parse(self.entry.as_deref()?)
    }
}
